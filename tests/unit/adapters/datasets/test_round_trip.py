"""Whatever may be written is read back equal, and whatever may not is refused in one way."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.datasets.files import FileLoader
from passmuster.adapters.datasets.schema import case_schema
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
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.values import AgentName, CaseIdentifier

Data = dict[str, Any]

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS, min_size=1, max_size=30).filter(lambda text: re.search(r"\S", text) is not None)
IDENTIFIERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
AGENTS = st.sampled_from(["api-designer", "plugin:reviewer", "a b", "é", "1e3", "no", "null", "0o17", "~", "debugger"])
OPTIONS = st.dictionaries(
    st.sampled_from(["any", "maximum", "on", ""]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(CHARACTERS, max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
WEIGHTS = st.integers(1, 1_000_000) | st.floats(min_value=1e-300, max_value=1e6)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["", "a", "2026-01-31"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["agent", "use", "criteria", "role", "content", "acceptable", "x"]), inner)
    ),
    max_leaves=6,
)


@st.composite
def rubrics(draw: st.DrawFn) -> Data:
    count = draw(st.integers(1, 3))
    criteria = [
        {
            **draw(OPTIONS),
            "use": draw(st.sampled_from(["contains", "length"])),
            "name": f"n{index}",
            **draw(st.fixed_dictionaries({}, optional={"weight": WEIGHTS, "required": st.booleans()})),
        }
        for index in range(count)
    ]
    if draw(st.booleans()):
        del criteria[0]["name"]
    passing = draw(st.fixed_dictionaries({}, optional={"passing_score": st.floats(0, 1) | st.sampled_from([0, 1])}))
    return {"criteria": criteria, **passing}


@st.composite
def expectations(draw: st.DrawFn) -> Data:
    names = draw(st.lists(AGENTS, unique=True))
    first, second = sorted(draw(st.tuples(st.integers(0, len(names)), st.integers(0, len(names)))))
    expectation: Data = {"agent": names[0] if first else None}
    if draw(st.booleans()):
        expectation["acceptable"] = names[first:second]
        expectation["forbidden"] = names[second:]
    return expectation


@st.composite
def cases(draw: st.DrawFn, shared: tuple[str, ...]) -> Data:
    turns = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": TEXTS})
    sources = st.fixed_dictionaries(
        {"author": TEXTS, "date": st.dates().map(str)},
        optional={"reviewed_by": st.none() | TEXTS, "note": st.text(CHARACTERS, max_size=10)},
    )
    own = rubrics()
    optional = {
        "history": st.lists(turns, max_size=2),
        "rubric": own | st.sampled_from(shared) if shared else own,
        "stratum": st.sampled_from(["explicit", "hinted", "implicit"]),
        "tags": st.lists(IDENTIFIERS, unique=True, max_size=3),
        "weight": WEIGHTS,
        "split": st.sampled_from(["train", "validation", "test"]),
        "group": IDENTIFIERS,
        "critical": st.booleans(),
        "source": sources,
        "$schema": TEXTS,
    }
    case: Data = draw(
        st.fixed_dictionaries(
            {"identifier": IDENTIFIERS, "request": TEXTS, "expect": expectations()}, optional=optional
        )
    )
    if draw(st.booleans()):
        # A control names its agent.
        case["request"] += f" {case['expect']['agent'] or ''}"
        case["control"] = True
    return case


@st.composite
def datasets(draw: st.DrawFn) -> tuple[list[Data], Data]:
    named = draw(st.dictionaries(TEXTS.filter(is_name), rubrics(), max_size=2))
    each = cases(tuple(named))
    return draw(st.lists(each, min_size=1, max_size=3, unique_by=lambda case: case["identifier"])), named


def is_name(text: str) -> bool:
    return text == text.strip() and "\n" not in text and "\r" not in text and text != "$schema"


def meant_rubric(data: Data) -> Rubric:
    return Rubric(
        criteria=tuple(
            CriterionReference(
                kind=each["use"],
                name=each.get("name", each["use"]),
                options={key: each[key] for key in each if key not in {"use", "name", "weight", "required"}},
                weight=each.get("weight", 1),
                is_required=each.get("required", False),
            )
            for each in data["criteria"]
        ),
        passing_score=data.get("passing_score", 1),
    )


def meant(data: Data, named: Mapping[str, Data]) -> Case:
    rubric = data.get("rubric")
    expect = data["expect"]
    return Case(
        identifier=CaseIdentifier(data["identifier"]),
        request=Request(
            text=data["request"],
            history=tuple(
                Message(role=Role(turn["role"]), content=turn["content"]) for turn in data.get("history", [])
            ),
        ),
        expectation=Expectation(
            preferred=expect["agent"],
            acceptable=frozenset(AgentName(name) for name in expect.get("acceptable", [])),
            forbidden=frozenset(AgentName(name) for name in expect.get("forbidden", [])),
        ),
        rubric=None if rubric is None else meant_rubric(named[rubric] if isinstance(rubric, str) else rubric),
        stratum=Stratum(data.get("stratum", "implicit")),
        tags=frozenset(data.get("tags", [])),
        weight=data.get("weight", 1),
        split=data.get("split", "test"),
        group=data.get("group", ""),
        is_critical=data.get("critical", False),
        is_control=data.get("control", False),
        provenance=Provenance(**data["source"]) if "source" in data else None,
    )


def as_yaml(data: object) -> str:
    # Quotes around every scalar: PyYAML would leave out those that YAML 1.2 needs.
    return yaml.safe_dump(data, default_style='"', sort_keys=False)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datasets")


@pytest.mark.parametrize("ending", ["jsonl", "json", "yaml"])
@given(dataset=datasets())
def test_what_is_written_is_read_back_equal(folder: Path, ending: str, dataset: tuple[list[Data], Data]) -> None:
    """Every case that the schema allows survives every format."""
    written, named = dataset
    path = folder / f"round.{ending}"
    if ending == "yaml":
        path.write_text(as_yaml({"rubrics": named, "cases": written}), encoding="utf-8")
    elif ending == "json":
        path.write_text(json.dumps(written, indent=1), encoding="utf-8")
    else:
        lines = [json.dumps(case, ensure_ascii=False) for case in written]
        path.write_text("\n".join(lines), encoding="utf-8", newline="")
    (folder / "round.rubrics.yaml").write_text(as_yaml(named), encoding="utf-8")

    read = FileLoader().load(path).cases

    assert [replace(case, source=None) for case in read] == [meant(case, named) for case in written]


@pytest.mark.parametrize("name", ["any.jsonl", "any.json", "any.yaml", "any.rubrics.yaml"])
@given(content=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_in_one_way(folder: Path, name: str, content: bytes) -> None:
    """No content of a file raises anything but InvalidDatasetError."""
    (folder / "any.jsonl").write_text("", encoding="utf-8")
    (folder / name).write_bytes(content)

    with pytest.raises(InvalidDatasetError) as caught:
        FileLoader().load(folder / name.replace(".rubrics.yaml", ".jsonl"))

    assert caught.value.findings


@pytest.mark.parametrize("ending", ["jsonl", "json", "yaml"])
@given(data=st.data())
def test_data_of_any_shape_are_cases_or_findings(folder: Path, ending: str, data: st.DataObject) -> None:
    """Keys that are known with values of any kind raise nothing but InvalidDatasetError with places."""
    properties = case_schema()["properties"]
    assert isinstance(properties, dict)
    keys = [*properties, "unknown"]
    entry = data.draw(st.dictionaries(st.sampled_from(keys), ANYTHING) | ANYTHING)
    path = folder / f"shape.{ending}"
    entries = (
        entry if ending == "jsonl" else data.draw(st.sampled_from([[entry], {"cases": [entry], "rubrics": entry}]))
    )
    path.write_text(json.dumps(entries), encoding="utf-8")

    error = InvalidDatasetError([])
    try:
        FileLoader().load(path)
    except InvalidDatasetError as raised:
        error = raised

    assert all(finding.location is not None and finding.message for finding in error.findings)
