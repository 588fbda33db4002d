"""What a process had from each endpoint."""

from decimal import Decimal

from passmuster.domain.endpoints import Allowance, Endpoint, LimitChange, Spending
from passmuster.domain.errors import RateLimitedError
from passmuster.domain.values import Usage
from passmuster.policies.events import Answered, Failed, Kept, LimitChanged, Sent, Unsettled
from passmuster.policies.metering import MOST_CHANGES, Meter
from passmuster.testing.simulated_service import a_completion_request
from passmuster.testing.virtual_time import VirtualClock

REQUEST = a_completion_request()
ONE = Endpoint(provider="one", address="https://one.invalid")
TWO = Endpoint(provider="two", address="https://two.invalid")


def answered(endpoint: Endpoint, cost: Decimal | None) -> Answered:
    return Answered(
        endpoint=endpoint,
        request=REQUEST,
        model="m",
        usage=Usage(input_tokens=10, output_tokens=5, cost=cost),
        latency=1.0,
        first_token=None,
        allowance=Allowance(),
    )


def test_everything_is_added_up_by_endpoint() -> None:
    """Requests, retries, kept answers, tokens, money known and unknown, failures by name."""
    meter = Meter(VirtualClock())

    meter(Sent(endpoint=TWO, request=REQUEST, attempt=1))
    meter(Failed(endpoint=TWO, request=REQUEST, error=RateLimitedError("429"), wait=1.0))
    meter(Sent(endpoint=TWO, request=REQUEST, attempt=2))
    meter(answered(TWO, Decimal("0.5")))
    meter(answered(TWO, None))
    meter(Unsettled(endpoint=TWO, request=REQUEST, cost=Decimal("0.25")))
    meter(Kept(endpoint=ONE, request=REQUEST, usage=Usage()))

    one, two = meter.records()
    assert [one.endpoint, two.endpoint] == [ONE, TWO]
    assert one.spending == Spending(kept=1)
    assert two.spending == Spending(
        requests=2,
        retries=1,
        input_tokens=20,
        output_tokens=10,
        cost=Decimal("0.5"),
        unpriced=1,
        unsettled=Decimal("0.25"),
    )
    assert two.failures == {"RateLimitedError": 1}


def test_changes_of_a_limit_are_kept_with_their_time() -> None:
    """Seconds from when the meter was set."""
    clock = VirtualClock()
    clock.advance(100.0)
    meter = Meter(clock)

    clock.advance(2.5)
    meter(LimitChanged(endpoint=ONE, limit=8, reason="too much"))

    [record] = meter.records()
    assert record.limits == (LimitChange(after=2.5, limit=8, reason="too much"),)


def test_very_many_changes_are_thinned_out() -> None:
    """The first and the latest stay, and the order."""
    meter = Meter(VirtualClock())

    for limit in range(1, 5_001):
        meter(LimitChanged(endpoint=ONE, limit=limit, reason="all goes well"))

    [record] = meter.records()
    limits = [change.limit for change in record.limits]
    assert len(limits) <= MOST_CHANGES
    assert [limits[0], limits[-1]] == [1, 5_000]
    assert limits == sorted(limits)


def test_nothing_asked_is_nothing_had() -> None:
    """No endpoint appears that nobody asked."""
    assert Meter(VirtualClock()).records() == ()
