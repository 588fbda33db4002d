"""Answers without an HTTP surface: one function or method that reads the database, called with one row and with ten."""

import importlib
import inspect
import typing
from pathlib import Path
from typing import Any

from .asgi import Client, told
from .authorizing import somebody
from .engines import Engines
from .finding import Source, named
from .loading import UNDRIVABLE, Stopped, make_importable, stop, taken
from .places import Places


class Repository:
    """A function of the answer, called with a session where it wants one."""

    def __init__(
        self, question: dict[str, Any], read: list[Source], folder: Path, places: Places, engines: Engines | None
    ) -> None:
        self._call: str = question["call"]
        self._reads: list[str] = list(question.get("reads", ()))
        self._read = read
        self._folder = folder
        self._places = places
        self._engines = engines
        self._function: Any = None
        self._owner: Any = None
        self._client = Client(_nobody, places, time_limit=5.0)

    def load(self) -> dict[str, Any]:
        """Import it.

        Raises:
            Stopped: If there is none, or no database of SQLAlchemy beside it.
        """
        if self._engines is None:
            raise Stopped(UNDRIVABLE, "the answer uses no SQLAlchemy, whose statements could be counted")
        found = named(self._call, self._read)
        make_importable(found, self._folder)
        try:
            module = importlib.import_module(found.module)
            self._function = taken(module, found.name)
            owner, _, _method = found.name.rpartition(".")
            self._owner = taken(module, owner) if owner else None
        except Exception as error:  # noqa: BLE001 - code of the answer may raise anything
            stop(error, self._places, self._folder, f"looking for {self._call!r}")
        place = self._places.of_function(self._function)
        return {
            "framework": "none",
            "application": self._call,
            "document": None,
            "operations": [{"method": "CALL", "path": self._call, "place": place}],
            "bodies": {},
            "guards": 0,
            "shadowed": [],
        }

    def call(self) -> dict[str, Any]:
        """Call it, and read of what it returns what its callers read."""
        assert self._engines is not None  # noqa: S101 - loaded before it is called
        try:
            text = self._client.run(self._called(self._engines))
        except Exception as error:  # noqa: BLE001 - code of the answer may raise anything
            return {"status": 500, "headers": {}, "body": "", "error": told(error, self._places)}
        return {"status": 200, "headers": {}, "body": text}

    async def _called(self, engines: Engines) -> str:
        is_async = self._is_async()
        async with engines.session(is_async=is_async) as session:
            function = self._function
            if inspect.isclass(self._owner):
                owner = self._owner(*self._arguments(self._owner.__init__, session, skip=1))
                function = getattr(owner, self._function.__name__)
            result = function(*self._arguments(function, session, skip=0))
            if inspect.isawaitable(result):
                result = await result
            if hasattr(result, "__aiter__"):
                result = [item async for item in result]
            items = list(result) if _is_many(result) else [result]
            for path in self._reads:
                _read(items, path)
            return str(len(items))

    def _is_async(self) -> bool:
        return inspect.iscoroutinefunction(self._function) or inspect.isasyncgenfunction(self._function)

    def _arguments(self, function: Any, session: Any, *, skip: int) -> list[Any]:  # noqa: ANN401 - any
        parameters = list(inspect.signature(function).parameters.values())[skip:]
        try:
            hints = typing.get_type_hints(function)
        except Exception:  # noqa: BLE001 - annotations of the answer may name anything
            hints = {}
        wanted = [
            item
            for item in parameters
            if item.default is item.empty and item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)
        ]
        assert self._engines is not None  # noqa: S101 - loaded before it is called
        made = []
        for item in wanted:
            hint = hints.get(item.name)
            is_session = "session" in item.name.lower() or "Session" in str(hint) or item.name in {"db", "database"}
            made.append(session if is_session else somebody(hint or int, self._engines.row_of, item.name))
        return made


def _is_many(result: object) -> bool:
    return hasattr(result, "__iter__") and not isinstance(result, str | bytes | dict)


def _read(items: list[Any], path: str) -> None:
    for name in path.split("."):
        found = [getattr(item, name) for item in items if item is not None]
        items = [inner for value in found for inner in (value if _is_many(value) else [value])]


async def _nobody(*_anything: Any) -> None:  # noqa: ANN401 - an application that is never asked
    return
