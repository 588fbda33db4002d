"""What a store promises that does more than every store does: it keeps summaries, or runs can be taken out of it."""

from passmuster.housekeeping import HousekeptStore, SummarizingStore
from passmuster.ports import Store
from passmuster.testing import factories


def check_summaries(store: Store) -> None:
    """Check that a summary is that of the trials it was made of; raises AssertionError naming the promise."""
    if not isinstance(store, SummarizingStore):
        return
    manifest = factories.a_manifest()
    store.begin(manifest, factories.a_roster(), [factories.a_case()])
    store.append(manifest.identifier, [factories.a_trial()])
    store.summarize(manifest.identifier, 1, b"first", trials=1)
    store.summarize(manifest.identifier, 1, b"of two", trials=2)
    _require(store.summary(manifest.identifier, 1) == b"first", "a summary of other trials must not be kept")
    _require(store.summary(manifest.identifier, 2) is None, "a summary of another form must not be returned")
    store.append(manifest.identifier, [factories.a_trial(repetition=1)])
    _require(store.summary(manifest.identifier, 1) is None, "a summary must be gone when trials come after it")


def check_removal(store: Store) -> None:
    """Check that a run goes as a whole and others stay; raises AssertionError naming the promise."""
    if not isinstance(store, HousekeptStore):
        return
    gone, kept = factories.a_manifest("1"), factories.a_manifest("2")
    for manifest in (gone, kept):
        store.begin(manifest, factories.a_roster(), [factories.a_case()])
        store.append(manifest.identifier, [factories.a_trial(), factories.a_trial(repetition=1)])
    whole = store.load(kept.identifier)
    store.remove(gone.identifier)
    _require(
        [item.identifier for item in store.history(gone.suite, limit=9)] == ["2"], "a removed run must be gone at once"
    )
    for _ in store.sweep():
        _require(store.load(kept.identifier) == whole, "a run that stays must stay as it is")
    store.give_back()
    contents = store.contents()
    _require((len(contents.runs), contents.trials, contents.removed) == (1, 2, 0), "what is there must be counted")


def _require(is_kept: bool, promise: str) -> None:  # noqa: FBT001 - what is required is named beside it
    if not is_kept:
        raise AssertionError(promise)
