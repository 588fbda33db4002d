"""Requests out of what Claude Code leaves behind: its own transcripts of sessions, and recordings of ``claude -p``.

A transcript is a file of JSON Lines for each session, below a folder for each project. Its form is not documented; as
seen in versions 2.0 to 2.1, a line of type ``user`` or ``assistant`` holds a message as the interface knows it, beside
``sessionId``, ``timestamp``, ``cwd``, ``isSidechain`` (an agent's own work) and ``isMeta`` (what the host itself put
in). A recording is the output of one ``claude -p --output-format stream-json``; the request stands in it only where the
host was told to repeat it, so that a manifest may give it: a JSON object of requests by file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from passmuster.adapters.products.claude_code_events import ClaudeCodeReading
from passmuster.adapters.products.events import Event, event_of, object_at, objects_at, text_at
from passmuster.adapters.products.observation import Call, CallState, Observation, Terminal
from passmuster.components import Component
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.harvests import HarvestOutcome, RecordedRequest
from passmuster.domain.values import AgentName, SourceLocation, whole_characters
from passmuster.ports import TranscriptReader

MANIFEST = "requests.json"
"""Beside recordings: which request each of them answers."""

LONGEST_LINE = 8_000_000
"""Characters; longer lines hold pasted files, and no request that a person wrote."""

# What the host writes in the user's name: commands, their output, notices, the summary of an earlier session.
_NOT_SAID = re.compile(
    r"\s*(?:<(?:command-name|command-message|command-args|local-command-std|bash-input|bash-std|user-memory-input"
    r"|system-reminder|task-notification|ide_)|/[a-z][\w:-]*(?:\s|$)|\[Request interrupted|Caveat: The messages below"
    r"|This session is being continued from a previous conversation)"
)
_INSERTED = re.compile(r"<system-reminder>.*?</system-reminder>|<ide_\w+>.*?</ide_\w+>", re.DOTALL)


class SessionOptions(BaseModel):
    """Reading takes no options; what is read depends on the files alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(slots=True)
class _Turn:
    """What follows one request, until the next."""

    text: str
    line: int
    day: str
    session: str
    folder: str
    is_interrupted: bool = False
    is_answered: bool = False
    reading: ClaudeCodeReading = field(default_factory=ClaudeCodeReading)


class SessionReader:
    """Reads Claude Code's own transcripts; every turn of the main thread is one request."""

    def read(self, location: Path) -> Iterator[RecordedRequest]:
        """Yield every request; see :class:`passmuster.ports.TranscriptReader`."""
        for path in _files(location):
            turn: _Turn | None = None
            for number, line in _lines(path):
                event = event_of(line)
                if event is None or event.get("isSidechain") is True:
                    continue
                said = _said(event)
                if said:
                    if turn is not None:
                        yield _recorded(turn, path)
                    turn = _turn(event, said, number, path)
                elif turn is not None:
                    _follow(turn, event, line)
            if turn is not None:
                yield _recorded(turn, path)


class RecordingReader:
    """Reads recordings of ``claude -p``; each is one request."""

    def read(self, location: Path) -> Iterator[RecordedRequest]:
        """Yield every request that is known; see :class:`passmuster.ports.TranscriptReader`."""
        root = location if location.is_dir() else location.parent
        manifest = _manifest(root / MANIFEST)
        for path in _files(location):
            reading = ClaudeCodeReading()
            session = ""
            for _, line in _lines(path):
                reading.take(line)
                session = session or text_at(event_of(line) or {}, "session_id")
            seen = reading.observation()
            text = manifest.get(path.relative_to(root).as_posix(), seen.request)
            if text.strip():
                yield _decided(seen, text=text, session=session, source=SourceLocation(path=str(path)))


def _turn(event: Event, said: str, number: int, path: Path) -> _Turn:
    return _Turn(
        text=said,
        line=number,
        day=text_at(event, "timestamp"),
        session=text_at(event, "sessionId") or path.stem,
        folder=text_at(event, "cwd"),
    )


def _follow(turn: _Turn, event: Event, line: str) -> None:
    content = object_at(event, "message").get("content")
    texts = [content] if isinstance(content, str) else [text_at(item, "text") for item in _blocks(event)]
    if text_at(event, "type") == "user" and any(text.startswith("[Request interrupted") for text in texts):
        turn.is_interrupted = True
    turn.is_answered = turn.is_answered or text_at(event, "type") == "assistant"
    turn.reading.take(line)


def _said(event: Event) -> str:
    """Return what a person said, if a line holds that; otherwise nothing."""
    if text_at(event, "type") != "user" or event.get("isMeta") is True or event.get("isCompactSummary") is True:
        return ""
    content = object_at(event, "message").get("content")
    blocks = list(_blocks(event))
    if any(text_at(block, "type") == "tool_result" for block in blocks):
        return ""
    text = content if isinstance(content, str) else "\n".join(text_at(block, "text") for block in blocks)
    text = _INSERTED.sub("", text).strip()
    return "" if _NOT_SAID.match(text) else whole_characters(text)


def _blocks(event: Event) -> Iterator[Event]:
    return objects_at(object_at(event, "message"), "content")


def _recorded(turn: _Turn, path: Path) -> RecordedRequest:
    seen = turn.reading.observation()
    source = SourceLocation(path=str(path), line=turn.line)
    # A session's file says nowhere that a turn is over: an answer that was not broken off is taken for its end.
    is_over = turn.is_answered and not turn.is_interrupted
    made = _decided(seen, text=turn.text, session=turn.session, source=source, is_over=is_over)
    return replace(made, day=turn.day, folder=turn.folder)


def _decided(
    seen: Observation, *, text: str, session: str, source: SourceLocation, is_over: bool | None = None
) -> RecordedRequest:
    main = [call for call in seen.calls if not call.parent]
    taken = [AgentName(call.name) for call in main if call.state is not CallState.REFUSED]
    over = is_over if is_over is not None else seen.terminal in {Terminal.FINISHED, Terminal.TURN_LIMIT}
    return RecordedRequest(
        text=text,
        outcome=_outcome(main, is_over=over),
        chosen=taken[0] if taken else None,
        further=tuple(taken[1:]),
        refused=tuple(call.name for call in main if call.state is CallState.REFUSED),
        session=session,
        source=source,
    )


def _outcome(calls: list[Call], *, is_over: bool) -> HarvestOutcome:
    if any(call.state is CallState.ACCEPTED for call in calls):
        return HarvestOutcome.DELEGATED
    if not is_over:
        return HarvestOutcome.UNFINISHED
    if any(call.state is CallState.PENDING for call in calls):
        return HarvestOutcome.DELEGATED
    return HarvestOutcome.REFUSED if calls else HarvestOutcome.NOT_DELEGATED


def _files(location: Path) -> list[Path]:
    if location.is_file():
        return [location]
    if location.is_dir():
        return sorted(path for path in location.rglob("*.jsonl") if path.is_file())
    raise InvalidDatasetError([_missing(location)])


def _missing(location: Path) -> Finding:
    return Finding(
        rule="no-transcripts",
        severity=Severity.ERROR,
        message=f"there are no transcripts at {str(location)!r}",
        hint="name a file that ends in .jsonl, or a folder of such files",
        location=SourceLocation(path=str(location)),
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            if len(line) <= LONGEST_LINE:
                yield number, line


def _manifest(path: Path) -> Mapping[str, str]:
    """Return the requests by file.

    Raises:
        InvalidDatasetError: If the manifest is there and cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError):
        found = None
    if isinstance(found, dict) and all(isinstance(text, str) for text in found.values()):
        return found
    finding = Finding(
        rule="invalid-manifest",
        severity=Severity.ERROR,
        message="the manifest is no JSON object of texts",
        hint='write {"run-1.jsonl": "what was asked", …}',
        location=SourceLocation(path=str(path)),
    )
    raise InvalidDatasetError([finding])


SESSIONS: Component[SessionOptions, TranscriptReader] = Component(
    options=SessionOptions, build=lambda _options, _context: SessionReader(), is_free=True
)
"""``sessions``: Claude Code's own transcripts."""

RECORDINGS: Component[SessionOptions, TranscriptReader] = Component(
    options=SessionOptions, build=lambda _options, _context: RecordingReader(), is_free=True
)
"""``recordings``: what ``claude -p`` printed."""
