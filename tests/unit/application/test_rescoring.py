"""Judging answers again: the criteria of now, the answers of then, and nobody is asked."""

from dataclasses import replace

import pytest

from passmuster.analysis.kept_answers import kept_sentences
from passmuster.application.accepting import earlier_runs
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.rescoring import RescoreRun, answers_for, origin_of
from passmuster.domain.answers import Answer
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.results import Exhibit, Run, Score, Unscored
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_criterion_reference,
    a_failure,
    a_manifest,
    a_rubric,
    a_run,
    a_score,
    a_trial,
    an_unscored,
)
from passmuster.testing.fakes import MemoryStore

from .small_suites import ignore, parts_of

STRICT = a_criterion_reference("strict")
LATER = a_manifest().started_at.replace(year=2999)
ANSWERED = Answer(completion=a_completion("The index is off by one."), writer=None)


class Strict:
    """Lets nothing pass, and notes what it saw."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def assess(self, exhibit: Exhibit) -> Score:
        self.seen.append(exhibit.completion.text)
        return a_score("strict", 0.0, passed=False)


def a_judged_run(*names: str) -> Run:
    """A run whose answers were let pass by a rubric that is gone."""
    trials = [a_trial(name, answer=ANSWERED, outcomes=(a_score(),), inclusion=0.5) for name in names]
    return a_run(*trials, cases=[a_case(name, text=f"about {name}", rubric=a_rubric()) for name in names])


def suite_of(store: MemoryStore, *names: str, criterion: Strict) -> SuiteParts:
    cases = tuple(a_case(name, text=f"about {name}", rubric=a_rubric(STRICT)) for name in names)
    return parts_of(store, cases=cases, criteria={STRICT.fingerprint: criterion})


def stored(store: MemoryStore, run: Run) -> Run:
    store.begin(run.manifest, run.roster, run.cases)
    store.append(run.manifest.identifier, run.trials)
    return store.load(run.manifest.identifier)


async def rescored(store: MemoryStore, run: Run, parts: SuiteParts) -> Run:
    made = await RescoreRun(parts=parts).execute(answers_for(run, parts.cases), ignore)
    return store.load(made)


async def test_the_criteria_of_now_judge_the_answers_of_then() -> None:
    """Into a run of its own, which says whose answers it holds; everything else of a trial stays."""
    store, criterion = MemoryStore(), Strict()
    former = stored(store, a_judged_run("one", "two"))

    again = await rescored(store, former, suite_of(store, "one", "two", criterion=criterion))

    assert criterion.seen == ["The index is off by one."] * 2
    assert [[item.criterion for item in trial.outcomes] for trial in again.trials] == [["strict"]] * 2
    assert [replace(trial, outcomes=()) for trial in again.trials] == [
        replace(trial, outcomes=()) for trial in former.trials
    ]
    assert again.manifest.rescored == former.manifest.identifier
    assert again.is_complete
    assert store.load(former.manifest.identifier).trials == former.trials
    assert former.manifest.identifier in next(kept_sentences(again))


async def test_what_failed_when_it_was_asked_stays_a_failure() -> None:
    """Only a criterion that could not judge gets another try: there is an answer to judge."""
    store, criterion = MemoryStore(), Strict()
    names = ("lost", "unjudged")
    lost = a_trial("lost", answer=Answer(completion=a_failure()), outcomes=(an_unscored(),))
    unjudged = a_trial("unjudged", answer=ANSWERED, outcomes=(an_unscored(),))
    former = stored(store, replace(a_judged_run(*names), trials=(lost, unjudged)))

    again = await rescored(store, former, suite_of(store, *names, criterion=criterion))

    assert [type(item) for trial in again.trials for item in trial.outcomes] == [Unscored, Score]
    assert len(criterion.seen) == 1


async def test_edited_requests_have_no_answer() -> None:
    """They are left out with those that are new or gone, and the run says so."""
    store = MemoryStore()
    former = stored(store, a_judged_run("same", "edited", "gone"))
    parts = suite_of(store, "same", "edited", "added", criterion=Strict())
    edited = replace(parts.cases[1], request=replace(parts.cases[1].request, text="something else"))

    again = await rescored(store, former, replace(parts, cases=(parts.cases[0], edited, parts.cases[2])))

    assert [trial.key.case for trial in again.trials] == ["same"]
    assert again.is_complete
    for told in ("1 whose requests were edited", "1 that the suite does not have", "1 that the run did not ask"):
        assert told in again.manifest.selection


def test_a_run_without_any_such_answer_is_refused() -> None:
    """There would be nothing to judge, which must not look like a pass."""
    with pytest.raises(InvalidConfigurationError, match="no answer"):
        answers_for(a_judged_run("one"), [a_case("one", text="something else")])


async def test_an_interrupted_run_stays_incomplete() -> None:
    """Judging it again makes nothing of what was never asked."""
    store = MemoryStore()
    run = a_judged_run("one", "two")
    former = stored(store, replace(run, trials=run.trials[:1], manifest=replace(run.manifest, planned=2)))

    again = await rescored(store, former, suite_of(store, "one", "two", criterion=Strict()))

    assert not again.is_complete


async def test_answers_that_were_judged_again_are_taken_from_the_run_that_asked() -> None:
    """Judging may have been interrupted, and then has only some of them; a lost origin is no obstacle."""
    store = MemoryStore()
    former = stored(store, a_judged_run("one"))

    again = await rescored(store, former, suite_of(store, "one", criterion=Strict()))

    assert origin_of(store, again) == former
    assert origin_of(MemoryStore(), again) == again
    assert origin_of(store, former) == former


async def test_answers_that_were_judged_again_are_no_second_evidence() -> None:
    """Neither of them is pooled with the other, and nothing is gone on with."""
    store = MemoryStore()
    parts = parts_of(store)
    asked = EvaluateSuite(parts=parts)
    former = await asked.execute(asked.start(), ignore)

    again = await rescored(store, former, parts)

    assert list(earlier_runs(store, again)) == []
    later = replace(former, manifest=replace(a_manifest("29990101T000000-0001"), subjects=former.manifest.subjects))
    later = replace(later, manifest=replace(later.manifest, roster=former.manifest.roster, started_at=LATER))
    assert [run.manifest.identifier for run in earlier_runs(store, later)] == [former.manifest.identifier]
    assert [manifest.identifier for manifest in asked.former()] == [former.manifest.identifier]
