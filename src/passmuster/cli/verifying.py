"""The command `verify`: a stored run beside its chain."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from rich.table import Table

from passmuster.application.rederiving import Rederiving
from passmuster.application.verifying import verify_run
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.rederiving import steady_criteria
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError, StoreError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import RunIdentifier
from passmuster.domain.verifications import Edit, Verification
from passmuster.housekeeping import VerifiedStore, WalkedStore
from passmuster.ports import Store

INTACT: Final = 0
EDITED: Final = 1
UNTOLD: Final = 4

STATES: Final[Mapping[int, str]] = {INTACT: "intact", EDITED: "edited", UNTOLD: "untold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `verify`.

    Attributes:
        run: Which run; ``None`` takes the latest.
        is_all: Whether all runs of the store are meant.
        head: What an earlier check printed, as somebody kept it.
        scores: Whether scores are derived anew from the answers.
        as_json: Whether a machine reads the result.
    """

    run: str | None
    is_all: bool
    head: str | None
    scores: bool
    as_json: bool


def verify(suite: str | None, wish: Wish) -> int:
    """Check stored runs, and return the exit status."""
    kept = _head(wish)
    with opened(suite) as bench:
        store = _checkable(bench)
        wanted = _wanted(store, bench.configuration.name, wish)
        found = [_verified(store, bench.store, run, kept) for run in wanted]
        again = [_rederived(bench, item) for item in found] if wish.scores else []
    shown = again or [Rederiving(criteria={}) for _ in found]
    pairs = zip(found, shown, strict=True)
    found = [replace(item, edits=own.edits) if own.edits else item for item, own in pairs]
    states = [_state(item, kept) for item in found]
    worst = next((state for state in (EDITED, UNTOLD) if state in states), INTACT)
    if wish.as_json:
        runs = [
            {**_plain(item, STATES[state]), "rederived": own.derived, "not_rederived": own.left}
            for item, state, own in zip(found, states, shown, strict=True)
        ]
        print_json({"state": STATES[worst], "runs": runs})
    else:
        for item, state, own in zip(found, states, shown, strict=True):
            _show(item, state, kept)
            if wish.scores:
                terminal().print(
                    f"{own.derived:,} scores derived anew, {own.left:,} not: a model or a sandbox would be needed, or "
                    "the harness had failed",
                    soft_wrap=True,
                )
    return worst


def _head(wish: Wish) -> str:
    """Return the head that somebody kept; raises InvalidConfigurationError if it is none, or what is asked is odd."""
    findings = []
    if wish.is_all and (wish.run is not None or wish.head is not None):
        other = "a run" if wish.run is not None else "--head"
        findings.append(
            Finding(
                rule="contradiction",
                severity=Severity.ERROR,
                message=f"--all was given together with {other}",
                hint="check one run, or leave the other out",
            )
        )
    kept = (wish.head or "").strip().lower()
    if wish.head is not None and not re.fullmatch("[0-9a-f]{64}", kept):
        findings.append(
            Finding(
                rule="invalid-head",
                severity=Severity.ERROR,
                message=f"--head is no head of a chain: {wish.head!r}",
                hint="write the 64 hexadecimal digits that `passmuster verify` printed",
            )
        )
    if findings:
        raise InvalidConfigurationError(findings)
    return kept


def _checkable(bench: Workbench) -> VerifiedStore:
    store = bench.store
    if not isinstance(store, VerifiedStore):
        message = f"the store {bench.configuration.store.use!r} keeps no chain by which its runs could be checked"
        raise StoreError(message, hint="keep runs in a file of SQLite or on a PostgreSQL server")
    return store


def _wanted(store: VerifiedStore, suite: str, wish: Wish) -> Sequence[RunIdentifier]:
    if wish.run is not None:
        return [RunIdentifier(wish.run)]
    runs = store.stored(None if wish.is_all else suite)
    if not runs:
        message = "the store has no run" if wish.is_all else f"the store has no run of suite {suite!r}"
        raise RunNotFoundError(message, hint="make one with `passmuster run`")
    return runs if wish.is_all else runs[:1]


def _verified(chained: VerifiedStore, store: Store, run: RunIdentifier, kept: str) -> Verification:
    with progress_bar(1, 0, "checking a run") as tell:
        return verify_run(chained, store, run, kept, tell)


def _rederived(bench: Workbench, found: Verification) -> Rederiving:
    """Derive the scores of a run that is intact anew."""
    store = bench.store
    if not found.is_intact or not isinstance(store, WalkedStore):
        return Rederiving(criteria={})
    head = store.head(found.run)
    work = Rederiving(criteria=steady_criteria(head.cases, bench.folder))
    run_interruptibly(lambda: work.compare(head.cases, chain.from_iterable(store.walk(found.run))))
    return work


def _state(found: Verification, kept: str) -> int:
    if found.edits or found.further or (kept and found.is_chained and found.kept is None):
        return EDITED
    return INTACT if found.is_chained else UNTOLD


def _show(found: Verification, state: int, kept: str) -> None:
    console = terminal()
    looked = f"{found.trials:,} trials, {found.scores:,} scores, {found.links:,} links"
    if not found.is_chained:
        reason = "no chain: an older version stored it, or all of its links were deleted; nothing can be told"
        console.print(safe(f"{found.run}: {reason}"), soft_wrap=True)
    else:
        words = "intact" if state == INTACT else "edited"
        console.print(safe(f"{found.run}: {words}; {looked}"), soft_wrap=True)
    if found.edits:
        console.print(_table(found.edits))
    if found.further:
        console.print(f"and {found.further:,} more")
    if found.uncovered:
        console.print(f"{found.uncovered:,} trials cannot be told: their link is gone or was edited", soft_wrap=True)
    if kept and found.is_chained:
        console.print(_about_head(found), soft_wrap=True)
    if found.head:
        console.print(f"head: {found.head}", soft_wrap=True)


def _about_head(found: Verification) -> str:
    if found.kept is None:
        return "The head that you kept is nowhere in the chain: it was written anew, or the head is another run's."
    later = found.links - 1 - found.kept
    return f"The head that you kept is that of link {found.kept}; {later:,} came later."


def _table(edits: Iterable[Edit]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("table", "row", "column", "what"):
        table.add_column(heading, overflow="fold")
    for edit in edits:
        row = ", ".join(f"{name} {_value(value)}" for name, value in edit.row.items())
        what = f"{edit.kind.value}: {edit.detail}" if edit.detail else edit.kind.value
        table.add_row(edit.table, safe(row), edit.column, safe(what))
    return table


def _value(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float) else repr(value)


def _plain(found: Verification, state: str) -> Mapping[str, object]:
    return {
        "run": found.run,
        "state": state,
        "links": found.links,
        "trials": found.trials,
        "scores": found.scores,
        "head": found.head,
        "kept_at": found.kept,
        "uncovered": found.uncovered,
        "edits": [
            {
                "table": edit.table,
                "row": {name: _value(value) for name, value in edit.row.items()},
                "column": edit.column,
                "kind": edit.kind.value,
                "detail": edit.detail,
            }
            for edit in found.edits
        ],
        "further_edits": found.further,
    }
