"""The command `run`: evaluate, compare, judge, report."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from passmuster.analysis.adaptive import MOST_TRIALS, schedule
from passmuster.application.adapting import Alone, EvaluateInRounds, InTurns, Sides
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.pairing import EvaluatePair
from passmuster.cli.console import EXIT_STATUS, print_report, progress_bar, terminal
from passmuster.cli.opening import (
    accepted_baseline,
    former_agents,
    opened,
    opened_at,
    stored_baseline,
    write_reports,
)
from passmuster.cli.perturbing import DISTRACTOR_COUNT, run_perturbed
from passmuster.cli.perturbing import Wish as PerturbingWish
from passmuster.cli.printing import print_json, summary_of
from passmuster.cli.selecting import AUDIT, narrowed
from passmuster.composition.building import Workbench
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reports import Report
from passmuster.domain.results import Revision, Trial


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
    write_reports: bool
    as_json: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many trials a case is asked in each round."""
        return schedule(self.maximum_trials or MOST_TRIALS) if self.is_adaptive else (1,)


def run(suite: str | None, wish: Wish) -> int:
    """Evaluate a suite and return the exit status."""
    _refuse_contradictions(wish)
    if wish.perturb is not None:
        return run_perturbed(suite, _perturbing(wish, wish.perturb))
    with opened(suite) as bench, _sides(bench, wish) as sides:
        evaluate = EvaluateInRounds(sides=sides, policy=bench.policy, sizes=wish.sizes[1:])
        report = _execute(evaluate, bench.configuration.name)
        if isinstance(sides, InTurns):
            report = replace(report, trust=(*report.trust, _other_run(sides)))
        written = write_reports(bench, report, bench.reports_location) if wish.write_reports else ()
        _show(report, written, as_json=wish.as_json)
        return EXIT_STATUS[report.verdict.outcome]


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


def _judges(wish: Wish) -> bool:
    """Whether anything is asked for that only a judged run has."""
    named = (wish.against, wish.against_run, wish.repetitions, wish.maximum_trials, wish.changed, wish.audit)
    return wish.resume or wish.is_adaptive or any(item is not None for item in named)


def _perturbing(wish: Wish, packs: str) -> PerturbingWish:
    return PerturbingWish(
        packs=packs,
        distractors=wish.distractors,
        number=wish.distractor_count or DISTRACTOR_COUNT,
        only=wish.only,
        write_reports=wish.write_reports,
        as_json=wish.as_json,
    )


@contextmanager
def _sides(bench: Workbench, wish: Wish) -> Iterator[Sides]:
    if wish.against is not None:
        with opened_at(bench, wish.against) as former:
            yield _in_turns(bench, former, wish, wish.against)
        return
    baseline = accepted_baseline(bench) if wish.against_run is None else stored_baseline(bench, wish.against_run)
    evaluate = EvaluateSuite(parts=_selected(bench, bench.parts(former_agents(baseline), wish.only), wish))
    yield Alone(evaluate=evaluate, planned=evaluate.resume() if wish.resume else evaluate.start(), baseline=baseline)


def _in_turns(bench: Workbench, former: Workbench, wish: Wish, reference: str) -> InTurns:
    """Plan the suite as it is and as it was, both into the store of the one that is."""
    commit = bench.revisions.commit(reference, bench.folder).identifier
    known = [name for name in wish.only if name in former.configuration.subjects]
    if wish.only and not known:
        finding = Finding(
            rule="unknown-subject",
            severity=Severity.ERROR,
            message=f"the suite at {reference!r} has no subject {next(iter(wish.only))!r}",
            hint=f"its subjects: {', '.join(former.configuration.subjects)}",
        )
        raise InvalidConfigurationError([finding])
    then = replace(
        former.parts(only=known),
        store=bench.store,
        revision=Revision(commit=commit, branch="", is_dirty=False),
    )
    now = _selected(bench, bench.parts(former.roster.names, wish.only), wish)
    then = replace(_tuned(then, bench, wish), inclusions=now.inclusions, selection=now.selection)
    pair = EvaluatePair(baseline=EvaluateSuite(parts=then), candidate=EvaluateSuite(parts=now))
    planned = pair.resume() if wish.resume else pair.start()
    return InTurns(pair=pair, planned=planned, label=f"{pair.baseline.parts.suite} at {reference}")


def _selected(bench: Workbench, parts: SuiteParts, wish: Wish) -> SuiteParts:
    audit = AUDIT if wish.audit is None else wish.audit
    return narrowed(bench, _tuned(parts, bench, wish), wish.changed, audit, resume=wish.resume)


def _tuned(parts: SuiteParts, bench: Workbench, wish: Wish) -> SuiteParts:
    """Ask both sides alike, as often as the command line says."""
    repetitions = 1 if wish.is_adaptive else wish.repetitions or bench.configuration.repetitions
    return replace(parts, repetitions=repetitions, looks=len(wish.sizes))


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


def _execute(evaluate: EvaluateInRounds, label: str) -> Report:
    done = total = 0
    made: list[Report] = []
    with progress_bar(total, done, label) as tell:

        def expect(trials: int) -> None:
            nonlocal total
            total += trials
            tell(done, total)

        def told(_trial: Trial) -> None:
            nonlocal done
            done += 1
            tell(done, total)

        async def make() -> None:
            # Not returned: when it lets go of Ctrl-C, asyncio spells out what its main task returned, and a run of
            # ten thousand trials takes seconds to spell.
            made.append(await evaluate.execute(expect, told))

        asyncio.run(make())
        return made[0]


def _show(report: Report, written: Sequence[Path], *, as_json: bool) -> None:
    if as_json:
        print_json(summary_of(report, written))
        return
    console = terminal()
    print_report(report, console)
    for path in written[:1]:
        console.print(f"report: {path}", soft_wrap=True)
