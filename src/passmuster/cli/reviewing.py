"""The commands `compare`, `gate`, `accept` and `report`: all on a stored run, asking no model."""

from collections.abc import Sequence
from pathlib import Path

from passmuster.analysis.leaving_out import held_strictly
from passmuster.application.accepting import Grounds, accepted, cases_of_agent, earlier_runs, kept_sentences
from passmuster.application.reading import load_reduced
from passmuster.application.reviewing import find_run
from passmuster.cli.console import EXIT_STATUS, print_changes, print_verdict, safe, terminal
from passmuster.cli.first_screen import print_report
from passmuster.cli.opening import accepted_baseline, opened, stored_baseline, write_reports
from passmuster.cli.printing import print_json, summary_of
from passmuster.composition.building import Workbench
from passmuster.composition.reporters import named_formats
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier


def compare(suite: str | None, run: str | None, against: str | None = None, *, as_json: bool) -> int:
    """Show what differs from the baseline, or from the stored run ``against``."""
    with opened(suite) as bench:
        reviewed = _reviewed(bench, run, against)
        if as_json:
            print_json(summary_of(reviewed))
        elif reviewed.comparison is None:
            terminal().print("there is no accepted baseline yet; make one with `passmuster accept`")
        elif reviewed.comparison.is_equal:
            print_verdict(reviewed, terminal())
        else:
            print_changes(reviewed, terminal())
        return 0


def gate(
    suite: str | None, run: str | None, against: str | None = None, *, is_strict: bool = False, as_json: bool
) -> int:
    """Judge a stored run, perhaps against another one, and return the verdict's exit status."""
    with opened(suite) as bench:
        reviewed = _reviewed(bench, run, against)
        reviewed = held_strictly(reviewed) if is_strict else reviewed
        if as_json:
            print_json(summary_of(reviewed))
        else:
            print_report(reviewed, terminal())
        return EXIT_STATUS[reviewed.verdict.outcome]


def accept(
    suite: str | None, run: str | None, cases: Sequence[str], agent: str | None, grounds: Grounds, *, as_json: bool
) -> int:
    """Make a run the baseline, or some of its cases."""
    with opened(suite) as bench:
        found = find_run(bench.store, bench.configuration.name, run)
        baseline = accepted_baseline(bench)
        only = [CaseIdentifier(case) for case in cases]
        if agent is not None:
            moved = cases_of_agent(found, baseline, agent)
            if not moved:
                if as_json:
                    print_json(_plain_acceptance(found, None, [], bench))
                else:
                    terminal().print(safe(f"no case moved to or from {agent!r}: nothing to accept"))
                return 0
            only.extend(moved)
        snapshot = accepted(found, baseline, only, grounds, earlier_runs(bench.store, found))
        bench.baselines.write(snapshot, bench.baseline_location)
        if as_json:
            print_json(_plain_acceptance(found, snapshot, only, bench))
        else:
            _tell(found, snapshot, only, str(bench.baseline_location))
        return 0


def _plain_acceptance(
    run: Run, snapshot: Snapshot | None, only: Sequence[CaseIdentifier], bench: Workbench
) -> dict[str, object]:
    """Return what was accepted as plain data; without a snapshot, that is nothing."""
    is_whole = snapshot is not None and not only
    return {
        "run": run.manifest.identifier,
        "baseline": str(bench.baseline_location),
        "cases": None if is_whole else list(dict.fromkeys(only)),
        "observations": 0 if snapshot is None else len(snapshot.observations),
        "kept": [] if snapshot is None else list(kept_sentences(run, snapshot)),
        "without_reason": 0 if snapshot is None else sum(not item.reason for item in snapshot.acceptances),
    }


def _tell(run: Run, snapshot: Snapshot, only: Sequence[CaseIdentifier], location: str) -> None:
    what = f"{len(set(only))} cases" if only else f"{len(snapshot.observations)} observations"
    sentence = f"accepted {what} of run {run.manifest.identifier} into {location}; commit that file"
    terminal().print(safe(sentence), soft_wrap=True)
    for kept in kept_sentences(run, snapshot):
        terminal().print(safe(kept), soft_wrap=True)
    unexplained = sum(not acceptance.reason for acceptance in snapshot.acceptances)
    if unexplained:
        sentence = f"{unexplained} breaks are accepted without a reason, which `passmuster lint` will not let pass"
        terminal().print(f"{sentence}: say why with --reason", soft_wrap=True)


def report(
    suite: str | None,
    run: str | None,
    output: Path | None,
    *,
    against: str | None = None,
    formats: str | None = None,
    as_json: bool,
) -> int:
    """Write the reports of a stored run: those that are named, or else those of the suite."""
    with opened(suite) as bench:
        names = None if formats is None else named_formats(formats)
        reviewed = _reviewed(bench, run, against)
        destination = output or bench.reports_location
        own = tuple(section.use for section in bench.configuration.reports)
        written = write_reports(bench, reviewed, destination, only=own if names is None else names)
        if as_json:
            print_json({"run": reviewed.manifest.identifier, "reports": [str(path) for path in written]})
        for path in () if as_json else written:
            terminal().print(safe(str(path)), soft_wrap=True)
        return 0


def _reviewed(bench: Workbench, run: str | None, against: str | None = None) -> Report:
    from passmuster.analysis.reporting import report_of  # noqa: PLC0415 - who accepts judges nothing

    found = find_run(bench.store, bench.configuration.name, run, load=load_reduced)
    baseline = accepted_baseline(bench) if against is None else stored_baseline(bench, against, found.manifest)
    return report_of(found, bench.policy, baseline)
