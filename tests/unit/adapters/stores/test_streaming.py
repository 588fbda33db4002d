"""A stored run is read case by case in the order in which it is loaded."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from passmuster.adapters.stores import streaming
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.testing.factories import a_key, a_run, a_score, a_trial, an_unscored


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "runs.sqlite")
    yield opened
    opened.close()


def a_kept_run(store: SqliteStore) -> Run:
    outcomes = ((a_score(),), (), (a_score("one"), an_unscored("two")))
    trials = [
        a_trial(case, subject=subject, repetition=repetition, outcomes=outcomes[repetition])
        for repetition in (2, 0, 1)
        for case in ("b", "c", "a")
        for subject in ("model", "lexical")
    ]
    edited = a_key("a", subject="model", repetition=3, fingerprint=fingerprint_of("edited since"))
    trials.append(a_trial(key=edited))
    run = a_run(*trials)
    store.begin(run.manifest, run.roster, run.cases)
    store.append(run.manifest.identifier, run.trials)
    return store.load(run.manifest.identifier)


@pytest.mark.parametrize("at_once", [1, 5, 1_000])
def test_walking_yields_the_trials_of_a_loaded_run(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """However many are read together, all come, in order, with their outcomes."""
    run = a_kept_run(store)
    monkeypatch.setattr(streaming, "TRIALS_AT_ONCE", at_once)

    walked = list(store.walk(run.manifest.identifier))

    assert tuple(chain.from_iterable(walked)) == run.trials
    assert [len(own) for own in walked] == [3, 3, 4, 3, 3, 3]
    assert store.count(run.manifest.identifier) == len(run.trials)


def test_walking_yields_one_subject_and_case_at_a_time(store: SqliteStore) -> None:
    """A case's trials come together, those of an edited one as well."""
    run = a_kept_run(store)

    walked = [{place(trial) for trial in own} for own in store.walk(run.manifest.identifier)]

    assert all(len(places) == 1 for places in walked)


def test_walking_some_cases_yields_only_these(store: SqliteStore) -> None:
    """What a report shows in full is read without the rest."""
    run = a_kept_run(store)
    wanted = {(SubjectName("lexical"), CaseIdentifier("a")), (SubjectName("model"), CaseIdentifier("gone"))}

    (own,) = store.walk(run.manifest.identifier, wanted)

    assert tuple(own) == tuple(trial for trial in run.trials if place(trial) in wanted)


def place(trial: Trial) -> tuple[SubjectName, CaseIdentifier]:
    return trial.key.subject, trial.key.case
