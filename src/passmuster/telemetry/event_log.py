"""Events → lines of JSON, through Python's own ``logging``, under the logger ``passmuster``.

No line holds what users ask or models write unless somebody asks for texts, and none ever holds a secret. What a
service says may repeat both: of a failure only what passmuster says of it is told, and the service's own words are
texts.
"""

import json
import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.policies.events import LimitChanged
from passmuster.telemetry.describing import described
from passmuster.telemetry.watching import WHERE, Told, Whereabouts

LOGGER: Final = "passmuster"
"""The logger of everything that passmuster says of itself."""

EVENTS: Final = "passmuster.events"
"""The logger of what happens in runs, below the former."""

STANDARD_ERROR: Final = "-"
"""The name of a log that is no file."""

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode

Fields = dict[str, object]


class EventLog:
    """Writes what it is told; conforms to :data:`~passmuster.telemetry.watching.Watcher`."""

    def __init__(self, *, has_texts: bool = False, logger: logging.Logger | None = None) -> None:
        """Take where to write.

        Args:
            has_texts: Whether requests, answers and services' own words are written as well.
            logger: Writes; by itself the one of all events.
        """
        self._has_texts = has_texts
        self._logger = logger or logging.getLogger(EVENTS)

    def __call__(self, told: Told) -> None:
        """Write what is worth a line."""
        line = described(told, has_texts=self._has_texts)
        if line is not None:
            # Whichever trial was the occasion, a limit is no part of it.
            self.write(line.level, line.event, line.fields, where=None if isinstance(told, LimitChanged) else WHERE)

    def write(
        self,
        level: int,
        event: str,
        fields: Mapping[str, object],
        *,
        where: ContextVar[Whereabouts | None] | None = WHERE,
    ) -> None:
        """Write one line.

        Args:
            level: How grave it is, as ``logging`` has it.
            event: What happened, in a word.
            fields: What there is to say of it.
            where: Knows whose trial it belongs to; ``None`` if to none.
        """
        logger = self._logger
        if not logger.isEnabledFor(level):
            return
        # As logging does, without its search for the line of code, which takes longer than all the rest.
        record = logger.makeRecord(logger.name, level, "", 0, event, (), None)
        here = None if where is None else where.get()
        if here is not None:
            key = here.key
            record.__dict__["where"] = {
                "run": here.run,
                "subject": key.subject,
                "case": key.case,
                "repetition": key.repetition,
            }
        record.__dict__["fields"] = fields
        logger.handle(record)


class LineFormatter(logging.Formatter):
    """One line of JSON for each record, without secrets."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        """Take what takes secrets out of a text."""
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: time, level, event, whose trial, and what there is to say of it."""
        line: Fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
        }
        fields = record.__dict__.get("fields")
        if fields is None:
            line |= {"event": "message", "logger": record.name, "message": record.getMessage()}
        else:
            line |= {"event": record.msg, **record.__dict__.get("where", {}), **fields}
        return self._redact(_ENCODE(line))


class LineHandler(logging.Handler):
    """Appends lines to a file, each with one call, so that several processes may write into the same file.

    A log must never end a run: should the disk be full, this is said once, and nothing more is written.

    Attributes:
        trouble: Why nothing is written any more; empty while all is well.
    """

    def __init__(self, descriptor: int) -> None:
        """Take an open file; it is closed with the handler."""
        super().__init__()
        self.trouble = ""
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Append a line."""
        if self.trouble:
            return
        try:
            # Half a surrogate pair has no bytes.
            content = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            while content:
                content = content[os.write(self._descriptor, content) :]
        except OSError as error:
            self.trouble = str(error)

    def close(self) -> None:
        """Close the file; standard error stays open."""
        super().close()
        if self._descriptor > 2:  # noqa: PLR2004 - below are the standard streams
            os.close(self._descriptor)
            self._descriptor = -1


class _NoEvents(logging.Filter):
    """Lets through what is said to people."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "fields" not in record.__dict__


@contextmanager
def logging_to(place: str, *, level: int, redact: Callable[[str], str]) -> Iterator[LineHandler]:
    """Let everything that passmuster logs be written as lines of JSON.

    What is said to people, such as that a cache is damaged, is printed as well, as it is without a log.

    Args:
        place: A file, which is made if there is none and appended to otherwise; or ``-`` for standard error.
        level: What is less grave is not written.
        redact: Takes secrets out of a text.

    Raises:
        EnvironmentFaultError: If the file cannot be written.
    """
    handler = LineHandler(_opened(place))
    handler.setFormatter(LineFormatter(redact))
    handler.setLevel(level)
    said = logging.StreamHandler(sys.stderr)
    said.setLevel(logging.WARNING)
    said.addFilter(_NoEvents())
    logger = logging.getLogger(LOGGER)
    handlers = [handler] if place == STANDARD_ERROR else [handler, said]
    former = logger.level, logger.propagate
    for each in handlers:
        logger.addHandler(each)
    logger.setLevel(min(level, logging.WARNING))
    logger.propagate = False
    try:
        yield handler
    finally:
        logger.setLevel(former[0])
        logger.propagate = former[1]
        for each in handlers:
            logger.removeHandler(each)
            each.close()


def _opened(place: str) -> int:
    if place == STANDARD_ERROR:
        return 2
    try:
        # A pipe without a reader would wait for one for ever.
        descriptor = os.open(Path(place), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            _end_line(place, descriptor)
        os.set_blocking(descriptor, True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"the log {place!r} cannot be written: {reason}"
        raise EnvironmentFaultError(message, hint="name another file with --log, or - for standard error") from error
    return descriptor


def _end_line(place: str, descriptor: int) -> None:
    """End a line that a process left unfinished when it was killed."""
    with Path(place).open("rb") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                os.write(descriptor, b"\n")
