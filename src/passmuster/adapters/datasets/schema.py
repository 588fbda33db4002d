"""The shape of a case: the JSON Schema, and its complaints in people's words.

JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). The library that checks it is imported for the first
case that is not sound by sight: importing it takes a tenth of the time that a small run may take.
"""

import difflib
import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from passmuster.documents import Document, Path
from passmuster.documents.places import shortened
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import JsonObject

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from referencing.jsonschema import SchemaRegistry, SchemaResource

_CASE_FILE = "case.schema.json"
_DATASET_FILE = "file.schema.json"
_KINDS = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def case_schema() -> JsonObject:
    """Return the JSON Schema of one case: of a line of a JSON Lines file."""
    return _read(_CASE_FILE)


def file_schema() -> JsonObject:
    """Return the JSON Schema of a YAML file, with that of a case inside it, so that it stands alone."""
    case = _read(_CASE_FILE)
    return {**_read(_DATASET_FILE), "$defs": {"case": case}}


def check_case(document: Document, way: Path, data: object) -> Iterator[Finding]:
    """Yield what is wrong with the shape of one case.

    Args:
        document: Where the case is written.
        way: The way to the case.
        data: The case.
    """
    return _check(_validators().case, document, way, data, "the case")


def check_file(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with the shape of a file of rubrics and cases."""
    return _check(_validators().file, document, (), document.data, "the file")


def check_rubrics(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with the shape of a file of rubrics alone."""
    return _check(_validators().rubrics, document, (), document.data, "the file of rubrics")


def nearest(word: str, known: Sequence[str], what: str) -> str:
    """Return a hint that names the known words which are like a word, or all of them."""
    # Very long words cannot be near, and comparing them would take long.
    similar = difflib.get_close_matches(word, known, n=2) if len(word) <= 200 else []  # noqa: PLR2004 - longest name
    if similar:
        return f"did you mean {_alternatives(similar)}?"
    return f"{what}: {', '.join(repr(name) for name in known[:20])}" if known else ""


def _read(name: str) -> JsonObject:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    schema: JsonObject = json.loads(text)
    return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class _Validators:
    case: "Draft202012Validator"
    file: "Draft202012Validator"
    rubrics: "Draft202012Validator"


def _canonical(item: object) -> str:
    return json.dumps(item, sort_keys=True)


@functools.cache
def _validators() -> _Validators:
    """Make the validators once; making one takes longer than using it."""
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError  # noqa: PLC0415 - see the module
    from jsonschema.validators import extend  # noqa: PLC0415 - as above
    from referencing import Registry, Resource  # noqa: PLC0415 - as above

    def unique_items(
        _validator: object, is_unique: object, instance: object, _schema: object
    ) -> "Iterator[ValidationError]":
        if is_unique and isinstance(instance, list) and len({_canonical(item) for item in instance}) < len(instance):
            yield ValidationError("has repeated items")

    # The library's own check takes quadratic time where items cannot be sorted, as texts among numbers.
    kind = extend(Draft202012Validator, {"uniqueItems": unique_items})  # type: ignore[no-untyped-call]  # has no stub
    schemas: list[SchemaResource] = [Resource.from_contents(_read(name)) for name in (_CASE_FILE, _DATASET_FILE)]
    registry: SchemaRegistry = schemas @ Registry()
    case, file = (str(schema.id()) for schema in schemas)
    formats = FormatChecker(["date"])
    make = functools.partial(kind, format_checker=formats)
    return _Validators(
        case=make(_resolved({"$ref": case}, registry, "")),
        file=make(_resolved({"$ref": file}, registry, "")),
        rubrics=make(_resolved({"$ref": f"{case}#/$defs/rubrics"}, registry, "")),
    )


def _resolved(schema: object, registry: "SchemaRegistry", address: str) -> Any:  # noqa: ANN401 - any part of a schema
    """Put what references name in their places: looking one up takes longer than using it."""
    if isinstance(schema, list):
        return [_resolved(item, registry, address) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in {"$ref", "$id", "$defs"}}
    own = {key: _resolved(value, registry, address) for key, value in kept.items()}
    if "$ref" not in schema:
        return own
    found = registry.resolver(address).lookup(schema["$ref"])
    own_address = schema["$ref"].partition("#")[0] or address
    return {**_resolved(found.contents, registry, own_address), **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Complaint:
    """A complaint whose place is still a way from the part that was checked."""

    rule: str
    way: Path
    message: str
    hint: str


def _check(
    validator: "Draft202012Validator", document: Document, way: Path, data: object, name: str
) -> Iterator[Finding]:
    said: set[_Complaint] = set()
    for error in validator.iter_errors(data):
        # One schema error stands for each missing key, but every one of them tells of all.
        for complaint in _complaints(error, name):
            if complaint in said:
                continue
            said.add(complaint)
            yield Finding(
                rule=complaint.rule,
                severity=Severity.ERROR,
                message=complaint.message,
                hint=complaint.hint,
                location=document.location((*way, *complaint.way)),
            )


def _complaints(error: "ValidationError", name: str) -> Iterator[_Complaint]:
    way: Path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        message = f"{_spelled(way, name)} has the key {_quoted(key)}, which is no name"
        yield _Complaint(rule="wrong-value", way=(*way, key), message=message, hint=_description(error.schema))
        return
    translate = _TRANSLATIONS.get(str(error.validator), _wrong_value)
    yield from translate(error, way, _spelled(way, name))


def _unknown_keys(error: "ValidationError", way: Path, where: str) -> Iterator[_Complaint]:
    known = list(_properties(error))
    for key in _keys(error.instance):
        if key not in known:
            message = f"{where} has the unknown key {_quoted(key)}"
            hint = nearest(key, known, "known keys")
            yield _Complaint(rule="unknown-key", way=(*way, key), message=message, hint=hint)


def _missing_keys(error: "ValidationError", way: Path, where: str) -> Iterator[_Complaint]:
    present = _keys(error.instance)
    for key in _texts(error.validator_value):
        if key not in present:
            message = f"{where} lacks the key {key!r}"
            hint = f"add {key!r}: {_description(_properties(error).get(key))}"
            yield _Complaint(rule="missing-key", way=way, message=message, hint=hint)


def _wrong_type(error: "ValidationError", way: Path, where: str) -> Iterator[_Complaint]:
    types = _texts(error.validator_value)
    message = f"{where} must be {' or '.join(_KINDS[kind] for kind in types)}, and is {_kind_of(error.instance)}"
    yield _Complaint(rule="wrong-type", way=way, message=message, hint=_remedy(types[0], error))


def _unknown_value(error: "ValidationError", way: Path, where: str) -> Iterator[_Complaint]:
    choices = _texts(error.validator_value)
    message = f"{where} is {_quoted(error.instance)}, which is none of its choices"
    yield _Complaint(rule="unknown-value", way=way, message=message, hint=f"write {_alternatives(choices)}")


def _repeated_items(error: "ValidationError", way: Path, where: str) -> Iterator[_Complaint]:
    seen: set[str] = set()
    for index, item in enumerate(error.instance if isinstance(error.instance, list) else []):
        text = _canonical(item)
        if text in seen:
            message = f"{where} names {_quoted(item)} a second time"
            yield _Complaint(rule="repeated-entry", way=(*way, index), message=message, hint="name it once")
        seen.add(text)


def _wrong_value(error: "ValidationError", way: Path, where: str) -> Iterator[_Complaint]:
    value = error.instance
    if isinstance(value, str) and not value.strip():
        rule, message = "empty-text", f"{where} is empty" if not value else f"{where} is only white space"
    elif error.validator in {"maxLength", "minItems", "maxItems"} and isinstance(value, str | list):
        unit = "characters" if isinstance(value, str) else "entries"
        rule, message = "wrong-length", f"{where} has {len(value)} {unit}"
    else:
        rule, message = "wrong-value", f"{where} cannot be {_quoted(value)}"
    yield _Complaint(rule=rule, way=way, message=message, hint=_description(error.schema))


_TRANSLATIONS: Mapping[str, Callable[["ValidationError", Path, str], Iterator[_Complaint]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "type": _wrong_type,
    "enum": _unknown_value,
    "uniqueItems": _repeated_items,
}


def _remedy(kind: str, error: "ValidationError") -> str:
    """Return what to write where a value has the wrong type."""
    value = error.instance
    is_scalar = not isinstance(value, list | dict)
    written = shortened(json.dumps(value, ensure_ascii=False))
    if kind == "string":
        quoted = json.dumps(written, ensure_ascii=False)
        return f"write it in quotes: {quoted}" if is_scalar else "write one text in quotes"
    if kind == "array":
        return f"write a list: [{written}]" if is_scalar and value is not None else "write a list: [...]"
    if kind == "object":
        keys = _texts(_member(error.schema, "required"))
        return "write a mapping" + (f" that has {', '.join(repr(key) for key in keys)}" if keys else "")
    return f"write {_KINDS[kind]}, without quotes"


def _spelled(way: Path, name: str) -> str:
    """Return how people write a way, such as ``'expect.acceptable[0]'``."""
    if not way:
        return name
    steps = (f"[{step}]" if isinstance(step, int) else f".{shortened(step)}" for step in way)
    return repr("".join(steps).removeprefix("."))


def _kind_of(value: object) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return f"the {'text' if isinstance(value, str) else 'number'} {_quoted(value)}"


def _quoted(value: object) -> str:
    return repr(shortened(value)) if isinstance(value, str) else shortened(json.dumps(value))


def _alternatives(names: Sequence[str]) -> str:
    *others, last = [repr(name) for name in names]
    return f"{', '.join(others)} or {last}" if others else last


def _member(schema: object, key: str) -> object:
    return schema.get(key) if isinstance(schema, Mapping) else None


def _properties(error: "ValidationError") -> Mapping[str, object]:
    properties = _member(error.schema, "properties")
    return properties if isinstance(properties, Mapping) else {}


def _description(schema: object) -> str:
    return str(_member(schema, "description") or "")


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, Mapping) else []


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []
