"""What a store promises that does more than others: it keeps summaries, gives runs in parts, or lets go of them."""

from itertools import chain

from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.values import RunIdentifier
from passmuster.housekeeping import HousekeptStore, SummarizingStore, WalkedStore
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


def check_walking(store: Store) -> None:
    """Check that a run in parts is the run as loaded; raises AssertionError naming the promise."""
    if not isinstance(store, WalkedStore):
        return
    manifest = factories.a_manifest(subjects=[factories.a_subject_record(name) for name in ("model", "lexical")])
    store.begin(manifest, factories.a_roster(), [factories.a_case(name) for name in ("b", "a")])
    outcomes = ((factories.a_score(),), (), (factories.a_score("one"), factories.an_unscored("two")))
    for repetition in (2, 0, 1):
        trials = [
            factories.a_trial(case, subject=subject, repetition=repetition, outcomes=outcomes[repetition])
            for case in ("a", "b")
            for subject in ("lexical", "model")
        ]
        store.append(manifest.identifier, trials)
    whole = store.load(manifest.identifier)
    walked = list(store.walk(manifest.identifier))
    _require(tuple(chain.from_iterable(walked)) == tuple(whole.trials), "walking must yield what is loaded, in order")
    _require([len(own) for own in walked] == [3] * 4, "walking must yield one subject and case at a time")
    _require(store.count(manifest.identifier) == len(whole.trials), "trials must be counted")
    head = store.head(manifest.identifier)
    _require((head.manifest, head.cases, len(head.trials)) == (whole.manifest, whole.cases, 0), "a head has no trials")
    wanted = (walked[2][0].key.subject, walked[2][0].key.case)
    _require(list(store.walk(manifest.identifier, {wanted})) == [walked[2]], "walking must yield what is wanted alone")
    for ask in (store.count, store.head, lambda run: list(store.walk(run))):
        try:
            ask(RunIdentifier("gone"))
        except RunNotFoundError:
            continue
        _require(is_kept=False, promise="a run that is not there must be told")


def _require(is_kept: bool, promise: str) -> None:  # noqa: FBT001 - what is required is named beside it
    if not is_kept:
        raise AssertionError(promise)
