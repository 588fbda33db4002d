"""Agreement between labellers against published examples, and against what it promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.agreement import Level, cohen_kappa, confusion, krippendorff_alpha

LABELS = ("bad", "fair", "good")
TABLES = st.lists(st.integers(0, 30), min_size=9, max_size=9).filter(lambda counts: sum(counts) >= 2)


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_published_example(level: Level, alpha: float) -> None:
    """Krippendorff, "Computing Krippendorff's alpha-reliability" (2011): four observers, values missing."""
    rows = ("123321412   ", "1233224125 3", " 3332342251 ", "12332441251 ")
    units = [{str(who): float(row[at]) for who, row in enumerate(rows) if row[at] != " "} for at in range(12)]

    found = krippendorff_alpha(units, level=level)

    assert found == pytest.approx(alpha, abs=0.0005)


def test_alpha_is_that_of_the_published_example_of_two_observers() -> None:
    """The same source: ten units, two labels, no value missing."""
    one, other = (0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0)

    found = krippendorff_alpha([{"one": a, "other": b} for a, b in zip(one, other, strict=True)])

    assert found == pytest.approx(0.095, abs=0.0005)


def test_alpha_needs_something_to_disagree_about() -> None:
    """With one label throughout, or one labeller, agreement says nothing."""
    with pytest.raises(ValueError, match="not all the same"):
        krippendorff_alpha([{"one": 1.0, "other": 1.0}] * 5)
    with pytest.raises(ValueError, match="two labels each"):
        krippendorff_alpha([{"one": 1.0}, {"one": 2.0}])


def test_kappa_is_that_of_the_published_example() -> None:
    """Fleiss, Cohen and Everitt, Psychological Bulletin 72 (1969), 323-327: 200 patients, three diagnoses, .429."""
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])

    found = cohen_kappa(table, seed=1)

    assert found.value == pytest.approx(0.429, abs=0.0005)
    assert (found.lower, found.upper) == pytest.approx((0.32, 0.53), abs=0.01)
    assert found.sample_size == 200


def test_linear_weights_make_near_misses_count_less() -> None:
    """A labeller who is off by one step agrees better than one who is off by two."""
    near, far = np.array([[9, 1, 0], [1, 9, 1], [0, 1, 9]]), np.array([[9, 0, 1], [1, 9, 1], [1, 0, 9]])

    assert cohen_kappa(near, seed=1, weighting="linear").value > cohen_kappa(far, seed=1, weighting="linear").value
    assert cohen_kappa(near, seed=1).value == pytest.approx(cohen_kappa(far, seed=1).value, abs=0.01)


def test_perfect_agreement_keeps_an_interval() -> None:
    """Fifteen and twenty alike do not prove that the two never differ."""
    found = cohen_kappa(np.diag([20, 15]), seed=1)

    assert (found.value, found.upper, found.method) == (1.0, 1.0, "exact")
    assert 0.75 < found.lower < 0.85


def test_a_single_answer_is_too_few() -> None:
    """Nothing can be said of one."""
    with pytest.raises(ValueError, match="at least 2"):
        cohen_kappa(np.diag([1, 0]), seed=1)


@given(TABLES)
def test_kappa_lies_in_its_interval_and_does_not_ask_who_is_first(counts: list[int]) -> None:
    """For any table; the interval stays within -1 and 1."""
    table = np.array(counts).reshape(3, 3)

    found, turned = cohen_kappa(table, seed=1), cohen_kappa(table.T, seed=1)

    assert -1 <= found.lower <= found.upper <= 1
    assert found.value == pytest.approx(turned.value)


def test_confusion_counts_pairs_in_the_order_of_labels() -> None:
    """Rows are the first labeller's."""
    table = confusion([("bad", "good"), ("good", "good"), ("good", "good")], LABELS)

    assert table.tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 2]]


def test_confusion_refuses_a_label_nobody_knows() -> None:
    """A slip of the pen is not a new label."""
    with pytest.raises(ValueError, match="'godo'"):
        confusion([("godo", "good")], LABELS)
