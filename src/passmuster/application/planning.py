"""Which trials a run consists of, and what is certain to go wrong before anything is spent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked, Failure
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError, RecordingStaleError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import PlanLanes, SubjectRecord, TrialKey, TrialPlan
from passmuster.domain.values import UNKNOWN, CaseIdentifier, Fingerprint, SubjectName, fingerprint_of
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
    for case in cases if any(planned.seen for planned in subjects) else ():
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPlans:
    """The trials of one subject: cases × repetitions, in this order; laid out whenever they are walked.

    A deterministic subject answers once: its repetitions would all be the same.

    Attributes:
        planned: Who answers.
        cases: What is asked.
        roster: The agents.
        shown: The roster's fingerprint, worked out once.
        repetitions: Which of them, counted from 0.
        inclusions: The cases that are taken, with the probability with which each was; ``None`` takes all.
        finished: The trials that are not to be made again.
    """

    planned: PlannedSubject
    cases: Sequence[Case]
    roster: Roster
    shown: Fingerprint
    repetitions: range
    inclusions: Mapping[CaseIdentifier, float] | None = None
    finished: AbstractSet[TrialKey] = frozenset()

    @property
    def wanted(self) -> range:
        """The repetitions that the subject is asked for."""
        return self.repetitions if not self.planned.record.is_deterministic else _first(self.repetitions)

    def __iter__(self) -> Iterator[TrialPlan]:
        """Yield what is left to do."""
        wanted = self.wanted
        for case in self.cases if wanted else ():
            sketch = self.sketch(case)
            if sketch is not None:
                yield from self._repeated(sketch, wanted)

    def __len__(self) -> int:
        """Count what is left to do; nothing is laid out unless something is finished."""
        if self.finished:
            return sum(1 for _ in self)
        taken = self.inclusions
        cases = len(self.cases) if taken is None else sum(case.identifier in taken for case in self.cases)
        return cases * len(self.wanted)

    def sketch(self, case: Case) -> TrialPlan | None:
        """Return the plan of a case without the fingerprint of its key, which takes time; ``None`` if it is not taken.

        Its repetition is the first.
        """
        inclusion = 1.0 if self.inclusions is None else self.inclusions.get(case.identifier)
        if inclusion is None:
            return None
        subject = self.planned.subject
        assigns = subject.takes_assignments
        writer = case.expectation.preferred if assigns else None
        asked = Asked.ROUTING
        # An agent that is gone, or nobody, writes nothing.
        can_write = not assigns or (writer is not None and self.roster.agent(writer) is not None)
        if case.rubric is not None and subject.writes and can_write:
            asked |= Asked.COMPLETION
        key = TrialKey(case=case.identifier, subject=self.planned.record.name, repetition=0, fingerprint=UNKNOWN)
        assigned = writer if asked & Asked.COMPLETION else None
        return TrialPlan(key=key, case=case, asked=asked, assigned=assigned, inclusion=inclusion)

    def plan(self, case: Case, repetition: int) -> TrialPlan | None:
        """Return one trial; ``None`` if it is not to be made."""
        sketch = self.sketch(case) if repetition in self.wanted else None
        return None if sketch is None else next(self._repeated(sketch, [repetition]), None)

    def _repeated(self, sketch: TrialPlan, wanted: Iterable[int]) -> Iterator[TrialPlan]:
        request, record = sketch.case.request.fingerprint, self.planned.record
        content = fingerprint_of([request, self.shown, record.fingerprint, sketch.assigned, sketch.asked.value])
        for repetition in wanted:
            key = TrialKey(case=sketch.key.case, subject=record.name, repetition=repetition, fingerprint=content)
            if key not in self.finished:
                yield TrialPlan(
                    key=key,
                    case=sketch.case,
                    asked=sketch.asked,
                    assigned=sketch.assigned,
                    inclusion=sketch.inclusion,
                )


@dataclass(frozen=True, slots=True)
class Plans(PlanLanes):
    """Trials to be made, a lane for each subject; they are laid out whenever they are walked, and never held.

    Attributes:
        lanes: The trials of each subject.
    """

    lanes: tuple[SubjectPlans, ...]

    def __len__(self) -> int:
        """Count what is left to do."""
        return sum(map(len, self.lanes))

    def __bool__(self) -> bool:
        """Whether anything is left to do."""
        return any(True for _ in self)

    def without(self, finished: AbstractSet[TrialKey]) -> "Plans":
        """Return the plans whose trials are not finished yet, in order."""
        return Plans(tuple(replace(lane, finished=finished) for lane in self.lanes))

    def of(self, subject: SubjectName) -> Sequence[TrialPlan]:
        """Return the trials of one subject, laid out."""
        return [plan for lane in self.lanes if lane.planned.record.name == subject for plan in lane]

    def sketches(self) -> Iterator[TrialPlan]:
        """Yield every plan without the fingerprint of its key, which takes time, whether finished or not."""
        for lane in self.lanes:
            wanted = lane.wanted
            for case in lane.cases if wanted else ():
                sketch = lane.sketch(case)
                if sketch is not None:
                    for repetition in wanted:
                        is_first = repetition == sketch.key.repetition
                        yield sketch if is_first else replace(sketch, key=replace(sketch.key, repetition=repetition))


def plan_trials(
    subjects: Sequence[PlannedSubject],
    cases: Sequence[Case],
    roster: Roster,
    *,
    repetitions: int | range,
    inclusions: Mapping[CaseIdentifier, float] | None = None,
) -> Plans:
    """Return every trial of a run: subjects × cases × repetitions, in this order.

    Args:
        subjects: Who answers.
        cases: What is asked.
        roster: The agents.
        repetitions: How many of each case, or which of them, counted from 0.
        inclusions: The cases that are taken, with the probability with which each was; ``None`` takes all.
    """
    shown = roster.fingerprint
    wanted = range(repetitions) if isinstance(repetitions, int) else repetitions
    return Plans(
        tuple(
            SubjectPlans(
                planned=planned, cases=cases, roster=roster, shown=shown, repetitions=wanted, inclusions=inclusions
            )
            for planned in subjects
        )
    )


def refuse_hopeless(plans: Iterable[TrialPlan], subjects: Mapping[SubjectName, Subject]) -> None:
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


def _first(repetitions: range) -> range:
    return range(1) if 0 in repetitions else range(0)
