"""The commands `store stats` and `store prune`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from rich.table import Table

from passmuster.application.copying import ALL
from passmuster.application.pruning import Choice, Pruning, age_of, choose
from passmuster.cli.confirming import confirmed
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.opening import accepted_baseline, opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.domain.errors import StoreError
from passmuster.domain.stored import StoreContents, StoredRun
from passmuster.housekeeping import HousekeptStore

AGES: Final = (30, 90, 365)
"""Days, for which it is said what pruning would give."""

LARGEST: Final = 5
"""So many of the largest runs are named."""

MEGABYTE: Final = 1_000_000

STAYING: Final[Mapping[str, str]] = {
    "age": "not that old",
    "latest": "among the latest",
    "baseline": "tested what the baseline was accepted of",
    "reference": "needed by a run that stays",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks to be taken out.

    Attributes:
        older_than: An age, such as ``90d``.
        keep: So many of the latest runs stay.
        is_trial: Whether it is only said what would go.
        is_sure: Whether nobody is asked.
        as_json: Whether a machine reads the result.
    """

    older_than: str
    keep: int
    is_trial: bool
    is_sure: bool
    as_json: bool


def stats(suite: str | None, *, as_json: bool) -> int:
    """Say what the store of a suite holds, and return the exit status."""
    with opened(suite) as bench:
        found = _kept(bench).contents()
        now = bench.clock.now()
    if as_json:
        print_json(_plain(found, now))
        return 0
    console = terminal()
    console.print(
        f"{len(found.runs):,} runs, {found.trials:,} trials, {found.scores:,} scores; "
        f"{found.cells:,} cells and {found.blobs:,} texts, which runs share; {_megabytes(found.size)} on the disk",
        soft_wrap=True,
    )
    if found.removed:
        console.print(f"{found.removed} runs were taken out and are not deleted yet: `passmuster store prune` goes on")
    if found.runs:
        console.print(_suites(found))
        console.print(_largest(found))
        console.print(_ages(found, now))
    return 0


def prune(suite: str | None, wish: Wish) -> int:
    """Take old runs of a suite out of its store, and return the exit status."""
    pruning = Pruning(older_than=age_of(wish.older_than), keep=wish.keep)
    with opened(suite) as bench:
        store, name = _kept(bench), bench.configuration.name
        before = store.contents()
        manifests = bench.store.history(name, limit=ALL)
        choice = choose(manifests, accepted_baseline(bench), bench.clock.now(), pruning)
        sizes = {run.identifier: run.trials for run in before.runs if run.suite == name}
        trials = sum(sizes.get(item.identifier, 0) for item in choice.going)
        if not wish.as_json:
            _announce(name, choice, trials, before)
        is_idle = not choice.going and not before.removed
        question = f"Remove {_runs(len(choice.going))} of {name} for good?"
        is_done = not (
            wish.is_trial or is_idle or not confirmed(question, is_told=wish.is_sure, can_ask=not wish.as_json)
        )
        if is_done:
            _remove(name, store, choice)
        after = store.contents().size if is_done else before.size
    if wish.as_json:
        print_json(
            {
                "removed": [item.identifier for item in choice.going],
                "trials": trials,
                "staying": dict(choice.staying),
                "is_done": is_done,
                "bytes_before": before.size,
                "bytes_after": after,
            }
        )
    elif is_done:
        terminal().print(f"Removed. The store had {_megabytes(before.size)} and has {_megabytes(after)}.")
    return 0


def _kept(bench: Workbench) -> HousekeptStore:
    store = bench.store
    if not isinstance(store, HousekeptStore):
        message = f"the store {bench.configuration.store.use!r} cannot count what it holds, nor take runs out"
        raise StoreError(message, hint="copy its runs to a file with `passmuster store copy`, and look after that one")
    return store


def _remove(name: str, store: HousekeptStore, choice: Choice) -> None:
    with progress_bar(len(choice.going) + 2, 0, f"{name}: removing runs") as tell:
        # Before anything is deleted, so that no run is ever there in part.
        for manifest in choice.going:
            store.remove(manifest.identifier)
        done, total = 0, len(choice.going) + 2
        for kind in store.sweep():
            done += kind == "runs"
            tell(min(done, total), total)
        try:
            store.give_back()
        except StoreError:
            terminal().print("The free room stays in the file, for what comes: it is in use, or the disk is full.")
        tell(total, total)


def _announce(name: str, choice: Choice, trials: int, contents: StoreContents) -> None:
    console = terminal()
    if choice.going:
        first, last = choice.going[0], choice.going[-1]
        share = trials / contents.trials if contents.trials else 0.0
        console.print(
            safe(
                f"{name}: {_runs(len(choice.going))} with {trials:,} trials would go, from {_day(first.started_at)} to "
                f"{_day(last.started_at)}; roughly {_megabytes(share * contents.size)} (estimated by trials)"
            ),
            soft_wrap=True,
        )
    else:
        console.print(safe(f"{name}: no run is to go"), soft_wrap=True)
    for reason, words in STAYING.items():
        number = sum(why == reason for why in choice.staying.values())
        if number:
            console.print(f"  {_runs(number)} {'stays' if number == 1 else 'stay'}: {words}")


def _suites(found: StoreContents) -> Table:
    table = _table("suite", "runs", "first", "last", "trials")
    for name, runs in _by_suite(found).items():
        days = (_day(runs[0].started_at), _day(runs[-1].started_at))
        table.add_row(safe(name), f"{len(runs):,}", *days, f"{_trials(runs):,}")
    return table


def _largest(found: StoreContents) -> Table:
    table = _table("largest runs", "suite", "trials")
    for run in _largest_of(found):
        table.add_row(safe(run.identifier), safe(run.suite), f"{run.trials:,}")
    return table


def _ages(found: StoreContents, now: datetime) -> Table:
    table = _table("older than", "runs", "trials", "MB, estimated")
    for days in AGES:
        old = _older(found, now, days)
        table.add_row(f"{days} days", f"{len(old):,}", f"{_trials(old):,}", f"{_estimated(old, found) / MEGABYTE:,.1f}")
    return table


def _plain(found: StoreContents, now: datetime) -> Mapping[str, object]:
    return {
        "runs": len(found.runs),
        "trials": found.trials,
        "scores": found.scores,
        "cells": found.cells,
        "texts": found.blobs,
        "bytes": found.size,
        "removed": found.removed,
        "suites": {
            name: {
                "runs": len(runs),
                "first": runs[0].started_at.isoformat(),
                "last": runs[-1].started_at.isoformat(),
                "trials": _trials(runs),
            }
            for name, runs in _by_suite(found).items()
        },
        "largest": [{"run": run.identifier, "suite": run.suite, "trials": run.trials} for run in _largest_of(found)],
        "older_than": {
            f"{days}d": {"runs": len(old), "trials": _trials(old), "estimated_bytes": _estimated(old, found)}
            for days in AGES
            for old in [_older(found, now, days)]
        },
    }


def _by_suite(found: StoreContents) -> Mapping[str, Sequence[StoredRun]]:
    ordered = sorted(found.runs, key=lambda run: run.suite)
    return {name: tuple(runs) for name, runs in groupby(ordered, key=lambda run: run.suite)}


def _largest_of(found: StoreContents) -> Sequence[StoredRun]:
    return sorted(found.runs, key=lambda run: (-run.trials, run.identifier))[:LARGEST]


def _older(found: StoreContents, now: datetime, days: int) -> Sequence[StoredRun]:
    return [run for run in found.runs if now - run.started_at > timedelta(days=days)]


def _estimated(runs: Iterable[StoredRun], found: StoreContents) -> int:
    # Runs share texts, so that only deleting them would tell exactly.
    return round(found.size * _trials(runs) / found.trials) if found.trials else 0


def _trials(runs: Iterable[StoredRun]) -> int:
    return sum(run.trials for run in runs)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        is_number = heading in {"runs", "trials", "MB, estimated"}
        table.add_column(heading, overflow="fold", justify="right" if is_number else "left")
    return table


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _runs(number: int) -> str:
    return f"{number:,} run{'' if number == 1 else 's'}"


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
