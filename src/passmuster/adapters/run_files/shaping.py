"""The shape of what other tools write: a part of a document as a checked value, or what is wrong with it."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from passmuster.adapters.run_files.complaints import Complaints, complaint
from passmuster.documents import Document, Path
from passmuster.domain.values import fingerprint_of

_OLDEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NAME: Final = 200
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHOWN: Final = 40

ShapeT = TypeVar("ShapeT", bound=BaseModel)
ValueT = TypeVar("ValueT")


class Shape(BaseModel):
    """What is read of one of a tool's objects; what else stands there does not matter, since tools grow."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
        # Times without a zone are those of older versions, which wrote Coordinated Universal Time.
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = "no moment as ISO 8601 has it"
        raise ValueError(message) from error
    if moment < _OLDEST:
        message = "a moment before 1970"
        raise ValueError(message)
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment, in Coordinated Universal Time."""

Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
"""Seconds or dollars."""

Count = Annotated[int, Field(ge=0, le=10**15)]
"""A number of things."""

Repetition = Annotated[int, Field(ge=0, le=100_000)]
"""Which repetition it is; each takes a bit in memory, so none may be gigantic."""


def shaped(kind: type[ShapeT], document: Document, complaints: Complaints, *way: str | int) -> ShapeT | None:
    """Return a part of a document, or complain of all that is wrong with it and return ``None``."""
    try:
        return kind.model_validate(_at(document.data, way))
    except ValidationError as error:
        _complain(error, document, complaints, way)
        return None


def restored(kind: TypeAdapter[ValueT], document: Document, complaints: Complaints, *way: str | int) -> ValueT | None:
    """Return a value of our own that we have put into a file, or complain and return ``None``."""
    try:
        return kind.validate_python(_at(document.data, way))
    except ValidationError as error:
        _complain(error, document, complaints, way)
    except LookupError:
        message = f"{'.'.join(map(str, way))!r} is missing"
        complaints.add(complaint(message, document.location(way)))
    return None


def one_line(text: str) -> str:
    """Return a name of somebody else's on one line, and not longer than names are."""
    line = _UNSEEN.sub(" ", text).strip()
    if len(line) <= _LONGEST_NAME:
        return line
    return f"{line[: _LONGEST_NAME - 9]} {fingerprint_of(line)[:8]}"


def is_number(value: object) -> bool:
    """Whether this is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _complain(error: ValidationError, document: Document, complaints: Complaints, way: Path) -> None:
    told: set[Path] = set()
    for item in error.errors(include_url=False):
        full = _real(document.data, (*way, *item["loc"]))
        missing = item["type"] == "missing"
        if missing:
            full = (*full, item["loc"][-1])
        # Each member of a union complains of one and the same value.
        if full not in told:
            told.add(full)
            complaints.add(complaint(_words(full, dict(item), is_missing=missing), document.location(full)))


def _words(way: Path, item: Mapping[str, Any], *, is_missing: bool) -> str:
    name = ".".join(map(str, way)) or "this"
    if is_missing:
        return f"{one_line(name)!r} is missing"
    wanted = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{one_line(name)!r} is {_kind(item['input'])}; expected: {wanted}"


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = "null" if value is None else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _at(data: object, way: Path) -> Any:  # noqa: ANN401 - plain data of any kind
    for step in way:
        data = data[step]  # type: ignore[index]  # callers name ways that are there
    return data


def _real(data: object, way: Path) -> Path:
    """Return the part of a way that is there; pydantic puts the names of union's members into it."""
    found: list[str | int] = []
    for step in way:
        is_key = isinstance(data, Mapping) and step in data
        is_place = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if is_key or is_place:
            data = data[step]  # type: ignore[index]  # just looked at
            found.append(step)
    return tuple(found)
