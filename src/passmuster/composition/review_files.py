"""What people decided, as files beside the suite: an audit trail, labels for judges, proposals for datasets."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.judging import Label
from passmuster.domain.reviews import Decision, DecisionKind
from passmuster.domain.values import AgentName, CaseIdentifier, RunIdentifier, SubjectName
from passmuster.placing import write_whole

FOLDER: Final = "reviews"
"""The folder of reviews, in the suite's folder."""

MOST_READ: Final = 8 * 1024 * 1024
"""Bytes at the end of the trail that are read."""

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
        """Write a decision at the end of the trail, so that it survives a power cut.

        Raises:
            EnvironmentFaultError: If it cannot be written.
        """
        try:
            with self.trail.open("ab") as stream:
                # Pure ASCII: no character of a comment can begin a line.
                stream.write(json.dumps(asdict(decision)).encode("ascii") + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _fault() from error

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decisions, oldest first; a line that nobody can read is left out.

        Raises:
            EnvironmentFaultError: If the trail is there and cannot be read.
        """
        return tuple(found for line in _lines(self.trail) if (found := _decision(line)) is not None)

    def label(self, label: Label) -> str:
        """Write a label in place of what the same person said of the same answer, and return that; else nothing."""
        every = list(_lines(self.labels))
        others = [line for line in every if not _is_same(line, label)]
        [former, *_] = [*(str(line.get("choice", "")) for line in every if _is_same(line, label)), ""]
        _write(self.labels, [*others, {name: getattr(label, name) for name in _COLUMNS}])
        return former

    def propose(self, case: CaseIdentifier, agent: AgentName | None, run: RunIdentifier, by: str) -> None:
        """Propose who should take a request, in place of an earlier proposal; the dataset stays as it is."""
        others = [line for line in _lines(self.proposal) if line.get("identifier") != case]
        _write(self.proposal, [*others, {"identifier": case, "expect": {"agent": agent}, "run": run, "by": by}])


def _lines(file: Path) -> Iterator[Mapping[str, object]]:
    try:
        with file.open("rb") as stream:
            left_out = max(0, file.stat().st_size - MOST_READ)
            stream.seek(left_out)
            text = stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise _fault() from error
    for line in text.split("\n")[1 if left_out else 0 :]:
        try:
            found = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _write(file: Path, lines: list[Mapping[str, object]]) -> None:
    write_whole(file, "".join(f"{json.dumps(line)}\n" for line in lines))


def _is_same(line: Mapping[str, object], label: Label) -> bool:
    own = (label.case, label.criterion, label.answer, label.labeller)
    return tuple(line.get(name) for name in ("case", "criterion", "answer", "labeller")) == own


def _decision(line: Mapping[str, object]) -> Decision | None:
    """Return a decision; ``None`` for a line that somebody else wrote."""
    trial = line.get("trial")
    words = {name: str(line.get(name, "")) for name in ("at", "by", "suite", "criterion", "before", "after", "note")}
    try:
        kind = DecisionKind(str(line.get("kind")))
    except ValueError:
        return None
    return Decision(
        kind=kind,
        run=RunIdentifier(str(line.get("run", ""))),
        case=CaseIdentifier(str(line.get("case", ""))),
        subject=SubjectName(str(line.get("subject", ""))),
        trial=trial if isinstance(trial, int) else None,
        **words,
    )


def _fault() -> EnvironmentFaultError:
    hint = "see that the folder of the suite can be written"
    return EnvironmentFaultError(f"the folder {FOLDER!r} beside the suite cannot be used", hint=hint)
