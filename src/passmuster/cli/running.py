"""The command `run`: evaluate, compare, judge, report."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path
from time import monotonic

from passmuster.application.evaluating import EvaluateSuite, PlannedRun
from passmuster.application.reviewing import review
from passmuster.cli.console import EXIT_STATUS, print_report, progress_bar, terminal
from passmuster.cli.opening import accepted_baseline, opened
from passmuster.cli.printing import print_json, summary_of
from passmuster.composition.building import Workbench
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, Trial


def run(suite: str | None, *, resume: bool, only: Collection[str], write_reports: bool, as_json: bool) -> int:
    """Evaluate a suite and return the exit status."""
    with opened(suite) as bench:
        baseline = accepted_baseline(bench)
        former = () if baseline is None else tuple(agent.name for agent in baseline.agents)
        evaluate = EvaluateSuite(parts=bench.parts(former, only))
        planned = evaluate.resume() if resume else evaluate.start()
        report = review(_execute(evaluate, planned), bench.rules, baseline)
        written = _write(bench, report) if write_reports else ()
        _show(report, written, as_json=as_json)
        return EXIT_STATUS[report.verdict.outcome]


def _execute(evaluate: EvaluateSuite, planned: PlannedRun) -> Run:
    total = len(evaluate.plans)
    already = total - len(planned.missing)
    began = monotonic()
    done = 0
    with progress_bar(total, already, evaluate.parts.suite) as bar:

        def told(_trial: Trial) -> None:
            nonlocal done
            done += 1
            rate = done / max(monotonic() - began, 1e-9)
            bar.update(bar.task_ids[0], completed=already + done, rate=f"{rate:.0f}/s")

        made: list[Run] = []

        async def make() -> None:
            # Not returned: when it lets go of Ctrl-C, asyncio spells out what its main task returned, and a run of
            # ten thousand trials takes seconds to spell.
            made.append(await evaluate.execute(planned, told))

        asyncio.run(make())
        return made[0]


def _write(bench: Workbench, report: Report) -> Sequence[Path]:
    destination = bench.reports_location
    return [path for reporter in bench.reporters for path in reporter.write(report, destination)]


def _show(report: Report, written: Sequence[Path], *, as_json: bool) -> None:
    if as_json:
        print_json(summary_of(report, written))
        return
    console = terminal()
    print_report(report, console)
    for path in written[:1]:
        console.print(f"report: {path}", soft_wrap=True)
