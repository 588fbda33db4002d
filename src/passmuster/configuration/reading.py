"""``suite.yaml`` read and checked: every complaint at once, each with its place and a remedy."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from passmuster.configuration.suite import SuiteConfiguration
from passmuster.documents import Document, parse_yaml
from passmuster.documents import Path as Way
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

ModelT = TypeVar("ModelT", bound=BaseModel)

MAXIMUM_BYTES = 1024 * 1024
SUITE_FILE = "suite.yaml"
SHOWN_CHARACTERS = 60
"""How much of a wrong value a message repeats."""


def find_suite(wanted: str | None, folder: Path) -> Path:
    """Return the path of a suite's file.

    Args:
        wanted: A file, a folder that holds a ``suite.yaml``, or the name of a folder below ``evals``; ``None`` takes
            the only suite that there is.
        folder: Where to start.

    Raises:
        InvalidConfigurationError: If there is none, or more than one to choose from.
    """
    known = sorted(folder.glob(f"evals/*/{SUITE_FILE}"))
    names = ", ".join(path.parent.name for path in known) or "none"
    if wanted is not None:
        tried = (Path(wanted), Path(wanted) / SUITE_FILE, folder / "evals" / wanted / SUITE_FILE)
        found = next((path for path in tried if path.is_file()), None)
        if found is not None:
            return found
        raise _refusal(
            rule="no-suite",
            message=f"there is no suite {wanted!r}",
            hint=f"name a suite.yaml, its folder, or one below evals (there: {names})",
        )
    if len(known) == 1:
        return known[0]
    if not known:
        raise _refusal(
            rule="no-suite",
            message=f"there is no evals/*/{SUITE_FILE} here",
            hint="make one with `passmuster init`, or name the suite",
        )
    raise _refusal(rule="no-suite", message=f"there are several suites: {names}", hint="name the one to use")


def read_suite(path: Path) -> tuple[SuiteConfiguration, Document]:
    """Read a suite's configuration and the document that it came from.

    Raises:
        InvalidConfigurationError: With every complaint about the file's shape.
    """
    name = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _refusal(
            rule="unreadable", message=f"{name} cannot be read: {error.strerror}", hint="check the file"
        ) from error
    if len(raw) > MAXIMUM_BYTES:
        raise _refusal(
            rule="too-large",
            message=f"{name} is larger than 1 MiB",
            hint="a suite names its cases; it does not hold them",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        location = SourceLocation(path=name, line=line)
        finding = Finding(
            rule="encoding",
            severity=Severity.ERROR,
            message="the file is not UTF-8",
            hint="save it as UTF-8",
            location=location,
        )
        raise InvalidConfigurationError([finding]) from error
    try:
        document = parse_yaml(text, path=name)
    except InvalidInputError as error:
        raise InvalidConfigurationError(error.findings) from error
    return validated(SuiteConfiguration, document.data, document, ()), document


def validated(model: type[ModelT], data: object, document: Document, way: Way) -> ModelT:
    """Check plain data against a model.

    Args:
        model: A pydantic model.
        data: The data.
        document: The document that holds the data, for places.
        way: Where in the document the data stand.

    Raises:
        InvalidConfigurationError: With every complaint.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        findings = [_finding(model, item, document, way) for item in error.errors(include_url=False)]
        raise InvalidConfigurationError(findings) from error


def _finding(model: type[BaseModel], error: ErrorDetails, document: Document, way: Way) -> Finding:
    inner: Way = tuple(error["loc"])
    name = ".".join(str(part) for part in inner) or "the document"
    message, hint = _words(model, error, name)
    return Finding(
        rule="configuration",
        severity=Severity.ERROR,
        message=message,
        hint=hint,
        location=document.location((*way, *inner)),
    )


def _words(model: type[BaseModel], error: ErrorDetails, name: str) -> tuple[str, str]:
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"unknown key {name!r}", _nearest(str(error["loc"][-1]), _known_keys(model, error["loc"]))
    if kind == "missing":
        return f"{name!r} is missing", "add it"
    if kind == "value_error":
        return str(error["ctx"]["error"]), ""
    if kind in {"model_type", "dict_type", "mapping_type", "is_instance_of"}:
        return f"{name!r} is {_kind_of(error['input'])}", "write key: value pairs"
    if kind in {"tuple_type", "list_type"}:
        return f"{name!r} is {_kind_of(error['input'])}", "write a list"
    return f"{name!r} is {_shown(error['input'])}", _lower_first(error["msg"])


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that are allowed where an unknown one was found."""
    current: type[BaseModel] | None = model
    for part in loc[:-1]:
        if current is None or not isinstance(part, str) or part not in current.model_fields:
            continue
        annotation = current.model_fields[part].annotation
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        current = next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)
    if current is None:
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"


def _kind_of(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"the value {value!r}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _refusal(*, rule: str, message: str, hint: str) -> InvalidConfigurationError:
    return InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
