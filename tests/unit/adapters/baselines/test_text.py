"""The baseline as text: nothing is lost, nothing churns, and every broken line is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.baselines.text import COMPONENT, TextBaselines
from passmuster.components import BuildContext
from passmuster.domain.errors import EnvironmentFaultError, InvalidBaselineError
from passmuster.domain.observations import AgentPrint, CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import SubjectName
from passmuster.testing.factories import a_snapshot, a_subject_record, an_observation

# Whatever a file can hold: halves of surrogate pairs it cannot.
WORDS: Any = st.text(alphabet=st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["a\nb", "a\u2028b", "a\x85b", "a\r\nb", "a\x0cb", '"', "\\", "\ufeff", "🐢"]
)
NUMBERS = st.floats(min_value=-100, max_value=100).map(lambda number: number + 0.0)
AGENTS = st.builds(AgentPrint, name=WORDS, description=WORDS, definition=WORDS)
SUBJECTS = st.builds(SubjectRecord, name=WORDS, description=WORDS, is_deterministic=st.booleans(), fingerprint=WORDS)


def observations(subjects: list[SubjectRecord]) -> st.SearchStrategy[list[CaseObservation]]:
    one: st.SearchStrategy[CaseObservation] = st.builds(
        CaseObservation,
        subject=st.sampled_from([record.name for record in subjects]),
        case=WORDS,
        fingerprint=WORDS,
        chosen=st.lists(st.none() | WORDS, max_size=3).map(tuple),
        outcomes=st.lists(st.sampled_from(RoutingOutcome), max_size=3).map(tuple),
        score=st.none() | NUMBERS,
        margin=st.none() | NUMBERS,
        criteria=st.dictionaries(WORDS, NUMBERS, max_size=3),
        rubric_score=st.none() | NUMBERS,
        passed=st.lists(st.booleans(), max_size=3).map(tuple),
        failures=st.integers(min_value=0, max_value=9),
    )
    return st.lists(one, max_size=4, unique_by=lambda item: (item.subject, item.case))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a snapshot in the order in which files keep it."""
    subjects = draw(st.lists(SUBJECTS, min_size=1, max_size=3, unique_by=lambda record: record.name))
    return Snapshot(
        suite=draw(WORDS),
        agents=tuple(sorted(draw(st.lists(AGENTS, max_size=3, unique_by=_name)), key=_name)),
        subjects=tuple(sorted(subjects, key=lambda record: record.name)),
        observations=tuple(sorted(draw(observations(subjects)), key=lambda item: (item.subject, item.case))),
    )


def _name(agent: AgentPrint) -> str:
    return agent.name


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for all examples of a property."""
    return tmp_path_factory.mktemp("baselines") / "baseline.jsonl"


def written(snapshot: Snapshot, location: Path) -> bytes:
    TextBaselines().write(snapshot, location)
    return location.read_bytes()


@given(snapshot=snapshots())
def test_what_was_written_is_read_again(place: Path, snapshot: Snapshot) -> None:
    """Whatever names hold, each line is one line, and nothing is lost."""
    content = written(snapshot, place)

    lines = 1 + len(snapshot.agents) + len(snapshot.subjects) + len(snapshot.observations)
    assert content.count(b"\n") == lines
    assert TextBaselines().read(place) == snapshot


@given(snapshot=snapshots(), data=st.data())
def test_equal_snapshots_make_equal_bytes(place: Path, snapshot: Snapshot, data: st.DataObject) -> None:
    """Neither the order of a run nor that of a mapping reaches the file."""
    turned = [replace(item, criteria=dict(reversed(list(item.criteria.items())))) for item in snapshot.observations]
    shuffled = replace(
        snapshot,
        agents=tuple(data.draw(st.permutations(snapshot.agents))),
        subjects=tuple(data.draw(st.permutations(snapshot.subjects))),
        observations=tuple(data.draw(st.permutations(turned))),
    )

    assert written(shuffled, place) == written(snapshot, place)


def test_caveats_are_left_out(tmp_path: Path) -> None:
    """They are said by the run that is judged; a new wording must not change the baseline."""
    cautious = a_snapshot(subjects=(a_subject_record(caveats=("It is a proxy.",)),))

    assert written(cautious, tmp_path / "one") == written(a_snapshot(), tmp_path / "other")


def test_a_line_is_made_for_reviewers(tmp_path: Path) -> None:
    """What a case showed stands on one line, without anything that did not happen."""
    lines = written(a_snapshot(), tmp_path / "baseline.jsonl").decode().splitlines()

    assert lines[0] == '{"kind": "suite", "format": 1, "suite": "example"}'
    assert [json.loads(line)["kind"] for line in lines] == ["suite", "agent", "agent", "agent", "subject", "case"]
    assert list(json.loads(lines[-1])) == ["kind", "subject", "case", "fingerprint", "chosen", "outcomes", "margin"]


def test_where_nothing_was_accepted_there_is_no_baseline(tmp_path: Path) -> None:
    """That is no error: the first run comes before the first baseline."""
    assert TextBaselines().read(tmp_path / "baseline.jsonl") is None


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\n\n  \n"),
        lambda text: text.rstrip("\n"),
    ],
)
def test_what_editors_do_to_a_file_does_no_harm(tmp_path: Path, edit: Callable[[str], str]) -> None:
    """Other line ends, a byte order mark, empty lines, no end of the last line."""
    path, snapshot = tmp_path / "baseline.jsonl", a_snapshot()
    path.write_bytes(edit(written(snapshot, path).decode()).encode())

    assert TextBaselines().read(path) == snapshot


def complaints(folder: Path, content: str | bytes) -> list[tuple[int | None, str]]:
    path = folder / "baseline.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(InvalidBaselineError) as caught:
        TextBaselines().read(path)

    for finding in caught.value.findings:
        assert finding.rule == "baseline"
        assert finding.location is not None
        assert finding.location.path == str(path)
    return [(item.location.line if item.location else None, item.message) for item in caught.value.findings]


HEAD = '{"kind": "suite", "format": 1, "suite": "example"}\n'
AGENT = '{"kind": "agent", "name": "debugger", "description": "d", "definition": "e"}\n'
SUBJECT = '{"kind": "subject", "name": "lexical", "description": "", "is_deterministic": true, "fingerprint": "f"}\n'
CASE = '{"kind": "case", "subject": "lexical", "case": "one", "fingerprint": "c"}\n'


def test_every_broken_line_is_named(tmp_path: Path) -> None:
    """A conflict that nobody resolved, a key that nobody knows, a number in quotes: all at once."""
    content = (
        HEAD
        + AGENT
        + SUBJECT
        + "<<<<<<< ours\n"
        + CASE
        + CASE.replace('"one"', '"two", "margin": "wide", "passed": ["yes"]')
        + CASE.replace('"one"', '"three", "colour": "red"')
        + "[1]\n"
        + '{"kind": ["case"]}\n'
        + '{"kind": "suite"}\n'
        + CASE.replace("lexical", "another")
        + CASE
        + AGENT
        + SUBJECT
    )

    assert complaints(tmp_path, content) == [
        (4, "not valid JSON: Expecting value"),
        (6, "case line: 'margin': Input should be a valid number"),
        (6, "case line: 'passed.0': Input should be a valid boolean"),
        (7, "case line: unknown key 'colour'"),
        (8, "this line is of no kind that stands below the first line of a baseline"),
        (9, "this line is of no kind that stands below the first line of a baseline"),
        (10, "this line is of no kind that stands below the first line of a baseline"),
        (11, "case line: no line above it has the subject 'another'"),
        (12, "case line: 'one' of subject 'lexical' has a line already"),
        (13, "agent line: 'debugger' has a line already"),
        (14, "subject line: 'lexical' has a line already"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "this is no baseline: its first line names no suite"),
        ("\n\n", 1, "this is no baseline: its first line names no suite"),
        (SUBJECT + CASE, 1, "this is no baseline: its first line names no suite"),
        ("\n[]\n", 2, "this is no baseline: its first line names no suite"),
        ('{"kind": "suite", "format": 1}\n', 1, "this is no baseline: its first line names no suite"),
        ('{"kind": "suite", "format": 1, "suite": 7}\n', 1, "this is no baseline: its first line names no suite"),
        ("# A heading\n", 1, "not valid JSON: Expecting value"),
        (HEAD.encode() + b'{"kind": "caf\xe9"}\n', 2, "the baseline is not UTF-8"),
        (HEAD + '{"kind": "agent", "kind": "case"}\n', 2, "the key 'kind' stands here again; it is already on line 2"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: str | bytes, line: int, message: str) -> None:
    """The first wrong line is named, without a row of consequences."""
    assert complaints(tmp_path, content)[0] == (line, message)
    assert len(complaints(tmp_path, content)) <= 2


@pytest.mark.parametrize("written_format", ["2", '"1"', "null", "[]"])
def test_another_format_is_refused_at_once(tmp_path: Path, written_format: str) -> None:
    """Nothing below the first line can be trusted to mean what it seems to."""
    content = HEAD.replace("1", written_format) + "a line of that format\n"

    ((line, message),) = complaints(tmp_path, content)

    assert line == 1
    assert message.endswith(", and this version reads 1")


@given(
    content=st.binary(max_size=60) | st.lists(st.sampled_from([HEAD, AGENT, SUBJECT, CASE, "{}", "\n"])).map("".join)
)
def test_any_content_is_read_or_refused(place: Path, content: str | bytes) -> None:
    """No file makes the reader fall over."""
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    findings: object = ()

    try:
        snapshot = TextBaselines().read(place)
    except InvalidBaselineError as error:
        snapshot, findings = None, error.findings

    assert (snapshot is None) == bool(findings)


def test_a_folder_is_no_baseline(tmp_path: Path) -> None:
    """What the operating system says is passed on."""
    with pytest.raises(InvalidBaselineError, match="the baseline cannot be read: Is a directory"):
        TextBaselines().read(tmp_path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """The baseline that was there stays."""
    with pytest.raises(EnvironmentFaultError):
        TextBaselines().write(a_snapshot(), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_component_builds_it() -> None:
    """Without options."""
    built = COMPONENT.build(COMPONENT.options(), BuildContext(folder=Path()))

    assert isinstance(built, TextBaselines)


def test_two_subjects_may_have_the_same_case(tmp_path: Path) -> None:
    """A case is known by its subject and its name."""
    path = tmp_path / "baseline.jsonl"
    snapshot = a_snapshot(an_observation(subject=SubjectName("a")), an_observation(subject=SubjectName("b")))

    TextBaselines().write(snapshot, path)

    assert TextBaselines().read(path) == snapshot
