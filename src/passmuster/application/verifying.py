"""Use case: check a stored run, and what was derived of it."""

from collections.abc import Callable
from dataclasses import replace

from passmuster.analysis.past_runs import past_run
from passmuster.application.kept_runs import FORMAT, read_run, write_run
from passmuster.application.reading import load_reduced
from passmuster.domain.values import RunIdentifier
from passmuster.domain.verifications import Edit, EditKind, Verification
from passmuster.housekeeping import SummarizingStore, VerifiedStore
from passmuster.ports import Store


def verify_run(
    chained: VerifiedStore, store: Store, run: RunIdentifier, kept: str, told: Callable[[int, int], None]
) -> Verification:
    """Check a run beside its chain; if it is intact, derive its summary anew and compare that as well.

    Args:
        chained: Where the run is.
        store: The same.
        run: Its name.
        kept: The head that somebody kept; may be empty.
        told: Hears how many trials of how many were looked at.

    Raises:
        RunNotFoundError: If there is no such run.
    """
    found = chained.verify(run, kept, told)
    # Of a run that was edited a summary may be right, or may not be made at all.
    if not found.is_intact or is_summary_right(store, run):
        return found
    edit = Edit(
        table="summary",
        row={"run": run},
        kind=EditKind.CHANGED,
        column="content",
        detail="it is not what the trials make of it",
    )
    return replace(found, edits=(edit,))


def is_summary_right(store: Store, run: RunIdentifier) -> bool:
    """Whether what is kept of a run is what its trials make of it; true where nothing is kept."""
    content = store.summary(run, FORMAT) if isinstance(store, SummarizingStore) else None
    if content is None:
        return True
    whole = load_reduced(store, run)
    # Read back, since equal summaries may be packed or ordered in more than one way.
    expected = read_run(whole.manifest, write_run(past_run(whole)), {})
    return read_run(whole.manifest, content, {}) == expected
