"""The commands `lint`, `dataset check` and `schema`: looking after what people curate."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rich.table import Table

from passmuster.application.costing import lint_costs
from passmuster.application.curating import lint_acceptances, lint_roster, refuse_unknown_agents
from passmuster.application.quarantining import Quarantines, lint_quarantines, refuse_unknown_quarantines
from passmuster.cli.console import safe, terminal
from passmuster.cli.leaving import INPUT, say
from passmuster.cli.opening import accepted_baseline, former_agents, opened
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.building import Workbench, load_roster
from passmuster.composition.schemas import case_schema, suite_schema
from passmuster.domain.agents import HostVerdict, Roster
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import SubjectName


def lint(place: str | None, *, as_json: bool) -> int:
    """Check a roster; the exit status is 2 if anything in it is an error."""
    roster, findings = _linted(place)
    has_errors = any(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        print_json({"agents": len(roster.agents), "files": _verdicts(roster), "findings": findings_of(findings)})
    else:
        _show_roster(roster, findings)
    return INPUT if has_errors else 0


def check_dataset(suite: str | None, *, as_json: bool) -> int:
    """Check a suite's cases, down to the options of every criterion."""
    with opened(suite) as bench:
        refuse_unknown_agents(bench.cases, bench.roster, former_agents(accepted_baseline(bench)))
        bench.check_criteria()
        refuse_unknown_quarantines(_quarantines(bench))
        counts = _counts(bench)
        if as_json:
            print_json(counts)
        else:
            for name, value in counts.items():
                shown = (
                    ", ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else value
                )
                terminal().print(safe(f"{name}: {shown}"))
        return 0


def schema(what: str) -> int:
    """Print a JSON Schema."""
    known = {"suite": suite_schema, "case": case_schema}
    if what not in known:
        finding = Finding(
            rule="unknown-schema",
            severity=Severity.ERROR,
            message=f"there is no schema {what!r}",
            hint="write suite or case",
        )
        raise InvalidConfigurationError([finding])
    print_json(known[what]())
    return 0


def _linted(place: str | None) -> tuple[Roster, tuple[Finding, ...]]:
    if place is not None and Path(place).is_dir() and not (Path(place) / "suite.yaml").is_file():
        roster = load_roster(Path(place))
        return roster, lint_roster(roster)
    with opened(place) as bench:
        baseline, today = accepted_baseline(bench), bench.clock.now().date()
        return bench.roster, (
            *lint_roster(bench.roster),
            *lint_acceptances(baseline, today, str(bench.baseline_location)),
            *_cost_findings(bench, baseline),
            *_quarantine_findings(bench, today),
        )


def _cost_findings(bench: Workbench, baseline: Snapshot | None) -> Iterator[Finding]:
    agents = (*bench.roster.names, *former_agents(baseline))
    return lint_costs(bench.policy.costs, agents, lambda index, key: bench.location("costs", index, key))


def _quarantine_findings(bench: Workbench, today: date) -> tuple[Finding, ...]:
    """Look at quarantines; the cases are read for their sake alone, and what is wrong with these is said as well."""
    if not bench.quarantines:
        return ()
    try:
        return lint_quarantines(_quarantines(bench), today)
    except InvalidDatasetError as error:
        return error.findings


def _quarantines(bench: Workbench) -> Quarantines:
    return Quarantines(
        entries=bench.quarantines,
        cases=[case.identifier for case in bench.cases],
        subjects=[SubjectName(name) for name in bench.configuration.subjects],
        place=lambda index, key: bench.location("quarantine", index, key),
    )


def _verdicts(roster: Roster) -> list[dict[str, object]]:
    return [
        {
            "path": verdict.location.path,
            "name": verdict.name,
            "strict": verdict.strict,
            "host": verdict.host,
            "reason": verdict.reason,
        }
        for verdict in roster.files
    ]


def _show_roster(roster: Roster, findings: Sequence[Finding]) -> None:
    for finding in findings:
        say(f"{finding.severity}: {finding} [{finding.rule}]")
    table = Table(box=None, pad_edge=False)
    table.add_column("verdict of the host")
    table.add_column("files", justify="right")
    counts = Counter(verdict.host for verdict in roster.files)
    for verdict in HostVerdict:
        if counts[verdict]:
            table.add_row(str(verdict), str(counts[verdict]))
    terminal().print(table)
    terminal().print(f"{len(roster.agents)} agents can be chosen")


def _counts(bench: Workbench) -> dict[str, object]:
    cases = bench.cases
    return {
        "cases": len(cases),
        "expecting nobody": sum(case.expectation.preferred is None for case in cases),
        "with acceptable agents": sum(bool(case.expectation.acceptable) for case in cases),
        "with forbidden agents": sum(bool(case.expectation.forbidden) for case in cases),
        "with a rubric": sum(case.rubric is not None for case in cases),
        "critical": sum(case.is_critical for case in cases),
        "controls": sum(case.is_control for case in cases),
        "by split": dict(sorted(Counter(case.split for case in cases).items())),
        "by stratum": dict(sorted(Counter(str(case.stratum) for case in cases).items())),
        "by expected agent": dict(sorted(Counter(case.expectation.preferred or "(nobody)" for case in cases).items())),
    }
