"""Criteria on the form of an answer: fenced code, JSON, and JSON that follows a schema."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import Field, field_validator, model_validator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from passmuster.adapters.criteria.isolated import TIME_LIMIT, ask
from passmuster.adapters.criteria.options import Bounds, CriterionOptions
from passmuster.adapters.criteria.schema_check import MAXIMUM_VIOLATIONS, violations
from passmuster.components import BuildContext, Component
from passmuster.documents import parse_json
from passmuster.domain.errors import CriterionError, InvalidInputError
from passmuster.domain.results import Exhibit, Score
from passmuster.extraction.fences import FencedBlock, fenced_blocks, readable_part
from passmuster.ports import Criterion

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LONGEST_MESSAGE = 200
_TOLD = 20
# Patterns backtrack, and telling unlike objects apart takes the square of their number.
_SLOW_KEYWORDS = frozenset({"pattern", "patternProperties", "uniqueItems"})
_CHECK_PROGRAM = Path(__file__).with_name("schema_check.py")


class CodeFenceOptions(CriterionOptions):
    """Options of ``code_fence``."""

    language: str | None = Field(
        default=None, min_length=1, description="Only blocks whose info string begins with this word; case is ignored."
    )
    minimum: int = Field(default=1, ge=0, description="At least so many blocks.")
    maximum: int | None = Field(default=None, ge=0, description="At most so many blocks.")

    @model_validator(mode="after")
    def _check_range(self) -> "CodeFenceOptions":
        self.bounds.refuse_if_empty()
        return self

    @property
    def bounds(self) -> Bounds:
        """The numbers of blocks that pass."""
        return Bounds(minimum=self.minimum, maximum=self.maximum)


class JsonOptions(CriterionOptions):
    """Options of ``json``: none of its own."""


class JsonSchemaOptions(CriterionOptions):
    """Options of ``json_schema``."""

    wanted: dict[str, object] = Field(
        alias="schema", description="A JSON Schema of draft 2020-12; references must stay within it."
    )

    @field_validator("wanted")
    @classmethod
    def _check_schema(cls, schema: dict[str, object]) -> dict[str, object]:
        dialect = schema.get("$schema", _DIALECT)
        if dialect not in (_DIALECT, f"{_DIALECT}#"):
            message = f"the dialect {dialect!r} is not supported; write {_DIALECT!r} or leave '$schema' out"
            raise ValueError(message)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            message = f"no valid JSON Schema, at {error.json_path}: {_shortened(error.message)}"
            raise ValueError(message) from error
        dangling = sorted(_dangling_references(schema))
        if dangling:
            message = (
                f"the reference {dangling[0]!r} leads nowhere within the schema; nothing is fetched from elsewhere"
            )
            raise ValueError(message)
        return schema


class CodeFenceCriterion:
    """Whether the answer has fenced code blocks, enough and not too many."""

    def __init__(self, options: CodeFenceOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Count the blocks."""
        options = self._options
        text = exhibit.completion.text
        blocks = fenced_blocks(text)
        language = options.language
        fitting = [block for block in blocks if language is None or block.is_in(language)]
        count = len(fitting)
        passed = count in options.bounds
        kind = "fenced" if language is None else f"fenced {language!r}"
        noun = "block" if count == 1 else "blocks"
        languages = sorted({_shortened(block.language) for block in blocks})
        return Score(
            criterion=options.name,
            value=float(passed),
            passed=passed,
            reason=f"found {count} {kind} {noun}; wanted {options.bounds}{_limit_note(text)}",
            evidence={"lines": [block.line for block in fitting[:_TOLD]], "languages": languages[:_TOLD]},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _JsonText:
    """Where the JSON of an answer stands, and what came of reading it; ``complaint`` is empty if it is good."""

    data: object = None
    complaint: str = ""
    place: str
    line: int
    column: int | None = None


class JsonCriterion:
    """Whether the first fenced JSON block, or without one the whole answer, is JSON.

    Keys that stand twice in an object, and numbers that are none, are refused.
    """

    def __init__(self, options: JsonOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Read the JSON; columns count from the beginning of the block's own line."""
        return _syntax_score(self._options.name, _read_json(exhibit.completion.text))


class JsonSchemaCriterion:
    """Whether the JSON of the answer, found like ``json`` finds it, follows a schema.

    A schema with keywords that a hostile answer can make endless is checked in a process of its own.
    """

    def __init__(self, options: JsonSchemaOptions, *, time_limit: float = TIME_LIMIT) -> None:
        self._options = options
        self._time_limit = time_limit
        self._is_slow = not _SLOW_KEYWORDS.isdisjoint(_keys(options.wanted))

    async def assess(self, exhibit: Exhibit) -> Score:
        """Compare the JSON with the schema.

        Raises:
            CriterionError: If the comparison takes too long, or the JSON is too deep for it.
        """
        found = _read_json(exhibit.completion.text)
        if found.complaint:
            return _syntax_score(self._options.name, found)
        errors = await self._violations(found.data)
        told = [f"{path}: {_shortened(message)}" for path, message in errors[: MAXIMUM_VIOLATIONS - 1]]
        reason = f"{found.place} follows the schema"
        if errors:
            more = "; and more" if len(errors) == MAXIMUM_VIOLATIONS else ""
            reason = f"{found.place} does not follow the schema: {'; '.join(told)}{more}"
        return Score(
            criterion=self._options.name,
            value=float(not errors),
            passed=not errors,
            reason=reason,
            evidence={"line": found.line, "errors": told},
        )

    async def _violations(self, data: object) -> list[list[str]]:
        schema = self._options.wanted
        try:
            if not self._is_slow:
                return violations(schema, data)
            question = {"schema": schema, "data": data}
            answer = await ask(_CHECK_PROGRAM, question, time_limit=self._time_limit, with_packages=True)
        except (OverflowError, RecursionError) as error:
            message = f"the answer's JSON cannot be compared with the schema: {error}"
            raise CriterionError(message) from error
        # The program returns what `violations` returns.
        return cast("list[list[str]]", answer)


def _read_json(text: str) -> _JsonText:
    block = next((block for block in fenced_blocks(text) if block.is_in("json")), None)
    if block is None:
        block = FencedBlock(info="json", content=text, line=0)
        place = "the answer"
    else:
        place = f"the block on line {block.line}"
    first = block.line + 1
    try:
        data = parse_json(block.content, path="answer", line=first).data
    except InvalidInputError as error:
        finding = error.findings[0]
        where = finding.location
        return _JsonText(
            complaint=f"{finding.message}{_limit_note(text)}",
            place=place,
            line=first if where is None or where.line is None else where.line,
            column=None if where is None else where.column,
        )
    return _JsonText(data=data, place=place, line=first)


def _syntax_score(criterion: str, found: _JsonText) -> Score:
    passed = not found.complaint
    at = f"line {found.line}" + ("" if found.column is None else f", column {found.column}")
    return Score(
        criterion=criterion,
        value=float(passed),
        passed=passed,
        reason=f"{found.place} is JSON" if passed else f"{found.place}, {at}: {found.complaint}",
        evidence={"line": found.line} if found.column is None else {"line": found.line, "column": found.column},
    )


def _limit_note(text: str) -> str:
    length = len(readable_part(text))
    if length == len(text):
        return ""
    return f" (looked for fences in the first {length} of {len(text)} characters)"


def _shortened(message: str) -> str:
    # Messages quote the answer, which may be long and hold halves of surrogate pairs that no file can hold.
    text = message.encode("utf-8", "backslashreplace").decode()
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def _keys(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        yield from value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _keys(child)


def _dangling_references(schema: dict[str, object]) -> set[str]:
    root: Resource[object] = Resource.from_contents(schema, default_specification=DRAFT202012)
    registry: Registry[object] = Registry().with_resource("", root)
    resolver = registry.resolver()
    dangling: set[str] = set()
    pending = [(root, resolver.in_subresource(root))]
    while pending:
        resource, resolver = pending.pop()
        contents = resource.contents
        for keyword in ("$ref", "$dynamicRef"):
            reference = contents.get(keyword) if isinstance(contents, dict) else None
            if isinstance(reference, str):
                try:
                    resolver.lookup(reference)
                except Unresolvable:
                    dangling.add(reference)
        pending.extend((child, resolver.in_subresource(child)) for child in resource.subresources())
    return dangling


def _build_code_fence(options: CodeFenceOptions, _context: BuildContext) -> Criterion:
    return CodeFenceCriterion(options)


def _build_json(options: JsonOptions, _context: BuildContext) -> Criterion:
    return JsonCriterion(options)


def _build_json_schema(options: JsonSchemaOptions, _context: BuildContext) -> Criterion:
    return JsonSchemaCriterion(options)


CODE_FENCE = Component(options=CodeFenceOptions, build=_build_code_fence, is_deterministic=lambda _options: True)
"""``code_fence``: the answer has fenced code blocks."""

JSON = Component(options=JsonOptions, build=_build_json, is_deterministic=lambda _options: True)
"""``json``: the answer holds JSON."""

JSON_SCHEMA = Component(options=JsonSchemaOptions, build=_build_json_schema, is_deterministic=lambda _options: True)
"""``json_schema``: the answer holds JSON that follows a schema."""
