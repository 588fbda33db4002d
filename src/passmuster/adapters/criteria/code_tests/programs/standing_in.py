"""Builds an answer's classes and asks its application with stand-ins, in the process that nobody trusts."""

import importlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import MagicMock

from .untrusted import Pipe

_MOST_TRIED: Final = 20
_PLAIN: Final[dict[str, object]] = {"str": "text", "int": 1, "float": 1.0, "bool": True, "bytes": b"bytes"}
_FACTORIES: Final = ("create_app", "build_app", "make_app", "get_app", "create_application")


@dataclass(frozen=True)
class StandIns:
    """What is to be tried.

    Attributes:
        folder: The folder with the answer's files.
        roots: Where imports begin.
        classes: Module and name of each class that takes collaborators.
        modules: The modules in which an application may be.
        environment: Variables that are set before anything is imported.
    """

    folder: Path
    roots: tuple[str, ...]
    classes: Sequence[tuple[str, str]]
    modules: Sequence[str]
    environment: dict[str, str]

    def __call__(self, pipe: Pipe) -> None:
        """Try each; the last message is ``end``."""
        os.chdir(self.folder)
        sys.path[:0] = [str(self.folder / root) for root in self.roots]
        os.environ.update(self.environment)
        if "DJANGO_SETTINGS_MODULE" in self.environment:
            importlib.import_module("django").setup()
        for module, name in self.classes[:_MOST_TRIED]:
            try:
                is_kept = _build(getattr(importlib.import_module(module), name))
                pipe.tell("built", module=module, name=name, is_kept=is_kept, message="")
            except Exception as error:  # noqa: BLE001 - whatever the answer raises is told
                message = f"{type(error).__name__}: {error}"
                pipe.tell("built", module=module, name=name, is_kept=None, message=message[:400])
        for application in self._applications(pipe):
            for name, is_asked in _overridden(application, self.folder):
                pipe.tell("overridden", name=name, is_asked=is_asked)
        pipe.tell("end")

    def _applications(self, pipe: Pipe) -> Iterator[Any]:
        """Yield the first application of FastAPI that a module holds or makes."""
        for name in self.modules:
            try:
                module = importlib.import_module(name)
                kind = importlib.import_module("fastapi").FastAPI
                held = [value for value in vars(module).values() if isinstance(value, kind)]
                made = [getattr(module, factory) for factory in _FACTORIES if hasattr(module, factory)]
                found = held[0] if held else made[0]() if made else None
            except Exception as error:  # noqa: BLE001 - as above
                pipe.tell("unimportable", module=name, message=f"{type(error).__name__}: {error}"[:400])
                continue
            if isinstance(found, kind):
                yield found
                return


def _build(kind: Callable[..., object]) -> bool:
    """Build a class with stand-ins, and return whether it keeps one of them."""
    given: dict[str, object] = {}
    stand_ins: list[object] = []
    positional: list[object] = []
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        value = _value_for(parameter, stand_ins)
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(value)
        elif value is not parameter.default:
            given[name] = value
    made = kind(*positional, **given)
    kept = [getattr(made, name, None) for name in _attributes(made)]
    return any(value is stand_in for value in kept for stand_in in stand_ins)


def _value_for(parameter: inspect.Parameter, stand_ins: list[object]) -> object:
    annotation = parameter.annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if name in _PLAIN:
        return _PLAIN[name] if parameter.default is parameter.empty else parameter.default
    stand_in = MagicMock(name=parameter.name)
    stand_ins.append(stand_in)
    return stand_in


def _attributes(made: object) -> set[str]:
    slots = {name for kind in type(made).__mro__ for name in _slots(kind)}
    return set(getattr(made, "__dict__", ())) | slots


def _slots(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _overridden(application: Any, folder: Path) -> Iterator[tuple[str, bool]]:  # noqa: ANN401 - of FastAPI, not installed here
    """Override each dependency that the answer wrote, and yield whether a request reached the stand-in."""
    client = importlib.import_module("fastapi.testclient").TestClient(application, raise_server_exceptions=False)
    tried: set[object] = set()
    for route in _routes(application.routes):
        for call in _calls(getattr(route, "dependant", None)):
            if call in tried or not _is_own(call, folder) or len(tried) >= _MOST_TRIED:
                continue
            tried.add(call)
            asked: list[bool] = []
            application.dependency_overrides[call] = _noting(asked)
            method = min(route.methods or {"GET"})
            client.request(method, re.sub(r"{[^}]*}", "1", route.path), json={} if method != "GET" else None)
            application.dependency_overrides.pop(call)
            yield getattr(call, "__name__", repr(call)), bool(asked)


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """Yield routes, those of included routers too, which some versions of FastAPI keep apart."""
    for route in routes:
        if hasattr(route, "effective_candidates"):
            yield from _routes(route.effective_candidates())
        elif getattr(route, "dependant", None) is not None:
            yield route


def _noting(asked: list[bool]) -> Callable[[], object]:
    def stand_in() -> object:
        asked.append(True)
        return MagicMock()

    return stand_in


def _calls(dependant: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """Yield the dependencies of a route, and theirs; the route's own function is none."""
    for inner in getattr(dependant, "dependencies", ()):
        if inner.call is not None:
            yield inner.call
        yield from _calls(inner)


def _is_own(call: object, folder: Path) -> bool:
    module = sys.modules.get(getattr(call, "__module__", ""))
    return str(getattr(module, "__file__", "") or "").startswith(f"{folder}{os.sep}")
