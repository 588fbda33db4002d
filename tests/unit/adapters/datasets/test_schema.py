"""The JSON Schema of a case, and its complaints in people's words."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from passmuster.adapters.datasets.schema import (
    case_schema,
    check_case,
    check_file,
    check_rubrics,
    file_schema,
    nearest,
)
from passmuster.documents import parse_json, parse_yaml
from passmuster.domain.findings import Finding

GOOD = {"identifier": "api-1", "request": "Page the orders.", "expect": {"agent": "api-designer"}}


def complaints(text: str) -> list[Finding]:
    document = parse_json(text, path="c.jsonl", line=3)
    return list(check_case(document, (), document.data))


def complaints_about(**changes: object) -> list[Finding]:
    return complaints(json.dumps({**GOOD, **changes}))


def only(findings: list[Finding]) -> Finding:
    [finding] = findings
    return finding


def subschemas(schema: object) -> Iterator[dict[str, object]]:
    if isinstance(schema, dict):
        if "type" in schema or "$ref" in schema:
            yield schema
        for value in schema.values():
            yield from subschemas(value)


def test_the_schemas_are_schemas() -> None:
    """Both conform to draft 2020-12."""
    Draft202012Validator.check_schema(dict(case_schema()))
    Draft202012Validator.check_schema(dict(file_schema()))

    assert case_schema()["$schema"] == file_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_editors_find_a_title_and_a_description_everywhere() -> None:
    """Whoever hovers over a key learns what it means."""
    for schema in subschemas(file_schema()):
        if "$ref" not in schema and schema != {"type": "object"}:
            assert schema.get("title"), schema
            assert str(schema.get("description")).endswith("."), schema


def test_the_schema_of_a_file_stands_alone() -> None:
    """An editor needs no second file, and nothing is fetched."""
    validator = Draft202012Validator(dict(file_schema()))

    good = list(validator.iter_errors({"rubrics": {"r": {"criteria": [{"use": "contains"}]}}, "cases": [GOOD]}))
    bad = list(validator.iter_errors({"rubrics": {"r": {}}, "cases": [{**GOOD, "request": 1}]}))

    assert good == []
    assert len(bad) == 2


def test_every_call_gives_a_schema_of_its_own() -> None:
    """Nobody can spoil the schema of another."""
    first = case_schema()
    assert isinstance(first, dict)

    first.clear()

    assert case_schema()["title"] == "Case"


def test_a_full_case_has_no_complaints() -> None:
    """Every key may be used at once."""
    findings = complaints_about(
        **{"$schema": "./case.schema.json"},
        history=[{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes?"}],
        expect={"agent": "plugin:my agent", "acceptable": ["b"], "forbidden": ["c", "d"]},
        rubric={
            "passing_score": 0.5,
            "criteria": [
                {"use": "contains", "name": "n", "weight": 2, "required": True, "any": ["x"], "deep": {"y": 1}}
            ],
        },
        stratum="hinted",
        tags=["near-miss", "de:formal"],
        weight=0.25,
        split="train",
        group="ticket:4711/a",
        critical=True,
        control=False,
        source={"author": "somebody", "date": "2026-01-31", "reviewed_by": None, "note": ""},
    )

    assert findings == []


def test_nobody_may_be_expected() -> None:
    """Null is a choice of its own."""
    assert complaints_about(expect={"agent": None}) == []


@pytest.mark.parametrize(
    ("changes", "rule", "message", "hint"),
    [
        ({"tag": ["a"]}, "unknown-key", "the case has the unknown key 'tag'", "did you mean 'tags'?"),
        ({"zzz": 1}, "unknown-key", "the case has the unknown key 'zzz'", "known keys: "),
        ({"expect": {}}, "missing-key", "'expect' lacks the key 'agent'", "add 'agent': "),
        ({"expect": "x"}, "wrong-type", "'expect' must be a mapping, and is the text 'x'", "that has 'agent'"),
        ({"expect": {"agent": 5}}, "wrong-type", "'expect.agent' must be text or null, and is the number 5", '"5"'),
        ({"expect": {"agent": ["a"]}}, "wrong-type", "must be text or null, and is a list", "one text in quotes"),
        ({"expect": {"agent": " a"}}, "wrong-value", "'expect.agent' cannot be ' a'", "without spaces around it"),
        ({"expect": {"agent": "a\n"}}, "wrong-value", "'expect.agent' cannot be", "without spaces around it"),
        ({"expect": {"agent": ""}}, "empty-text", "'expect.agent' is empty", "name"),
        (
            {"expect": {"agent": None, "acceptable": "a"}},
            "wrong-type",
            "'expect.acceptable' must be a list, and is the text 'a'",
            'write a list: ["a"]',
        ),
        (
            {"expect": {"agent": None, "acceptable": None}},
            "wrong-type",
            "'expect.acceptable' must be a list, and is null",
            "write a list: [...]",
        ),
        (
            {"expect": {"agent": None, "forbidden": ["a", "b", "a"]}},
            "repeated-entry",
            "'expect.forbidden' names 'a' a second time",
            "name it once",
        ),
        ({"identifier": "a b"}, "wrong-value", "'identifier' cannot be 'a b'", "letters, digits"),
        ({"identifier": "-a"}, "wrong-value", "'identifier' cannot be '-a'", "beginning with a letter"),
        ({"identifier": "a\n"}, "wrong-value", "'identifier' cannot be 'a\\n'", "letters, digits"),
        ({"identifier": "a" * 129}, "wrong-length", "'identifier' has 129 characters", "128"),
        ({"identifier": True}, "wrong-type", "'identifier' must be text, and is true", '"true"'),
        ({"request": ""}, "empty-text", "'request' is empty", "in full"),
        ({"request": " \n\t"}, "empty-text", "'request' is only white space", "in full"),
        ({"request": {"a": 1}}, "wrong-type", "'request' must be text, and is a mapping", "one text"),
        ({"stratum": "implict"}, "unknown-value", "'stratum' is 'implict'", "'explicit', 'hinted' or 'implicit'"),
        ({"split": "dev"}, "unknown-value", "'split' is 'dev'", "'train', 'validation' or 'test'"),
        ({"weight": 0}, "wrong-value", "'weight' cannot be 0", "above 0"),
        ({"weight": -1.5}, "wrong-value", "'weight' cannot be -1.5", "above 0"),
        ({"weight": 10**400}, "wrong-value", "'weight' cannot be 1000", "at most a million"),
        ({"weight": "2"}, "wrong-type", "'weight' must be a number, and is the text '2'", "without quotes"),
        ({"weight": True}, "wrong-type", "'weight' must be a number, and is true", "without quotes"),
        ({"group": ""}, "empty-text", "'group' is empty", "letters, digits"),
        ({"group": "a b"}, "wrong-value", "'group' cannot be 'a b'", "beginning with a letter"),
        ({"group": "a" * 101}, "wrong-length", "'group' has 101 characters", "Up to 100"),
        ({"group": 4711}, "wrong-type", "'group' must be text, and is the number 4711", '"4711"'),
        ({"critical": "true"}, "wrong-type", "'critical' must be true or false, and is the text", "without quotes"),
        ({"control": 1}, "wrong-type", "'control' must be true or false, and is the number 1", "true or false"),
        ({"contol": True}, "unknown-key", "the case has the unknown key 'contol'", "did you mean 'control'"),
        ({"tags": ["a b"]}, "wrong-value", "'tags[0]' cannot be 'a b'", "letters, digits"),
        ({"tags": ["a"] * 2}, "repeated-entry", "'tags' names 'a' a second time", "name it once"),
        ({"history": [{"role": "system", "content": "x"}]}, "unknown-value", "'history[0].role'", "'user' or"),
        ({"history": [{"role": "user", "content": " "}]}, "empty-text", "'history[0].content' is only", "some text"),
        ({"history": {"role": "user"}}, "wrong-type", "'history' must be a list, and is a mapping", "[...]"),
        ({"rubric": ""}, "empty-text", "'rubric' is empty", "name of a rubric"),
        ({"rubric": 3}, "wrong-type", "'rubric' must be text or a mapping, and is the number 3", "quotes"),
        ({"rubric": {}}, "missing-key", "'rubric' lacks the key 'criteria'", "add 'criteria'"),
        ({"rubric": {"criteria": []}}, "wrong-length", "'rubric.criteria' has 0 entries", "One criterion or more"),
        ({"rubric": {"criteria": [3]}}, "wrong-type", "'rubric.criteria[0]' must be a mapping", "that has 'use'"),
        (
            {"rubric": {"criteria": [{"any": 1}]}},
            "missing-key",
            "'rubric.criteria[0]' lacks the key 'use'",
            "'contains'",
        ),
        (
            {"rubric": {"criteria": [{"use": "a", "required": "yes"}]}},
            "wrong-type",
            "'rubric.criteria[0].required' must be true or false",
            "without quotes",
        ),
        (
            {"rubric": {"criteria": [{"use": "a"}], "passing_score": 70}},
            "wrong-value",
            "'rubric.passing_score' cannot be 70",
            "from 0 to 1",
        ),
        (
            {"rubric": {"criteria": [{"use": "a"}], "passing": 1}},
            "unknown-key",
            "'rubric' has the unknown key 'passing'",
            "'passing_score'",
        ),
        ({"source": {"author": "a"}}, "missing-key", "'source' lacks the key 'date'", "year-month-day"),
        ({"source": {"author": "a", "date": "31.1.2026"}}, "wrong-value", "'source.date' cannot be", "2026-01-31"),
        ({"source": {"author": "a", "date": "2026-02-30"}}, "wrong-value", "'source.date' cannot be", "2026-01-31"),
        ({"source": {"author": "a", "date": "20260131"}}, "wrong-value", "'source.date' cannot be", "2026-01-31"),
    ],
)
def test_each_fault_is_told_in_words_with_a_remedy(
    changes: dict[str, object], rule: str, message: str, hint: str
) -> None:
    """What is wrong is named with the offender, and the hint says what to write."""
    finding = only(complaints_about(**changes))

    assert finding.rule == rule
    assert message in finding.message
    assert hint in finding.hint


@pytest.mark.parametrize("data", ["[1]", "null", "3", '"case"'])
def test_what_is_no_mapping_is_no_case(data: str) -> None:
    """A line that holds something else is told so."""
    finding = only(complaints(data))

    assert finding.rule == "wrong-type"
    assert "the case must be a mapping" in finding.message
    assert "'identifier', 'request', 'expect'" in finding.hint


def test_every_missing_key_is_named_once() -> None:
    """An empty case lacks three keys, no more and no less."""
    findings = complaints("{}")

    assert [finding.message for finding in findings] == [
        "the case lacks the key 'identifier'",
        "the case lacks the key 'request'",
        "the case lacks the key 'expect'",
    ]


def test_each_complaint_has_line_and_column() -> None:
    """An unknown key is shown at the key, a missing one at the mapping, an item at the item."""
    findings = complaints(
        '{"identifier": "a", "expect": {"Agent": 1}, "request": "r", "tags": ["x", "y z"], "split": 1}'
    )

    assert {(finding.rule, str(finding.location)) for finding in findings} == {
        ("unknown-key", "c.jsonl:3:32"),
        ("missing-key", "c.jsonl:3:21"),
        ("wrong-value", "c.jsonl:3:75"),
        ("wrong-type", "c.jsonl:3:83"),
        ("unknown-value", "c.jsonl:3:83"),
    }


def test_repeated_entries_of_many_kinds_are_found_quickly() -> None:
    """Fifty thousand entries that cannot be sorted are compared by what they are written as."""
    entries = [entry for number in range(25_000) for entry in (number, str(number))]

    findings = complaints_about(tags=[*entries, 7, "8", 1.0])

    repeated = [finding.message for finding in findings if finding.rule == "repeated-entry"]
    assert repeated == ["'tags' names 7 a second time", "'tags' names '8' a second time"]


def test_long_offenders_are_cut() -> None:
    """A message stays readable whatever it quotes."""
    long = "x" * 100_000

    findings = [*complaints_about(**{long: 1}), *complaints_about(stratum=long), *complaints_about(weight=[long] * 9)]

    assert all(len(str(finding)) < 500 for finding in findings)
    assert len(findings) == 3


def test_a_file_is_checked_as_a_whole() -> None:
    """Rubrics, cases and unknown keys of a YAML file are told with their places."""
    text = (
        "rubrics:\n  tone: {criteria: [{use: 1}]}\n  ' x': {criteria: [{use: a}]}\n"
        "case: []\ncases:\n  - identifier: a\n    request: b\n"
    )

    findings = list(check_file(parse_yaml(text, path="f.yaml")))

    assert {(finding.rule, str(finding.location)) for finding in findings} == {
        ("wrong-type", "f.yaml:2:22"),
        ("wrong-value", "f.yaml:3:3"),
        ("unknown-key", "f.yaml:4:1"),
        ("missing-key", "f.yaml:6:5"),
    }
    assert any("'rubrics.tone.criteria[0].use'" in finding.message for finding in findings)
    assert any("'cases[0]' lacks the key 'expect'" in finding.message for finding in findings)
    assert any("'rubrics' has the key ' x'" in finding.message for finding in findings)


def test_a_file_of_rubrics_is_checked_by_itself() -> None:
    """Names are free, and `$schema` is no rubric."""
    good = parse_yaml("$schema: x\ntone: {criteria: [{use: a}]}\n", path="r.yaml")
    bad = parse_yaml("- tone\n", path="r.yaml")

    assert list(check_rubrics(good)) == []
    assert only(list(check_rubrics(bad))).message == "the file of rubrics must be a mapping, and is a list"


def test_nearest_names_what_is_alike_or_all() -> None:
    """A slip of the pen gets one suggestion; anything else gets the list, if there is one."""
    assert nearest("taags", ["tags", "split"], "known keys") == "did you mean 'tags'?"
    assert nearest("zzz", ["tags", "split"], "known keys") == "known keys: 'tags', 'split'"
    assert nearest("a" * 1_000_000, ["a" * 10], "known keys") == "known keys: 'aaaaaaaaaa'"
    assert nearest("zzz", [], "known keys") == ""
