"""What people decided, as files beside the suite: an audit trail, labels for judges, proposals for datasets."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from passmuster.composition.review_trail import chained_line, read_trail
from passmuster.domain.errors import EnvironmentFaultError, InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.judging import Label
from passmuster.domain.reviews import Decision, Proposal, Trail
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, Fingerprint, RunIdentifier, SourceLocation
from passmuster.placing import write_whole

FOLDER: Final = "reviews"
"""The folder of reviews, in the suite's folder."""

MOST_READ: Final = 8 * 1024 * 1024
"""Bytes at the end of the trail that a page reads."""

LARGEST: Final = 1024 * 1024 * 1024
"""Bytes of the longest trail of which a command reads all."""

_PIECE: Final = 1024 * 1024

_COLUMNS: Final = ("case", "criterion", "answer", "choice", "labeller")


class ReviewFiles:
    """The files of one suite's reviews.

    Attributes:
        trail: Every decision, one after the other.
        labels: What `judge calibrate` reads.
        proposal: Who should take requests instead, for whoever keeps the datasets.
    """

    def __init__(self, folder: Path) -> None:
        """Name the suite's folder; nothing is made before something is decided."""
        self._folder = folder / FOLDER
        self.trail = self._folder / "trail.jsonl"
        self.labels = self._folder / "labels.jsonl"
        self.proposal = self._folder / "proposal.jsonl"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Keep other processes from deciding meanwhile.

        Raises:
            EnvironmentFaultError: If the folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.trail.open("a", encoding="utf-8") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise _fault() from error

    def append(self, decision: Decision) -> None:
        """Write a decision at the end of the trail, chained to the one before, so that it survives a power cut.

        Raises:
            EnvironmentFaultError: If it cannot be written.
        """
        try:
            with self.trail.open("a+b") as stream:
                stream.seek(0)
                stream.write(chained_line(stream.read(), decision))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _fault() from error

    def read(self, most: int = MOST_READ) -> Trail:
        """Return the decisions, oldest first, and what is wrong with the trail.

        Args:
            most: Of a trail of more bytes only the end is read.

        Raises:
            EnvironmentFaultError: If the trail is there and cannot be read.
        """
        content, first = _end_of(self.trail, most)
        return read_trail(content, os.path.relpath(self.trail), first=first)

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decisions, oldest first; a line that nobody can read is left out.

        Raises:
            EnvironmentFaultError: If the trail is there and cannot be read.
        """
        return self.read().decisions

    def proposals(self) -> tuple[Proposal, ...]:
        """Return who should take requests, in order of the file.

        Raises:
            EnvironmentFaultError: If the file is there and cannot be read.
            InvalidDatasetError: With every line that is no proposal.
        """
        content, first = _end_of(self.proposal, LARGEST)
        findings: list[Finding] = []
        found = []
        for number, line in enumerate(content.split(b"\n"), start=first):
            if line.strip():
                try:
                    found.append(_proposal(_object(line), number))
                except (KeyError, TypeError, ValueError, RecursionError):
                    findings.append(_no_proposal(os.path.relpath(self.proposal), number))
        if findings:
            raise InvalidDatasetError(findings)
        return tuple(found)

    def label(self, label: Label) -> str:
        """Write a label in place of what the same person said of the same answer, and return that; else nothing."""
        every = list(_lines(self.labels))
        others = [line for line in every if not _is_same(line, label)]
        [former, *_] = [*(str(line.get("choice", "")) for line in every if _is_same(line, label)), ""]
        _write(self.labels, [*others, {name: getattr(label, name) for name in _COLUMNS}])
        return former

    def propose(self, proposal: Proposal) -> None:
        """Propose who should take a request, in place of an earlier proposal; the dataset stays as it is."""
        line = {
            "identifier": proposal.case,
            "expect": {"agent": proposal.agent},
            "run": proposal.run,
            "by": proposal.by,
            "request": proposal.request,
        }
        self._put_in_place_of(proposal.case, [line])

    def withdraw(self, case: CaseIdentifier) -> None:
        """Take back what was proposed for a case: the last person who spoke of it agrees with the dataset."""
        self._put_in_place_of(case, [])

    def _put_in_place_of(self, case: CaseIdentifier, lines: Sequence[Mapping[str, object]]) -> None:
        every = list(_lines(self.proposal))
        others = [line for line in every if line.get("identifier") != case]
        if lines or len(others) < len(every):
            _write(self.proposal, [*others, *lines])


def _end_of(file: Path, most: int) -> tuple[bytes, int]:
    """Return a file, or the whole lines at the end of a long one, and the number of the first line."""
    try:
        with file.open("rb") as stream:
            left_out = max(0, file.stat().st_size - most)
            passed = sum(piece.count(b"\n") for piece in _pieces(stream, left_out))
            content = stream.read(most)
    except FileNotFoundError:
        return b"", 1
    except OSError as error:
        raise _fault() from error
    if not left_out:
        return content, 1
    return content.partition(b"\n")[2], passed + 2


def _pieces(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (piece := stream.read(min(length, _PIECE))):
        length -= len(piece)
        yield piece


def _object(line: bytes) -> Mapping[str, object]:
    found = json.loads(line.decode("utf-8"))
    if not isinstance(found, dict):
        raise TypeError
    return found


def _proposal(line: Mapping[str, object], number: int) -> Proposal:
    """Return a proposal; whatever it raises means that the line is none."""
    case, expect = line["identifier"], line["expect"]
    agent = expect["agent"] if isinstance(expect, dict) else 0
    run, by, request = line["run"], line["by"], line.get("request", UNKNOWN)
    if not all(isinstance(item, str) for item in (case, run, by, request, "" if agent is None else agent)):
        raise TypeError
    return Proposal(
        case=CaseIdentifier(str(case)),
        agent=None if agent is None else AgentName(str(agent)),
        run=RunIdentifier(str(run)),
        by=str(by),
        request=Fingerprint(str(request)),
        line=number,
    )


def _no_proposal(path: str, line: int) -> Finding:
    return Finding(
        rule="no-proposal",
        severity=Severity.ERROR,
        message="this line is no proposal",
        hint="take it out, and decide about the case once more in `passmuster serve --reviews`",
        location=SourceLocation(path=path, line=line),
    )


def _lines(file: Path) -> Iterator[Mapping[str, object]]:
    # All of it, however long: what is not read here is gone when the file is written anew.
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _fault() from error
    for line in content.split(b"\n"):
        try:
            yield _object(line)
        except (TypeError, ValueError, RecursionError):
            continue


def _write(file: Path, lines: list[Mapping[str, object]]) -> None:
    write_whole(file, "".join(f"{json.dumps(line)}\n" for line in lines))


def _is_same(line: Mapping[str, object], label: Label) -> bool:
    own = (label.case, label.criterion, label.answer, label.labeller)
    return tuple(line.get(name) for name in ("case", "criterion", "answer", "labeller")) == own


def _fault() -> EnvironmentFaultError:
    hint = "see that the folder of the suite can be written"
    return EnvironmentFaultError(f"the folder {FOLDER!r} beside the suite cannot be used", hint=hint)
