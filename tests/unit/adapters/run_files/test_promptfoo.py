"""Results of promptfoo: a file that the tool itself recorded, and what may be wrong with others."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from passmuster.adapters.run_files.promptfoo import PromptfooFiles, PromptfooOptions
from passmuster.analysis.outcomes import rubric_result
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer, Completion, Failure, Origin
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.results import Score, Trial
from passmuster.domain.verdicts import GatePolicy
from passmuster.exchanging import ForeignRun
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_failure,
    a_key,
    a_rubric,
    a_run,
    a_score,
    a_trial,
    an_unscored,
)

RECORDED: Final = Path(__file__).parents[3] / "assets" / "run_files" / "capitals.json"

PASSED: Final = {"pass": True, "score": 1, "reason": "ok", "assertion": {"type": "contains", "value": "2"}}
RESULT: Final = {
    "promptIdx": 0,
    "testIdx": 0,
    "provider": {"id": "echo"},
    "vars": {"sum": "1 + 1"},
    "response": {"output": "2"},
    "gradingResult": {"pass": True, "score": 1, "componentResults": [PASSED]},
}

Write = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    """Return what writes a file of results."""

    def write(*results: object, **changes: object) -> Path:
        head = {"version": 3, "timestamp": "2026-01-02T03:04:05Z", "prompts": [{"raw": "{{sum}}", "provider": "echo"}]}
        place = tmp_path / "made.json"
        content = {"evalId": "eval-1", "results": {**head, "results": results, **changes}}
        place.write_text(json.dumps(content, indent=2), encoding="utf-8")
        return place

    return write


def read(place: Path, **options: Any) -> ForeignRun:  # noqa: ANN401 - options of any type
    return PromptfooFiles(PromptfooOptions(**options)).read(place)


def refused(place: Path, **options: Any) -> list[str]:  # noqa: ANN401 - as above
    with pytest.raises(InvalidInputError) as refusal:
        read(place, **options)
    return [str(finding) for finding in refusal.value.findings]


def only(place: Path) -> Trial:
    (trial,) = read(place).trials()
    return trial


def result(**changes: object) -> Mapping[str, object]:
    return {**RESULT, **changes}


def test_what_the_tool_recorded_is_read() -> None:
    """Tests, repetitions, providers, answers, tokens and dollars of a file that promptfoo 0.121.20 wrote."""
    foreign = read(RECORDED)

    trials = list(foreign.trials())
    assert (foreign.tool, foreign.version, foreign.count) == ("promptfoo", "0.121.20", 24)
    assert sorted(case.identifier for case in foreign.run.cases) == ["Chile", "Peru", "country: Atlantis"]
    assert [record.name for record in foreign.run.manifest.subjects] == [
        "echo, What is the capital of {{country}}?",
        "echo, short",
        "by hand, What is the capital of {{country}}?",
        "by hand, short",
    ]
    assert Counter(trial.key.repetition for trial in trials) == {0: 12, 1: 12}
    assert len({trial.key for trial in trials}) == 24
    answer = next(
        trial for trial in trials if trial.key.subject == "by hand, short" and trial.key.case == "Peru"
    ).answer
    assert isinstance(answer.completion, Completion)
    assert (answer.completion.text, answer.completion.usage.input_tokens) == ("Lima", 10)
    assert answer.completion.usage.cost == Decimal("0.0003")


def test_what_passed_there_passes_here() -> None:
    """The rubric made of assertions, weights and thresholds says of every answer what promptfoo says of it."""
    foreign = read(RECORDED)
    rubrics = {case.identifier: case.rubric for case in foreign.run.cases}
    written = [
        row["success"] for row in json.loads(RECORDED.read_text())["results"]["results"] if row["failureReason"] != 2
    ]

    found = []
    for trial in foreign.trials():
        rubric = rubrics[trial.key.case]
        assert rubric is not None
        said = rubric_result(rubric, trial.outcomes)
        if said is not None:
            found.append(said.passed)

    assert found == written
    assert {True, False} == set(found)


def test_an_error_is_no_answer() -> None:
    """What the provider could not answer is a failure of the harness, and no zero."""
    failures = [trial for trial in read(RECORDED).trials() if isinstance(trial.answer.completion, Failure)]

    assert len(failures) == 4
    assert {trial.key.case for trial in failures} == {"country: Atlantis"}
    assert all("503" in str(trial.answer.completion) for trial in failures)
    assert not any(trial.is_finished for trial in failures)


def test_tests_that_look_alike_are_told_apart(file: Write) -> None:
    """Two tests of one description and other assertions are two cases; equal ones are repetitions of one."""
    first = result(testCase={"description": "sums", "assert": [{"type": "contains", "value": "2"}]})
    other = result(testIdx=1, testCase={"description": "sums", "assert": [{"type": "equals", "value": "2"}]})

    foreign = read(file(first, {**first, "testIdx": 2}, other))

    keys = [(trial.key.case, trial.key.repetition) for trial in foreign.trials()]
    assert len(foreign.run.cases) == len(set(keys)) - 1 == 2
    assert all(name.startswith("sums ") for name, _ in keys)


def test_assertions_of_one_type_have_names_of_their_own(file: Write) -> None:
    """A metric names a criterion; where there is none, the type does, with a number from the second one on."""
    named = {**PASSED, "assertion": {"type": "contains", "metric": "right", "weight": 2}}

    trial = only(file(result(gradingResult={"pass": True, "score": 1, "componentResults": [PASSED, PASSED, named]})))

    assert [item.criterion for item in trial.outcomes] == ["contains", "contains 2", "right"]


def test_what_weighs_nothing_is_for_show(file: Write) -> None:
    """An assertion of weight 0 cannot fail a test there, nor here."""
    shown = {"pass": False, "score": 0, "assertion": {"type": "latency", "weight": 0}}

    foreign = read(file(result(gradingResult={"pass": True, "score": 1, "componentResults": [PASSED, shown]})))

    (trial,) = foreign.trials()
    rubric = foreign.run.cases[0].rubric
    assert rubric is not None
    said = rubric_result(rubric, trial.outcomes)
    assert said is not None
    assert said.passed


@pytest.mark.parametrize(
    ("changes", "text", "left_out"),
    [
        ({"response": {"output": {"a": [1]}}}, '{"a": [1]}', 0),
        ({"response": {"output": "x", "cached": True}}, "x", 1),
        ({"response": {"output": ""}, "gradingResult": None}, "", 0),
    ],
)
def test_answers_of_every_kind(file: Write, changes: Mapping[str, object], text: str, left_out: int) -> None:
    """What is no text is told as JSON; an answer from promptfoo's cache, whose day nobody knows, is told of."""
    foreign = read(file(result(**changes)))

    (trial,) = foreign.trials()
    completion = trial.answer.completion
    assert isinstance(completion, Completion)
    assert (completion.text, completion.origin, completion.made_on) == (text, Origin.FRESH, "")
    assert sum(foreign.left_out.values()) == left_out
    assert report_of(replace(foreign.run, trials=(trial,)), GatePolicy(rules=()), None).trust


def test_scores_that_are_no_shares_are_left_out(file: Write) -> None:
    """A score beyond 1, which some functions give, is counted and not bent."""
    grading = {
        "pass": True,
        "score": 7,
        "componentResults": [PASSED, {**PASSED, "score": 7, "assertion": {"type": "javascript"}}],
    }

    foreign = read(file(result(gradingResult=grading)))

    (trial,) = foreign.trials()
    assert [item.criterion for item in trial.outcomes] == ["contains"]
    assert list(foreign.left_out.values()) == [1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"promptIdx": 7}, "promptIdx"),
        ({"promptIdx": -1}, "promptIdx"),
        ({"latencyMs": 1e300}, "latencyMs"),
        ({"latencyMs": float("nan")}, "latencyMs"),
        ({"gradingResult": {"pass": "yes", "score": 1}}, "gradingResult.pass"),
        ({"response": {"output": "x", "tokenUsage": {"prompt": 10**40}}}, "prompt"),
        ({"vars": []}, "vars"),
        ({"metadata": {"passmuster": {"form": 1, "case": 1, "trial": 2}}}, "passmuster"),
    ],
)
def test_wrong_values_are_refused(file: Write, changes: Mapping[str, object], words: str) -> None:
    """Giant numbers, wrong types and rows of no column are named with line and column."""
    place = file(RESULT, result(testIdx=1, **changes))

    complaints = refused(place)

    assert any(words in item for item in complaints)
    assert all(item.startswith(f"{place}:") and item[len(str(place)) + 1].isdigit() for item in complaints)


def test_a_row_that_stands_twice_is_refused(file: Write) -> None:
    """One answer is not counted as two."""
    assert "told of twice" in refused(file(RESULT, RESULT))[0]


def test_other_files_are_refused(file: Write, tmp_path: Path) -> None:
    """A file without results, or without what tells what they are of, says what it lacks."""
    other = tmp_path / "other.json"
    other.write_text('{"results": {"results": []}}', encoding="utf-8")

    assert "no results" in refused(file())[0]
    assert {"timestamp" in item or "prompts" in item for item in refused(other)} == {True}


def test_one_name_is_for_one_subject(file: Write) -> None:
    """A file of several columns cannot be called by one name."""
    assert [record.name for record in read(file(RESULT), subject="mine").run.manifest.subjects] == ["mine"]
    assert "4 subjects" in refused(RECORDED, subject="mine")[0]


def test_several_subjects_go_into_one_file(tmp_path: Path) -> None:
    """A run of two subjects, with a failure and a criterion that could not judge, comes back whole."""
    case = a_case(rubric=a_rubric())
    answered = Trial(
        key=a_key(),
        answer=Answer(completion=a_completion()),
        outcomes=(a_score(value=0.5),),
        started_at=MOMENT,
        duration=1.0,
    )
    failed = Trial(
        key=a_key(subject="other"),
        answer=Answer(completion=a_failure()),
        outcomes=(an_unscored(),),
        started_at=MOMENT,
        duration=0.0,
    )
    place = tmp_path / "run.json"
    trials = [answered, failed, a_trial(subject="other", repetition=1)]
    PromptfooFiles(PromptfooOptions()).write(a_run(*trials, cases=[case]), trials, place)

    back = read(place)

    rows = json.loads(place.read_text(encoding="utf-8"))["results"]["results"]
    assert list(back.trials()) == trials
    assert [row["failureReason"] for row in rows] == [1, 2, 0]
    assert [row["success"] for row in rows] == [False, False, True]
    assert [(row["promptIdx"], row["testIdx"]) for row in rows] == [(0, 0), (1, 0), (1, 1)]


def test_what_was_judged_anew_counts(tmp_path: Path) -> None:
    """A score that people changed with promptfoo is believed, not what was noted beside it."""
    case = a_case(rubric=a_rubric())
    trial = Trial(
        key=a_key(), answer=Answer(completion=a_completion()), outcomes=(a_score(),), started_at=MOMENT, duration=1.0
    )
    place = tmp_path / "run.json"
    PromptfooFiles(PromptfooOptions()).write(a_run(trial, cases=[case]), [trial], place)
    content = json.loads(place.read_text(encoding="utf-8"))
    content["results"]["results"][0]["gradingResult"]["componentResults"][0].update(score=0.25, reason="no")
    place.write_text(json.dumps(content), encoding="utf-8")

    (back,) = read(place).trials()

    assert [item for item in back.outcomes if isinstance(item, Score)] == [a_score(value=0.25, reason="no")]
