"""The child: holds the application of an answer, and does what the parent says, one command after the other.

Whatever is told from here may be forged by the code under test, which shares this process: counts of statements and
places. Responses are what they are, whoever wrote them; the parent judges them.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import django_side
from .application_side import ApplicationSide
from .counting import Watch, watch_django, watch_sqlalchemy
from .engines import Engines
from .environment import fill_environment, fill_settings, guessed
from .finding import imported, secrets_asked_for, sources
from .loading import BROKEN, Stopped, shadowed
from .places import Places
from .repository import Repository
from .seeding import Table
from .sides import DjangoSide, Side

Command = Callable[[dict[str, Any]], dict[str, Any]]
"""What the child can be told to do."""


class Child:
    """One application, and the commands that it knows."""

    def __init__(self, question: dict[str, Any], folder: Path, database: Path) -> None:
        self._question = question
        self._folder = folder
        self._database = database
        self._places = Places(folder)
        self._watch = Watch(self._places)
        self._engines: Engines | None = None
        self._side: Side | None = None
        self._repository: Repository | None = None
        self.commands: dict[str, Command] = {
            "load": self._load,
            "seed": self._seed,
            "ask": self._ask,
            "call": self._call,
            "finish": self._finish,
        }

    def _load(self, _command: dict[str, Any]) -> dict[str, Any]:
        read, unreadable = sources(self._folder)
        if unreadable:
            error = unreadable[0]
            place = self._places.of_error(error)
            raise Stopped(BROKEN, f"{place.get('file', 'a file')} is no Python: {error.msg}", **place)
        names = imported(read)
        os.environ.update({str(key): str(value) for key, value in self._question.get("environment", {}).items()})
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{self._database}")
        for name in secrets_asked_for(read):
            os.environ.setdefault(name, guessed(name))
        self._watch.install()
        if "sqlalchemy" in names or "sqlmodel" in names:
            self._engines = Engines(self._database, self._places)
            self._engines.install()
            watch_sqlalchemy(self._watch)
        fill_settings()
        fill_environment(self._places)
        if self._question.get("call"):
            self._repository = Repository(self._question, read, self._folder, self._places, self._engines)
            return self._repository.load()
        if "django" in names and "fastapi" not in names:
            source = django_side.configure(read, self._folder, self._database)
            watch_django(self._watch)
            self._side = DjangoSide(source, self._folder, self._places)
        else:
            self._side = ApplicationSide(self._question, read, self._folder, self._places, self._engines)
        return self._side.load() | {"shadowed": shadowed(self._folder)}

    def _seed(self, command: dict[str, Any]) -> dict[str, Any]:
        rows = int(command["rows"])
        hook = self._question.get("seed")
        if hook and self._repository is None and self._side is not None:
            self._side.seed_by(hook, rows)
            return {"tables": []}
        if self._side is not None:
            return {"tables": [_told(table) for table in self._side.seed(rows)]}
        return {"tables": [_told(table) for table in (self._engines.seed(rows) if self._engines else [])]}

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._side is not None  # noqa: S101 - loaded before it is asked
        self._watch.begin()
        try:
            answer = self._side.ask(command)
        finally:
            seen = self._watch.end()
        return {**answer, "seen": seen}

    def _call(self, _command: dict[str, Any]) -> dict[str, Any]:
        assert self._repository is not None  # noqa: S101 - as above
        self._watch.begin()
        try:
            answer = self._repository.call()
        finally:
            seen = self._watch.end()
        return {**answer, "seen": seen}

    def _finish(self, _command: dict[str, Any]) -> dict[str, Any]:
        return {"silenced": self._watch.is_silenced()}


def serve(channel: socket.socket, folder: Path, database: Path) -> None:
    """Do what is asked until nobody asks any more."""
    stream = channel.makefile("rwb")
    child: Child | None = None
    for line in stream:
        command = json.loads(line)
        if child is None:
            child = Child(command["question"], folder, database)
        try:
            answer = {"told": child.commands[command["do"]](command)}
        except Stopped as stopped:
            answer = {"stopped": stopped.finding}
        except Exception as error:  # noqa: BLE001 - the parent must learn of it
            # What comes up here was raised by code of the answer, or by a library it has led astray.
            answer = {
                "stopped": {"state": "undrivable", "reason": f"{command['do']}: {type(error).__name__}: {error}"[:500]}
            }
        stream.write(json.dumps({"identifier": command["identifier"], **answer}, default=str).encode() + b"\n")
        stream.flush()


def _told(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "rows": len(table.rows),
        "keys": [column.name for column in table.columns if column.is_key],
        "first": [{name: _plain(value) for name, value in row.items()} for row in table.rows[:10]],
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    value = getattr(value, "value", value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def main() -> None:
    """Serve on the descriptor that the parent names."""
    # Whatever lies beside this package must not be found by the code of an answer.
    sys.path.pop(0)
    _word, descriptor, folder, database = sys.argv[1:]
    sys.argv = [sys.argv[0]]
    channel = socket.socket(fileno=int(descriptor))
    channel.set_inheritable(False)
    serve(channel, Path(folder), Path(database))
