"""Rows of a table → entries: which column holds what, and how a cell is read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite, isnan
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.datasets.meaning import Entry
from passmuster.adapters.datasets.reading import error
from passmuster.adapters.datasets.schema import nearest
from passmuster.documents import Document, parse_json
from passmuster.documents.places import shortened
from passmuster.domain.errors import InvalidDatasetError, InvalidInputError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

NOBODY = "(nobody)"
"""What stands in the column of agents where nobody should take the request; an empty cell is a missing label."""

Key = Literal[
    "identifier", "request", "agent", "acceptable", "forbidden", "history", "rubric", "stratum", "tags", "weight",
    "split", "group", "critical", "control", "source",
]  # fmt: skip
KEYS: tuple[Key, ...] = Key.__args__  # type: ignore[attr-defined]  # typing hides what it was made of

_LISTS = frozenset({"acceptable", "forbidden", "tags"})
_TRUTHS = frozenset({"critical", "control"})
_JSON = frozenset({"history", "rubric", "source"})
_EXPECTED = frozenset({"agent", "acceptable", "forbidden"})
_WORDS_FOR_TRUTH: Mapping[str, bool] = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class TableOptions(BaseModel):
    """How the columns of a table are to be understood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[Key, str] = Field(
        default_factory=dict,
        description=(
            "Of tables: which column holds what, such as {request: text, agent: intent}; all other columns are passed "
            "over. Without it the columns must bear the names of the keys of a case."
        ),
    )
    nobody: list[str] = Field(
        default_factory=lambda: [NOBODY],
        description="Of tables: the labels that mean that nobody should take the request.",
    )
    labels: dict[str, str] = Field(
        default_factory=dict, description="Of tables: which agent a label of the table stands for."
    )
    default_split: Literal["train", "validation", "test", ""] = Field(
        default="test", description="The split of cases that name none; empty leaves them without one."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table's columns, and how its rows become entries.

    Attributes:
        path: The table's name for messages.
        stem: What identifiers begin with where the table has none.
        columns: The table's column for each key that it has.
        nobody: Labels that mean nobody.
        labels: Agents by label.
        fixed: Values of keys that hold for every row, such as the split of a part of the data.
    """

    path: str
    stem: str
    columns: Mapping[Key, str]
    nobody: frozenset[str] = frozenset({NOBODY})
    labels: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, object] = field(default_factory=dict)

    def entry(self, row: Mapping[str, object], number: int) -> tuple[Entry, tuple[Finding, ...]]:
        """Return a row as an entry, and what is wrong with its cells.

        Args:
            row: Values by column.
            number: The row or line, counted from 1, for messages.
        """
        place = SourceLocation(path=self.path, line=number, column=1)
        data: dict[str, object] = dict(self.fixed)
        expect: dict[str, object] = {}
        findings: list[Finding] = []
        for key, column in self.columns.items():
            value = row.get(column)
            if _is_missing(key, value):
                continue
            try:
                read = self._read(key, value, number)
            except InvalidInputError as refusal:
                findings.extend(
                    error("cell", f"column {column!r}: {item.message}", item.hint, place) for item in refusal.findings
                )
                continue
            (expect if key in _EXPECTED else data)[key] = read
        if expect.get("agent", "") == "":
            findings.append(_unlabelled(place))
            expect["agent"] = None
        data.setdefault("identifier", f"{self.stem}-{number}")
        data["expect"] = expect
        document = Document(path=self.path, data=data, positions={(): (number, 1)})
        return Entry(document=document, way=(), data=data), tuple(findings)

    def _read(self, key: Key, value: object, number: int) -> object:
        """Return what a cell means.

        Raises:
            InvalidInputError: If it holds JSON that is none.
        """
        if key == "agent":
            return self._agent(value)
        if key in _LISTS:
            names = self._list(value, number)
            return [self._agent(name) for name in names] if key in _EXPECTED and isinstance(names, list) else names
        if not isinstance(value, str):
            return str(value) if key in {"identifier", "group"} and isinstance(value, int) else value
        if key in _TRUTHS:
            return _WORDS_FOR_TRUTH.get(value.strip().casefold(), value)
        if key in _JSON:
            return self._json(value, number) if value.lstrip()[:1] in {"{", "["} else value
        return _number(value) if key == "weight" else value

    def _agent(self, value: object) -> object:
        label = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(label, str):
            return label
        return None if label in self.nobody else self.labels.get(label, label)

    def _list(self, value: object, number: int) -> object:
        if not isinstance(value, str):
            return value
        return self._json(value, number) if value.lstrip().startswith("[") else _parted(value)

    def _json(self, text: str, number: int) -> object:
        return parse_json(text, path=self.path, line=number).data


def table_of(
    options: TableOptions, location: Path, found: list[str], fixed: Mapping[str, object] | None = None
) -> Table:
    """Match a table's columns with the keys of a case.

    Args:
        options: What the user says about them.
        location: The table.
        found: Its columns.
        fixed: Values that hold for every row.

    Raises:
        InvalidDatasetError: If a column is not there, or its name says nothing.
    """
    place = SourceLocation(path=str(location), line=1, column=1)
    findings = [*_doubled(found, place), *_misnamed(options, found, place)]
    if findings:
        raise InvalidDatasetError(findings)
    own = {key: key for key in KEYS if key in found} if not options.columns else dict(options.columns)
    return Table(
        path=str(location),
        stem=re.sub(r"[^A-Za-z0-9._-]+", "-", location.stem).strip("-._") or "case",
        columns={key: own[key] for key in KEYS if key in own},
        nobody=frozenset(options.nobody),
        labels=options.labels,
        fixed={key: value for key, value in (fixed or {}).items() if key not in own},
    )


def _doubled(found: list[str], place: SourceLocation) -> Iterator[Finding]:
    for name in sorted({name for name in found if found.count(name) > 1}):
        message = f"two columns are named {shortened(name)!r}"
        yield error("unknown-column", message, "give each column a name of its own", place)


def _misnamed(options: TableOptions, found: list[str], place: SourceLocation) -> Iterator[Finding]:
    if options.columns:
        for key, column in options.columns.items():
            if column not in found:
                hint = nearest(column, found, "columns of the table")
                message = f"there is no column {shortened(column)!r}, from which {key!r} is to be read"
                yield error("unknown-column", message, hint, place)
        has = set(options.columns)
    else:
        for name in found:
            if name not in KEYS:
                near = nearest(name, KEYS, "")
                mapping = "say with 'columns' what is where, such as columns: {request: text, agent: label}"
                hint = f"{near.removesuffix('?')}? Or {mapping}" if near.startswith("did") else mapping
                yield error("unknown-column", f"the column {shortened(name)!r} is no key of a case", hint, place)
        has = {key for key in KEYS if key in found}
    for key in ("request", "agent"):
        if key not in has:
            hint = "add it, or say with 'columns' which column holds it"
            yield error("unknown-column", f"no column holds the {key!r} of a case", hint, place)


def _unlabelled(place: SourceLocation) -> Finding:
    hint = f"name an agent, write {NOBODY!r}, or say with 'nobody' which label means nobody, be it the empty one"
    return error("missing-label", "the row does not say who should take the request", hint, place)


def _is_missing(key: Key, value: object) -> bool:
    """Whether a cell is empty; an empty label may have been given a meaning."""
    return value is None or (value == "" and key != "agent") or (isinstance(value, float) and isnan(value))


def _parted(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(";")) if part]


def _number(text: str) -> object:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text
