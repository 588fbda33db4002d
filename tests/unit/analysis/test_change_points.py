"""Change points against a known history, and against what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.change_points import change_points

# Yearly flow of the Nile at Aswan, 1871 to 1970, in 10^8 cubic metres (Cobb, Biometrika 65 (1978), 243-251).
NILE = [
    *(1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140),
    *(1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969),
    *(831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759),
    *(781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890),
    *(744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740),
]
NOISE = 0.019


def test_the_nile_changed_once() -> None:
    """The literature finds one change, after 1898, from 1097.75 to 849.97."""
    [change] = change_points(NILE, seed=1)

    assert 1871 + change.index == 1899
    assert (change.before, change.after) == pytest.approx((1097.75, 849.97), abs=0.005)
    assert change.size == change.after - change.before
    assert change.probability == 0.001


def test_histories_without_a_change_give_few_alarms() -> None:
    """200 runs with noise, 200 times: at most 2 %, at a stated 1 %, which the simulation error of 0.7 allows."""
    histories = np.random.default_rng(20260115).normal(0.8, NOISE, size=(200, 200))

    alarms = sum(bool(change_points(row.tolist(), seed=index)) for index, row in enumerate(histories))

    assert alarms / 200 <= 0.02


def test_a_drop_of_three_points_is_found_where_it_is() -> None:
    """Anywhere from the 20th to the 180th of 200 runs, 100 times: within ten runs in at least 95 %."""
    generator = np.random.default_rng(20260116)
    places = generator.integers(20, 181, size=100)
    histories = generator.normal(0.8, NOISE, size=(100, 200)) - 0.03 * (np.arange(200) >= places[:, None])

    found = [change_points(row.tolist(), seed=index) for index, row in enumerate(histories)]
    near = [
        any(abs(change.index - place) <= 10 for change in changes) for changes, place in zip(found, places, strict=True)
    ]

    assert sum(near) / 100 >= 0.95


def test_several_changes_come_in_order_with_their_levels() -> None:
    """Down and up again, without noise to speak of."""
    generator = np.random.default_rng(20260117)
    levels = np.repeat([0.9, 0.7, 0.85], 40)

    changes = change_points((levels + generator.normal(0, 0.005, 120)).tolist(), seed=2)

    assert [change.index for change in changes] == [40, 80]
    assert [change.size for change in changes] == pytest.approx([-0.2, 0.15], abs=0.005)
    assert changes[0].after == changes[1].before


@pytest.mark.parametrize("history", [[], [0.5], [0.9, 0.9, 0.9, 0.1, 0.1, 0.1], [0.75] * 50])
def test_too_few_runs_or_none_that_differ_have_no_change(history: list[float]) -> None:
    """Six runs cannot show two levels of at least four."""
    assert change_points(history, seed=3) == ()


def test_eight_runs_can_show_a_change_only_to_a_lower_demand() -> None:
    """Of 70 ways to choose four of eight runs two are as clear as can be, which is no one in a hundred."""
    history = [0.90, 0.91, 0.92, 0.93, 0.10, 0.11, 0.12, 0.13]

    assert change_points(history, seed=4) == ()
    assert [change.index for change in change_points(history, seed=4, significance=0.1)] == [4]


@given(
    values=st.lists(st.floats(min_value=0, max_value=1), max_size=30),
    seed=st.integers(0, 2**32),
)
def test_changes_lie_inside_and_depend_on_nothing_but_the_seed(values: list[float], seed: int) -> None:
    """Whatever the values are: in order, four runs from both ends and from one another."""
    changes = change_points(values, seed=seed, permutations=99, significance=0.2)

    borders = [0, *(change.index for change in changes), len(values)]
    assert not changes or min(np.diff(borders)) >= 4
    assert changes == change_points(values, seed=seed, permutations=99, significance=0.2)
    assert all(0 < change.probability < 0.2 for change in changes)
