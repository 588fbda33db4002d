"""``suite.yaml`` as people write it: every complaint at once, with its place and a remedy."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from passmuster.configuration.reading import read_suite, validated
from passmuster.documents import parse_yaml
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding

GOOD = """\
name: example
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: cases.jsonl}
subjects:
  lexical: {use: routed, router: {use: lexical}}
"""


def complaints(folder: Path, content: str | bytes) -> list[tuple[str, str, str]]:
    """Return the place, the message and the hint of every complaint about a suite."""
    path = folder / "suite.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(InvalidConfigurationError) as caught:
        read_suite(path)

    return [described(finding, str(path)) for finding in caught.value.findings]


def described(finding: Finding, path: str) -> tuple[str, str, str]:
    place = str(finding.location or "").removeprefix(path).removeprefix(":")
    return place, finding.message.replace(path, "suite.yaml"), finding.hint


def test_a_good_suite_is_read_with_its_document(tmp_path: Path) -> None:
    """The document gives later complaints their places."""
    path = tmp_path / "suite.yaml"
    path.write_text(GOOD, encoding="utf-8")

    suite, document = read_suite(path)

    assert suite.name == "example"
    assert str(document.location(("subjects", "lexical", "router"))) == f"{path}:6:26"


def test_a_byte_order_mark_is_no_complaint(tmp_path: Path) -> None:
    """Some editors write one."""
    path = tmp_path / "suite.yaml"
    path.write_text(GOOD, encoding="utf-8-sig")

    assert read_suite(path)[0].name == "example"


def test_every_complaint_comes_at_once(tmp_path: Path) -> None:
    """With line, column and remedy, from top to bottom."""
    content = GOOD.replace("name: example", "name: two words").replace("datasets:", "dataset:") + (
        "repetitions: many\n"
        "gate:\n"
        "  - {metric: routing_accuracy, minimun: 0.5}\n"
        "  - {metric: accuracy, minimum: 0.5}\n"
        "reports: html\n"
        "store: runs.sqlite\n"
    )

    found = complaints(tmp_path, content)

    assert [(place, message) for place, message, _ in found if "unknown metric" not in message] == [
        ("1:1", "'name' is 'two words'"),
        ("1:1", "'datasets' is missing"),
        ("3:1", "unknown key 'dataset'"),
        ("7:1", "'repetitions' is 'many'"),
        ("9:32", "unknown key 'gate.0.minimun'"),
        ("11:1", "'reports' is the value 'html'"),
        ("12:1", "'store' is the value 'runs.sqlite'"),
    ]
    assert [place for place, message, _ in found if message.startswith("unknown metric 'accuracy'")] == ["10:5"]
    assert [hint for _, _, hint in found][1:5] == [
        "add it, or correct 'dataset'",
        "did you mean 'datasets'?",
        "input should be a valid integer, unable to parse string as an integer",
        "did you mean 'minimum'?",
    ]


@pytest.mark.parametrize(
    ("content", "place", "message", "hint"),
    [
        ("- name: example\n", "1:1", "the document is a list", "write key: value pairs"),
        ("", "1:1", "the document is empty", "write key: value pairs"),
        ("# nothing but a comment\n", "1:1", "the document is empty", "write key: value pairs"),
        ("example\n", "1:1", "the document is the value 'example'", "write key: value pairs"),
        (
            GOOD.replace("  - {use: files, location: cases.jsonl}", "  use: files"),
            "3:1",
            "'datasets' is a mapping",
            "write a list",
        ),
        (
            GOOD.replace("\n  - {use: files, location: cases.jsonl}", " []"),
            "3:1",
            "'datasets' holds 0",
            "write at least 1",
        ),
        (
            GOOD + "name: again\n",
            "7:1",
            "the key 'name' stands here again; it is already on line 1",
            "",
        ),
        ("name: [\n", "2:1", "not valid YAML", ""),
        (GOOD.encode() + b"# caf\xe9\n", "7:6", "the file is not UTF-8", "save it as UTF-8"),
        ("ä: ö".encode("latin-1"), "1:1", "the file is not UTF-8", "save it as UTF-8"),
        (
            GOOD + "cache: {maximum_age: 0}\n",
            "7:9",
            "'cache.maximum_age' is 0",
            "input should be greater than 0",
        ),
        (
            GOOD + "cache: often\n",
            "7:1",
            "'cache' is 'often'",
            "input should be a valid boolean, unable to interpret input",
        ),
        (
            b"#" * (2 * 1024 * 1024),
            "",
            "'suite.yaml' is larger than 1 MiB",
            "a suite names its cases; it does not hold them",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, content: str | bytes, place: str, message: str, hint: str
) -> None:
    """One complaint, where it is wrong, and no stack of consequences."""
    ((found_place, found_message, found_hint),) = complaints(tmp_path, content)

    assert found_place == place
    assert found_message.startswith(message)
    assert found_hint.startswith(hint)


def test_a_file_of_the_greatest_size_is_read(tmp_path: Path) -> None:
    """One byte more is too much."""
    path = tmp_path / "suite.yaml"
    path.write_text(GOOD + "#" * (1024 * 1024 - len(GOOD)), encoding="utf-8")

    assert read_suite(path)[0].name == "example"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(InvalidConfigurationError, match="cannot be read: Is a directory"):
        read_suite(tmp_path)


def test_rules_for_unknown_subjects_are_refused_each_in_its_place(tmp_path: Path) -> None:
    """A misspelt subject would otherwise be a rule for nobody."""
    content = GOOD + (
        "gate:\n"
        "  - {metric: unaccepted_breaks, subject: lexicle}\n"
        "  - {metric: unaccepted_breaks, subject: lexical}\n"
        "  - {metric: unaccepted_breaks, subject: poet}\n"
    )

    assert complaints(tmp_path, content) == [
        ("8:33", "the gate has a rule for the unknown subject 'lexicle'", "did you mean 'lexical'?"),
        ("10:33", "the gate has a rule for the unknown subject 'poet'", "known here: lexical"),
    ]


GATED = """\
gate:
  - {metric: routing_cost, subset: agent=*, maximum_rise: 0.5, applies_to: varying}
costs:
  - {expected: debugger, chosen: (nobody), cost: 5}
  - {cost: 2}
quarantine:
  - {case: debug-001, owner: Ada, expires: 2027-02-28}
  - {case: debug-002, owner: Ada, expires: "2027-03-01", subject: lexical, reason: the label is in doubt}
"""


def test_costs_and_quarantines_are_read(tmp_path: Path) -> None:
    """A day may stand in quotes or without; an agent in brackets is text either way."""
    path = tmp_path / "suite.yaml"
    path.write_text(GOOD + GATED, encoding="utf-8")

    suite, _ = read_suite(path)

    assert [rule.applies_to for rule in suite.gate] == ["varying"]
    assert [(item.expected, item.chosen, item.cost) for item in suite.costs] == [
        ("debugger", "(nobody)", 5.0),
        ("*", "*", 2.0),
    ]
    assert [(item.case, item.expires.isoformat(), item.subject) for item in suite.quarantine] == [
        ("debug-001", "2027-02-28", None),
        ("debug-002", "2027-03-01", "lexical"),
    ]


def test_complaints_about_the_gates_inputs_come_at_once(tmp_path: Path) -> None:
    """Each in its place, whatever section it stands in."""
    content = GOOD + (
        "gate:\n"
        "  - {metric: routing_accuracy, subset: agent=*, minimum: 0.5}\n"
        "  - {metric: routing_accuracy, maximum_drop: 0.05, applies_to: sometimes}\n"
        "costs:\n"
        "  - {expected: debugger, chosen: (nobody), cost: -5}\n"
        "  - {expectd: debugger, cost: 5}\n"
        "quarantine:\n"
        "  - {case: debug-001, expires: 2027-02-28}\n"
        "  - {case: debug-002, owner: Ada, expires: 2027-02-29}\n"
        "  - {case: debug-003, owner: Ada, expires: 0}\n"
    )

    assert complaints(tmp_path, content) == [
        ("8:5", "minimum and maximum take one subset: stratum=…, split=… or tag=…", ""),
        ("9:52", "'gate.1.applies_to' is 'sometimes'", "input should be 'deterministic' or 'varying'"),
        ("11:44", "'costs.0.cost' is -5", "input should be greater than or equal to 0"),
        ("12:6", "unknown key 'costs.1.expectd'", "did you mean 'expected'?"),
        ("14:5", "'quarantine.0.owner' is missing", "add it"),
        (
            "15:35",
            "'quarantine.1.expires' is '2027-02-29'",
            "write a day of the calendar as YYYY-MM-DD, such as 2027-02-28",
        ),
        ("16:35", "'quarantine.2.expires' is 0", "write a day of the calendar as YYYY-MM-DD, such as 2027-02-28"),
    ]


def test_a_rule_on_costs_that_nobody_names_is_refused(tmp_path: Path) -> None:
    """It would compare nothing with nothing; a rule for a subject that is not there is told of as well."""
    content = GOOD + (
        "gate:\n"
        "  - {metric: routing_cost, maximum_rise: 0.5}\n"
        "  - {metric: unaccepted_breaks, subject: poet}\n"
        "  - {metric: routing_cost, subset: agent=*, maximum_rise: 0.5}\n"
    )

    found = complaints(tmp_path, content)

    assert [place for place, _, _ in found] == ["8:6", "9:33", "10:6"]
    assert found[0][1:] == (
        "the gate has a rule on routing_cost, and the suite does not say what wrong choices cost",
        "add costs: [{expected: …, chosen: …, cost: …}]",
    )


def test_a_name_that_is_no_name_is_shown_without_the_models_own_marks(tmp_path: Path) -> None:
    """The place is that of the key."""
    ((place, message, hint),) = complaints(tmp_path, GOOD.replace("lexical: {", "two words: {"))

    assert (place, message) == ("6:3", "'subjects.two words' is 'two words'")
    assert hint.startswith("string should match pattern")


class Inner(BaseModel):
    """Options inside options."""

    model_config = ConfigDict(extra="forbid")

    confidence: float = 0.5


class Other(BaseModel):
    """Another kind of options inside options."""

    model_config = ConfigDict(extra="forbid")

    patience: int = 1


class Outer(BaseModel):
    """Options as a plug-in may write them."""

    model_config = ConfigDict(extra="forbid")

    one: Inner = Inner()
    optional: Inner | None = None
    several: tuple[Inner, ...] = ()
    named: dict[str, tuple[Inner | Other, ...]] = {}


@pytest.mark.parametrize(
    ("data", "place", "message", "hint"),
    [
        ("one: {confidance: 1}", "1:7", "unknown key 'one.confidance'", "did you mean 'confidence'?"),
        ("optional: {confidance: 1}", "1:12", "unknown key 'optional.confidance'", "did you mean 'confidence'?"),
        ("several: [{}, {confidance: 1}]", "1:16", "unknown key 'several.1.confidance'", "did you mean 'confidence'?"),
        ("onne: {}", "1:1", "unknown key 'onne'", "did you mean 'one'?"),
        ("zebra: 1", "1:1", "unknown key 'zebra'", "known here: one, optional, several, named"),
        ("one: {zebra: 1}", "1:7", "unknown key 'one.zebra'", "known here: confidence"),
    ],
)
def test_a_misspelt_key_is_recognised_however_deep_it_stands(data: str, place: str, message: str, hint: str) -> None:
    """The hint names keys of the section that it stands in."""
    document = parse_yaml(data, path="suite.yaml")

    with pytest.raises(InvalidConfigurationError) as caught:
        validated(Outer, document.data, document, ())

    assert [described(finding, "suite.yaml") for finding in caught.value.findings] == [(place, message, hint)]


def test_the_members_of_a_union_are_all_known() -> None:
    """Each member complains; each complaint knows the keys of all."""
    document = parse_yaml("named: {a: [{patiense: 1}]}", path="suite.yaml")

    with pytest.raises(InvalidConfigurationError) as caught:
        validated(Outer, document.data, document, ())

    assert {finding.hint for finding in caught.value.findings} == {"did you mean 'patience'?"}


class Closed(BaseModel):
    """A component without options."""

    model_config = ConfigDict(extra="forbid")


def test_where_nothing_is_known_the_hint_says_so() -> None:
    """A component without options takes none."""
    document = parse_yaml("text: {colour: red}", path="suite.yaml")

    with pytest.raises(InvalidConfigurationError) as caught:
        validated(Closed, {"colour": "red"}, document, ("text",))

    assert [described(finding, "suite.yaml") for finding in caught.value.findings] == [
        ("1:8", "unknown key 'colour'", "nothing may stand here")
    ]


def test_a_long_value_is_not_repeated_in_full() -> None:
    """A message fits on a line, whatever a file holds."""
    data = {"one": {"confidence": "x" * 1000}, "several": "y" * 1000}
    document = parse_yaml("one: {confidence: 1}", path="suite.yaml")

    with pytest.raises(InvalidConfigurationError) as caught:
        validated(Outer, data, document, ())

    assert len(caught.value.findings) == 2
    assert all(len(finding.message) < 100 for finding in caught.value.findings)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["one", "several", "named", "confidence", "[key]", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(data=PLAIN)
def test_any_data_are_taken_or_refused_with_findings(data: object) -> None:
    """No shape of a file makes the reader fall over."""
    document = parse_yaml("", path="suite.yaml")
    findings: tuple[Finding, ...] = ()

    try:
        validated(Outer, data, document, ())
    except InvalidConfigurationError as error:
        findings = error.findings

    assert findings or isinstance(data, dict)
    assert all(finding.message for finding in findings)
