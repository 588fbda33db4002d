"""Use case: what reviewers propose becomes what cases expect, as far as the audit trail bears it out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from passmuster.application.curating import unknown_agents
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Provenance
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.reviews import Decision, DecisionKind, Proposal
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, SourceLocation

UNKNOWN_AUTHOR = "unknown"
"""Who made a case of which nobody wrote that down."""

LONGEST_NOTE = 10_000
"""Characters of a case's note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A case that is to expect another agent.

    Attributes:
        before: The case as it is.
        after: The case as it is to be.
        decision: The decision that says so.
    """

    before: Case
    after: Case
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoptions:
    """What becomes of proposals.

    Attributes:
        changes: The cases that change, in order of the proposals.
        settled: How many proposals the dataset follows already.
        left_out: Why other proposals are left out.
    """

    changes: tuple[Adoption, ...]
    settled: int
    left_out: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What reviewers left behind.

    Attributes:
        proposals: Who should take requests.
        decisions: The audit trail.
        path: Where the proposals are written, for messages.
    """

    proposals: Sequence[Proposal]
    decisions: Sequence[Decision]
    path: str


def adopt(
    review: Review,
    cases: Sequence[Case],
    roster: Roster,
    former: Collection[AgentName] = (),
    only: Collection[CaseIdentifier] = (),
) -> Adoptions:
    """Let cases expect what reviewers propose; each bears in its provenance who said so, and when.

    Left out is what somebody has said otherwise since, and what was proposed for a case that has changed or is gone.

    Args:
        review: What reviewers left behind.
        cases: The suite's cases.
        roster: The suite's agents.
        former: Agents that cases may expect though the roster lacks them.
        only: Take these cases' proposals alone; empty takes all.

    Raises:
        InvalidDatasetError: With every complaint: a proposal that the trail knows nothing of, an agent that is not
            there or that the case forbids, a case that nobody has proposed anything for.
    """
    work = _Work(review=review, cases={case.identifier: case for case in cases})
    wanted = [item for item in review.proposals if not only or item.case in only]
    changes = tuple(work.changes(wanted))
    complaints_of = unknown_agents(roster, former)
    work.errors.extend(finding for change in changes for finding in complaints_of(change.after))
    for name in sorted(set(only) - {item.case for item in review.proposals}):
        message = f"nobody has proposed anything for case {name!r}"
        work.errors.append(Finding(rule="unknown-case", severity=Severity.ERROR, message=message))
    if work.errors:
        raise InvalidDatasetError(work.errors)
    return Adoptions(changes=changes, settled=work.settled, left_out=tuple(work.left_out))


@dataclass(slots=True, kw_only=True)
class _Work:
    """Proposals that are looked at, one after the other."""

    review: Review
    cases: Mapping[CaseIdentifier, Case]
    settled: int = 0
    left_out: list[Finding] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)

    def changes(self, proposals: Sequence[Proposal]) -> Iterator[Adoption]:
        for proposal in proposals:
            decision, case = self._decision(proposal), self.cases.get(proposal.case)
            if decision is None:
                continue
            if case is None:
                self._leave_out(proposal, "the suite has no such case any more")
            elif case.expectation.preferred == proposal.agent:
                self.settled += 1
            elif decision.before != expected_words(case.expectation.preferred):
                self._leave_out(proposal, f"the case was changed since: {decision.before} then")
            elif proposal.request not in {UNKNOWN, case.request.fingerprint}:
                self._leave_out(proposal, "its request was changed since")
            elif proposal.agent in case.expectation.forbidden:
                message = f"case {case.identifier!r} forbids {proposal.agent!r}, whom {proposal.by!r} proposes"
                self._say("contradictory-expectation", message, "correct the case's 'forbidden' by hand", proposal)
            else:
                yield Adoption(before=case, after=adopted_case(case, proposal.agent, decision), decision=decision)

    def _decision(self, proposal: Proposal) -> Decision | None:
        """Return the decision that a proposal comes from; ``None`` if there is none, or it was overruled."""
        told = [it for it in self.review.decisions if it.kind is DecisionKind.CHOICE and it.case == proposal.case]
        own = [it for it in told if (it.run, it.by) == (proposal.run, proposal.by) and _means(it, proposal.agent)]
        if not own:
            message = f"the audit trail has no decision of {proposal.by!r} that case {proposal.case!r} should go there"
            hint = "decide about the case in `passmuster serve --reviews`, or take the line out"
            self._say("unexplained-proposal", message, hint, proposal)
            return None
        last = [it for it in told if not it.after.endswith(" is wrong")][-1:]
        if last and not _means(last[0], proposal.agent):
            self._leave_out(proposal, f"{last[0].by!r} said otherwise at {last[0].at}: {last[0].after}")
            return None
        return own[-1]

    def _leave_out(self, proposal: Proposal, why: str) -> None:
        finding = Finding(
            rule="outdated-proposal",
            severity=Severity.WARNING,
            message=f"what was proposed for case {proposal.case!r} is left out: {why}",
            hint="decide about it once more if it still holds",
            location=SourceLocation(path=self.review.path, line=proposal.line),
        )
        self.left_out.append(finding)

    def _say(self, rule: str, message: str, hint: str, proposal: Proposal) -> None:
        place = SourceLocation(path=self.review.path, line=proposal.line)
        self.errors.append(Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=place))


def expected_words(agent: AgentName | None) -> str:
    """Return what a decision says of what was expected before."""
    return f"expected {agent or NOBODY}"


def right_words(chosen: str) -> str:
    """Return what a decision says where a choice was right."""
    return f"{chosen} is right"


def wrong_words(chosen: str, should: str) -> str:
    """Return what a decision says where a choice was wrong; who should have been chosen may be left open."""
    return f"{chosen} is wrong" + (f"; should be {should}" if should else "")


def adopted_case(case: Case, agent: AgentName | None, decision: Decision) -> Case:
    """Return a case that expects an agent since a person said so."""
    expectation = case.expectation
    acceptable = expectation.acceptable - frozenset(() if agent is None else (agent,))
    return replace(
        case,
        expectation=replace(expectation, preferred=agent, acceptable=acceptable),
        provenance=_provenance(case, agent, decision),
    )


def _provenance(case: Case, agent: AgentName | None, decision: Decision) -> Provenance:
    day = decision.at[: len("2026-01-31")]
    was, now = case.expectation.preferred or NOBODY, agent or NOBODY
    told = f"{day}: {decision.by} says {now} and not {was} (run {decision.run})"
    told += f": {decision.note}" if decision.note else ""
    own = case.provenance or Provenance(author=UNKNOWN_AUTHOR, date=day)
    note = f"{own.note}\n{told}" if own.note else told
    return replace(own, reviewed_by=decision.by, note=note if len(note) <= LONGEST_NOTE else told)


def _means(decision: Decision, agent: AgentName | None) -> bool:
    name = agent or NOBODY
    return decision.after == right_words(name) or decision.after.endswith(f" is wrong; should be {name}")
