"""The command `run`: evaluate, compare, judge, report."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.evaluating import EvaluateSuite, PlannedRun
from passmuster.cli.console import EXIT_STATUS, print_report, progress_bar, terminal
from passmuster.cli.opening import accepted_baseline, former_agents, opened, write_reports
from passmuster.cli.printing import print_json, summary_of
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, Trial
from passmuster.domain.verdicts import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a run.

    Attributes:
        resume: Finish the latest interrupted run.
        only: The subjects to evaluate; empty means all.
        against: Compare with the suite at this git revision, and not with the accepted baseline.
        write_reports: Whether reports are written.
        as_json: Whether a machine reads the result.
    """

    resume: bool
    only: Collection[str]
    against: str | None
    write_reports: bool
    as_json: bool


def run(suite: str | None, wish: Wish) -> int:
    """Evaluate a suite and return the exit status."""
    with opened(suite) as bench:
        baseline = accepted_baseline(bench) if wish.against is None else _snapshot_at(bench, wish.against, wish.only)
        evaluate = EvaluateSuite(parts=bench.parts(former_agents(baseline), wish.only))
        planned = evaluate.resume() if wish.resume else evaluate.start()
        report = report_of(_execute(evaluate, planned, evaluate.parts.suite), bench.policy, baseline)
        written = write_reports(bench, report, bench.reports_location) if wish.write_reports else ()
        _show(report, written, as_json=wish.as_json)
        return EXIT_STATUS[report.verdict.outcome]


def _snapshot_at(bench: Workbench, reference: str, only: Collection[str]) -> Snapshot:
    """Evaluate the suite as it was at a revision: its agents, its cases, its configuration; in a store of its own."""
    with TemporaryDirectory(prefix="passmuster-") as name:
        suite = bench.revisions.tree_at(reference, bench.folder, Path(name)) / bench.suite.name
        if not suite.is_file():
            finding = Finding(
                rule="no-suite",
                severity=Severity.ERROR,
                message=f"there is no suite {str(bench.suite)!r} at {reference!r}",
                hint="name a revision that has it",
            )
            raise InvalidConfigurationError([finding])
        former = Workbench(suite, Settings().model_copy(update={"store": str(Path(name) / "against.sqlite")}))
        try:
            evaluate = EvaluateSuite(parts=former.parts(only=only))
            label = f"{evaluate.parts.suite} at {reference}"
            return replace(observe(_execute(evaluate, evaluate.start(), label)), label=label)
        finally:
            former.close()


def _execute(evaluate: EvaluateSuite, planned: PlannedRun, label: str) -> Run:
    total = len(evaluate.plans)
    done = total - len(planned.missing)
    made: list[Run] = []
    with progress_bar(total, done, label) as tell:

        def told(_trial: Trial) -> None:
            nonlocal done
            done += 1
            tell(done, total)

        async def make() -> None:
            # Not returned: when it lets go of Ctrl-C, asyncio spells out what its main task returned, and a run of
            # ten thousand trials takes seconds to spell.
            made.append(await evaluate.execute(planned, told))

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
