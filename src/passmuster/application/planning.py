"""Which trials a run consists of, and what is certain to go wrong before anything is spent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked, Failure
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError, RecordingStaleError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import SubjectRecord, TrialKey, TrialPlan
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName, fingerprint_of
from passmuster.ports import Router, Subject

STALE = RecordingStaleError.__name__
"""A recording was made from other instructions. The trial fails, and the run goes on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSubject:
    """A live subject, and the record of what it is.

    Attributes:
        subject: Who answers.
        record: What it is.
        router: Who chooses, where that is a part of its own.
        seen: The requests that its routers learnt from or were tuned on, by fingerprint.
    """

    subject: Subject
    record: SubjectRecord
    router: Router | None = None
    seen: frozenset[Fingerprint] = frozenset()


def refuse_seen(subjects: Sequence[PlannedSubject], cases: Sequence[Case]) -> None:
    """Refuse to ask a router what it learnt from: its answers would look better than they are.

    Raises:
        InvalidDatasetError: Naming every such case, once.
    """
    findings = []
    for case in cases:
        learnt = [planned.record.name for planned in subjects if case.request.fingerprint in planned.seen]
        if learnt:
            finding = Finding(
                rule="seen-case",
                severity=Severity.ERROR,
                message=f"subject {learnt[0]!r} has learnt from the request of case {case.identifier!r}",
                hint="evaluate with another split than it was trained on, or train it without this case",
                location=case.source,
            )
            findings.append(finding)
    if findings:
        raise InvalidDatasetError(findings)


def plan_trials(
    subjects: Sequence[PlannedSubject],
    cases: Sequence[Case],
    roster: Roster,
    *,
    repetitions: int | range,
    inclusions: Mapping[CaseIdentifier, float] | None = None,
) -> tuple[TrialPlan, ...]:
    """Return every trial of a run: subjects × cases × repetitions, in this order.

    A deterministic subject answers once: its repetitions would all be the same.

    Args:
        subjects: Who answers.
        cases: What is asked.
        roster: The agents.
        repetitions: How many of each case, or which of them, counted from 0.
        inclusions: The cases that are taken, with the probability with which each was; ``None`` takes all.
    """
    shown = roster.fingerprint
    wanted = range(repetitions) if isinstance(repetitions, int) else repetitions
    taken = {case.identifier: 1.0 for case in cases} if inclusions is None else inclusions
    return tuple(
        replace(_plan(planned, case, roster, shown, repetition), inclusion=taken[case.identifier])
        for planned in subjects
        for case in cases
        if case.identifier in taken
        for repetition in wanted
        if repetition == 0 or not planned.record.is_deterministic
    )


def unfinished(plans: Sequence[TrialPlan], finished: Collection[TrialKey]) -> tuple[TrialPlan, ...]:
    """Return the plans whose trials are not finished yet, in order."""
    done = frozenset(finished)
    return tuple(plan for plan in plans if plan.key not in done)


def refuse_hopeless(plans: Sequence[TrialPlan], subjects: Mapping[SubjectName, Subject]) -> None:
    """Refuse a plan with trials that cannot be made, such as those without any recording.

    Raises:
        InvalidConfigurationError: Naming every such trial. A stale recording is not one: its trial fails, and the
            gate says that it cannot tell.
    """
    findings = []
    for plan in plans:
        failure = subjects[plan.key.subject].foresee(
            plan.case.request, repetition=plan.key.repetition, assigned=plan.assigned, asked=plan.asked
        )
        if failure is not None and failure.kind != STALE:
            findings.append(_hopeless(plan, failure))
    if findings:
        raise InvalidConfigurationError(findings)


def _hopeless(plan: TrialPlan, failure: Failure) -> Finding:
    return Finding(
        rule="recording-missing",
        severity=Severity.ERROR,
        message=f"case {plan.case.identifier!r}, subject {plan.key.subject!r}: {failure.message}",
        location=plan.case.source,
    )


def _plan(planned: PlannedSubject, case: Case, roster: Roster, shown: Fingerprint, repetition: int) -> TrialPlan:
    assigns = planned.subject.takes_assignments
    writer = case.expectation.preferred if assigns else None
    asked = Asked.ROUTING
    # An agent that is gone, or nobody, writes nothing.
    can_write = not assigns or (writer is not None and roster.agent(writer) is not None)
    if case.rubric is not None and planned.subject.writes and can_write:
        asked |= Asked.COMPLETION
    assigned = writer if asked & Asked.COMPLETION else None
    content = fingerprint_of([case.request.fingerprint, shown, planned.record.fingerprint, assigned, asked.value])
    key = TrialKey(case=case.identifier, subject=planned.record.name, repetition=repetition, fingerprint=content)
    return TrialPlan(key=key, case=case, asked=asked, assigned=assigned)
