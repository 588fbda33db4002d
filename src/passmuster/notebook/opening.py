"""Opens a stored run, judged by the suite as it is now."""

from dataclasses import replace
from pathlib import Path

from passmuster.analysis.reporting import report_of
from passmuster.application.kept_runs import KeptRuns
from passmuster.application.remembering import MOST_TRIALS, Memory, past_of
from passmuster.application.reviewing import find_run
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import accepted_baseline, stored_baseline
from passmuster.composition.tracking import track_of
from passmuster.configuration.reading import find_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.reports import Report
from passmuster.notebook.opened_run import OpenedRun


def open_run(
    suite: str | Path | None = None,
    run: str | None = None,
    *,
    store: str | Path | None = None,
    against_run: str | None = None,
) -> OpenedRun:
    """Open a stored run.

    Args:
        suite: A ``suite.yaml``, its folder, or the folder's name below ``evals``; ``None`` takes the only suite.
        run: The run's identifier; ``None`` takes the latest.
        store: The file of the store; ``None`` takes the suite's own.
        against_run: The identifier of a run to compare with; ``None`` takes the accepted baseline, if there is one.

    Raises:
        InvalidConfigurationError: If there is no such suite, or it cannot be read.
        RunNotFoundError: If the store has no such run.
        UnacceptableRunError: If the run to compare with is incomplete.
    """
    settings = Settings() if store is None else Settings().model_copy(update={"store": str(store)})
    wanted = settings.suite if suite is None else str(suite)
    bench = Workbench(find_suite(wanted, Path.cwd()), settings)
    try:
        name = bench.configuration.name
        found = find_run(bench.store, name, run)
        if against_run is None:
            baseline = accepted_baseline(bench)
        else:
            baseline = stored_baseline(bench, against_run, found.manifest)
        report = report_of(found, bench.policy, baseline)
        return OpenedRun(_with_past(bench, settings, report))
    finally:
        bench.close()


def _with_past(bench: Workbench, settings: Settings, report: Report) -> Report:
    kept = KeptRuns(
        settings.cache, store=f"{bench.folder.resolve()}\n{settings.store or ''}", suite=bench.configuration.name
    )
    memory = Memory(kept=kept, room=MOST_TRIALS)
    return replace(report, past=past_of(report, bench.store, track_of(bench), memory))
