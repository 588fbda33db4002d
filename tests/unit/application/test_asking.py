"""Choices under many rosters: each is asked for once, and not beyond the budget."""

from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field

from passmuster.application.asking import KEPT_SUBJECTS, Asking, Means, Variant, Want
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure, RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.results import Trial, TrialPlan
from passmuster.domain.values import AgentName
from passmuster.ports import TrialRunner
from passmuster.testing.factories import a_case, a_roster, a_rubric, a_subject_record
from passmuster.testing.fakes import FakeClock, make_trial

ONE, TWO = (Variant.of(a_roster(name)) for name in ("cook", "chef"))
SOUP, BREAD = a_case("soup"), a_case("bread")


@dataclass
class Counting:
    """Chooses the first agent, and gives each repetition as its reason; without agents it does not choose at all."""

    roster: Roster
    asked: list[Asked] = field(default_factory=list)
    writes: bool = True
    takes_assignments: bool = True

    async def respond(
        self,
        request: Request,  # noqa: ARG002 - the port's
        *,
        repetition: int,
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,
    ) -> Answer:
        self.asked.append(asked)
        if not self.roster.names:
            return Answer()
        return Answer(routing=RoutingDecision(chosen=self.roster.names[0], rationale=str(repetition)))

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        raise NotImplementedError


class Backwards:
    """Ends the last trial first."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        wanted = list(plans)
        self.batches.append(len(wanted))
        runner = make_runner()
        for plan in reversed(wanted):
            yield await make_trial(runner, plan)


class Room:
    """What a test asks with, and what it sees of it."""

    def __init__(self, budget: int = 100, *, is_deterministic: bool = False) -> None:
        self.built: list[Counting] = []
        self.executor = Backwards()
        self.told: list[tuple[int, int]] = []
        self.record = a_subject_record(is_deterministic=is_deterministic)
        means = Means(build=self.build, executor=self.executor, clock=FakeClock(), budget=budget)
        self.asking = Asking(means, lambda done, expected: self.told.append((done, expected)))

    def build(self, roster: Roster) -> PlannedSubject:
        self.built.append(Counting(roster))
        return PlannedSubject(subject=self.built[-1], record=self.record)


def want(variant: Variant, number: int = 1, name: str = "soup") -> Want:
    return Want(variant=variant, case=SOUP if name == "soup" else BREAD, number=number)


async def test_what_is_there_is_not_asked_for_again() -> None:
    """Only what is missing counts, and a roster's subject is built once."""
    room = Room()

    await room.asking.ask([want(ONE, 2), want(TWO)])
    await room.asking.ask([want(ONE, 3), want(TWO)])

    assert room.asking.calls == 4
    assert room.executor.batches == [3, 1]
    assert len(room.built) == 2
    assert room.asking.calls_by_case == {"soup": 4}


async def test_replies_are_in_order_and_of_their_roster() -> None:
    """However the trials ended."""
    room = Room()

    await room.asking.ask([want(ONE, 3), want(TWO, 2, "bread")])

    assert [(reply.chosen, reply.rationale) for reply in decisions(room, ONE)] == [
        ("cook", "0"),
        ("cook", "1"),
        ("cook", "2"),
    ]
    assert [reply.chosen for reply in room.asking.replies(TWO, BREAD) if isinstance(reply, RoutingDecision)] == [
        "chef",
        "chef",
    ]
    assert room.asking.replies(TWO, SOUP) == []


def decisions(room: Room, variant: Variant) -> list[RoutingDecision]:
    return [reply for reply in room.asking.replies(variant, SOUP) if isinstance(reply, RoutingDecision)]


async def test_the_budget_is_never_exceeded() -> None:
    """What it does for is asked, and the answer says that it did not do."""
    room = Room(budget=3)

    first = await room.asking.ask([want(ONE, 2)])
    second = await room.asking.ask([want(TWO, 2)])
    third = await room.asking.ask([want(TWO, 2)])

    assert (first, second, third) == (True, False, False)
    assert room.asking.calls == 3
    assert room.asking.left == 0
    assert len(room.asking.replies(TWO, SOUP)) == 1


async def test_equal_answers_are_asked_for_once() -> None:
    """A second trial of a subject that answers equally would tell nothing."""
    room = Room(is_deterministic=True)

    await room.asking.ask([want(ONE, 5)])

    assert room.asking.calls == 1


async def test_nobody_is_asked_to_write() -> None:
    """A rubric is none of blame's business."""
    room = Room()
    case = a_case("soup", rubric=a_rubric())

    await room.asking.ask([Want(variant=ONE, case=case, number=1)])

    assert room.built[0].asked == [Asked.ROUTING]


async def test_a_subject_that_does_not_choose_has_failed() -> None:
    """Nothing can be said about its choices."""
    room = Room()
    nobody = Variant.of(Roster(name="empty", agents=()))

    await room.asking.ask([want(nobody)])

    [reply] = room.asking.replies(nobody, SOUP)
    assert isinstance(reply, Failure)
    assert "does not choose" in reply.message


async def test_progress_is_told_after_every_call() -> None:
    """The end moves back when it turns out to be further away."""
    room = Room()
    room.asking.expected = 2

    await room.asking.ask([want(ONE, 3)])

    assert room.told == [(1, 2), (2, 2), (3, 3)]


async def test_few_subjects_are_kept() -> None:
    """The one that was used longest ago goes first."""
    room = Room()
    variants = [Variant.of(a_roster(f"agent-{number}")) for number in range(KEPT_SUBJECTS)]
    for variant in variants:
        await room.asking.ask([want(variant)])

    await room.asking.ask([want(variants[0], 2)])
    await room.asking.ask([want(ONE)])
    await room.asking.ask([want(variants[0], 3)])
    await room.asking.ask([want(variants[1], 2)])

    assert len(room.built) == KEPT_SUBJECTS + 2
