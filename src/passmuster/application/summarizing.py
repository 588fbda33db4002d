"""Use case: what a history needs of a run is kept beside it, so that nobody has to read its trials again."""

from contextlib import suppress

from passmuster.analysis.past_runs import PastRun, past_run
from passmuster.application.kept_runs import FORMAT, CaseResults, read_run, write_run
from passmuster.domain.errors import StoreError
from passmuster.domain.results import Run, RunManifest
from passmuster.housekeeping import SummarizingStore
from passmuster.ports import Store


def summarized(store: Store, manifest: RunManifest, known: CaseResults) -> PastRun | None:
    """Return what the store keeps of a run; ``None`` if that is nothing, or cannot be read.

    Args:
        store: Where the run is.
        manifest: The run's.
        known: Results that were read already, which equal ones are taken from.
    """
    if not isinstance(store, SummarizingStore):
        return None
    content = store.summary(manifest.identifier, FORMAT)
    return None if content is None else read_run(manifest, content, known)


def keep_summary(store: Store, run: Run) -> None:
    """Keep what a history needs of a run, if it is complete and of all cases."""
    if run.is_complete and not run.manifest.selection:
        keep_reduced(store, past_run(run), trials=len(run.trials))


def keep_reduced(store: Store, past: PastRun, *, trials: int) -> None:
    """Keep what a history needs of a complete run of so many trials, where the store can and may be written to."""
    if isinstance(store, SummarizingStore):
        # Who may only read still sees the history.
        with suppress(StoreError):
            store.summarize(past.manifest.identifier, FORMAT, write_run(past), trials=trials)
