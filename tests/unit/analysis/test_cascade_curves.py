"""The accuracy of a cascade against the share of requests that its second router is asked."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.cascade_curves import Asked, Curve, Point, between, curve_of, held_out
from passmuster.domain.values import CaseIdentifier

SURETIES = st.one_of(st.just(-inf), st.integers(0, 5).map(float), st.floats(0, 100))


@st.composite
def many_asked(draw: st.DrawFn) -> list[Asked]:
    rows = draw(st.lists(st.tuples(SURETIES, st.booleans(), st.booleans()), min_size=1, max_size=30))
    return [asked(place, surety, first, second) for place, (surety, first, second) in enumerate(rows)]


def asked(place: int, surety: float, first: float, second: float, group: str = "") -> Asked:
    return Asked(case=CaseIdentifier(f"case-{place}"), group=group, surety=surety, first=first, second=second)


def test_a_worked_example() -> None:
    """Four requests: the unsure ones are mended first, then one is spoilt."""
    curve = curve_of([asked(0, -inf, 0, 1), asked(1, 0.2, 0, 1), asked(2, 0.4, 1, 1), asked(3, 1.0, 1, 0)])

    shown = [(point.bound, point.share, point.accuracy) for point in curve.points]
    assert shown == [(-inf, 0, 0.5), (0.0, 0.25, 0.75), (0.3, 0.5, 1.0), (1.0, 0.75, 1.0), (inf, 1.0, 0.75)]
    # Four trapezoids, each a quarter wide.
    assert curve.area == pytest.approx(0.84375)
    assert curve.chance == pytest.approx(0.625)
    # The best order mends two, then leaves one alone, then spoils one: the same here.
    assert curve.ideal == pytest.approx(0.84375)
    assert curve.captured == pytest.approx(1.0)


def test_equally_sure_requests_go_together() -> None:
    """No bound tells them apart."""
    curve = curve_of([asked(0, 1.0, 0, 1), asked(1, 1.0, 1, 1), asked(2, 2.0, 1, 1)])

    assert [point.share for point in curve.points] == pytest.approx([0, 2 / 3, 1])


@given(many_asked())
def test_a_point_is_what_a_cascade_with_its_bound_does(requests: list[Asked]) -> None:
    """Counted one by one."""
    for point in curve_of(requests).points:
        sent = [request.surety < point.bound for request in requests]
        right = [one.second if is_sent else one.first for one, is_sent in zip(requests, sent, strict=True)]

        assert point.share == pytest.approx(sum(sent) / len(requests))
        assert point.accuracy == pytest.approx(sum(right) / len(requests))


@given(many_asked())
def test_no_order_is_better_than_the_best(requests: list[Asked]) -> None:
    """And the ends are the two routers alone."""
    curve = curve_of(requests)

    assert curve.area <= curve.ideal + 1e-9
    assert curve.chance <= curve.ideal + 1e-9
    assert (curve.points[0].share, curve.points[-1].share) == (0.0, 1.0)
    assert curve.captured is None or curve.captured <= 1 + 1e-9


@pytest.mark.parametrize(("loss", "bound"), [(0.0, 2.0), (0.05, 2.0), (0.1, 1.0), (0.3, -inf)])
def test_the_cheapest_point_loses_no_more_than_is_allowed(loss: float, bound: float) -> None:
    """Against the better of the two routers alone; not against the best point, which chance has a part in."""
    accuracies = {-inf: 0.6, 1.0: 0.8, 2.0: 0.95, inf: 0.9}
    points = tuple(
        Point(bound=bound, share=place / 3, accuracy=accuracy)
        for place, (bound, accuracy) in enumerate(accuracies.items())
    )

    assert Curve(points=points, area=0, chance=0, ideal=0).cheapest(loss).bound == bound


def test_a_better_first_router_needs_no_second() -> None:
    """The cheapest point is the one that asks nothing."""
    curve = curve_of([asked(place, float(place), 1, 0) for place in range(5)])

    assert curve.cheapest(0.01).bound == -inf
    assert curve.captured is None or curve.captured <= 0


def test_a_bound_chosen_by_luck_is_found_out() -> None:
    """Surety that says nothing: the chosen point promises more than the cases that had no part in it bear out."""
    requests = [
        asked(place, (place * 7919 % 1009) / 100, place * 31 % 7 < 3, place * 17 % 5 < 3) for place in range(400)
    ]
    curve = curve_of(requests)

    fair = held_out(requests, 0.0)

    assert fair.accuracy.value < curve.cheapest(0.0).accuracy
    assert fair.accuracy.lower <= fair.accuracy.value <= fair.accuracy.upper
    assert 0 <= fair.share <= 1


def test_a_group_is_held_out_as_one() -> None:
    """Its requests are in one fold, so a single group decides nothing about itself: it cannot be split."""
    requests = [asked(place, float(place), 0, 1, group="ticket") for place in range(6)]

    fair = held_out(requests, 0.0)

    assert fair.share == 1.0
    assert fair.accuracy.sample_size == 6


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_round_number_lies_between(one: float, other: float) -> None:
    """Above the lower, and not above the upper."""
    lower, upper = sorted((one, other))
    if lower < upper:
        assert lower < between(lower, upper) <= upper


@pytest.mark.parametrize(
    ("lower", "upper", "bound"),
    [(0.2, 0.4, 0.3), (0.123, 0.987, 0.6), (1234.0, 1300.0, 1300.0), (0.001, 0.002, 0.002), (-inf, 0.5, 0.0)],
)
def test_a_bound_is_easy_to_write(lower: float, upper: float, bound: float) -> None:
    """As few digits as will do; where only those who chose nobody are to be sent on, 0."""
    assert between(lower, upper) == pytest.approx(bound)
