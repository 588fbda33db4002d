"""The command `lint`: what is wrong with a roster, and how to put it right."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from rich.table import Table

from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.rules import RULES
from passmuster.application.costing import lint_costs
from passmuster.application.curating import lint_acceptances
from passmuster.application.fixing import proposed_fixes
from passmuster.application.linting import LintPolicy, LintReport, lint_roster, route_own_requests
from passmuster.application.quarantining import lint_quarantines
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.leaving import INPUT, printable, say
from passmuster.cli.lint_document import lint_document
from passmuster.cli.opening import accepted_baseline, former_agents, loose_place, opened, quarantines_of
from passmuster.cli.printing import print_json
from passmuster.cli.sarif_document import sarif_document
from passmuster.composition.building import Workbench
from passmuster.composition.fixing import is_strict_yaml, make_fixes, try_fixes
from passmuster.composition.linting import lint_router, material_of
from passmuster.composition.rosters import load_roster
from passmuster.domain.agents import HostVerdict, Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName

FORMATS = ("text", "json", "sarif", "editor")

SHOWN = 5
"""How many findings of one rule the screen shows, unless rules are named."""

RULES_OF_SUITES = (
    "unexplained-acceptance",
    "expired-acceptance",
    "unknown-quarantine",
    "expired-quarantine",
    "unknown-agent",
)
"""What is found around a roster: these are no matter of taste, so no suite can set them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asked for.

    Attributes:
        rules: Only these; empty means all.
        form: One of ``FORMATS``.
        is_fixing: Whether to mend what can be mended.
        is_trying: Whether to show only what would be mended.
        host: By whose rules a folder of agents is read; ``None`` finds it.
    """

    rules: Sequence[str] = ()
    form: str = "text"
    is_fixing: bool = False
    is_trying: bool = False
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What is looked at.

    Attributes:
        roster: The agents.
        location: The folder that they were loaded from.
        load: Loads a folder as that one was.
        cases: The suite's, where there is one.
        further: Findings about the suite around the roster.
        levels: What the suite says about rules.
    """

    roster: Roster
    location: Path
    load: Callable[[Path], Roster]
    cases: Sequence[Case] = ()
    further: Sequence[Finding] = ()
    levels: dict[str, str] = field(default_factory=dict)


def lint(place: str | None, wish: Wish) -> int:
    """Look at a roster; the exit status is 2 if anything found is an error."""
    _refuse(wish)
    with _looked_at(place, wish.host) as subject:
        roster = _fixed(subject, wish) if wish.is_fixing else subject.roster
        material = material_of(roster)
        report = _report(material, subject, wish)
    _show(report, material, wish)
    return INPUT if report.has_errors else 0


def _report(material: Material, subject: _Subject, wish: Wish) -> LintReport:
    with progress_bar(0, 0, "routing the agents' own requests") as tell:
        router = lint_router(material.roster)
        routed = asyncio.run(route_own_requests(router, material.roster, subject.cases, tell))
    policy = LintPolicy(levels=subject.levels, only=wish.rules)
    return lint_roster(material, policy, routed, subject.further)


def _refuse(wish: Wish) -> None:
    known = (*RULES, *RULES_OF_SUITES)
    findings = [
        _wrong("unknown-rule", f"lint has no rule {rule!r}", _nearest(rule, known))
        for rule in wish.rules
        if rule not in known
    ]
    if wish.form not in FORMATS:
        findings.append(_wrong("unknown-format", f"there is no format {wish.form!r}", f"write {', '.join(FORMATS)}"))
    if wish.is_fixing and wish.form not in {"text", "editor"}:
        findings.append(_wrong("contradiction", f"--fix prints a difference, which is no {wish.form}", "leave one out"))
    if wish.is_trying and not wish.is_fixing:
        findings.append(_wrong("contradiction", "--dry-run goes with --fix", "write both, or none"))
    if findings:
        raise InvalidConfigurationError(findings)


def _wrong(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "docs/lint.md lists the rules"


@contextmanager
def _looked_at(place: str | None, host: str | None) -> Iterator[_Subject]:
    loose = loose_place(place, host)
    if loose is not None:
        load = partial(load_roster, host=loose.host)
        yield _Subject(roster=load(loose.location), location=loose.location, load=load)
        return
    with opened(place) as bench:
        baseline, today = accepted_baseline(bench), bench.clock.now().date()
        agents = (*bench.roster.names, *former_agents(baseline))
        yield _Subject(
            roster=bench.roster,
            location=bench.roster_location,
            load=bench.roster_at,
            cases=_cases(bench),
            further=(
                *lint_acceptances(baseline, today, str(bench.baseline_location)),
                *_costs(bench, agents),
                *(_quarantines(bench) if bench.quarantines else ()),
            ),
            levels=dict(bench.configuration.lint),
        )


def _cases(bench: Workbench) -> tuple[Case, ...]:
    """Return the cases; agents can be looked at without, and `dataset check` says what is wrong with these."""
    try:
        return bench.cases
    except InvalidDatasetError:
        return ()


def _costs(bench: Workbench, agents: Sequence[AgentName]) -> Iterator[Finding]:
    return lint_costs(bench.policy.costs, agents, lambda index, key: bench.location("costs", index, key))


def _quarantines(bench: Workbench) -> tuple[Finding, ...]:
    """Look at quarantines; what keeps the cases from being read is said as well."""
    try:
        return lint_quarantines(quarantines_of(bench), bench.clock.now().date())
    except InvalidDatasetError as error:
        return error.findings


def _fixed(subject: _Subject, wish: Wish) -> Roster:
    """Mend what can be mended, say so, and return the roster as it is then."""
    proposed = [
        fix
        for fix in proposed_fixes(material_of(subject.roster), is_strict_yaml)
        if not wish.rules or set(fix.rules) & set(wish.rules)
    ]
    trial = try_fixes(proposed, subject.roster, subject.location, subject.load)
    for fix in trial.sound:
        terminal().print(printable(fix.difference), markup=False, soft_wrap=True, end="")
    refused = [*trial.refused, *(() if wish.is_trying else make_fixes(trial.sound))]
    for item in refused:
        say(f"not fixed: {item.path}: {item.reason}")
    count = len(trial.sound) - (len(refused) - len(trial.refused))
    files = f"{count} {'file' if count == 1 else 'files'}"
    terminal().print(f"{files} would be fixed" if wish.is_trying else f"{files} fixed")
    return subject.roster if wish.is_trying or not count else subject.load(subject.location)


def _show(report: LintReport, material: Material, wish: Wish) -> None:
    if wish.form == "json":
        print_json(lint_document(report, material.roster))
    elif wish.form == "sarif":
        print_json(sarif_document(report.findings, report.suppressed, material.texts))
    elif wish.form == "editor":
        for finding in report.findings:
            terminal().print(safe(_line(finding)), soft_wrap=True)
    else:
        _show_text(report, material.roster, is_whole=bool(wish.rules))


def _line(finding: Finding) -> str:
    """Return a finding as editors read it, with a line and a column even where none is known."""
    place = finding.location
    where = f"{place.path}:{place.line or 1}:{place.column or 1}" if place else "-:1:1"
    hint = f" – {finding.hint}" if finding.hint else ""
    return f"{where}: {finding.severity} {finding.rule} {finding.message}{hint}"


def _show_text(report: LintReport, roster: Roster, *, is_whole: bool) -> None:
    shown: Counter[str] = Counter()
    for finding in report.findings:
        shown[finding.rule] += 1
        if is_whole or shown[finding.rule] <= SHOWN:
            say(f"{finding.severity}: {finding} [{finding.rule}]")
    hidden = {rule: count - SHOWN for rule, count in shown.items() if count > SHOWN and not is_whole}
    for rule, count in hidden.items():
        say(f"… and {count} more [{rule}]: `--rule {rule}` shows them all")
    console = terminal()
    console.print(_verdicts(roster))
    if shown:
        console.print(_counts(report))
    if report.twins:
        console.print(f"{sum(group.pairs for group in report.twins)} pairs of agents have the same description")
    if report.suppressed:
        console.print(f"{len(report.suppressed)} ignored by comments, with their reasons under `--format json`")
    count = len(roster.agents)
    console.print("1 agent can be chosen" if count == 1 else f"{count} agents can be chosen")


def _verdicts(roster: Roster) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("verdict of the host")
    table.add_column("files", justify="right")
    counts = Counter(verdict.host for verdict in roster.files)
    for verdict in HostVerdict:
        if counts[verdict]:
            table.add_row(str(verdict), str(counts[verdict]))
    return table


def _counts(report: LintReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("rule")
    table.add_column("severity")
    table.add_column("findings", justify="right")
    counts = Counter((finding.rule, finding.severity) for finding in report.findings)
    for (rule, severity), count in counts.items():
        table.add_row(rule, str(severity), str(count))
    return table
