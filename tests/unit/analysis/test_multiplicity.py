"""Adjusted probabilities against published examples, and against what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.multiplicity import benjamini_hochberg, holm

# Example "Inputting raw p-values" of the SAS/STAT User's Guide, MULTTEST procedure.
PRINTED = [
    *(0.28282, 0.30688, 0.71022, 0.77175, 0.78180, 0.88581, 0.54685, 0.84978, 0.24228, 0.58977, 0.03498, 0.41607),
    *(0.31631, 0.05254, 0.45061, 0.75758, 0.12496, 0.49485, 0.21572, 0.50505, 0.94372, 0.81260, 0.77596, 0.36889),
]
# Benjamini and Hochberg (1995): thrombolysis in acute myocardial infarction.
THROMBOLYSIS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
]
LISTS = st.lists(st.floats(min_value=0, max_value=1), max_size=20)


def test_both_give_the_published_example() -> None:
    """The printed columns "Stepdown Bonferroni" and "False Discovery Rate", to four decimals."""
    stepdown, discovery = holm(PRINTED), benjamini_hochberg(PRINTED)

    assert stepdown[10] == pytest.approx(0.8395, abs=0.00005)
    assert {number for index, number in enumerate(stepdown) if index != 10} == {1.0}
    assert [round(discovery[index], 4) for index in (0, 10, 13, 20)] == [0.9243, 0.6305, 0.6305, 0.9437]


def test_the_original_paper_counts_the_same_refusals() -> None:
    """Four hypotheses are refused when false discoveries are held to 5 %, and three when any false alarm is."""
    assert sum(number <= 0.05 for number in benjamini_hochberg(THROMBOLYSIS)) == 4
    assert sum(number <= 0.05 for number in holm(THROMBOLYSIS)) == 3


def test_holm_steps_down() -> None:
    """Worked by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and never less than the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(probabilities=LISTS)
def test_adjusting_keeps_order_and_lowers_nothing(probabilities: list[float]) -> None:
    """Holm's are the larger ones; a single probability stays as it is."""
    stepdown, discovery = holm(probabilities), benjamini_hochberg(probabilities)

    for number, larger, smaller in zip(probabilities, stepdown, discovery, strict=True):
        assert number <= smaller * (1 + 1e-12)
        assert smaller <= larger * (1 + 1e-12) <= 1 + 1e-12
    order = np.argsort(probabilities, kind="stable")
    assert list(np.diff(np.array(stepdown)[order]) >= 0) == [True] * (len(order) - 1 if len(order) else 0)
    if len(probabilities) == 1:
        assert stepdown == discovery == tuple(probabilities)


@pytest.mark.parametrize("wrong", [1.5, -0.1, float("nan")])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    """The complaint names it."""
    with pytest.raises(ValueError, match=str(wrong)):
        holm([0.5, wrong])
    with pytest.raises(ValueError, match=str(wrong)):
        benjamini_hochberg([0.5, wrong])


def test_both_keep_their_promise() -> None:
    """Ten tests of which seven show nothing, 3,000 times: Holm's false alarms, and BH's false share, within 5 %."""
    generator = np.random.default_rng(20260104)
    probabilities = generator.random((3_000, 10))
    probabilities[:, :3] **= 8

    alarms, false_shares, found = 0, 0.0, 0
    for row in probabilities:
        stepdown = np.array(holm(row.tolist())) <= 0.05
        discovery = np.array(benjamini_hochberg(row.tolist())) <= 0.05
        alarms += bool(stepdown[3:].any())
        false_shares += discovery[3:].sum() / max(1, discovery.sum())
        found += int(discovery.sum()) - int(stepdown.sum())

    # Simulation error is 0.4 points; two of them are allowed for.
    assert 0.02 <= alarms / 3_000 <= 0.058
    assert 0.02 <= false_shares / 3_000 <= 0.043
    assert found > 0
