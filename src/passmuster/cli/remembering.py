"""What reports tell beside a run: earlier runs, and the agents as they were."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from passmuster.application.kept_runs import KeptRuns
from passmuster.application.remembering import AT_ONCE, MOST_TRIALS, Memory, past_of, roster_before
from passmuster.cli.console import progress_bar
from passmuster.composition.building import Workbench
from passmuster.composition.former_rosters import committed_roster
from passmuster.composition.tracking import track_of
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import RunNotFoundError, StoreError
from passmuster.domain.reports import Report

FORGETFUL: Final = frozenset({"github", "json", "junit", "markdown", "sarif"})
"""Reporters that tell of no earlier run."""

PATIENT: Final = MOST_TRIALS
"""The room of whoever waits for a report alone."""

__all__ = ["AT_ONCE", "PATIENT", "remembered"]


def remembered(bench: Workbench, report: Report, names: Collection[str], *, room: int = AT_ONCE) -> Report:
    """Return a report with its past, if any of its reporters may tell of it.

    What cannot be read is left out: that is no fault of the run.

    Args:
        bench: The suite's parts.
        report: Of the run.
        names: The reporters that will draw it.
        room: How many trials of earlier runs may be read that are not kept on this machine yet.
    """
    if not set(names) - FORGETFUL:
        return report
    settings, suite = Settings(), bench.configuration.name
    store = str(settings.store or "")
    kept = KeptRuns(settings.cache, store=f"{bench.folder.resolve()}\n{store}", suite=suite)
    try:
        with progress_bar(1, 0, f"{suite}: reading earlier runs") as tell:
            past = past_of(report, bench.store, track_of(bench), Memory(kept=kept, room=room, progress=tell))
        former = roster_before(report, bench.store)
    except (StoreError, RunNotFoundError):
        return report
    if former is None and report.before is not None:
        former = committed_roster(bench, report.before)
    return replace(report, past=past, roster_before=former)
