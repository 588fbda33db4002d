"""``suite.yaml`` read and checked: every complaint at once, each with its place and a remedy."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from passmuster.configuration.suite import SuiteConfiguration
from passmuster.configuration.written_keys import SECRET_OPTIONS, written_keys
from passmuster.documents import Document, parse_yaml
from passmuster.documents import Path as Way
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.metric_names import ROUTING_COST
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
    known = sorted(_from_here(path) for path in folder.glob(f"evals/*/{SUITE_FILE}"))
    names = ", ".join(path.parent.name for path in known) or "none"
    if wanted is not None:
        tried = (folder / wanted, folder / wanted / SUITE_FILE, folder / "evals" / wanted / SUITE_FILE)
        found = next((path for path in tried if _is_file(path)), None)
        if found is not None:
            return _from_here(found)
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
    try:
        document = parse_yaml(_read_text(path), path=str(path))
    except InvalidInputError as error:
        raise InvalidConfigurationError(error.findings) from error
    # First of all, so that no other complaint repeats one.
    if keys := list(written_keys(document)):
        raise InvalidConfigurationError(keys)
    configuration = validated(SuiteConfiguration, document.data, document, ())
    wrong = [*_unknown_subjects(configuration, document), *_costs_of_nothing(configuration, document)]
    if wrong:
        raise InvalidConfigurationError(sorted(wrong, key=_place))
    return configuration, document


def validated(model: type[ModelT], data: object, document: Document, way: Way) -> ModelT:
    """Check plain data against a model.

    Args:
        model: A pydantic model.
        data: The data.
        document: The document that holds the data, for places.
        way: Where in the document the data stand.

    Raises:
        InvalidConfigurationError: With every complaint, from the top of the document to its end.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        findings = [_finding(model, item, document, way) for item in error.errors(include_url=False)]
        raise InvalidConfigurationError(sorted(findings, key=_place)) from error


def _place(finding: Finding) -> tuple[int, int]:
    location = finding.location
    return (0, 0) if location is None else (location.line or 0, location.column or 0)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # The operating system takes no name of that length.
        return False


def _from_here(path: Path) -> Path:
    """Return the path as short as it can be said from the working folder, because messages repeat it."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path


def _read_text(path: Path) -> str:
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        message = f"{name!r} cannot be read: {error.strerror}"
        raise _refusal(rule="unreadable", message=message, hint="check the file") from error
    if len(raw) > MAXIMUM_BYTES:
        hint = "a suite names its cases; it does not hold them"
        raise _refusal(rule="too-large", message=f"{name!r} is larger than 1 MiB", hint=hint)
    try:
        # A byte order mark is left for the parser, so that error.start counts from the first byte.
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line_start = raw.rfind(b"\n", 0, error.start) + 1
        column = len(raw[line_start : error.start].decode("utf-8")) + 1
        line = raw.count(b"\n", 0, error.start) + 1
        finding = Finding(
            rule="encoding",
            severity=Severity.ERROR,
            message="the file is not UTF-8",
            hint="save it as UTF-8",
            location=SourceLocation(path=name, line=line, column=column),
        )
        raise InvalidConfigurationError([finding]) from error


def _unknown_subjects(configuration: SuiteConfiguration, document: Document) -> Iterator[Finding]:
    known = list(configuration.subjects)
    for index, rule in enumerate(configuration.gate):
        if rule.subject is not None and rule.subject not in known:
            yield Finding(
                rule="unknown-subject",
                severity=Severity.ERROR,
                message=f"the gate has a rule for the unknown subject {rule.subject!r}",
                hint=_nearest(rule.subject, known),
                location=document.location(("gate", index, "subject")),
            )


def _costs_of_nothing(configuration: SuiteConfiguration, document: Document) -> Iterator[Finding]:
    for index, rule in enumerate(configuration.gate):
        if rule.metric == ROUTING_COST and not configuration.costs:
            yield Finding(
                rule="configuration",
                severity=Severity.ERROR,
                message=f"the gate has a rule on {ROUTING_COST}, and the suite does not say what wrong choices cost",
                hint="add costs: [{expected: …, chosen: …, cost: …}]",
                location=document.location(("gate", index, "metric")),
            )


def _finding(model: type[BaseModel], error: ErrorDetails, document: Document, way: Way) -> Finding:
    # pydantic writes "[key]" behind a key that is itself wrong, and we write the form of a value that has several.
    inner: Way = tuple(part for part in error["loc"] if part not in {"[key]", "[switch]", "[section]"})
    name = repr(".".join(str(part) for part in inner)) if inner else "the document"
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
        return f"unknown key {name}", _nearest(str(error["loc"][-1]), _known_keys(model, error["loc"]))
    if kind == "missing":
        return f"{name} is missing", _addition(str(error["loc"][-1]), error["input"])
    if kind == "string_pattern_mismatch" and error["loc"][-1:] and error["loc"][-1] in SECRET_OPTIONS:
        # Somebody may have written the key itself.
        return f"{name} is no name of an environment variable", "write the variable's name, and never the key itself"
    if kind == "value_error":
        return str(error["ctx"]["error"]), ""
    if kind in {"model_type", "dict_type", "mapping_type", "is_instance_of"}:
        return f"{name} is {_kind_of(error['input'])}", "write key: value pairs"
    if kind in {"tuple_type", "list_type"}:
        return f"{name} is {_kind_of(error['input'])}", "write a list"
    if kind == "too_short" and isinstance(error["input"], Sequence):
        # What is wrong with an item is said of the item; here its number alone counts.
        return f"{name} holds {len(error['input'])}", f"write at least {error['ctx']['min_length']}"
    return f"{name} is {_shown(error['input'])}", _lower_first(error["msg"])


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that are allowed where an unknown one was found."""
    current = [model]
    for part in loc[:-1]:
        fields = [field for item in current for name, field in item.model_fields.items() if part in {name, field.alias}]
        # Other parts are indices, keys of a mapping, and the names of a union's members: the models stay.
        current = [inner for field in fields for inner in _models_in(field.annotation)] if fields else current
    return list(dict.fromkeys(field.alias or name for item in current for name, field in item.model_fields.items()))


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _addition(missing: str, written: object) -> str:
    keys = [str(key) for key in written] if isinstance(written, Mapping) else []
    near = difflib.get_close_matches(missing, keys, n=1)
    return f"add it, or correct {near[0]!r}" if near else "add it"


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known here: {', '.join(known)}" if known else "nothing may stand here"


def _kind_of(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"the value {_shown(value)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _refusal(*, rule: str, message: str, hint: str) -> InvalidConfigurationError:
    return InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
