"""Reading runs for how steady the cases are: which subjects count, and how many runs are read."""

from datetime import timedelta

import pytest

from passmuster.analysis.stability import Stability
from passmuster.application.ledger import Steadiness, steadiness_of
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import Fingerprint
from passmuster.testing.factories import MOMENT, a_case, a_manifest, a_roster, a_subject_record, a_trial
from passmuster.testing.fakes import MemoryStore

CASES = (a_case("case"),)
STEADY = a_subject_record("steady")
VARYING = a_subject_record("varying", is_deterministic=False)


def keep(store: MemoryStore, day: int, *subjects: SubjectRecord, trials: int = 2) -> None:
    manifest = a_manifest(f"run-{day}", subjects=subjects, started_at=MOMENT + timedelta(days=day))
    store.begin(manifest, a_roster(), CASES)
    made = [
        a_trial("case", subject=record.name, repetition=repetition)
        for record in subjects
        for repetition in range(trials)
    ]
    store.append(manifest.identifier, made)


def read(store: MemoryStore, *only: str, limit: int = 50) -> Steadiness:
    return steadiness_of(store, "example", CASES, only, limit=limit, progress=lambda _done, _all: None)


def test_subjects_that_vary_count_unless_others_are_named() -> None:
    """One that answers equal requests equally can be checked for that."""
    store = MemoryStore()
    for day in range(3):
        keep(store, day, STEADY, VARYING)

    usual, named = read(store), read(store, "steady")

    assert (usual.subjects, usual.steady, usual.runs) == (("varying",), ("steady",), 3)
    assert [(item.subject, item.trials, item.stability) for item in usual.histories] == [
        ("varying", 6, Stability.STABLE)
    ]
    assert (named.subjects, named.steady) == (("steady",), ())
    assert [item.subject for item in named.histories] == ["steady"]


def test_only_the_latest_runs_are_read() -> None:
    """As many as are asked for, and every one is told of."""
    store = MemoryStore()
    for day in range(5):
        keep(store, day, VARYING)
    told: list[tuple[int, int]] = []

    found = steadiness_of(store, "example", CASES, (), limit=2, progress=lambda done, of: told.append((done, of)))

    assert found.runs == 2
    assert [item.trials for item in found.histories] == [4]
    assert told == [(1, 2), (2, 2)]


def test_runs_of_what_a_subject_was_before_are_not_read() -> None:
    """What it is now is what it was in its latest run."""
    store = MemoryStore()
    former = a_subject_record("varying", is_deterministic=False, fingerprint=Fingerprint("f" * 32))
    keep(store, 0, former)
    keep(store, 1, VARYING)
    keep(store, 2, STEADY)

    assert read(store).runs == 1


def test_where_nothing_varies_nothing_is_read() -> None:
    """The subjects are named, so that one of them may be checked."""
    store = MemoryStore()
    keep(store, 0, STEADY)

    assert read(store) == Steadiness(runs=0, subjects=(), steady=(STEADY.name,), histories=())


def test_without_a_run_there_is_nothing_to_say() -> None:
    """That is the user's to know, and how to make one."""
    with pytest.raises(RunNotFoundError, match="no run of suite 'example'"):
        read(MemoryStore())


def test_an_unknown_subject_is_refused() -> None:
    """With the names that the runs have."""
    store = MemoryStore()
    keep(store, 0, STEADY, VARYING)

    with pytest.raises(InvalidConfigurationError, match="no subject 'vary' — their subjects: steady, varying"):
        read(store, "vary")
