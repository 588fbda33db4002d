"""Datasets in files: what comes out of every format, and which cases are taken."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.datasets.files import COMPONENT, FileLoader, FileOptions
from passmuster.components import BuildContext
from passmuster.domain.cases import (
    Case,
    CriterionReference,
    Dataset,
    Expectation,
    Message,
    Provenance,
    Request,
    Role,
    Rubric,
    Stratum,
)
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding
from passmuster.domain.values import AgentName, CaseIdentifier, SourceLocation

Write = Callable[[str, str | bytes], Path]


def a_line(identifier: str = "a", **changes: object) -> str:
    return json.dumps({"identifier": identifier, "request": "do it", "expect": {"agent": "x"}, **changes})


def refused(path: Path, loader: FileLoader | None = None) -> tuple[Finding, ...]:
    with pytest.raises(InvalidDatasetError) as caught:
        (loader or FileLoader()).load(path)
    return caught.value.findings


def test_a_full_line_becomes_a_case(write: Write) -> None:
    """Every key of the format reaches the domain."""
    path = write(
        "team.jsonl",
        a_line("first")
        + "\n"
        + a_line(
            "second",
            **{"$schema": "x"},
            history=[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes?"}],
            expect={"agent": None, "acceptable": ["b"], "forbidden": ["c", "d"]},
            rubric={
                "passing_score": 0.5,
                "criteria": [
                    {"use": "contains", "any": ["p"]},
                    {"use": "contains", "name": "q", "weight": 2, "required": True, "all": {"r": None}},
                ],
            },
            stratum="hinted",
            tags=["u", "v"],
            weight=3,
            split="train",
            group="ticket:1",
            critical=True,
            control=True,
            source={"author": "m", "date": "2026-01-31", "reviewed_by": "n", "note": "o"},
        )
        + "\n",
    )

    dataset = FileLoader().load(path)

    assert dataset == Dataset(
        name="team",
        cases=(
            Case(
                identifier=CaseIdentifier("first"),
                request=Request(text="do it"),
                expectation=Expectation(preferred=AgentName("x")),
                source=SourceLocation(path=str(path), line=1, column=1),
            ),
            Case(
                identifier=CaseIdentifier("second"),
                request=Request(
                    text="do it",
                    history=(Message(role=Role.USER, content="hi"), Message(role=Role.ASSISTANT, content="yes?")),
                ),
                expectation=Expectation(
                    preferred=None,
                    acceptable=frozenset({AgentName("b")}),
                    forbidden=frozenset({AgentName("c"), AgentName("d")}),
                ),
                rubric=Rubric(
                    criteria=(
                        CriterionReference(kind="contains", name="contains", options={"any": ["p"]}),
                        CriterionReference(
                            kind="contains", name="q", options={"all": {"r": None}}, weight=2.0, is_required=True
                        ),
                    ),
                    passing_score=0.5,
                ),
                stratum=Stratum.HINTED,
                tags=frozenset({"u", "v"}),
                weight=3.0,
                split="train",
                group="ticket:1",
                is_critical=True,
                is_control=True,
                provenance=Provenance(author="m", date="2026-01-31", reviewed_by="n", note="o"),
                source=SourceLocation(path=str(path), line=2, column=1),
            ),
        ),
    )


def test_a_yaml_file_has_cases_and_rubrics(write: Write) -> None:
    """Cases name the rubrics of their file, and dates stay text."""
    path = write(
        "team.YML",
        "$schema: ./file.schema.json\n"
        "rubrics:\n  brief:\n    criteria:\n      - {use: length, maximum: 3}\n"
        "cases:\n"
        "  - identifier: a\n    request: |\n      no\n      on\n    expect: {agent: ~}\n    rubric: brief\n"
        "    source: {author: m, date: 2026-01-31}\n",
    )

    [case] = FileLoader().load(path).cases

    assert case.request.text == "no\non\n"
    assert case.expectation.preferred is None
    assert case.rubric == Rubric(
        criteria=(CriterionReference(kind="length", name="length", options={"maximum": 3}),), passing_score=1.0
    )
    assert case.provenance == Provenance(author="m", date="2026-01-31")
    assert str(case.source) == f"{path}:7:5"


@pytest.mark.parametrize("name", ["team.json", "team.yaml", "team.jsonl"])
def test_a_list_finds_its_rubrics_beside_it(write: Write, name: str) -> None:
    """Formats without room for rubrics have a file for them next to theirs."""
    line = a_line(rubric="brief")
    path = write(name, line if name.endswith("l") and "json" in name else f"[{line}]")
    write("team.rubrics.yaml", "$schema: s\nbrief: {criteria: [{use: length}]}\n")

    [case] = FileLoader().load(path).cases

    assert case.rubric == Rubric(criteria=(CriterionReference(kind="length", name="length"),))


def test_a_json_list_knows_where_its_cases_are(write: Write) -> None:
    """Each case of a list has its own line."""
    path = write("team.json", f"[\n{a_line('a')},\n  {a_line('b')}\n]")

    dataset = FileLoader().load(path)

    assert [str(case.source) for case in dataset.cases] == [f"{path}:2:1", f"{path}:3:3"]


def test_blank_lines_windows_line_ends_and_a_byte_order_mark_are_passed_over(write: Write) -> None:
    """Files from any editor are read, and lines keep their numbers."""
    path = write("team.jsonl", b"\xef\xbb\xbf" + a_line("a").encode() + b"\r\n\r\n \t\n" + a_line("b").encode())

    dataset = FileLoader().load(path)

    assert [(case.identifier, case.source and case.source.line) for case in dataset.cases] == [("a", 1), ("b", 4)]


def test_separators_inside_text_do_not_end_a_line(write: Write) -> None:
    """Only a line feed ends a line of JSON Lines."""
    request = "a\u2028b\x85c\x0bd\x1ce"
    path = write("team.jsonl", json.dumps({**json.loads(a_line()), "request": request}, ensure_ascii=False))

    [case] = FileLoader().load(path).cases

    assert case.request.text == request


def test_only_cases_of_the_split_are_taken(write: Write) -> None:
    """A case without a split belongs to the test split."""
    path = write("team.jsonl", "\n".join([a_line("a"), a_line("b", split="train"), a_line("c", split="test")]))

    dataset = FileLoader(split="test").load(path)

    assert [case.identifier for case in dataset.cases] == ["a", "c"]


def test_only_cases_with_one_of_the_tags_are_taken(write: Write) -> None:
    """A case needs one of the tags, not all."""
    lines = [a_line("a", tags=["x"]), a_line("b", tags=["y", "z"]), a_line("c"), a_line("d", tags=["w"])]
    path = write("team.jsonl", "\n".join(lines))

    dataset = FileLoader(tags=frozenset({"x", "y"})).load(path)

    assert [case.identifier for case in dataset.cases] == ["a", "b"]


@pytest.mark.parametrize(
    ("loader", "message", "hint"),
    [
        (FileLoader(split="validation"), "no case of the split 'validation'", "'test', 'train'"),
        (FileLoader(tags=frozenset({"q"})), "the tags 'q'", "'x'"),
        (FileLoader(split="train", tags=frozenset({"x"})), "the tags 'x'", "no tags"),
    ],
)
def test_choosing_nothing_is_an_error(write: Write, loader: FileLoader, message: str, hint: str) -> None:
    """A suite that measures nothing would pass without a word."""
    path = write("team.jsonl", "\n".join([a_line("a", tags=["x"]), a_line("b", split="train")]))

    [finding] = refused(path, loader)

    assert finding.rule == "no-case"
    assert message in finding.message
    assert hint in finding.hint


def test_faults_of_cases_that_are_not_taken_are_told_too(write: Write) -> None:
    """The file is right as a whole or not at all."""
    path = write("team.jsonl", "\n".join([a_line("a"), a_line("b", split="train", weight=0)]))

    findings = refused(path, FileLoader(split="test"))

    assert [finding.rule for finding in findings] == ["wrong-value"]


def test_the_component_builds_a_loader_from_its_options(write: Write, tmp_path: Path) -> None:
    """What the suite says is what the loader does."""
    path = write("a.jsonl", "\n".join([a_line("a", tags=["x"]), a_line("b", tags=["x"], split="train"), a_line("c")]))
    options = FileOptions(location="a.jsonl", split="test", tags=["x"])

    loader = COMPONENT.build(options, BuildContext(folder=tmp_path))

    assert [case.identifier for case in loader.load(path).cases] == ["a"]
    assert COMPONENT.is_deterministic(options)


@pytest.mark.parametrize(
    "options", [{}, {"location": ""}, {"location": "a", "split": "dev"}, {"location": "a", "x": 1}]
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """The model of the options knows every key and every split."""
    with pytest.raises(ValidationError):
        FileOptions.model_validate(options)


def test_the_loader_hands_out_the_schemas() -> None:
    """Other code gets the JSON Schemas without importing the adapter."""
    loader = FileLoader()

    assert loader.schema()["title"] == "Case"
    assert loader.file_schema()["title"] == "Dataset file"
