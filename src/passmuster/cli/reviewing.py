"""The commands `compare`, `gate`, `accept` and `report`: all on a stored run, asking no model."""

from collections.abc import Sequence
from pathlib import Path

from passmuster.application.reviewing import accepted, find_run, review
from passmuster.cli.console import EXIT_STATUS, print_changes, print_report, print_verdict, terminal
from passmuster.cli.opening import accepted_baseline, opened
from passmuster.cli.printing import print_json, summary_of
from passmuster.composition.building import Workbench
from passmuster.domain.reports import Report
from passmuster.domain.values import CaseIdentifier


def compare(suite: str | None, run: str | None, *, as_json: bool) -> int:
    """Show what differs from the baseline."""
    with opened(suite) as bench:
        reviewed = _reviewed(bench, run)
        if as_json:
            print_json(summary_of(reviewed))
        elif reviewed.comparison is None:
            terminal().print("there is no accepted baseline yet; make one with `passmuster accept`")
        elif reviewed.comparison.is_equal:
            print_verdict(reviewed, terminal())
        else:
            print_changes(reviewed, terminal())
        return 0


def gate(suite: str | None, run: str | None, *, as_json: bool) -> int:
    """Judge a stored run and return the verdict's exit status."""
    with opened(suite) as bench:
        reviewed = _reviewed(bench, run)
        if as_json:
            print_json(summary_of(reviewed))
        else:
            print_report(reviewed, terminal())
        return EXIT_STATUS[reviewed.verdict.outcome]


def accept(suite: str | None, run: str | None, cases: Sequence[str]) -> int:
    """Make a run the baseline."""
    with opened(suite) as bench:
        found = find_run(bench.store, bench.configuration.name, run)
        snapshot = accepted(found, accepted_baseline(bench), [CaseIdentifier(case) for case in cases])
        bench.baselines.write(snapshot, bench.baseline_location)
        what = f"{len(cases)} cases" if cases else f"{len(snapshot.observations)} observations"
        terminal().print(
            f"accepted {what} of run {found.manifest.identifier} into {bench.baseline_location}; commit that file",
            soft_wrap=True,
        )
        return 0


def report(suite: str | None, run: str | None, output: Path | None) -> int:
    """Write the reports of a stored run."""
    with opened(suite) as bench:
        reviewed = _reviewed(bench, run)
        destination = output or bench.reports_location
        for path in [path for reporter in bench.reporters for path in reporter.write(reviewed, destination)]:
            terminal().print(str(path), soft_wrap=True)
        return 0


def _reviewed(bench: Workbench, run: str | None) -> Report:
    found = find_run(bench.store, bench.configuration.name, run)
    return review(found, bench.rules, accepted_baseline(bench))
