"""Use cases on what people curate: cases against rosters, and what was accepted."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import InvalidDatasetError, InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Acceptance, Snapshot
from passmuster.domain.values import AgentName, CaseIdentifier, SourceLocation

SHOWN_AGENTS = 20
"""How many agents a hint lists."""


def merge_datasets(datasets: Sequence[Dataset]) -> tuple[Case, ...]:
    """Put the cases of several datasets after one another.

    Raises:
        InvalidDatasetError: If an identifier stands in two of them, or there is no case at all.
    """
    seen: dict[CaseIdentifier, Case] = {}
    findings = []
    for case in (case for dataset in datasets for case in dataset.cases):
        if case.identifier in seen:
            findings.append(_twice(case, seen[case.identifier]))
        else:
            seen[case.identifier] = case
    if not seen:
        names = ", ".join(repr(dataset.name) for dataset in datasets)
        findings.append(
            Finding(
                rule="no-cases",
                severity=Severity.ERROR,
                message=f"no case is left in {names}",
                hint="add cases, or widen the split or the tags that the suite selects",
            )
        )
    if findings:
        raise InvalidDatasetError(findings)
    return tuple(seen.values())


def refuse_unknown_agents(cases: Sequence[Case], roster: Roster, former: Collection[AgentName] = ()) -> None:
    """Refuse expectations that name agents which neither the roster nor the baseline has.

    An agent that only the baseline has was removed: its cases are broken by that, which the gate says.

    Raises:
        InvalidDatasetError: Naming every such case and agent.
    """
    complaints_of = unknown_agents(roster, former)
    findings = [finding for case in cases for finding in complaints_of(case)]
    if findings:
        raise InvalidDatasetError(findings)


def unknown_agents(roster: Roster, former: Collection[AgentName] = ()) -> Callable[[Case], Sequence[Finding]]:
    """Return what complains about the agents that a case names, and neither the roster nor the baseline has."""
    names = sorted(roster.names)
    known = {*names, *former, None}

    def complaints_of(case: Case) -> Sequence[Finding]:
        expectation = case.expectation
        # Nearly every case names one agent, and there may be a million of them.
        if expectation.preferred in known and not expectation.acceptable and not expectation.forbidden:
            return ()
        return [_unknown_agent(case, name, names) for name in sorted(expectation.named - known)]

    return complaints_of


def refuse_unusable(roster: Roster) -> None:
    """Refuse a roster with error findings, such as two agents of one name.

    Raises:
        InvalidRosterError: With every error finding.
    """
    errors = roster.errors()
    if errors:
        raise InvalidRosterError(errors)


def lint_acceptances(baseline: Snapshot | None, today: date, location: str) -> tuple[Finding, ...]:
    """Return a finding for every accepted break that has no reason, or whose time is over.

    Args:
        baseline: What was accepted; ``None`` where nothing was.
        today: The day to judge by.
        location: The baseline's file, for messages.
    """
    return tuple(
        finding
        for acceptance in (baseline.acceptances if baseline else ())
        for finding in _acceptance_findings(acceptance, today, SourceLocation(path=location))
    )


def _acceptance_findings(acceptance: Acceptance, today: date, location: SourceLocation) -> Iterator[Finding]:
    what = f"the break of case {acceptance.case!r} for subject {acceptance.subject!r}"
    if not acceptance.reason.strip():
        yield Finding(
            rule="unexplained-acceptance",
            severity=Severity.ERROR,
            message=f"{what} was accepted without a reason",
            hint=f"accept it again with `--case {acceptance.case} --reason …`, or mend it",
            location=location,
        )
    if acceptance.expires is not None and date.fromisoformat(acceptance.expires) <= today:
        yield Finding(
            rule="expired-acceptance",
            severity=Severity.ERROR,
            message=f"{what} was accepted until {acceptance.expires}: {acceptance.reason}",
            hint="mend it, or accept it again with a later day",
            location=location,
        )


def _twice(case: Case, first: Case) -> Finding:
    return Finding(
        rule="duplicate-identifier",
        severity=Severity.ERROR,
        message=f"the identifier {case.identifier!r} is already used at {first.source or 'another place'}",
        hint="give one of the two another identifier",
        location=case.source,
    )


def _unknown_agent(case: Case, name: AgentName, known: Sequence[str]) -> Finding:
    near = get_close_matches(name, known, n=1)
    more = ", …" if len(known) > SHOWN_AGENTS else ""
    roster = f"the roster has {', '.join(known[:SHOWN_AGENTS])}{more}" if known else "the roster has no agents"
    hint = f"did you mean {near[0]!r}?" if near else roster
    return Finding(
        rule="unknown-agent",
        severity=Severity.ERROR,
        message=f"case {case.identifier!r} names the agent {name!r}, which the roster does not have",
        hint=hint,
        location=case.source,
    )
