"""What a history needs of a run is kept beside it, and trusted only while it is that of the run."""

from typing import Any

from passmuster.analysis.past_runs import past_run
from passmuster.application.history import RunReader
from passmuster.application.kept_runs import FORMAT
from passmuster.application.summarizing import keep_summary, summarized
from passmuster.domain.results import Run
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import a_case, a_manifest, a_roster, a_trial
from passmuster.testing.fakes import MemoryStore

from .made_up_repository import a_track

MANIFEST = a_manifest(planned=1)


class CountingStore(MemoryStore):
    """Counts how often trials are read."""

    loads = 0

    def load(self, run: RunIdentifier) -> Run:
        """Return a run."""
        self.loads += 1
        return super().load(run)


def a_store(**changes: Any) -> CountingStore:  # noqa: ANN401 - any field
    store = CountingStore()
    store.begin(a_manifest(planned=1, **changes), a_roster(), [a_case()])
    store.append(MANIFEST.identifier, [a_trial()])
    return store


def test_a_history_reads_no_trials_of_a_run_that_was_summarized() -> None:
    """What is returned is what reading all trials gives."""
    store = a_store()
    whole = past_run(store.load(MANIFEST.identifier))
    keep_summary(store, store.load(MANIFEST.identifier))
    store.loads = 0

    found = RunReader(store, a_track()).read(MANIFEST)

    assert found == whole
    assert store.loads == 0


def test_a_run_without_a_summary_is_read_once_for_all() -> None:
    """A run of an earlier version, or one that was copied, gets its summary from the first history."""
    store = a_store()

    first = RunReader(store, a_track()).read(MANIFEST)
    second = RunReader(store, a_track()).read(MANIFEST)

    assert first == second
    assert store.loads == 1


def test_what_cannot_be_read_is_made_anew() -> None:
    """A summary that somebody else wrote, or that was cut, costs time only."""
    store = a_store()
    store.summarize(MANIFEST.identifier, FORMAT, b"no summary", trials=1)

    assert summarized(store, MANIFEST, {}) is None
    assert RunReader(store, a_track()).read(MANIFEST) == past_run(store.load(MANIFEST.identifier))


def test_neither_parts_of_runs_nor_runs_of_a_selection_are_summarized() -> None:
    """A history does not tell of them."""
    partial = a_store(selection="--changed")
    unfinished = a_store()
    unfinished.begin(a_manifest("2", planned=2), a_roster(), [a_case()])
    unfinished.append(RunIdentifier("2"), [a_trial()])

    keep_summary(partial, partial.load(MANIFEST.identifier))
    keep_summary(unfinished, unfinished.load(RunIdentifier("2")))

    assert partial.summary(MANIFEST.identifier, FORMAT) is None
    assert unfinished.summary(RunIdentifier("2"), FORMAT) is None
