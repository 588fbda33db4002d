"""Models that judge, through the real command line: a program stands in for the model, and says that it does."""

import json
from typing import Any

import pytest

from .conftest import Repository

PROGRAM = """\
import json
import sys

asked = json.load(sys.stdin)
schema = asked.get("answer_schema")
said = asked["messages"][-1]["content"]
if schema is None:
    print(json.dumps({"text": "Use a partial index. GOOD" if "index" in said else "It depends."}))
else:
    answer = said.split("<answer-")[1]
    choice = "yes" if "GOOD" in answer or "LENIENT" in answer else "no"
    print(json.dumps({"text": json.dumps({"reason": f"It looks {choice}.", "choice": choice}), "model": "stand-in-1"}))
"""
SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ../../datasets/team/routing.jsonl}
backends:
  program: {use: command, command: [python3, ./program.py], deterministic: true}
subjects:
  answering: {use: routed, router: {use: lexical}, backend: program}
"""
RUBRIC = {
    "criteria": [
        {"use": "contains", "name": "says-something", "text": "e"},
        {"use": "judge", "name": "names-the-index", "question": "Does it name the index?", "backend": "program"},
    ]
}


@pytest.fixture
def judging(repository: Repository) -> Repository:
    """A repository with four answers that a program writes and another run of it judges."""
    (repository.suite.parent / "program.py").write_text(PROGRAM, encoding="utf-8")
    repository.suite.write_text(SUITE, encoding="utf-8")
    requests = ("Which index is missing?", "Is the index used?", "Why is it slow?", "What about SQL?")
    repository.write_cases(
        [
            json.dumps(
                {"identifier": f"c-{at}", "request": text, "expect": {"agent": "database-engineer"}, "rubric": RUBRIC}
            )
            for at, text in enumerate(requests)
        ]
    )
    return repository


def write_labels(repository: Repository, lines: list[dict[str, str]], name: str = "labels.jsonl") -> str:
    file = repository.folder / name
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return name


def label(answer: str, choice: str, labeller: str = "ann", **changes: str) -> dict[str, str]:
    line = {"case": "c-0", "criterion": "names-the-index", "answer": answer, "choice": choice, "labeller": labeller}
    return {**line, **changes}


def labels() -> list[dict[str, str]]:
    """Ten good answers and ten bad ones, of which one looks good to the judge."""
    good = [label(f"GOOD answer {at}", "yes") for at in range(10)]
    bad = [label(f"{'LENIENT' if at == 0 else 'plain'} answer {at}", "no") for at in range(10)]
    return [*good, *bad, label("GOOD answer 0", "yes", "bob"), label("plain answer 9", "no", "bob")]


def rates(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["judged"])


def test_a_judge_that_nobody_has_calibrated_is_shown_and_counts_nowhere(judging: Repository) -> None:
    """Half of the answers fail it, and every rubric passes; screen, JSON and page say why."""
    printed = json.loads(judging.passmuster("run", "--json").output)
    page = judging.report.read_text(encoding="utf-8")
    screen = judging.passmuster("gate").screen

    [rate] = rates(printed)
    assert (rate["criterion"], rate["raw"]["value"], rate["corrected"], rate["is_advisory"]) == (
        "names-the-index",
        0.5,
        None,
        True,
    )
    passed = [item["value"] for item in printed["metrics"] if item["metric"] == "rubric_pass_rate"]
    assert set(passed) == {1.0}
    for shown in (screen, page, " ".join(printed["trust"])):
        assert "counted nowhere" in shown
        assert "names-the-index" in shown


def test_a_suite_may_let_it_count_in_as_many_words(judging: Repository) -> None:
    """And every page says that it did."""
    with judging.suite.open("a", encoding="utf-8") as suite:
        suite.write("uncalibrated_judges: may_gate\n")

    printed = json.loads(judging.passmuster("run", "--json").output)

    passed = [item["value"] for item in printed["metrics"] if item["metric"] == "rubric_pass_rate"]
    assert set(passed) == {0.5}
    assert any("counted because the suite says so" in sentence for sentence in printed["trust"])


def test_calibrating_measures_the_judge_and_lets_it_count(judging: Repository) -> None:
    """Agreement, errors either way, and a file for the repository; rates are corrected from then on."""
    file = write_labels(judging, labels())

    printed = json.loads(judging.passmuster("judge", "calibrate", file, "--json").output)
    shown = judging.passmuster("judge", "calibrate", file)
    judged = json.loads(judging.passmuster("run", "--json").output)

    [judge] = printed["judges"]
    found = judge["calibration"]
    assert (found["passed_rightly"], found["good"], found["failed_rightly"], found["bad"]) == (10, 10, 9, 10)
    assert found["confusion"] == [[9, 1], [0, 10]]
    assert found["models"] == ["stand-in-1"]
    assert found["people_agreement"] == 1.0
    assert shown.status == 0
    assert "fails bad answers 90.0%" in shown.screen
    assert len(list((judging.suite.parent / "calibrations").iterdir())) == 1
    [rate] = rates(judged)
    assert (rate["raw"]["value"], rate["is_advisory"]) == (0.5, False)
    # Rogan and Gladen: the share that passes less the errors, over what the judge tells apart.
    assert rate["corrected"]["value"] == pytest.approx(4 / 9)
    assert rate["corrected"]["lower"] < rate["corrected"]["value"] < rate["corrected"]["upper"]


def test_another_question_is_another_judge(judging: Repository) -> None:
    """What was measured of the old one says nothing of the new one."""
    assert judging.passmuster("judge", "calibrate", write_labels(judging, labels())).status == 0
    judging.cases.write_text(judging.cases.read_text().replace("Does it name the index?", "Does it name an index?"))

    printed = json.loads(judging.passmuster("run", "--json").output)

    assert [rate["is_advisory"] for rate in rates(printed)] == [True]


def test_wrong_labels_are_all_told_at_once(judging: Repository) -> None:
    """With their lines and what to write."""
    lines = [
        label("a", "yes", case="c-9"),
        label("a", "yes", criterion="says-something"),
        label("a", "yes", criterion="nothing"),
    ]

    told = judging.passmuster("judge", "calibrate", write_labels(judging, lines))
    contradicting = judging.passmuster(
        "judge", "calibrate", write_labels(judging, [label("a", "yes"), label("a", "no")], "other.jsonl")
    )
    missing = judging.passmuster("judge", "calibrate", "nowhere.jsonl")

    assert (told.status, contradicting.status, missing.status) == (2, 2, 2)
    assert "labels.jsonl:1:1: the suite has no case 'c-9'" in told.screen
    assert "labels.jsonl:2:1: 'says-something' (contains) is judged by no model" in told.screen
    assert "labels.jsonl:3:1: case 'c-0' has no criterion 'nothing'" in told.screen
    assert "other.jsonl:2:1: 'ann' says 'no' here, and 'yes' in line 1" in contradicting.screen
    assert "No such file" in missing.screen


def test_a_choice_that_the_judge_has_not_is_told(judging: Repository) -> None:
    """Labels and judge must speak of the same choices."""
    outcome = judging.passmuster("judge", "calibrate", write_labels(judging, [label("GOOD", "maybe")]))

    assert outcome.status == 4
    assert "cannot be calibrated: 'maybe' and 'yes' are not both among the labels no, yes" in outcome.screen


def test_asking_again_shows_whether_verdicts_flip(judging: Repository) -> None:
    """This program never changes its mind."""
    printed = json.loads(
        judging.passmuster(
            "judge", "calibrate", write_labels(judging, labels()), "--again", "2", "--json", "--no-keep"
        ).output
    )

    [judge] = printed["judges"]
    assert judge["calibration"]["flip_rate"]["value"] == 0
    assert printed["written"] == []
    assert not (judging.suite.parent / "calibrations").exists()
