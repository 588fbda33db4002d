"""The command `record`: what is missing or stale, what it would cost, and the recordings themselves."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from passmuster.cli.confirming import confirmed
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.leaving import say
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.recorder import Recorder
from passmuster.composition.recording import Cost, Inventory, Need, State, cost_of, inventory, source_of
from passmuster.configuration.spending import written_cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity

SHOWN: Final = 20
"""Recordings that are listed on the screen, of each kind."""

FOUND: Final = 1
"""The exit status of a check that found something to record."""

INCOMPLETE: Final = 4
"""The exit status where something could not be recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        only: The subjects; empty means all.
        cases: The cases; empty means all.
        missing: Only what has no recording.
        stale: Only what is stale.
        every: Everything, what people wrote included.
        is_check: Record nothing.
        is_sure: Do not ask.
        budget: What may be spent, as it was written.
        is_fresh: Whether answers that were kept before are asked for again.
        as_json: Whether a machine reads the result.
    """

    only: Collection[str]
    cases: Collection[str]
    missing: bool
    stale: bool
    every: bool
    is_check: bool
    is_sure: bool
    budget: tuple[str, ...]
    is_fresh: bool
    as_json: bool

    def takes(self, need: Need) -> bool:
        """Whether a request is to be recorded."""
        if self.every:
            return True
        is_any = not self.missing and not self.stale
        if need.state is State.MISSING:
            return self.missing or is_any
        return need.state is State.STALE and not need.is_authored and (self.stale or is_any)


def record(suite: str | None, wish: Wish) -> int:
    """Say what is missing and stale, and record it."""
    _refuse_contradictions(wish)
    cap = written_cap(wish.budget)
    console = Console(stderr=True, highlight=False) if wish.as_json else terminal()
    with opened(suite, cap, is_fresh=wish.is_fresh) as bench:
        found = inventory(bench, only=wish.only, cases=wish.cases)
        due = [need for need in found.needs if wish.takes(need)]
        _print_inventory(found, due, console)
        if wish.is_check or not due:
            if wish.as_json:
                print_json(_document(found, due, None, None))
            is_whole = all(need.state is State.RECORDED for need in found.needs)
            return FOUND if wish.is_check and not is_whole else 0
        cost = cost_of(bench, due)
        sources = {need.wanted.backend: source_of(bench, need.wanted)[0] for need in due}
    console.print(safe(_price(cost)), soft_wrap=True)
    if not confirmed("Record them?", is_told=wish.is_sure, can_ask=not wish.as_json):
        return 0
    with opened(suite, cap, is_fresh=wish.is_fresh) as bench:
        recorder = Recorder(bench=bench, needs=found.needs, due=due, adds=not wish.stale or wish.every)
        bench.refuse_missing_secrets(sorted({need.wanted.plan.key.subject for need in due}), sources.values())
        _make(recorder, due)
    if wish.as_json:
        print_json(_document(found, due, cost, recorder))
    else:
        _print_made(recorder, console)
    return INCOMPLETE if recorder.failures else 0


def _refuse_contradictions(wish: Wish) -> None:
    if wish.every and (wish.missing or wish.stale):
        finding = Finding(
            rule="contradiction",
            severity=Severity.ERROR,
            message="--all records everything, and --missing and --stale only a part of it",
            hint="write one of them",
        )
        raise InvalidConfigurationError([finding])


def _make(recorder: Recorder, due: Sequence[Need]) -> None:
    total = len({need.wanted.plan.key for need in due})
    try:
        with progress_bar(total, 0, "recording") as tell:

            async def make() -> None:
                await recorder.record(lambda done: tell(done, total))

            run_interruptibly(make)
    except KeyboardInterrupt:
        say(f"{_count(len(recorder.files), 'recording')} written before that; the same command goes on")
        raise


def _print_inventory(found: Inventory, due: Sequence[Need], console: Console) -> None:
    if not (found.needs or found.unknown):
        console.print("no subject that was looked at asks a backend that plays recordings: there is nothing to record")
        return
    states = {state: [need for need in found.needs if need.state is state] for state in State}
    console.print(
        f"{_count(len(found.needs), 'request')} of cases: {len(states[State.RECORDED])} recorded, "
        f"{len(states[State.STALE])} stale, {len(states[State.MISSING])} missing"
    )
    for state in (State.STALE, State.MISSING):
        for line in _listed(states[state]):
            console.print(safe(line), soft_wrap=True)
    for recording in found.unused[:SHOWN]:
        console.print(safe(f"  unused   {recording.path}: no case asks this any more"), soft_wrap=True)
    authored = sum(need.is_authored for need in states[State.STALE]) if not any(need.is_authored for need in due) else 0
    if authored:
        console.print(
            f"{authored} stale {'one was' if authored == 1 else 'were'} written by people and "
            f"{'is' if authored == 1 else 'are'} left alone: review and keep them, or record them with --all"
        )
    if found.unknown:
        console.print(
            f"of {_count(found.unknown, 'trial')} nobody knows who writes before a router is asked: "
            "a run says which recordings they lack"
        )


def _listed(needs: Sequence[Need]) -> Iterator[str]:
    for need in needs[:SHOWN]:
        plan = need.wanted.plan
        whose = f"{plan.case.identifier}, {plan.key.subject}" + (
            f", repetition {plan.key.repetition}" if plan.key.repetition else ""
        )
        reasons = f": {'; '.join(need.reasons)}" if need.reasons else ""
        yield f"  {need.state:8} {need.path} ({whose}){reasons}"
    if len(needs) > SHOWN:
        yield f"  … and {len(needs) - SHOWN} more {needs[0].state} ones"


def _price(cost: Cost) -> str:
    written = (
        "nothing bounds what is written" if cost.most_written is None else f"at most {cost.most_written:,} written"
    )
    money = "an unknown sum" if cost.money is None else f"at most ${cost.money:,.4f}"
    kept = f", {_count(cost.kept, 'answer')} from the cache" if cost.kept else ""
    return (
        f"recording takes {_count(cost.requests, 'request')}{kept}; {cost.fewest_read:,} to {cost.most_read:,} tokens "
        f"read, {written}; {money}"
    )


def _print_made(recorder: Recorder, console: Console) -> None:
    console.print(safe(f"{_count(len(recorder.files), 'recording')} written"))
    for case, reason in list(recorder.failures.items())[:SHOWN]:
        console.print(safe(f"  {case}: {reason}"), soft_wrap=True)
    if recorder.failures:
        console.print(f"{_count(len(recorder.failures), 'trial')} could not be recorded; the same command tries again")


def _document(found: Inventory, due: Sequence[Need], cost: Cost | None, recorder: Recorder | None) -> dict[str, object]:
    wanted = {id(need) for need in due}
    return {
        "requests": [
            {
                "case": need.wanted.plan.case.identifier,
                "subject": need.wanted.plan.key.subject,
                "repetition": need.wanted.plan.key.repetition,
                "backend": need.wanted.backend,
                "state": need.state,
                "authored": need.is_authored,
                "due": id(need) in wanted,
                "reasons": list(need.reasons),
                "file": need.path,
                "request": need.wanted.request.fingerprint,
                "conversation": need.wanted.request.conversation,
            }
            for need in found.needs
        ],
        "unused": [recording.path for recording in found.unused],
        "unknown": found.unknown,
        "cost": None if cost is None else _plain_cost(cost),
        "written": [] if recorder is None else recorder.files,
        "failures": {} if recorder is None else recorder.failures,
    }


def _plain_cost(cost: Cost) -> dict[str, object]:
    return {
        "requests": cost.requests,
        "kept": cost.kept,
        "tokens_read": {"low": cost.fewest_read, "high": cost.most_read},
        "tokens_written": {"low": 0, "high": cost.most_written},
        "dollars": {"low": 0, "high": None if cost.money is None else float(cost.money)},
    }


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
