"""YAML and JSON text as plain data, with the line and column of every node.

YAML is read by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), so ``no``, ``on`` and
``2026-01-01`` stay the words that people wrote; PyYAML's own resolver follows YAML 1.1.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

Path = tuple[str | int, ...]
"""The way to a node: keys of mappings and indices of lists."""

MAXIMUM_NODES = 1_000_000
"""A document of more nodes is refused: aliases can make a small file expand without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Plain data, and where each part of it is written.

    Attributes:
        path: The file's name as people know it.
        data: Strings, numbers, booleans, ``None``, lists, and dictionaries with strings as keys.
        positions: Line and column, counted from 1, by the way to the node.
    """

    path: str
    data: object
    positions: Mapping[Path, tuple[int, int]] = field(repr=False)

    def location(self, way: Path = ()) -> SourceLocation:
        """Return where a node is written; for a node that is not there, where its nearest parent is."""
        for length in range(len(way), -1, -1):
            position = self.positions.get(way[:length])
            if position is not None:
                return SourceLocation(path=self.path, line=position[0], column=position[1])
        return SourceLocation(path=self.path)


def parse_yaml(text: str, *, path: str, first_line: int = 1) -> Document:
    """Read one YAML document.

    Args:
        text: The document.
        path: The file's name, for messages.
        first_line: The number of the text's first line in its file.

    Raises:
        InvalidInputError: If the text is no YAML, or a mapping has a key twice; every such key is named.
    """
    try:
        node = yaml.compose(text, Loader=_CoreSchemaLoader)
    except yaml.YAMLError as error:
        raise InvalidInputError([_yaml_finding(error, path, first_line)]) from error
    if node is None:
        return Document(path=path, data=None, positions={(): (first_line, 1)})
    builder = _Builder(path=path, first_line=first_line)
    data = builder.build(node, ())
    if builder.findings:
        raise InvalidInputError(builder.findings)
    return Document(path=path, data=data, positions=builder.positions)


def parse_json(text: str, *, path: str, line: int = 1) -> Document:
    """Read one JSON value, such as one line of a JSON Lines file.

    Positions are looked up only when they are asked for the first time, because good lines never need them.

    Args:
        text: The value.
        path: The file's name, for messages.
        line: The number of the text's first line in its file.

    Raises:
        InvalidInputError: If the text is no JSON, or an object has a key twice.
    """
    duplicates: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        data: dict[str, object] = {}
        for key, value in items:
            if key in data:
                duplicates.append(key)
            data[key] = value
        return data

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        location = SourceLocation(path=path, line=line + error.lineno - 1, column=error.colno)
        raise InvalidInputError([_syntax_finding(f"not valid JSON: {error.msg}", location)]) from error
    except (_ConstantError, RecursionError) as error:
        location = SourceLocation(path=path, line=line)
        raise InvalidInputError([_syntax_finding(f"not valid JSON: {error}", location)]) from error
    if duplicates:
        location = SourceLocation(path=path, line=line)
        raise InvalidInputError([_duplicate_finding(key, location) for key in duplicates])
    return Document(path=path, data=data, positions=_LazyPositions(text, path, line))


class _ConstantError(ValueError):
    """A number that JSON does not know."""


def _refuse_constant(name: str) -> object:
    message = f"{name} is no JSON number"
    raise _ConstantError(message)


class _LazyPositions(Mapping[Path, tuple[int, int]]):
    """Positions in a JSON text, found by reading it once more as YAML, of which JSON is a part."""

    def __init__(self, text: str, path: str, line: int) -> None:
        self._text = text
        self._path = path
        self._line = line
        self._found: Mapping[Path, tuple[int, int]] | None = None

    def _positions(self) -> Mapping[Path, tuple[int, int]]:
        if self._found is None:
            try:
                document = parse_yaml(self._text, path=self._path, first_line=self._line)
                self._found = document.positions
            except InvalidInputError:
                # The few JSON texts that are no YAML (a tab between tokens) still have a line.
                self._found = {(): (self._line, 1)}
        return self._found

    def __getitem__(self, way: Path) -> tuple[int, int]:
        return self._positions()[way]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._positions())

    def __len__(self) -> int:
        return len(self._positions())


class _CoreSchemaLoader(yaml.SafeLoader):
    """Resolves plain scalars by the core schema of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    for _character in _first:
        _CoreSchemaLoader.yaml_implicit_resolvers.setdefault("" if _character == "\0" else _character, []).append(
            (f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"))
        )


class _Builder:
    """Turns nodes into data, noting where each stands."""

    def __init__(self, *, path: str, first_line: int) -> None:
        self.path = path
        self.first_line = first_line
        self.positions: dict[Path, tuple[int, int]] = {}
        self.findings: list[Finding] = []
        self._open: set[int] = set()

    def build(self, node: yaml.Node, way: Path) -> object:
        self.positions.setdefault(way, self._position(node))
        if len(self.positions) > MAXIMUM_NODES or id(node) in self._open:
            message = "this document refers to itself or expands without end"
            raise InvalidInputError([_syntax_finding(message, self._location(node))])
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*way, index)) for index, child in enumerate(node.value)]
            return self._mapping(node, way)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, way: Path) -> dict[str, object]:
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self.findings.append(_syntax_finding("a key must be plain text", self._location(key_node)))
                continue
            if key in data:
                self.findings.append(_duplicate_finding(key, self._location(key_node)))
                continue
            data[key] = self.build(value_node, (*way, key))
            # People look for the key, not for the value.
            self.positions[(*way, key)] = self._position(key_node)
        return data

    def _scalar(self, node: yaml.ScalarNode) -> object:
        kind = node.tag.rpartition(":")[2]
        text = str(node.value)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        if kind == "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        if kind != "str":
            self.findings.append(_syntax_finding(f"the tag {node.tag!r} is not supported", self._location(node)))
        return text

    def _position(self, node: yaml.Node) -> tuple[int, int]:
        return (self.first_line + node.start_mark.line, node.start_mark.column + 1)

    def _location(self, node: yaml.Node) -> SourceLocation:
        line, column = self._position(node)
        return SourceLocation(path=self.path, line=line, column=column)


def _yaml_finding(error: yaml.YAMLError, path: str, first_line: int) -> Finding:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        location = SourceLocation(path=path, line=first_line)
        if mark is not None:
            location = SourceLocation(path=path, line=first_line + mark.line, column=mark.column + 1)
        return _syntax_finding(f"not valid YAML: {problem}", location)
    if isinstance(error, yaml.reader.ReaderError):
        message = f"not valid YAML: the character {error.character!r} is not allowed"
        return _syntax_finding(message, SourceLocation(path=path))
    return _syntax_finding(f"not valid YAML: {error}", SourceLocation(path=path))


def _syntax_finding(message: str, location: SourceLocation) -> Finding:
    return Finding(
        rule="syntax",
        severity=Severity.ERROR,
        message=message,
        hint="correct the text at this place",
        location=location,
    )


def _duplicate_finding(key: str, location: SourceLocation) -> Finding:
    return Finding(
        rule="duplicate-key",
        severity=Severity.ERROR,
        message=f"the key {key!r} stands here for the second time",
        hint="keep one of the two",
        location=location,
    )
