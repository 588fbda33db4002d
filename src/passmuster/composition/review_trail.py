"""The chain of an audit trail: every line rests on the one before, so that an edit of any is noticed and named.

A line holds its number, the digest of the line before it, and the SHA-256 of all that it says, these two included. What
stood in a trail before it was chained counts as one line of which only the whole is known.

Whoever may write the file may write all of it anew, and nobody sees from within that lines at its end are gone: the
chain finds edits of single lines, and git says who made them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reviews import Decision, DecisionKind, Trail
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SourceLocation, SubjectName

NUMBER, PREVIOUS, DIGEST = "number", "previous", "digest"
"""What the chain adds to a line."""

_WORDS = ("at", "by", "suite", "criterion", "answer", "before", "after", "note")
_LOOK = "look with `git log -p` who changed it, and put back what was there"


def chained_line(content: bytes, decision: Decision) -> bytes:
    """Return what is to be put at the end of a trail for a decision.

    Args:
        content: The whole trail.
        decision: What was decided.
    """
    # A line that was broken off by a power cut is ended, so that it spoils no other.
    ending = b"" if not content or content.endswith(b"\n") else b"\n"
    number, previous = _last_link(content + ending)
    line = {**asdict(decision), NUMBER: number + 1, PREVIOUS: previous}
    # Pure ASCII: no character of a comment can begin a line.
    return ending + json.dumps({**line, DIGEST: _digest(line)}).encode("ascii") + b"\n"


def read_trail(content: bytes, path: str, *, first: int = 1) -> Trail:
    """Return the decisions of a trail, and what is wrong with its chain.

    Args:
        content: The trail; or its end, beginning with a whole line.
        path: Where it lies, for messages.
        first: The number of the first line of that content.
    """
    walk = _Walk(path=path, is_whole=first == 1, line=first - 1)
    decisions = tuple(walk.decisions(content))
    return Trail(decisions=decisions, findings=(*walk.remarks(), *walk.findings))


@dataclass(slots=True, kw_only=True)
class _Walk:
    """A trail, line by line.

    Attributes:
        path: Where it lies.
        is_whole: Whether its beginning is there.
        line: The line that was read last.
        before: What stood there before the first line that is chained.
        links: The line of each digest.
        last: The line, number and digest of the last link.
        findings: What is wrong.
    """

    path: str
    is_whole: bool
    line: int
    before: bytearray = field(default_factory=bytearray)
    unchained: int = 0
    links: dict[str, int] = field(default_factory=dict)
    last: tuple[int, int, str] | None = None
    findings: list[Finding] = field(default_factory=list)

    def decisions(self, content: bytes) -> Iterator[Decision]:
        for text in content.split(b"\n"):
            self.line += 1
            if not text.strip():
                continue
            found = _data(text)
            decision = _decision(found)
            if decision is not None:
                yield decision
            else:
                message = f"line {self.line} is no decision, and counts for nothing"
                self._say("trail-unreadable", Severity.WARNING, message, "it was broken off, or somebody else wrote it")
            if DIGEST in found:
                self._link(found)
            elif self.last is None:
                self.unchained += decision is not None
                self.before += text + b"\n"
            elif decision is not None:
                message = f"line {self.line} is not chained, while the lines before it are: somebody else wrote it"
                self._say("trail-edited", Severity.ERROR, message, _LOOK)

    def remarks(self) -> Iterator[Finding]:
        """Yield what cannot be told of it."""
        if self.unchained:
            count = "1 decision was" if self.unchained == 1 else f"{self.unchained} decisions were"
            message = f"{count} written before trails were chained: edits of them since then can be noticed only as one"
            hint = "" if self.last is not None else "the next decision begins the chain"
            yield self._finding("trail-unchained", Severity.NOTE, message, hint, None)
        if not self.is_whole:
            message = "only the end of the trail was read, for it is long"
            yield self._finding("trail-long", Severity.NOTE, message, "older decisions were not checked", None)

    def _link(self, found: Mapping[str, object]) -> None:
        digest, number = str(found[DIGEST]), found.get(NUMBER)
        told = {name: value for name, value in found.items() if name != DIGEST}
        if _digest(told) != digest:
            message = f"line {self.line} was changed after it was written"
            self._say("trail-edited", Severity.ERROR, message, _LOOK)
        if digest in self.links:
            message = f"line {self.line} repeats line {self.links[digest]}"
            self._say("trail-edited", Severity.ERROR, message, _LOOK)
        self._hold_against_former(str(found.get(PREVIOUS)), number if isinstance(number, int) else 0)
        self.links[digest] = self.line
        self.last = (self.line, number if isinstance(number, int) else 0, digest)

    def _hold_against_former(self, previous: str, number: int) -> None:
        if self.last is None:
            if self.is_whole and previous != _whole(bytes(self.before)):
                what = (
                    "the lines before it were changed, removed or put in"
                    if self.unchained or number == 1
                    else (f"{number - 1} before it are gone" if number > 1 else "it is not the first")
                )
                self._broken(f"line {self.line} does not go on from the beginning of the trail: {what}")
            return
        line, former, digest = self.last
        if previous == digest:
            return
        origin = self.links.get(previous)
        if origin is not None:
            put_in = f"line {line}" if origin + 1 == line else f"lines {origin + 1} to {line}"
            message = f"line {self.line} goes on from line {origin}: {put_in} came in between"
            hint = "two branches were merged, or somebody put it in; `git log -p` says which"
            self._say("trail-forked", Severity.WARNING, message, hint)
            return
        gone = number - former - 1
        lost = (
            f"{gone} {'line was' if gone == 1 else 'lines were'} removed before it"
            if gone > 0
            else (f"line {line} was written anew, or lines between them were removed")
        )
        self._broken(f"line {self.line} does not go on from line {line}: {lost}")

    def _broken(self, message: str) -> None:
        self._say("trail-broken", Severity.ERROR, message, _LOOK)

    def _say(self, rule: str, severity: Severity, message: str, hint: str) -> None:
        self.findings.append(self._finding(rule, severity, message, hint, self.line))

    def _finding(self, rule: str, severity: Severity, message: str, hint: str, line: int | None) -> Finding:
        location = SourceLocation(path=self.path, line=line)
        return Finding(rule=rule, severity=severity, message=message, hint=hint, location=location)


def _last_link(content: bytes) -> tuple[int, str]:
    """Return the number and the digest that the next line rests on."""
    for text in reversed(content.split(b"\n")):
        found = _data(text)
        number, digest = found.get(NUMBER), found.get(DIGEST)
        if isinstance(digest, str):
            return (number if isinstance(number, int) else 0), digest
    return 0, _whole(content)


def _whole(content: bytes) -> str:
    """Return the digest of what stood in a trail before it was chained; blank lines count for nothing."""
    lines = [line for line in content.split(b"\n") if line.strip()]
    return hashlib.sha256(b"\n".join(lines)).hexdigest() if lines else ""


def _digest(line: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True).encode("ascii")).hexdigest()


def _data(text: bytes) -> Mapping[str, object]:
    """Return a line's object; an empty one for what is none."""
    try:
        found = json.loads(text.decode("utf-8", "replace")) if text.strip() else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _decision(line: Mapping[str, object]) -> Decision | None:
    """Return a decision; ``None`` for a line that somebody else wrote."""
    trial = line.get("trial")
    words = {name: str(line.get(name, "")) for name in _WORDS}
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
