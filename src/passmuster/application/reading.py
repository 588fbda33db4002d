"""Use case: read a stored run to judge it. A large one is reduced while it is read, and never held."""

from typing import Final

from passmuster.domain.results import Run
from passmuster.domain.values import RunIdentifier
from passmuster.housekeeping import WalkedStore
from passmuster.ports import Store

MOST_HELD: Final = 50_000
"""Runs with more trials are reduced."""


def load_whole(store: Store, run: RunIdentifier) -> Run:
    """Return a stored run with every text; raises RunNotFoundError if there is none."""
    return store.load(run)


def load_head(store: Store, run: RunIdentifier) -> Run:
    """Return a stored run of which trials are not needed; raises RunNotFoundError if there is none."""
    return store.head(run) if isinstance(store, WalkedStore) else store.load(run)


def is_large(store: WalkedStore, run: RunIdentifier) -> bool:
    """Whether a stored run has too many trials to be held; raises RunNotFoundError if there is none."""
    return store.count(run) > MOST_HELD


def load_reduced(store: Store, run: RunIdentifier) -> Run:
    """Return a stored run for whoever observes, compares and counts; one of many trials is without its texts.

    A run that grew is returned whole: which of its rounds count is known only when all are there.

    Raises:
        RunNotFoundError: If there is none.
    """
    if not isinstance(store, WalkedStore) or not is_large(store, run):
        return store.load(run)
    head = store.head(run)
    if head.manifest.looks > 1:
        return store.load(run)
    from passmuster.analysis.compacting import compacted  # noqa: PLC0415 - few runs are so large

    return compacted(head, store.walk(run), lambda keys: store.walk(run, keys))
