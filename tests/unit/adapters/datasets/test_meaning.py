"""What a case must mean beyond its shape, and that every fault is told at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.datasets import files
from passmuster.adapters.datasets.files import FileLoader
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding

Write = Callable[[str, str | bytes], Path]


def a_line(identifier: str = "a", **changes: object) -> str:
    return json.dumps({"identifier": identifier, "request": "do it", "expect": {"agent": "x"}, **changes})


def refused(path: Path, loader: FileLoader | None = None) -> tuple[Finding, ...]:
    with pytest.raises(InvalidDatasetError) as caught:
        (loader or FileLoader()).load(path)
    return caught.value.findings


def spots(findings: tuple[Finding, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(finding.rule, finding.location.line, finding.location.column) for finding in findings if finding.location]


def test_an_identifier_is_taken_once(write: Write) -> None:
    """Each later case is told, with the line of the first."""
    path = write("team.jsonl", "\n".join([a_line("a"), a_line("b"), a_line("a"), a_line("a")]))

    findings = refused(path)

    assert spots(findings) == [("duplicate-identifier", 3, 2), ("duplicate-identifier", 4, 2)]
    assert "line 1" in findings[1].message


def test_an_agent_is_named_in_one_place_only(write: Write) -> None:
    """Preferred, acceptable and forbidden agents are different ones, whatever else stands among them."""
    expect = {"agent": "p", "acceptable": ["p", "q"], "forbidden": ["r", "q", 3, "p"]}
    path = write("team.jsonl", a_line(expect=expect))

    findings = refused(path)

    contradictions = [finding for finding in findings if finding.rule == "contradictory-expectation"]
    assert [finding.message for finding in contradictions] == [
        "'expect.acceptable' names 'p', which is the preferred agent",
        "'expect.forbidden' names 'q', which is acceptable too",
        "'expect.forbidden' names 'p', which is preferred too",
    ]


def test_a_rubric_must_exist(write: Write) -> None:
    """A name that nothing bears gets a suggestion, or the place to define it."""
    write("some.rubrics.yaml", "brief: {criteria: [{use: length}]}\n")

    [similar] = refused(write("some.jsonl", a_line(rubric="breif")))
    [unknown] = refused(write("none.jsonl", a_line(rubric="brief")))
    [inside] = refused(write("none.yaml", f"cases: [{a_line(rubric='brief')}]"))

    assert similar.rule == unknown.rule == inside.rule == "unknown-rubric"
    assert similar.hint == "did you mean 'brief'?"
    assert "none.rubrics.yaml" in unknown.hint
    assert "'rubrics'" in inside.hint


def test_criteria_of_a_rubric_have_different_names(write: Write) -> None:
    """The kind is the name where none is given, in shared rubrics and in a case's own."""
    criteria = "[{use: a}, {use: b}, {use: a}, {name: b, use: c}, 3, {}]"
    path = write(
        "team.yaml", f"rubrics:\n  r: {{criteria: {criteria}}}\ncases:\n  - rubric: {{criteria: {criteria}}}\n"
    )

    findings = [finding for finding in refused(path) if finding.rule == "duplicate-criterion"]

    assert spots(tuple(findings)) == [
        ("duplicate-criterion", 2, 39),
        ("duplicate-criterion", 2, 49),
        ("duplicate-criterion", 4, 46),
        ("duplicate-criterion", 4, 56),
    ]


def test_a_nul_character_is_refused(write: Write) -> None:
    """Databases cannot keep it, however it is written."""
    history = [{"role": "user", "content": "x\0"}, "nothing"]
    path = write("team.jsonl", a_line(request="a\0b", history=history))

    findings = [finding for finding in refused(path) if finding.rule == "nul-character"]

    assert len(findings) == 2


@pytest.mark.parametrize(
    ("agent", "request_text"),
    [
        ("api-designer", "Use the api-designer agent: as agreed."),
        ("api-designer", "use the API Designer, please"),
        ("api_designer", "Api-Designer?"),
        ("API designer", "(api_designer)"),
        ("api-designer", "ask the api\ndesigner"),
        ("plugin:reviewer", "have Plugin:Reviewer look at it"),
        ("straße", "STRASSE"),
        (None, "thanks, that was all"),
    ],
)
def test_a_control_that_names_its_agent_is_taken(write: Write, agent: str | None, request_text: str) -> None:
    """However it is spelt; a control for nobody has no name to name."""
    path = write("team.jsonl", a_line(request=request_text, expect={"agent": agent}, control=True))

    [case] = FileLoader().load(path).cases

    assert case.is_control


@pytest.mark.parametrize(
    "request_text", ["Page through the orders.", "the apidesigner", "api-designers", "xapi-designer", "api, designer"]
)
def test_a_control_must_name_its_agent(write: Write, request_text: str) -> None:
    """Else it would ask for a judgement, and a wrong one would void a run."""
    line = a_line(request=request_text, expect={"agent": "api-designer"}, control=True)

    findings = refused(write("team.jsonl", f"{a_line('good')}\n{line}"))

    assert spots(findings) == [("control-without-name", 2, 21)]
    assert findings[0].hint == "begin it with 'Use the api-designer agent:', or leave 'control' out"


@pytest.mark.parametrize("changes", [{"control": False}, {}, {"critical": True}])
def test_other_cases_need_not_name_anybody(write: Write, changes: dict[str, Any]) -> None:
    """They are about who is meant."""
    path = write("team.jsonl", a_line(expect={"agent": "api-designer"}, **changes))

    assert [case.is_control for case in FileLoader().load(path).cases] == [False]


@pytest.mark.parametrize(
    "changes",
    [
        {"control": "yes"},
        {"control": 1},
        {"control": True, "expect": {"agent": 3}},
        {"control": True, "expect": []},
        {"control": True, "request": 3},
    ],
)
def test_a_control_of_the_wrong_shape_is_told_of_its_shape_alone(write: Write, changes: dict[str, Any]) -> None:
    """What it means can be said when it is one."""
    rules = {finding.rule for finding in refused(write("team.jsonl", a_line(**changes)))}

    assert rules == {"wrong-type"}


def test_every_fault_of_a_file_is_told_at_once_in_the_order_of_lines(write: Write) -> None:
    """Encoding, syntax, shape and meaning: nobody has to run the command five times."""
    lines = [
        a_line("good").encode(),
        b'{"identifier": "bad',
        b'{"identifier": "caf\xe9"}',
        b"",
        a_line("good", expect={"agent": "x", "forbidden": ["x"]}, request=" ").encode(),
        b'{"identifier": "n", "identifier": "n"}',
        b'{"a": "\0"}',
        b"[]",
        a_line("last", rubric="nope").encode(),
    ]
    path = write("team.jsonl", b"\n".join(lines))
    write("team.rubrics.yaml", "r: {criteria: []}\n")

    findings = refused(path)

    assert [(finding.rule, finding.location.line) for finding in findings if finding.location] == [
        ("syntax", 2),
        ("encoding", 3),
        ("duplicate-identifier", 5),
        ("empty-text", 5),
        ("contradictory-expectation", 5),
        ("duplicate-key", 6),
        ("encoding", 7),
        ("wrong-type", 8),
        ("unknown-rubric", 9),
        ("wrong-length", 1),
    ]
    assert findings[-1].location is not None
    assert findings[-1].location.path.endswith("team.rubrics.yaml")


def test_rubrics_that_cannot_be_read_are_told_once(write: Write) -> None:
    """A syntax error in the rubrics does not make every case wrong."""
    path = write("team.jsonl", a_line(rubric="r"))
    write("team.rubrics.yaml", "r: [")

    findings = refused(path)

    assert [finding.rule for finding in findings] == ["syntax"]


def test_complaints_are_limited(write: Write) -> None:
    """A file that is wrong on every line does not fill the memory with complaints."""
    path = write("team.jsonl", "3\n" * (files.MAXIMUM_FINDINGS + 5))

    findings = refused(path)

    assert len(findings) == files.MAXIMUM_FINDINGS + 1
    assert findings[-1].rule == "too-many-errors"
    assert findings[-1].location is not None
    assert findings[-1].location.line == files.MAXIMUM_FINDINGS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", ""),
        ("a.jsonl", "\n \n\r\n"),
        ("a.json", ""),
        ("a.json", "[]"),
        ("a.json", "null"),
        ("a.yaml", ""),
        ("a.yaml", "# nothing\n"),
        ("a.yaml", "[]"),
    ],
)
def test_a_file_without_a_case_is_an_error(write: Write, name: str, content: str) -> None:
    """An empty dataset proves nothing."""
    [finding] = refused(write(name, content))

    assert finding.rule == "no-case"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("7", "the file must be a mapping"),
        ("{}", "the file lacks the key 'cases'"),
        ("cases: []", "'cases' has 0 entries"),
        ("cases: {a: 1}", "'cases' must be a list"),
        ("rubrics: [1]\ncases: [{}]", "'rubrics' must be a mapping"),
    ],
)
def test_a_yaml_file_of_another_shape_is_refused(write: Write, content: str, message: str) -> None:
    """What is neither a list of cases nor a mapping with one is told so."""
    findings = refused(write("a.yaml", content))

    assert any(message in finding.message for finding in findings)
