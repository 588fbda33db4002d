"""The command `run`: evaluate, compare, judge, report.

What only some runs need is imported when they do: a run of one case takes hardly longer than starting it.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from passmuster.analysis.leaving_out import held_strictly
from passmuster.application.adapting import Alone, EvaluateInRounds, InTurns, Sides
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.pairing import EvaluatePair
from passmuster.cli.confining import made_ready
from passmuster.cli.console import EXIT_STATUS, safe, terminal
from passmuster.cli.first_screen import print_report
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.leaving import say
from passmuster.cli.observing import Observed, Observing, observed
from passmuster.cli.opening import (
    accepted_baseline,
    former_agents,
    opened,
    opened_at,
    stored_baseline,
    write_reports,
)
from passmuster.cli.printing import print_json, summary_of
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import parts_at
from passmuster.composition.working import distributed, executor_at
from passmuster.configuration.spending import written_cap
from passmuster.domain.budgets import Cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reports import Report

if TYPE_CHECKING:
    from passmuster.application.sharding import Shard

HEAD_START = 0.05
"""Seconds that the first requests have before anything else is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a run.

    Attributes:
        resume: Finish the latest interrupted run.
        only: The subjects to evaluate; empty means all.
        against: Compare with the suite at this git revision, run in turns with this one.
        against_run: Compare with this stored run.
        repetitions: Trials of each case; ``None`` leaves it to the suite.
        is_adaptive: Whether trials are spent as the gate needs them.
        maximum_trials: Then, how many of a case at most; ``None`` for the usual number.
        changed: Run only the cases that edits since this git revision may concern; ``None`` for all.
        audit: Then, which share of the other cases is drawn.
        perturb: Instead of judging, measure how far choices stay under these perturbations.
        distractors: Then, a folder of agents that are to compete as well.
        distractor_count: How many of these at most; ``None`` for the usual number.
        budget: What may be spent, as it was written; what it does not name is as the suite says.
        is_fresh: Whether answers that were kept before are asked for again.
        is_strict: Whether nothing may pass from which a criterion was left out.
        shard: Make only this part of the run and do not judge, such as ``2/4``.
        scheduler: The Dask cluster that makes the trials; ``None`` leaves it to the suite.
        observing: Who watches.
        trace: Make only the trials of these cases, and tell everything that happens in them, without judging.
        write_reports: Whether reports are written.
        as_json: Whether a machine reads the result.
    """

    resume: bool
    only: Collection[str]
    against: str | None
    against_run: str | None = None
    repetitions: int | None = None
    is_adaptive: bool = False
    maximum_trials: int | None = None
    changed: str | None = None
    audit: float | None = None
    perturb: str | None = None
    distractors: Path | None = None
    distractor_count: int | None = None
    budget: tuple[str, ...] = ()
    is_fresh: bool = False
    is_strict: bool = False
    shard: str | None = None
    scheduler: str | None = None
    observing: Observing = field(default_factory=Observing)
    trace: tuple[str, ...] = ()
    write_reports: bool
    as_json: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many trials a case is asked in each round."""
        if not self.is_adaptive:
            return (1,)
        from passmuster.analysis.adaptive import MOST_TRIALS, schedule  # noqa: PLC0415 - see the module's first lines

        return schedule(self.maximum_trials or MOST_TRIALS)


def run(suite: str | None, wish: Wish) -> int:
    """Evaluate a suite and return the exit status."""
    _refuse_contradictions(wish)
    cap = written_cap(wish.budget)
    if wish.trace:
        return _run_traced(suite, wish, cap)
    if wish.perturb is not None:
        return _run_perturbed(suite, wish, wish.perturb, cap)
    with (
        opened(suite, cap, is_fresh=wish.is_fresh) as bench,
        _directed(bench, wish),
        made_ready(bench),
        observed(bench, wish.observing) as watching,
        _sides(bench, wish, watching) as sides,
    ):
        if wish.resume:
            _tell_which(sides)
        if wish.shard is not None:
            return _run_shard(watching, sides, wish)
        evaluate = EvaluateInRounds(sides=sides, policy=bench.policy, sizes=wish.sizes[1:])
        report = _execute(evaluate, watching, is_quiet=wish.as_json)
        if isinstance(sides, InTurns):
            report = replace(report, trust=(*report.trust, _other_run(sides)))
        report = held_strictly(report) if wish.is_strict else report
        written = write_reports(bench, report, bench.reports_location) if wish.write_reports else ()
        show(report, written, as_json=wish.as_json)
        return EXIT_STATUS[report.verdict.outcome]


@contextmanager
def _directed(bench: Workbench, wish: Wish) -> Iterator[None]:
    """Have the trials made where the command line says."""
    if wish.scheduler is not None:
        bench.executor = executor_at(bench, wish.scheduler)
    yield


def _refuse_contradictions(wish: Wish) -> None:
    complaints = (
        (
            wish.against is not None and wish.against_run is not None,
            "--against and --against-run name two baselines",
            "write one of them",
        ),
        (
            wish.is_adaptive and wish.repetitions is not None,
            "with --adaptive every case is asked as often as the gate needs it, not --repetitions times",
            "write --maximum-trials for a bound",
        ),
        (
            wish.maximum_trials is not None and not wish.is_adaptive,
            "--maximum-trials bounds what --adaptive spends",
            "add --adaptive, or write --repetitions",
        ),
        (
            wish.audit is not None and wish.changed is None,
            "--audit is a share of the cases that --changed leaves out",
            "add --changed and a revision",
        ),
        (
            wish.perturb is not None and _judges(wish),
            "--perturb measures and does not judge, so that it takes no baseline, no selection and no repetitions",
            "write --perturb, --distractors and --subject only",
        ),
        (
            wish.shard is not None and (wish.is_adaptive or wish.changed is not None or wish.against_run is not None),
            "a shard is not judged, so that --adaptive, --changed and --against-run mean nothing to it",
            "write --shard with --against, --repetitions, --subject or --resume; `passmuster merge` judges",
        ),
        (
            bool(wish.trace) and (wish.perturb is not None or _judges(replace(wish, repetitions=None))),
            "--trace tells what happens in single cases and does not judge, so that it takes no baseline and no shard",
            "write --trace with --subject, --repetitions, --budget, --fresh or --json only",
        ),
        (
            wish.scheduler is not None and (wish.against is not None or wish.perturb is not None or bool(wish.trace)),
            "--scheduler has a cluster make a run, and --against, --perturb and --trace work in one process",
            "leave --scheduler out",
        ),
        (
            wish.perturb is not None and (wish.observing.log is not None or bool(wish.observing.telemetry)),
            "--perturb measures without a run that a log or a collector could be told of",
            "leave --log and --telemetry out",
        ),
        (
            wish.perturb is None and (wish.distractors is not None or wish.distractor_count is not None),
            "--distractors belong to --perturb",
            "add --perturb distractors",
        ),
    )
    findings = [
        Finding(rule="contradiction", severity=Severity.ERROR, message=message, hint=hint)
        for is_wrong, message, hint in complaints
        if is_wrong
    ]
    if findings:
        raise InvalidConfigurationError(findings)
    # Before anything is opened.
    _shard_of(wish)


def _shard_of(wish: Wish) -> "Shard | None":
    if wish.shard is None:
        return None
    from passmuster.application.sharding import Shard  # noqa: PLC0415 - see the module's first lines

    return Shard.read(wish.shard)


def _judges(wish: Wish) -> bool:
    """Whether anything is asked for that only a judged run has."""
    named = (wish.against, wish.against_run, wish.repetitions, wish.maximum_trials, wish.changed, wish.audit)
    return wish.resume or wish.is_adaptive or wish.shard is not None or any(item is not None for item in named)


def _run_traced(suite: str | None, wish: Wish, cap: Cap) -> int:
    from passmuster.cli import tracing  # noqa: PLC0415 - see the module's first lines

    asked = tracing.Wish(
        cases=wish.trace,
        only=wish.only,
        repetitions=wish.repetitions or 1,
        cap=cap,
        is_fresh=wish.is_fresh,
        observing=wish.observing,
        as_json=wish.as_json,
    )
    return tracing.run_trace(suite, asked)


def _run_perturbed(suite: str | None, wish: Wish, packs: str, cap: Cap) -> int:
    from passmuster.cli import perturbing  # noqa: PLC0415 - see the module's first lines

    asked = perturbing.Wish(
        packs=packs,
        distractors=wish.distractors,
        number=wish.distractor_count or perturbing.DISTRACTOR_COUNT,
        only=wish.only,
        cap=cap,
        is_fresh=wish.is_fresh,
        write_reports=wish.write_reports,
        as_json=wish.as_json,
    )
    return perturbing.run_perturbed(suite, asked)


@contextmanager
def _sides(bench: Workbench, wish: Wish, watching: Observed) -> Iterator[Sides]:
    if wish.against is not None:
        with opened_at(bench, wish.against) as former:
            yield _in_turns(watching, former, wish, wish.against)
        return
    baseline = accepted_baseline(bench) if wish.against_run is None else stored_baseline(bench, wish.against_run)
    parts = _selected(bench, bench.parts(former_agents(baseline), wish.only), wish)
    evaluate = EvaluateSuite(parts=watching.watched(_sharded(parts, wish)))
    yield Alone(evaluate=evaluate, planned=evaluate.resume() if wish.resume else evaluate.start(), baseline=baseline)


def _in_turns(watching: Observed, former: Workbench, wish: Wish, reference: str) -> InTurns:
    """Plan the suite as it is and as it was, both into the store of the one that is."""
    bench = watching.bench
    then = parts_at(bench, former, reference, wish.only)
    now = _selected(bench, bench.parts(former.roster.names, wish.only), wish)
    then = replace(_tuned(then, bench, wish), inclusions=now.inclusions, selection=now.selection)
    pair = EvaluatePair(
        baseline=EvaluateSuite(parts=watching.watched(_sharded(then, wish, is_other_side=True))),
        candidate=EvaluateSuite(parts=watching.watched(_sharded(now, wish))),
    )
    planned = pair.resume() if wish.resume else pair.start()
    return InTurns(pair=pair, planned=planned, label=f"{then.suite} at {reference}")


def _sharded(parts: SuiteParts, wish: Wish, *, is_other_side: bool = False) -> SuiteParts:
    shard = _shard_of(wish)
    return parts if shard is None else shard.part_of(parts, is_other_side=is_other_side)


def _tell_which(sides: Sides) -> None:
    """Say which run is gone on with: an interruption may have come before there was one."""
    if isinstance(sides, InTurns):
        planned, other = sides.planned.candidate, sides.planned.baseline
        missing = len(planned.missing) + len(other.missing)
    elif isinstance(sides, Alone):
        planned = sides.planned
        missing = len(planned.missing)
    else:
        return
    lacks = f"{missing} of its trials are missing" if missing else "none of its trials is missing"
    say(f"going on with run {planned.manifest.identifier}, begun {planned.manifest.started_at:%Y-%m-%d %H:%M}: {lacks}")


def _run_shard(watching: Observed, sides: Sides, wish: Wish) -> int:
    from passmuster.cli import sharding  # noqa: PLC0415 - see the module's first lines

    return sharding.run_shard(watching, sides, wish.shard or "", as_json=wish.as_json)


def _selected(bench: Workbench, parts: SuiteParts, wish: Wish) -> SuiteParts:
    tuned = _tuned(parts, bench, wish)
    if wish.changed is None:
        return tuned
    from passmuster.cli.selecting import AUDIT, narrowed  # noqa: PLC0415 - see the module's first lines

    audit = AUDIT if wish.audit is None else wish.audit
    return narrowed(bench, tuned, wish.changed, audit, resume=wish.resume)


def _tuned(parts: SuiteParts, bench: Workbench, wish: Wish) -> SuiteParts:
    """Ask both sides alike, as often as the command line says."""
    repetitions = 1 if wish.is_adaptive else wish.repetitions or bench.configuration.repetitions
    return distributed(bench, replace(parts, repetitions=repetitions, looks=len(wish.sizes)))


def _other_run(sides: InTurns) -> str:
    identifier = sides.planned.baseline.manifest.identifier
    if sides.planned.is_known:
        return (
            f"The suite was not run again at that revision: run {identifier} was made there, and its answers cannot "
            "vary."
        )
    return (
        f"Both sides were run in turns, so that drift hits both alike; the other side is run {identifier}, and "
        f"--against-run {identifier} compares with it again."
    )


def _execute(evaluate: EvaluateInRounds, watching: Observed, *, is_quiet: bool) -> Report:
    made: list[Report] = []
    with watching.following(watching.bench.configuration.name, is_quiet=is_quiet) as run:
        planned: list[int] = []

        def expect(trials: int) -> None:
            planned.append(trials)
            run.expect(trials)

        async def make() -> None:
            run.begin()
            agents = len(watching.bench.roster.agents)
            asyncio.get_running_loop().call_later(HEAD_START, lambda: _prepare_judging(min(sum(planned), agents)))
            # Not returned: when it lets go of Ctrl-C, asyncio spells out what its main task returned, and a run of
            # ten thousand trials takes seconds to spell.
            made.append(await evaluate.execute(expect, run.told))

        run_interruptibly(make)
        return made[0]


def _prepare_judging(kinds: int) -> None:
    """Import what judges while the first answers are awaited: it takes as long as a model's first word."""
    modules = ["passmuster.analysis.reporting"]
    if kinds > 1:
        # What draws anew takes as long again, and a single case, or a single agent, has nothing to draw from.
        modules.append("passmuster.analysis.resampling")
    asyncio.get_running_loop().run_in_executor(None, lambda: [import_module(module) for module in modules])


def show(report: Report, written: Sequence[Path], *, as_json: bool) -> None:
    """Print what a run has shown, and where its reports are."""
    if as_json:
        print_json(summary_of(report, written))
        return
    console = terminal()
    print_report(report, console)
    for path in written[:1]:
        console.print(safe(f"report: {path}"), soft_wrap=True)
    beside = [path.name for path in written[1:] if path.parent == written[0].parent]
    if beside:
        console.print(safe(f"beside it: {', '.join(beside)}"), soft_wrap=True)
