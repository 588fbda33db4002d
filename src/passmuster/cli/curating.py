"""The commands `lint`, `dataset check` and `schema`: looking after what people curate."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from passmuster.application.curating import lint_acceptances, lint_roster, refuse_unknown_agents
from passmuster.cli.console import safe, terminal
from passmuster.cli.leaving import INPUT, say
from passmuster.cli.opening import accepted_baseline, former_agents, opened
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.building import Workbench, load_roster
from passmuster.composition.schemas import case_schema, suite_schema
from passmuster.domain.agents import HostVerdict, Roster
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity


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
        location = str(bench.baseline_location)
        acceptances = lint_acceptances(accepted_baseline(bench), bench.clock.now().date(), location)
        return bench.roster, (*lint_roster(bench.roster), *acceptances)


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
        "by split": dict(sorted(Counter(case.split for case in cases).items())),
        "by stratum": dict(sorted(Counter(str(case.stratum) for case in cases).items())),
        "by expected agent": dict(sorted(Counter(case.expectation.preferred or "(nobody)" for case in cases).items())),
    }
