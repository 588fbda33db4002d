"""What pages show of a suite, read by one thread: runs, reports, histories, cases that want a person's eyes."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from passmuster.analysis.reporting import report_of
from passmuster.application.history import History, Selection, history_of
from passmuster.application.queueing import Queued, queue_of
from passmuster.application.reviewing import find_run
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import accepted_baseline, stored_baseline
from passmuster.composition.reporters import reporters_of
from passmuster.composition.tracking import track_of
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import RunManifest

MOST_RUNS = 2000
"""Runs that are listed and searched, the latest ones."""

PAGE = "html"
"""The reporter whose page is shown."""

Completing = Callable[[Workbench, Report], Report]
"""Adds what a report's page tells of earlier runs."""

Drawing = Callable[[History, str], bytes]
"""Draws a history as SVG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A report with the cases that want a person's eyes."""

    report: Report
    queue: tuple[Queued, ...]

    def case(self, subject: str, case: str) -> CaseReport | None:
        """Return a case of a subject; ``None`` if there is none of these names."""
        every = self.report.cases
        return next((item for item in every if item.subject == subject and item.case.identifier == case), None)


def runs_of(bench: Workbench) -> tuple[RunManifest, ...]:
    """Return the latest runs of the suite, the newest first."""
    return tuple(bench.store.history(bench.configuration.name, limit=MOST_RUNS))


def report_page(bench: Workbench, run: str, against: str | None, complete: Completing) -> tuple[str, bool]:
    """Return the page that `report` would write, and whether it will be the same the next time.

    Raises:
        PassmusterError: If there is no such run, or it cannot be compared.
    """
    report = complete(bench, _report(bench, run, against))
    [reporter, *_] = reporters_of(bench, (PAGE,))
    with tempfile.TemporaryDirectory(prefix="passmuster-") as folder:
        written = reporter.write(report, Path(folder))
        [page, *_] = [path for path in written if path.suffix == ".html"]
        return page.read_text(encoding="utf-8"), _is_final(report)


def reviewed(bench: Workbench, run: str, against: str | None) -> tuple[Reviewed, bool]:
    """Return a run's report with the cases that want a person's eyes, and whether it will be the same the next time.

    Raises:
        PassmusterError: If there is no such run, or it cannot be compared.
    """
    report = _report(bench, run, against)
    return Reviewed(report=report, queue=queue_of(report)), _is_final(report)


def history(bench: Workbench, selection: Selection, runs: int) -> History:
    """Return what the latest runs tell.

    Raises:
        PassmusterError: If there are none, or nothing of that name.
    """
    return history_of(bench.store, bench.configuration.name, runs, selection, track_of(bench), lambda _done, _all: None)


def _report(bench: Workbench, run: str, against: str | None) -> Report:
    found = find_run(bench.store, bench.configuration.name, run)
    baseline = stored_baseline(bench, against, found.manifest) if against else accepted_baseline(bench)
    return report_of(found, bench.policy, baseline)


def _is_final(report: Report) -> bool:
    return sum(len(case.trials) for case in report.cases) >= report.manifest.planned
