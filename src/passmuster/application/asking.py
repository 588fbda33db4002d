"""Choices of one subject under many rosters, each asked for at most as often as needed, within a budget."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from passmuster.application.planning import PlannedSubject, plan_trials
from passmuster.application.trials import RunTrial
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Failure, RoutingDecision, Stage
from passmuster.domain.cases import Case
from passmuster.domain.results import Response, Trial, TrialKey, TrialPlan
from passmuster.domain.values import CaseIdentifier, Fingerprint
from passmuster.ports import Clock, Executor

KEPT_SUBJECTS = 16
"""How many subjects stay built; one for a large roster takes seconds to build, and room."""

Progress = Callable[[int, int], None]
"""Told after every call how many were made and how many there may be, as far as is known yet."""

Reply = RoutingDecision | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A roster, with its fingerprint worked out once."""

    roster: Roster
    fingerprint: Fingerprint

    @staticmethod
    def of(roster: Roster) -> "Variant":
        """Take the fingerprint of a roster."""
        return Variant(roster=roster, fingerprint=roster.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """How many choices of one case under one roster there are to be, those that were made before included."""

    variant: Variant
    case: Case
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What asking takes.

    Attributes:
        build: Makes the subject for any roster.
        executor: How trials are made.
        clock: Tells time.
        budget: How many choices may be asked for in all.
    """

    build: Callable[[Roster], PlannedSubject]
    executor: Executor
    clock: Clock
    budget: int


class Asking:
    """Asks, and keeps what was answered.

    Attributes:
        calls: How many choices were asked for.
        calls_by_case: The same for each case.
        expected: How many there may be in the end, for whoever watches.
    """

    def __init__(self, means: Means, progress: Progress) -> None:
        """Begin with nothing asked."""
        self._means = means
        self._progress = progress
        self._replies: dict[tuple[Fingerprint, CaseIdentifier], list[Reply]] = defaultdict(list)
        self._subjects: OrderedDict[Fingerprint, PlannedSubject] = OrderedDict()
        self.calls = 0
        self.calls_by_case: Counter[CaseIdentifier] = Counter()
        self.expected = 0

    @property
    def left(self) -> int:
        """How many choices may still be asked for."""
        return self._means.budget - self.calls

    def replies(self, variant: Variant, case: Case) -> Sequence[Reply]:
        """Return every reply of a case under a roster, in order."""
        return self._replies[variant.fingerprint, case.identifier]

    def missing(self, wants: Iterable[Want]) -> int:
        """Return how many choices must be asked for to have all that is wanted."""
        return sum(max(0, want.number - len(self.replies(want.variant, want.case))) for want in wants)

    async def ask(self, wants: Sequence[Want]) -> bool:
        """Ask for what is missing, as far as the budget goes, all of it at once.

        Returns:
            Whether the budget did.
        """
        plans: list[TrialPlan] = []
        runners: dict[TrialKey, RunTrial] = {}
        variants: dict[TrialKey, Variant] = {}
        for variant, own in _by_variant(want for want in wants if self.missing([want])):
            planned = self._subject(variant)
            runner = RunTrial(subjects={planned.record.name: planned.subject}, criteria={}, clock=self._means.clock)
            for plan in self._plans(variant, planned, own):
                plans.append(plan)
                runners[plan.key], variants[plan.key] = runner, variant
        affordable = plans[: self.left]
        made: list[Trial] = []
        runner_of_all = _RunEach(runners)
        async with aclosing(self._means.executor.execute(affordable, lambda: runner_of_all)) as trials:
            async for trial in trials:
                made.append(trial)
                self._count(trial)
        for trial in sorted(made, key=lambda trial: trial.key.repetition):
            self._replies[variants[trial.key].fingerprint, trial.key.case].append(_reply(trial))
        return len(affordable) == len(plans)

    def _count(self, trial: Trial) -> None:
        self.calls += 1
        self.calls_by_case[trial.key.case] += 1
        self._progress(self.calls, max(self.calls, self.expected))

    def _plans(self, variant: Variant, planned: PlannedSubject, wants: Sequence[Want]) -> Sequence[TrialPlan]:
        numbers = {want.case.identifier: want.number for want in wants}
        # Without a rubric nobody is asked to write.
        cases = [replace(want.case, rubric=None) for want in wants]
        plans = plan_trials([planned], cases, variant.roster, repetitions=max(numbers.values()))
        first = {want.case.identifier: len(self.replies(variant, want.case)) for want in wants}
        return [
            plan for plan in plans if first[plan.case.identifier] <= plan.key.repetition < numbers[plan.case.identifier]
        ]

    def _subject(self, variant: Variant) -> PlannedSubject:
        if variant.fingerprint not in self._subjects:
            self._subjects[variant.fingerprint] = self._means.build(variant.roster)
            if len(self._subjects) > KEPT_SUBJECTS:
                self._subjects.popitem(last=False)
        self._subjects.move_to_end(variant.fingerprint)
        return self._subjects[variant.fingerprint]


@dataclass(frozen=True, slots=True)
class _RunEach:
    """Makes each trial with the runner of its own."""

    runners: Mapping[TrialKey, RunTrial]

    async def respond(self, plan: TrialPlan) -> Response:
        return await self.runners[plan.key].respond(plan)

    async def assess(self, response: Response) -> Trial:
        return await self.runners[response.plan.key].assess(response)


def _by_variant(wants: Iterable[Want]) -> Iterable[tuple[Variant, list[Want]]]:
    groups: dict[Fingerprint, list[Want]] = {}
    for want in wants:
        groups.setdefault(want.variant.fingerprint, []).append(want)
    return [(own[0].variant, own) for own in groups.values()]


def _reply(trial: Trial) -> Reply:
    if trial.answer.routing is None:
        return Failure(stage=Stage.ROUTING, kind="RoutingError", message="the subject does not choose")
    return trial.answer.routing
