"""`passmuster rubric`: criteria tried with answers of known worth, shipped and of the user's own."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Repository, case_line
from tests.sandboxing import needs_bubblewrap

from passmuster.application.rubric_testing import RubricTest, judge_answers
from passmuster.application.trying_answers import only_criteria, tried_answers
from passmuster.composition.rubric_material import SHIPPED, shipped_criteria, shipped_sets
from passmuster.configuration.settings import Settings

NOWHERE = {"PATH": str(Path(__file__).parent)}
"""A machine on which no program of any sandbox is found."""

READ_ONCE = (
    "complexity",
    "custom_exceptions",
    "descriptive_names",
    "docstrings",
    "environment_configuration",
    "formatted",
    "logging_hooks",
    "no_blocking_calls",
    "no_cheats",
    "no_literal_secrets",
    "ruff",
    "size",
    "type_hints",
)
"""Criteria that share one reading of an answer, which takes a third of a second."""

RUBRIC = {"criteria": [{"use": "contains", "name": "says-lamp", "text": "lamp"}]}


def tried(criteria: Sequence[str], bases: Sequence[str] = ()) -> RubricTest:
    sets = [item for item in only_criteria(shipped_sets(), criteria) if not bases or item.name in bases]
    built = shipped_criteria(tuple(sets), Settings())
    built.confinement.make_ready(lambda _share, _what: None)
    answers = tried_answers(sets, most=1)
    return asyncio.run(judge_answers(answers, built.criteria, lambda *_: None, is_own_only=True))


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_shipped_criteria_on_code_catch_what_they_must() -> None:
    """Of mutants from every base at most one in ten slips through, none of a whole kind, and nothing good is minded."""
    found = tried(READ_ONCE)

    assert [verdict for item in found.rates.criteria for verdict in item.alarms] == []
    assert [item.criterion for item in found.rates.criteria if item.is_blind or item.lacks] == []
    assert [verdict for item in found.rates.criteria for verdict in item.unjudged] == []
    assert found.rates.named is not None
    assert found.rates.named.sample_size >= 40
    assert found.rates.named.value >= 0.9


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
@pytest.mark.parametrize(
    ("base", "criteria"),
    [
        ("notes", ("status_codes", "authentication_required", "api_versioning", "openapi_conformance")),
        ("pricing", ("mypy_strict", "tests_pass", "function_coverage", "dependency_injection")),
    ],
)
def test_shipped_criteria_that_run_code_catch_what_they_must(base: str, criteria: Sequence[str]) -> None:
    """So do those that ask the application, and those that run the tests and check types."""
    found = tried(criteria, [base])

    assert [verdict for item in found.rates.criteria for verdict in item.alarms] == []
    assert [item.criterion for item in found.rates.criteria if item.is_blind] == []
    assert [verdict for item in found.rates.criteria for verdict in item.unjudged] == []
    assert found.rates.named is not None
    assert found.rates.named.sample_size >= 8
    assert found.rates.named.value >= 0.9


def test_every_shipped_set_is_whole() -> None:
    """Each has a good answer and criteria, and written defects name a criterion that applies."""
    sets = shipped_sets()

    assert len(sets) >= 10
    for item in sets:
        names = {reference.name for reference in item.references}
        assert len(item.good) == 1, item.name
        assert {answer.target for answer in item.answers if answer.target} <= names


def test_without_a_sandbox_criteria_are_left_out(repository: Repository) -> None:
    """They are named with the reason, and only --strict minds."""
    lenient = repository.passmuster("rubric", "test", "type_hints", "--base", "pricing", **NOWHERE)
    strict = repository.passmuster("rubric", "test", "type_hints", "--base", "pricing", "--strict", **NOWHERE)

    assert lenient.status == 0, lenient.screen
    assert "left out: type_hints" in lenient.screen
    assert "bubblewrap" in lenient.screen
    assert strict.status == 4, strict.screen


def own_answers(repository: Repository, **parts: dict[str, str]) -> None:
    line = case_line("lamp-1", "Explain the lamp.", "documentation-writer", rubric=RUBRIC)
    repository.cases.write_text(repository.cases.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    for folder, files in parts.items():
        place = repository.suite.parent / "rubric_answers" / folder.replace("__", "/")
        place.mkdir(parents=True)
        for name, text in files.items():
            (place / name).write_text(text, encoding="utf-8")


def test_answers_of_a_suite_are_picked_up(repository: Repository) -> None:
    """Good ones, neutral ones and mutants, by the rubric of the only case that has one."""
    own_answers(
        repository,
        passes={"plain.md": "The lamp is on.\n"},
        neutral={"longer.md": "As you asked: the lamp is on.\n"},
        **{"mutants__says-lamp": {"torch.md": "The torch is on.\n"}},
    )

    outcome = repository.passmuster("rubric", "test", "team", "--json")

    assert outcome.status == 0, outcome.screen
    told = json.loads(outcome.output)
    assert told["criteria"][0]["caught"] == {
        "share": 1.0,
        "lower": pytest.approx(0.025),
        "upper": 1.0,
        "of": 1,
        "method": "Clopper-Pearson",
    }
    assert told["false_alarms"]["of"] == 2


def test_a_criterion_that_lets_its_mutant_pass_fails_the_test(repository: Repository) -> None:
    """What slipped through is named on the screen."""
    own_answers(
        repository,
        passes={"plain.md": "The lamp is on.\n"},
        **{"mutants__says-lamp": {"hidden.md": "The torch is no lamp.\n"}},
    )

    outcome = repository.passmuster("rubric", "test", "team")

    assert outcome.status == 1
    assert "slipped through: rubric_answers/says-lamp.hidden, by says-lamp: found 1 of 1" in outcome.screen.replace(
        " │ │ ", " "
    )
    assert "catches none" in outcome.screen


def test_a_false_alarm_fails_the_test(repository: Repository) -> None:
    """A rubric that minds what is harmless cannot be relied on."""
    own_answers(repository, passes={"plain.md": "The light is on.\n"})

    outcome = repository.passmuster("rubric", "test", "team")

    assert outcome.status == 1
    assert "false alarm: rubric_answers/as-written, by says-lamp" in outcome.screen
    assert "there are no mutants for it" in outcome.screen


def test_wrong_wishes_are_refused(repository: Repository) -> None:
    """A suite without answers, a set that is not there, a word that is nothing, a rubric that cannot be told."""
    own_answers(repository, neutral={"x.md": "lamp\n"})
    manifest = repository.suite.parent / "rubric_answers" / "manifest.yaml"
    manifest.write_text("case: nowhere\n", encoding="utf-8")

    case = repository.passmuster("rubric", "test", "team")
    base = repository.passmuster("rubric", "test", "type_hints", "--base", "nothing")
    words = repository.passmuster("rubric", "test", "nonsense")
    manifest.write_text("cas: lamp-1\n", encoding="utf-8")
    key = repository.passmuster("rubric", "test", "team")

    assert (case.status, base.status, words.status, key.status) == (2, 2, 2, 2)
    assert "no case 'nowhere' has a rubric" in case.screen
    assert "manifest.yaml:1" in case.screen
    assert "there is no set of answers 'nothing'" in base.screen
    assert "nonsense" in words.screen
    assert "did you mean 'case'?" in key.screen


def test_mutants_are_written_into_a_folder(repository: Repository) -> None:
    """One file for each defect, below the criterion that must catch it; a suite can take them as they are."""
    answer = SHIPPED / "pricing" / "passes" / "answer.md"

    outcome = repository.passmuster("rubric", "mutate", str(answer), "--no-judge", "--output", "mutants")

    assert outcome.status == 0, outcome.screen
    written = sorted(path.relative_to(repository.folder) for path in repository.folder.glob("mutants/*/*.md"))
    assert Path("mutants/docstrings/drop-docstrings.md") in written
    assert len(written) >= 30
    assert "Return what a basket costs" not in (repository.folder / written[0].parent.parent).joinpath(
        "docstrings", "drop-docstrings.md"
    ).read_text(encoding="utf-8")


def test_mutating_what_holds_no_code_is_refused(repository: Repository) -> None:
    """Nothing can be put into prose, and a missing file is named."""
    (repository.folder / "prose.md").write_text("Just words.\n", encoding="utf-8")

    prose = repository.passmuster("rubric", "mutate", "prose.md", "--no-judge")
    nowhere = repository.passmuster("rubric", "mutate", "nowhere.md")
    criterion = repository.passmuster("rubric", "mutate", "prose.md", "--criterion", "beauty")

    assert (prose.status, nowhere.status, criterion.status) == (2, 2, 2)
    assert "names the path" in prose.screen
    assert "nowhere.md" in nowhere.screen
    assert "no defect is made for 'beauty'" in criterion.screen


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_mutants_are_judged_by_what_the_answer_passes(repository: Repository) -> None:
    """The table tells which criterion catches each, and the exit status that all were caught."""
    answer = SHIPPED / "pricing" / "passes" / "answer.md"

    outcome = repository.passmuster(
        "rubric", "mutate", str(answer), "--criterion", "docstrings", "--criterion", "formatted", "--json"
    )

    assert outcome.status == 0, outcome.screen
    told = json.loads(outcome.output)
    assert {one["mutant"] for one in told} >= {"drop-docstrings", "drop-argument-sections", "unformatted-calls"}
    assert all(one["is_caught"] for one in told)
