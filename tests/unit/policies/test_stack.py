"""The order of policies, and what all backends of a run share."""

import asyncio

import pytest
from tests.unit.policies.simulated import ENDPOINT, World, errors_of

from passmuster.domain.answers import Completion, CompletionRequest, Failure, Stage
from passmuster.domain.endpoints import Reply
from passmuster.domain.values import Fingerprint
from passmuster.policies.asking import Asks
from passmuster.policies.events import Answered, Failed, LimitChanged, Listener, Sent
from passmuster.ports import ForeseeingBackend, LiveBackend
from passmuster.services.options import Limits
from passmuster.testing.live_backend_check import check_live_backend
from passmuster.testing.simulated_service import Behaviour, SimulatedBackend, a_completion_request, asked_all


class Noting:
    """A layer that notes when a request goes in."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self._name = name
        self._notes = notes

    def around(self, inner: Asks, *, backend: LiveBackend, identity: Fingerprint, tell: Listener) -> Asks:
        del backend, identity, tell
        layer = self

        class Noted:
            async def ask(self, request: CompletionRequest) -> Reply:
                layer._notes.append(layer._name)
                return await inner.ask(request)

        return Noted()


def test_a_guarded_backend_is_a_live_backend() -> None:
    """Whoever needs to know whom it asks can still find out, and it can be asked in every way."""
    world = World()
    request = a_completion_request()

    completion = world.clock.run(world.guarded.complete(request))
    reply = world.clock.run(world.guarded.ask(request))

    assert isinstance(world.guarded, LiveBackend)
    assert world.guarded.endpoint == ENDPOINT
    assert world.guarded.model_of(request) == "simulated"
    assert world.guarded.most_written(request) == 100
    assert reply.completion == completion


@pytest.mark.parametrize("is_guarded", [True, False])
def test_it_keeps_the_promises_of_one(is_guarded: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """So does the simulated one that these tests rest on."""
    world = World()

    world.clock.run(check_live_backend(world.guarded if is_guarded else world.backend, a_completion_request()))


def test_what_a_backend_foresees_is_still_foreseen() -> None:
    """A missing key is told before the run; backends that cannot tell say nothing."""
    failure = Failure(stage=Stage.COMPLETION, kind="BackendRefusedError", message="no key")
    world = World()

    class Foreseeing(SimulatedBackend):
        def foresee(self, _request: CompletionRequest) -> Failure | None:
            return failure

    guarded = world.around(Foreseeing(world.service, world.clock, endpoint=ENDPOINT))

    assert isinstance(guarded, ForeseeingBackend)
    assert guarded.foresee(a_completion_request()) == failure
    assert world.guarded.foresee(a_completion_request()) is None


def test_layers_of_the_run_stand_where_they_belong() -> None:
    """The budget is asked at every attempt and before anything is sent; prices are nearest to the backend."""
    world = World(Behaviour(is_down=True))
    notes: list[str] = []

    def note(event: object) -> None:
        if isinstance(event, Sent | Failed | Answered):
            notes.append(type(event).__name__)
            world.service.behaviour.is_down = False

    policies = world.policies.__class__(
        world.clock, listeners=[note], budget=Noting("budget", notes), prices=Noting("prices", notes)
    )
    world.service.behaviour.is_down = True
    guarded = policies.around(world.backend, limits=Limits(), identity=Fingerprint("0"))

    async def scene() -> Completion:
        asking = asyncio.create_task(guarded.complete(a_completion_request()))
        return await asking

    world.clock.run(scene())

    assert notes == ["budget", "Sent", "prices", "Answered"]


def test_a_retried_request_passes_the_budget_again() -> None:
    """Each attempt may cost something."""
    world = World(Behaviour(faults=1.0))
    notes: list[str] = []
    policies = world.policies.__class__(world.clock, budget=Noting("budget", notes))
    guarded = policies.around(world.backend, limits=Limits(attempts=3), identity=Fingerprint("0"))

    results = world.clock.run(asked_all(guarded, 1))

    assert len(errors_of(results)) == 1
    assert notes == ["budget"] * 3


def test_events_come_in_the_order_in_which_things_happen() -> None:
    """Sent before answered, and one of the two ends for each that was sent."""
    world = World(Behaviour(faults=0.3))

    world.ask(200)

    sent = [event for event in world.events if isinstance(event, Sent)]
    answered = [event for event in world.events if isinstance(event, Answered)]
    failed = [event for event in world.events if isinstance(event, Failed)]
    assert isinstance(world.events[0], LimitChanged)
    assert len(sent) == len(answered) + len(failed) == world.service.asked
    assert [event.attempt > 1 for event in sent].count(True) == world.record.spending.retries


def test_a_listener_may_come_later() -> None:
    """A panel is opened when the run begins, long after its backends were built."""
    world = World()
    late: list[object] = []

    world.policies.listeners.append(late.append)
    world.ask(1)

    assert [type(event) for event in late] == [LimitChanged, Sent, Answered]


def test_equal_seeds_make_equal_runs() -> None:
    """In virtual time everything is the same, down to the moment."""
    first, second, other = (World(Behaviour(faults=0.1, refusals=0.1), seed=seed) for seed in (1, 1, 2))

    for world in (first, second, other):
        world.ask(300)

    assert [str(event) for event in first.events] == [str(event) for event in second.events]
    assert first.service.arrivals == second.service.arrivals != other.service.arrivals
