"""How many requests may be under way: found out by trying."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policies.simulated import World, errors_of

from passmuster.policies.concurrency import START, AdaptiveLimit
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import Behaviour


def one_round(limit: AdaptiveLimit, *, taken: int) -> None:
    """Send as many as allowed, of which so many are answered and the others refused."""
    tickets = [limit.sent() for _ in range(limit.limit)]
    for index, ticket in enumerate(reversed(tickets)):
        if index < len(tickets) - taken:
            limit.refused(ticket)
    for ticket in tickets[:taken]:
        limit.answered(ticket, is_full=True)


def test_it_begins_modestly_and_doubles_every_round_trip() -> None:
    """The slow start."""
    limit = AdaptiveLimit(400)

    seen = []
    for _ in range(5):
        seen.append(limit.limit)
        one_round(limit, taken=limit.limit)

    assert seen == [START, 2 * START, 4 * START, 8 * START, 400]


def test_it_is_fixed_where_nobody_wants_it_to_adapt() -> None:
    """Refusals change nothing."""
    limit = AdaptiveLimit(50, is_adaptive=False)

    one_round(limit, taken=1)

    assert limit.limit == 50


def test_a_limit_that_nobody_comes_up_against_does_not_grow() -> None:
    """One request after another says nothing about more at once."""
    limit = AdaptiveLimit(200)

    for _ in range(100):
        limit.answered(limit.sent(), is_full=False)

    assert limit.limit == START


def test_what_is_refused_is_what_it_shrinks_by() -> None:
    """Of 64 requests 40 are taken: about 40 are left, after one round trip."""
    limit = AdaptiveLimit(64)
    for _ in range(3):
        one_round(limit, taken=limit.limit)

    one_round(limit, taken=40)

    assert 40 <= limit.limit <= 60


def test_one_round_trip_cannot_take_more_than_half() -> None:
    """A moment in which everything is refused is no reason to begin from nothing."""
    limit = AdaptiveLimit(256)
    for _ in range(5):
        one_round(limit, taken=limit.limit)

    one_round(limit, taken=0)

    assert limit.limit == 128


def test_a_service_that_refuses_everything_is_asked_by_one_at_a_time() -> None:
    """It never falls below one."""
    limit = AdaptiveLimit(64)

    for _ in range(50):
        one_round(limit, taken=0)

    assert limit.limit == 1


@given(
    most=st.integers(1, 300),
    outcomes=st.lists(st.sampled_from(["sent", "answered", "full", "refused", "broke off"]), max_size=300),
)
def test_it_stays_between_one_and_the_most(most: int, outcomes: list[str]) -> None:
    """Whatever comes back, in whatever order."""
    limit, tickets = AdaptiveLimit(most), []

    for outcome in outcomes:
        if outcome == "sent" or not tickets:
            tickets.append(limit.sent())
        elif outcome == "refused":
            limit.refused(tickets.pop())
        elif outcome == "broke off":
            tickets.pop()
            limit.broke_off()
        else:
            limit.answered(tickets.pop(0), is_full=outcome == "full")

        assert 1 <= limit.limit <= most
        assert limit.under_way == len(tickets)


def test_a_hidden_capacity_is_found_and_used() -> None:
    """At least 95 % of the best possible throughput, with few refusals."""
    world = World(Behaviour(capacity=20))

    results = world.ask(2_000)

    assert not errors_of(results)
    assert world.clock.elapsed() <= 2_000 / 200 / 0.95
    assert world.service.refused <= 0.03 * world.service.asked


def test_a_capacity_that_changes_is_followed() -> None:
    """It is used when it grows, and kept to when it shrinks."""
    world = World(Behaviour(capacity=10))
    world.ask(500)

    world.service.behaviour.capacity = 40
    began = world.clock.elapsed()
    world.ask(2_000)
    grown = world.clock.elapsed() - began
    world.service.behaviour.capacity = 5
    before = world.service.refused
    results = world.ask(500)

    assert grown <= 1.4 * 2_000 / 400
    assert not errors_of(results)
    assert world.service.refused - before <= 80


def test_refusals_that_no_load_explains_are_tolerated() -> None:
    """One in twenty at random does not cost the throughput."""
    world = World(Behaviour(refusals=0.05))

    results = world.ask(3_000)

    assert not errors_of(results)
    assert sorted(world.backend.answers)[2_900] <= 1.3 * 3_000 / 640


def test_two_backends_of_one_endpoint_keep_to_the_stricter_limit() -> None:
    """The endpoint has one limit, however many ask it."""
    world = World(limits=Limits(concurrency=50))
    world.around(world.backend, Limits(concurrency=7))

    world.ask(200)

    assert world.service.most_under_way == 7
