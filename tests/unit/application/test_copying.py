"""Runs are put from one store into another, each once."""

from passmuster.application.copying import copy_runs
from passmuster.domain.results import RunManifest
from passmuster.testing.factories import a_case, a_manifest, a_roster, a_segment, a_trial, an_unscored
from passmuster.testing.fakes import MemoryStore


def begun(store: MemoryStore, *identifiers: str) -> list[RunManifest]:
    manifests = [a_manifest(identifier) for identifier in identifiers]
    for manifest in manifests:
        store.begin(manifest, a_roster(), [a_case("one"), a_case("two")])
        store.append(manifest.identifier, [a_trial("one"), a_trial("two", outcomes=(an_unscored(),))])
        store.record(manifest.identifier, a_segment())
    return manifests


def test_every_run_is_there_afterwards_as_it_was() -> None:
    """With its agents, cases, trials and segments."""
    source, target = MemoryStore(), MemoryStore()
    manifests = begun(source, "1", "2")
    told: list[tuple[int, int]] = []

    copied = copy_runs("example", source, target, lambda done, of: told.append((done, of)))

    assert (set(copied.runs), copied.known, copied.trials) == ({"1", "2"}, 0, 4)
    for manifest in manifests:
        assert target.load(manifest.identifier) == source.load(manifest.identifier)
    assert told == [(1, 2), (2, 2)]


def test_a_second_copy_puts_in_what_is_new_only() -> None:
    """Also where the first one was ended in the middle of a run."""
    source, target = MemoryStore(), MemoryStore()
    (first, second, _) = begun(source, "1", "2", "3")
    begun(target, "1")
    target.begin(second, a_roster(), [a_case("one"), a_case("two")])

    copied = copy_runs("example", source, target, lambda _done, _of: None)
    again = copy_runs("example", source, target, lambda _done, _of: None)

    assert (set(copied.runs), copied.known) == ({"2", "3"}, 1)
    assert (again.runs, again.known, again.trials) == ((), 3, 0)
    assert target.load(second.identifier) == source.load(second.identifier)
    assert first.identifier not in copied.runs


def test_a_run_without_trials_is_copied_too() -> None:
    """It says what was planned."""
    source, target = MemoryStore(), MemoryStore()
    source.begin(a_manifest("1"), a_roster(), [a_case()])

    copied = copy_runs("example", source, target, lambda _done, _of: None)

    assert copied.runs == ("1",)
    assert target.load(a_manifest("1").identifier).manifest == a_manifest("1")
