"""How many statements a database is asked, and what blocks an event loop, seen from within the application's process.

Statements are counted twice: where SQLAlchemy and Django hand them over, which tells the place in the answer, and by
SQLite itself, whose count is the one that is believed.
"""

import asyncio
import sqlite3
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, Final, SupportsIndex

from .places import Place, Places

_MOST: Final = 2_000
_STATEMENTS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE")
_WATCHED: Final = frozenset(
    {
        "builtins.input",
        "open",
        "os.system",
        "smtplib.connect",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "sqlite3.connect",
        "subprocess.Popen",
        "urllib.Request",
    }
)
# Opening a file through these is the answer's own doing; the rest of the library opens files for its own ends.
_OPENERS: Final = frozenset(
    {"codecs.py", "configparser.py", "csv.py", "gzip.py", "pathlib.py", "shutil.py", "zipfile.py"}
)
CANARY: Final = "passmuster.canary"


class Watch:
    """Counts and records between ``begin`` and ``end``."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._is_on = False
        self._traced: list[str] = []
        self._handed: list[tuple[str, Place]] = []
        self._blocking: list[dict[str, Any]] = []
        self._heard: list[object] = []
        self._sleep: object = time.sleep

    def install(self) -> None:
        """Begin to watch; nothing is recorded yet."""
        self._watch_sqlite()
        self._watch_sleep()
        sys.addaudithook(self._audited)

    def begin(self) -> None:
        """Forget what was seen, and record from now on."""
        self._traced, self._handed, self._blocking = [], [], []
        self._is_on = True

    def end(self) -> dict[str, Any]:
        """Stop, and return what was seen."""
        self._is_on = False
        return {
            "queries": max(len(self._traced), len(self._handed)),
            "statements": repeated(self._handed or [(statement, {}) for statement in self._traced]),
            "blocking": self._blocking[:50],
        }

    def handed_over(self, statement: str, *, blocks: bool) -> None:
        """Record a statement that a library is about to send.

        Args:
            statement: The statement.
            blocks: Whether its driver waits for the database in the thread that it is called in.
        """
        if not self._is_on or not statement.lstrip().upper().startswith(_STATEMENTS) or len(self._handed) >= _MOST:
            return
        place = self._places.here()
        self._handed.append((statement, place))
        if blocks and _is_in_loop():
            self._note("database query", place)

    def is_silenced(self) -> str:
        """Return the name of the cheat if something took away what watches; empty otherwise."""
        heard = len(self._heard)
        sys.audit(CANARY, heard)
        if len(self._heard) != heard + 1:
            return "hook_silenced"
        return "" if time.sleep is self._sleep else "sleep_unwrapped"

    def _watch_sqlite(self) -> None:
        original = sqlite3.connect

        def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - handed on as they are
            connection: sqlite3.Connection = original(*arguments, **options)
            connection.set_trace_callback(self._trace)
            return connection

        sqlite3.connect = connect  # type: ignore[assignment] # it is called in whichever way the original is
        sys.modules["sqlite3.dbapi2"].connect = connect  # type: ignore[attr-defined] # Django takes it from there

    def _trace(self, statement: str) -> None:
        if self._is_on and len(self._traced) < _MOST and statement.lstrip().upper().startswith(_STATEMENTS):
            self._traced.append(statement)

    def _watch_sleep(self) -> None:
        # Sleeping raises no audit event before Python 3.12.
        original = time.sleep

        def sleep(seconds: float | SupportsIndex, /) -> None:
            if self._is_on and _is_in_loop():
                self._note("time.sleep", self._places.here())
            original(min(float(seconds), 0.05))

        self._sleep = sleep
        time.sleep = sleep

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == CANARY:
            self._heard.append(arguments)
        elif self._is_on and event in _WATCHED and _is_in_loop():
            if event == "socket.connect" and arguments[0].gettimeout() == 0:
                return
            frame = sys._getframe(1)  # noqa: SLF001 - the documented way to the caller's frame
            if event != "open" or _is_own_doing(frame, self._places):
                self._note(event, self._places.of_frames(frame))

    def _note(self, event: str, place: Place) -> None:
        found = {"event": event, **place}
        if place and found not in self._blocking:
            self._blocking.append(found)


def repeated(handed: list[tuple[str, Place]]) -> list[dict[str, Any]]:
    """Return statements with how often each was made and where, the most frequent first."""
    times: dict[str, int] = {}
    places: dict[str, Place] = {}
    for statement, place in handed:
        words = " ".join(statement.split())[:300]
        times[words] = times.get(words, 0) + 1
        places[words] = place or places.get(words, {})
    most = sorted(times.items(), key=lambda item: (-item[1], item[0]))[:5]
    return [{"statement": statement, "times": count, **places[statement]} for statement, count in most]


def watch_sqlalchemy(watch: Watch) -> None:
    """Have SQLAlchemy tell of every statement of every engine, asynchronous ones included."""
    from sqlalchemy import event  # noqa: PLC0415 - only where the answer uses it
    from sqlalchemy.engine import Engine  # noqa: PLC0415 - as above

    def before(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        watch.handed_over(statement, blocks=not connection.engine.dialect.is_async)

    event.listen(Engine, "before_cursor_execute", before)


def watch_django(watch: Watch) -> None:
    """Have Django tell of every statement of every connection."""
    from importlib import import_module  # noqa: PLC0415 - only where the answer uses it

    wrapper = import_module("django.db.backends.utils").CursorWrapper
    original = wrapper.execute

    def execute(cursor: Any, statement: Any, parameters: Any = None) -> Any:  # noqa: ANN401 - Django's own
        watch.handed_over(str(statement), blocks=True)
        return original(cursor, statement, parameters)

    wrapper.execute = execute


def _is_in_loop() -> bool:
    return asyncio._get_running_loop() is not None  # noqa: SLF001 - asks without raising, and a hook must be quick


def _is_own_doing(frame: FrameType | None, places: Places) -> bool:
    while frame is not None and not places.is_own(frame.f_code.co_filename):
        if Path(frame.f_code.co_filename).name not in _OPENERS:
            return False
        frame = frame.f_back
    return frame is not None
