"""Use case: ask the subjects again after an edit, and say what moved. Nothing is stored, and nothing is judged."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from passmuster.analysis.comparing import compare_cases
from passmuster.analysis.nearness import Past
from passmuster.analysis.observing import observe_case
from passmuster.analysis.selecting import Draw, Former, Ground, select_cases
from passmuster.application.asking import Asking, Means, Reply, Variant, Want
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.comparisons import CaseChange, ChangeKind, RosterChange
from passmuster.domain.observations import Aspect, CaseObservation, Snapshot
from passmuster.domain.results import Trial, TrialKey
from passmuster.domain.values import UNKNOWN, CaseIdentifier, SubjectName
from passmuster.ports import BatchRouter, Clock, Executor

LABEL = "the last save"
"""How sentences name the state before an edit."""

_Kept = Mapping[tuple[SubjectName, CaseIdentifier], CaseObservation]


@runtime_checkable
class Chooser(Protocol):
    """A router that can choose for many requests at once without saying why, which is sooner done."""

    def choose_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return whom ``route`` chooses for each request, with the scores of the best two, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A suite as it was saved, and whom its subjects chose.

    Attributes:
        roster: Its agents.
        cases: Its cases.
        routed: The same as far as choices go: without rubrics.
        snapshot: The choices; a case that nobody was asked about has none.
        asked: How many choices were asked for, by subject; of subjects that are asked only as far as needed these
            are fewer than there are cases.
    """

    roster: Roster
    cases: tuple[Case, ...]
    routed: tuple[Case, ...]
    snapshot: Snapshot
    asked: Mapping[SubjectName, int]

    def right(self, subject: SubjectName) -> tuple[int, int]:
        """Return how many cases go right, and of how many; controls do not count."""
        counted = {case.identifier for case in self.cases if not case.is_control}
        rates = [
            item.routing_rate
            for item in self.snapshot.observations
            if item.subject == subject and item.case in counted and item.routing_rate is not None
        ]
        return sum(rate == 1 for rate in rates), len(rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What differs between two moments.

    Attributes:
        roster: How the agents differ.
        cases: The cases whose choice is not what it was, in order; edited ones, new ones and ones that are gone too.
    """

    roster: RosterChange
    cases: tuple[CaseChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasking:
    """Asks the subjects of one suite again and again.

    Attributes:
        free: The subjects that ask nobody outside this machine: they are asked all cases every time.
        build: Makes the subject of a name for any roster.
        executor: How trials are made.
        clock: Tells time.
        seed: The suite's.
        baseline: What was accepted, routing only; ``None`` where nothing was.
    """

    free: Collection[SubjectName]
    build: Callable[[SubjectName, Roster], PlannedSubject]
    executor: Executor
    clock: Clock
    seed: int
    baseline: Snapshot | None

    async def ask(
        self, subjects: Sequence[PlannedSubject], roster: Roster, cases: tuple[Case, ...], former: Moment | None
    ) -> Moment:
        """Ask what an edit may have moved; all cases where asking is free.

        Of a subject that is not free nothing is asked at first: what was accepted stands until an edit is saved.

        Args:
            subjects: Who is asked.
            roster: The agents as they are.
            cases: The cases as they are.
            former: The moment before; ``None`` for the first.

        Raises:
            RoutingError: If a subject that answers many requests at once cannot.
        """
        observations: list[CaseObservation] = []
        asked: dict[SubjectName, int] = {}
        kept = _kept(former.snapshot if former else self.baseline)
        # A case reckons its fingerprint once; the same cases keep it from one moment to the next.
        is_known = former is not None and former.cases is cases
        routed = former.routed if former and is_known else tuple(replace(case, rubric=None) for case in cases)
        for planned in subjects:
            name = planned.record.name
            wanted = cases if name in self.free else self._concerned(name, roster, cases, former)
            replies = await self._replies(planned, roster, wanted)
            asked[name] = len(replies)
            observations += [self._observed(name, case, replies, kept) for case in routed]
        snapshot = Snapshot(
            suite=roster.name,
            agents=Snapshot.prints(roster),
            subjects=tuple(planned.record for planned in subjects),
            observations=tuple(observations),
        )
        return Moment(roster=roster, cases=cases, routed=routed, snapshot=snapshot, asked=asked)

    def _concerned(
        self, name: SubjectName, roster: Roster, cases: tuple[Case, ...], former: Moment | None
    ) -> tuple[Case, ...]:
        """Return the cases that the edits since the last save may move; none is asked only for being important."""
        if former is None:
            return ()
        selection = select_cases(
            cases,
            roster,
            Former(roster=former.roster, cases=former.cases, label=LABEL),
            Past(baseline=former.snapshot, runs=(), subjects=[name]),
            Draw(share=0.0, seed=self.seed),
        )
        return tuple(case for case in cases if selection.certain.get(case.identifier, Ground.ALWAYS) != Ground.ALWAYS)

    async def _replies(
        self, planned: PlannedSubject, roster: Roster, cases: Sequence[Case]
    ) -> Mapping[CaseIdentifier, Reply]:
        if not cases:
            return {}
        if planned.record.name in self.free and isinstance(planned.router, Chooser | BatchRouter):
            requests = [case.request for case in cases]
            router = planned.router
            decisions = router.choose_all(requests) if isinstance(router, Chooser) else router.route_all(requests)
            return {case.identifier: decision for case, decision in zip(cases, decisions, strict=True)}
        variant = Variant.of(roster)
        means = Means(
            build=lambda agents: planned if agents is roster else self.build(planned.record.name, agents),
            executor=self.executor,
            clock=self.clock,
            budget=len(cases),
        )
        asking = Asking(means, lambda _made, _expected: None)
        await asking.ask([Want(variant=variant, case=case, number=1) for case in cases])
        return {case.identifier: reply for case in cases for reply in asking.replies(variant, case)}

    def _observed(
        self, subject: SubjectName, case: Case, replies: Mapping[CaseIdentifier, Reply], kept: _Kept
    ) -> CaseObservation:
        reply = replies.get(case.identifier)
        if reply is None:
            former = kept.get((subject, case.identifier))
            is_same = former is not None and former.fingerprint == case.fingerprint
            return former if former is not None and is_same else observe_case(subject, case, ())
        trial = Trial(
            key=TrialKey(case=case.identifier, subject=subject, repetition=0, fingerprint=UNKNOWN),
            answer=Answer(routing=reply),
            outcomes=(),
            started_at=self.clock.now(),
            duration=0.0,
        )
        return observe_case(subject, case, [trial])


def choices_only(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without what it says of outputs, which are not asked for again."""
    return replace(
        snapshot,
        observations=tuple(
            CaseObservation(
                subject=item.subject,
                case=item.case,
                fingerprint=item.fingerprint,
                chosen=item.chosen,
                outcomes=item.outcomes,
                score=item.score,
                margin=item.margin,
                rival=item.rival,
                failures=0 if item.chosen else item.failures,
            )
            for item in snapshot.observations
        ),
    )


def moves_between(before: Snapshot, after: Snapshot) -> Moves:
    """Say what became of each case whose choice is not what it was."""
    roster, cases = compare_cases(before, after)
    return Moves(
        roster=roster,
        cases=tuple(
            change
            for change in cases
            if change.aspect is Aspect.ROUTING and change.kind not in {ChangeKind.UNCHANGED, ChangeKind.LEFT_OUT}
        ),
    )


def _kept(snapshot: Snapshot | None) -> _Kept:
    return {} if snapshot is None else {(item.subject, item.case): item for item in snapshot.observations}
