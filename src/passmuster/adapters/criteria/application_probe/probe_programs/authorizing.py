"""Lets requests past an application's guard where the case names no credentials, by what FastAPI provides for tests."""

import dataclasses
import importlib
import inspect
import sys
import typing
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

_HEADERS: Final = frozenset({"authorization", "x_api_key", "x-api-key", "api_key", "x_token", "x-token", "token"})


class Guard:
    """The dependencies of an application that ask who somebody is."""

    def __init__(self, application: Any, seeded: Callable[[type], Any]) -> None:  # noqa: ANN401 - FastAPI's own
        self._application = application
        self._overrides = {
            call: _standing_in(_value_of(call, seeded)) for call in _guards(application) if call is not None
        }

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._overrides)

    def open(self) -> None:
        """Have them answer with somebody."""
        self._application.dependency_overrides.update(self._overrides)

    def close(self) -> None:
        """Have them ask again."""
        for call in self._overrides:
            self._application.dependency_overrides.pop(call, None)


def routes_of(application: Any) -> list[Any]:  # noqa: ANN401 - FastAPI's own
    """Return every route, those of included routers as well."""
    module = sys.modules.get("fastapi.routing")
    walk = getattr(module, "iter_route_contexts", None)
    routes = list(getattr(application, "routes", []))
    return list(walk(routes)) if walk is not None else routes


def _guards(application: Any) -> list[Any]:  # noqa: ANN401 - FastAPI's own
    found: dict[int, Any] = {}
    for route in routes_of(application):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            found |= {id(call): call for call in _within(dependant)}
    return list(found.values())


def _within(dependant: Any) -> Iterator[Any]:  # noqa: ANN401 - FastAPI's own
    for inner in dependant.dependencies:
        if _is_scheme(inner.call) or _asks(inner):
            yield inner.call
        else:
            yield from _within(inner)


def _asks(dependant: Any) -> bool:  # noqa: ANN401 - FastAPI's own
    named = {str(item.alias).lower() for item in (*dependant.header_params, *dependant.cookie_params)}
    return bool(named & _HEADERS) or any(_is_scheme(inner.call) for inner in dependant.dependencies)


def _is_scheme(call: Any) -> bool:  # noqa: ANN401 - anything that can be called
    base = getattr(importlib.import_module("fastapi.security.base"), "SecurityBase", None)
    return base is not None and isinstance(call, base)


def _standing_in(value: Any) -> Callable[[], Any]:  # noqa: ANN401 - any value
    def stand_in() -> Any:  # noqa: ANN401 - as above
        return value

    return stand_in


def _value_of(call: Any, seeded: Callable[[type], Any]) -> Any:  # noqa: ANN401 - anything that can be called
    if _is_scheme(call):
        return _credentials(call)
    try:
        wanted = typing.get_type_hints(inspect.unwrap(call)).get("return")
    except Exception:  # noqa: BLE001 - annotations of the answer may name anything
        wanted = None
    return somebody(wanted, seeded)


def _credentials(scheme: Any) -> Any:  # noqa: ANN401 - FastAPI's own
    http = importlib.import_module("fastapi.security.http")
    if isinstance(scheme, http.HTTPBasic):
        return http.HTTPBasicCredentials(username="somebody", password="")
    if isinstance(scheme, http.HTTPBase):
        return http.HTTPAuthorizationCredentials(scheme="Bearer", credentials="somebody")
    return "somebody"


def somebody(wanted: Any, seeded: Callable[[type], Any], name: str = "") -> Any:  # noqa: ANN401 - any type
    """Return a value of a type that stands for somebody who may do everything."""
    if isinstance(wanted, type):
        row = seeded(wanted)
        if row is not None:
            return row
        if wanted in _PLAIN:
            return _PLAIN[wanted](name)
        if isinstance(getattr(wanted, "__members__", None), typing.Mapping):
            return next(iter(wanted.__members__.values()))  # type: ignore[attr-defined] # an enumeration
        return _built(wanted, seeded)
    arguments = [item for item in typing.get_args(wanted) if item is not type(None)]
    origin = typing.get_origin(wanted)
    if origin in {list, set, frozenset, tuple, dict}:
        return origin()
    if origin is typing.Literal:
        return arguments[0]
    return somebody(arguments[0], seeded, name) if arguments else {"sub": "1", "id": 1, "role": "admin"}


def _built(wanted: type, seeded: Callable[[type], Any]) -> Any:  # noqa: ANN401 - any type
    fields: dict[str, Any] = {}
    if hasattr(wanted, "model_fields"):
        fields = {key: item.annotation for key, item in wanted.model_fields.items()}
    elif dataclasses.is_dataclass(wanted):
        fields = {item.name: item.type for item in dataclasses.fields(wanted)}
    values = {key: somebody(kind, seeded, key) for key, kind in fields.items()}
    make = getattr(wanted, "model_construct", wanted)
    try:
        return make(**values)
    except Exception:  # noqa: BLE001 - a class of the answer may refuse anything
        return None


_PLAIN: Final[dict[type, Callable[[str], Any]]] = {
    str: lambda name: "admin" if "role" in name else "person1@example.com" if "mail" in name else "1",
    int: lambda _name: 1,
    float: lambda _name: 1.0,
    bool: lambda name: "disabled" not in name and "deleted" not in name,
    bytes: lambda _name: b"1",
    dict: lambda _name: {"sub": "1", "id": 1, "role": "admin"},
    list: lambda _name: [],
    Decimal: lambda _name: Decimal(1),
    uuid.UUID: lambda _name: uuid.UUID(int=1),
    datetime: lambda _name: datetime(2026, 1, 1, tzinfo=UTC),
    date: lambda _name: date(2026, 1, 1),
}
