"""Transcripts on disk: what a run printed, with a line before it that says what was asked, and one after it.

Both lines are JSON objects of the type ``passmuster``, which readers of products pass over.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from passmuster.adapters.products.events import Event, event_of, seconds_at, text_at
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import UNKNOWN, Fingerprint
from passmuster.programs.endings import Ending, Stop

MARK = "passmuster"
SUFFIX = ".jsonl"
LONGEST_FILE = 256_000_000
"""Bytes; a larger file is no transcript that we wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run that is kept, or was.

    Attributes:
        request: The fingerprint of what was asked; empty where the file does not say.
        text: The words that were asked.
        reader: How the lines are read; empty where the file does not say.
        lines: What was printed.
        ending: How the run ended.
    """

    request: Fingerprint = UNKNOWN
    text: str = ""
    reader: str = ""
    lines: Sequence[str] = ()
    ending: Ending = field(default_factory=Ending)


def keep(kept: Kept, folder: Path) -> Path:
    """Write a run into a folder, under the next free name of its request.

    Raises:
        EnvironmentFaultError: If the folder cannot be written.
    """
    before = {"type": MARK, "format": 1, "request": kept.request, "text": kept.text, "reader": kept.reader}
    ending = kept.ending
    after = {
        "type": MARK,
        "stop": ending.stop.value,
        "exit_status": ending.exit_status,
        "errors": ending.errors,
        "milliseconds": round(1_000 * ending.seconds),
    }
    content = "\n".join([json.dumps(before), *kept.lines, json.dumps(after), ""])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = folder / f"{kept.request}.{number}{SUFFIX}"
            try:
                with path.open("xb") as stream:
                    stream.write(content.encode("utf-8", "replace"))
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        message = f"the transcript cannot be written into {str(folder)!r}: {error.strerror}"
        raise EnvironmentFaultError(message, hint="correct the option transcripts, or make room") from error


def read_kept(path: Path) -> Kept:
    """Read a transcript; one that we have not written is all lines.

    Raises:
        OSError: If it cannot be read, or is too large.
    """
    with path.open("rb") as stream:
        content = stream.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        message = f"it is larger than {LONGEST_FILE:,} bytes"
        raise OSError(None, message)
    lines = content.decode("utf-8-sig", "replace").split("\n")
    head, tail = _mark_in(lines[:1]), _mark_in(lines[-2:])
    printed = lines[1 if head else 0 : -2 if tail else None]
    return Kept(
        request=Fingerprint(text_at(head, "request")),
        text=text_at(head, "text"),
        reader=text_at(head, "reader"),
        lines=tuple(printed),
        ending=_ending_of(tail),
    )


def _mark_in(lines: Iterable[str]) -> Event:
    events = (event_of(line) for line in lines)
    return next((event for event in events if event is not None and event.get("type") == MARK), {})


def _ending_of(event: Event) -> Ending:
    stops = {stop.value: stop for stop in Stop}
    status = event.get("exit_status")
    return Ending(
        stop=stops.get(text_at(event, "stop"), Stop.ENDED),
        exit_status=status if isinstance(status, int) and not isinstance(status, bool) else None,
        errors=text_at(event, "errors"),
        seconds=seconds_at(event, "milliseconds") or 0.0,
    )
