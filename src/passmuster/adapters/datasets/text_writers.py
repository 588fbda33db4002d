"""Cases as text: one JSON object a line, or comma-separated values."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from passmuster.adapters.datasets.columns import KEYS, NOBODY
from passmuster.adapters.datasets.entries import entries_of
from passmuster.adapters.datasets.reading import error
from passmuster.components import BuildContext, Component
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.values import SourceLocation
from passmuster.placing import written_whole
from passmuster.ports import DatasetWriter

_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^\s|\s$|^$')
_IS_AMBIGUOUS = re.compile(r"^\s*\[|;|^\s|\s$")


class WriterOptions(BaseModel):
    """A writer has no options; what is written depends on the cases alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LineWriter:
    """Writes JSON Lines; a rubric that had a name stands in each case that named it."""

    def write(self, cases: Iterable[Case], location: Path) -> int:
        """Write cases, whole or not at all, and return how many.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
            InvalidDatasetError: If there is no form for one of the cases.
        """
        count = 0
        with written_whole(location) as file:
            for data in entries_of(cases, str(location)):
                file.write(json.dumps(data, ensure_ascii=False).encode("utf-8") + b"\n")
                count += 1
        return count


class SeparatedWriter:
    """Writes comma-separated values with all columns; lists of names as ``a; b``, other structures as JSON."""

    def write(self, cases: Iterable[Case], location: Path) -> int:
        """Write cases, whole or not at all, and return how many.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
            InvalidDatasetError: If there is no form for one of the cases.
        """
        count = 0
        with written_whole(location) as file:
            file.write(",".join(KEYS).encode() + b"\n")
            for row in flat_rows(cases, str(location)):
                cells = (_cell(row.get(key)) for key in KEYS)
                file.write(",".join(cells).encode("utf-8") + b"\n")
                count += 1
        return count


def flat_rows(cases: Iterable[Case], path: str) -> Iterator[Mapping[str, object]]:
    """Yield each case as a row of a table: one level deep, with :data:`NOBODY` where nobody should take it.

    Raises:
        InvalidDatasetError: After the last case, if there is no form for some of them.
    """
    for data in entries_of(_without_reserved(cases, path), path):
        expect = data.pop("expect")
        assert isinstance(expect, dict)  # noqa: S101 - made beside us
        yield {**data, **expect, "agent": NOBODY if expect["agent"] is None else expect["agent"]}


def _without_reserved(cases: Iterable[Case], path: str) -> Iterator[Case]:
    """Refuse agents that bear the name that stands for nobody in tables."""
    for case in cases:
        if NOBODY in case.expectation.named:
            message = f"the case {case.identifier!r} cannot be written: {NOBODY!r} is no agent in a table"
            place = case.source or SourceLocation(path=path)
            raise InvalidDatasetError([error("unwritable-case", message, "write JSON Lines", place)])
        yield case


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        is_ambiguous = any(_IS_AMBIGUOUS.search(item) for item in value)
        text = json.dumps(value, ensure_ascii=False) if is_ambiguous else "; ".join(value)
    elif isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _build_lines(_options: WriterOptions, _context: BuildContext) -> DatasetWriter:
    return LineWriter()


def _build_separated(_options: WriterOptions, _context: BuildContext) -> DatasetWriter:
    return SeparatedWriter()


LINES = Component(options=WriterOptions, build=_build_lines, is_deterministic=lambda _options: True, is_free=True)
"""``jsonl``: JSON Lines."""

SEPARATED = Component(
    options=WriterOptions, build=_build_separated, is_deterministic=lambda _options: True, is_free=True
)
"""``csv``: comma-separated values."""
