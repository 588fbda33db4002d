"""Runs of other tools in the store: once each, whole, and under a suite's name."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from passmuster.application import importing
from passmuster.application.importing import Home, import_run
from passmuster.domain.errors import StoreError, UnacceptableRunError
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.exchanging import ForeignRun
from passmuster.testing.factories import a_case, a_failure, a_manifest, a_rubric, a_run, a_trial
from passmuster.testing.fakes import MemoryStore

NAME = RunIdentifier("20260102T030405-0123456789ab")
TEAM = Home(suite="team", cases=(), versions={"passmuster": "2"})
TRIALS = (a_trial("one"), a_trial("two"), a_trial("two", repetition=1))


def foreign(trials: Sequence[Trial] = TRIALS) -> ForeignRun:
    run = a_run(*trials, identifier=NAME, suite="", versions={"inspect_ai": "1"})
    return ForeignRun(
        run=run,
        trials=lambda: iter(trials),
        count=len(trials),
        tool="Inspect",
        version="1",
        digest="0123456789ab",
        left_out={"pictures": 2},
    )


def silent(_done: int, _total: int) -> None:
    pass


def test_a_run_goes_into_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is there afterwards, under the suite's name, with the versions of both tools."""
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    store, told = MemoryStore(), list[tuple[int, int]]()

    done = import_run(store, TEAM, foreign(), lambda *counts: told.append(counts))

    run = store.load(NAME)
    assert (done.run, done.cases, done.trials, done.failures, done.is_new) == (NAME, 2, 3, 0, True)
    assert set(run.trials) == set(TRIALS)
    assert run.manifest.suite == "team"
    assert run.manifest.versions == {"passmuster": "2", "inspect_ai": "1"}
    assert run.segments[0].trials == 3
    assert told == [(2, 3), (3, 3)]
    assert done.left_out == {"pictures": 2}


def test_the_same_file_again_changes_nothing() -> None:
    """Nothing is doubled, and whoever asks is told that it was there."""
    store = MemoryStore()
    import_run(store, TEAM, foreign(), silent)

    again = import_run(store, TEAM, foreign(), silent)

    assert not again.is_new
    assert len(store.load(NAME).trials) == 3
    assert len(store.history("team", limit=9)) == 1


def test_what_was_broken_off_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was killed in between leaves a run that the next call makes whole."""
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    store = MemoryStore()

    def breaking() -> Iterator[Trial]:
        yield from TRIALS[:2]
        message = "killed"
        raise StoreError(message)

    whole = foreign()
    broken = ForeignRun(run=whole.run, trials=breaking, count=3, tool="Inspect", version="1", digest=whole.digest)
    with pytest.raises(StoreError):
        import_run(store, TEAM, broken, silent)

    done = import_run(store, TEAM, whole, silent)

    assert done.is_new
    assert len(store.load(NAME).trials) == 3


def test_a_run_of_another_suite_stays_there() -> None:
    """A store holds a run once: the suite that has it is named."""
    store = MemoryStore()
    import_run(store, TEAM, foreign(), silent)

    with pytest.raises(UnacceptableRunError, match="of suite 'team'"):
        import_run(store, Home(suite="other", cases=(), versions={}), foreign(), silent)


def test_trials_without_an_answer_are_counted() -> None:
    """What the tool could not measure is told of."""
    failed = a_trial("three", answer=a_trial().answer.__class__(completion=a_failure()))

    done = import_run(MemoryStore(), TEAM, foreign((*TRIALS, failed)), silent)

    assert done.failures == 1


def test_the_manifest_is_that_of_the_file() -> None:
    """Only suite and versions are ours."""
    store = MemoryStore()
    import_run(store, TEAM, foreign(), silent)

    kept = store.load(NAME).manifest

    assert kept.subjects == foreign().run.manifest.subjects
    assert kept.seed == a_manifest().seed


def test_the_suite_says_what_a_file_cannot() -> None:
    """A case of the suite brings its expectation and labels along, if it asks the same; the rubric is the file's."""
    unasked = replace(a_case("one", preferred=None), rubric=a_rubric())
    other = a_case("two", preferred=None, text="Something else?")
    whole = foreign()
    told = replace(whole, run=replace(whole.run, cases=(unasked, other)))
    home = Home(suite="team", cases=(a_case("one", tags=frozenset({"x"})), a_case("two")), versions={})
    store = MemoryStore()

    done = import_run(store, home, told, silent)

    first, second = store.load(NAME).cases
    assert done.joined == 1
    assert first == replace(home.cases[0], rubric=a_rubric())
    assert second == other
