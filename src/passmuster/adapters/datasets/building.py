"""Cases and rubrics from data whose shape has been checked by the schema."""

import json
import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

from passmuster.adapters.datasets.meaning import Entry
from passmuster.domain.cases import (
    Case,
    CriterionReference,
    Expectation,
    Message,
    Provenance,
    Request,
    Role,
    Rubric,
    Stratum,
)
from passmuster.domain.values import AgentName, CaseIdentifier

ItemT = TypeVar("ItemT")

_EMPTY: Final[frozenset[Any]] = frozenset()
_CRITERION_KEYS = frozenset({"use", "name", "weight", "required"})

# The schema has vouched for the types; naming each again here would say everything twice.
_Checked = Mapping[str, Any]


def build_case(entry: Entry, rubrics: Mapping[str, Rubric], default_split: str = "test") -> Case:
    """Return the case that checked data describe.

    Args:
        entry: The case, of the shape that the schema asks for.
        rubrics: Every rubric that a case may name.
        default_split: The split of a case that names none.
    """
    data = cast("_Checked", entry.data)
    rubric = data.get("rubric")
    source = data.get("source")
    return Case(
        identifier=CaseIdentifier(data["identifier"]),
        request=_build_request(data),
        expectation=_build_expectation(data["expect"]),
        rubric=rubrics[rubric] if isinstance(rubric, str) else None if rubric is None else _shared(json.dumps(rubric)),
        stratum=Stratum(data.get("stratum", Stratum.IMPLICIT)),
        tags=_set_of(data.get("tags", ())),
        weight=float(data.get("weight", 1)),
        split=data.get("split", default_split),
        group=data.get("group", ""),
        is_critical=data.get("critical", False),
        is_control=data.get("control", False),
        provenance=None if source is None else _build_provenance(source),
        source=entry.document.location(entry.way),
    )


@lru_cache(maxsize=1_024)
def _shared(text: str) -> Rubric:
    """Return the rubric that a text describes; equal ones are one, since thousands of cases may have the same."""
    return build_rubric(json.loads(text))


def _set_of(items: Collection[ItemT]) -> frozenset[ItemT]:
    """Return a set of some items; all empty ones are one, which would take as much as the rest of a case."""
    return frozenset(items) if items else _EMPTY


def build_rubric(data: object) -> Rubric:
    """Return the rubric that checked data describe."""
    checked = cast("_Checked", data)
    return Rubric(
        criteria=tuple(_build_criterion(criterion) for criterion in checked["criteria"]),
        passing_score=float(checked.get("passing_score", 1)),
    )


def _build_criterion(data: _Checked) -> CriterionReference:
    return CriterionReference(
        kind=data["use"],
        name=data.get("name", data["use"]),
        options={key: value for key, value in data.items() if key not in _CRITERION_KEYS},
        weight=float(data.get("weight", 1)),
        is_required=data.get("required", False),
    )


def _build_request(data: _Checked) -> Request:
    history = tuple(
        Message(role=Role(message["role"]), content=message["content"]) for message in data.get("history", ())
    )
    return Request(text=data["request"], history=history)


def _build_expectation(data: _Checked) -> Expectation:
    preferred = data["agent"]
    return Expectation(
        preferred=None if preferred is None else AgentName(sys.intern(preferred)),
        acceptable=_set_of([AgentName(name) for name in data.get("acceptable", ())]),
        forbidden=_set_of([AgentName(name) for name in data.get("forbidden", ())]),
    )


def _build_provenance(data: _Checked) -> Provenance:
    return Provenance(
        author=data["author"], date=data["date"], reviewed_by=data.get("reviewed_by"), note=data.get("note", "")
    )
