"""Student's intervals and tests, plain and clustered."""

import numpy as np
import pytest

from passmuster.analysis.means import clustered_standard_error, student_estimate, student_probability

from .simulated_worlds import WORLDS, broken, shares

# Heights of crossed less self-fertilised maize in eighths of an inch: Darwin (1876).
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
# Additional hours of sleep, second soporific less first: Student (1908).
SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]


def test_the_paired_interval_of_the_sleep_data_is_the_printed_one() -> None:
    """As R's manual prints it for t.test: mean 1.58, 0.7001142 to 2.4598858, p = 0.002833 two-sided."""
    estimate = student_estimate(SLEEP)

    assert (estimate.value, estimate.lower, estimate.upper) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=5e-8)
    assert 2 * student_probability(SLEEP, mean=0.0) == pytest.approx(0.002833, abs=5e-7)
    assert (estimate.sample_size, estimate.method) == (10, "Student")


def test_darwins_maize_has_fishers_probability() -> None:
    """Fisher, The design of experiments: a mean of 2.617 inches, and 4.97 % in both tails."""
    inches = [eighths / 8 for eighths in MAIZE]

    assert student_estimate(inches).value == pytest.approx(2.617, abs=0.0005)
    assert 2 * student_probability(inches, mean=0.0) == pytest.approx(0.0497, abs=0.00005)


def test_the_clustered_error_adds_up_within_clusters() -> None:
    """Worked by hand: deviations of -1, -1, 1, 1 make two sums of 2, so the root of 8 over 4."""
    assert clustered_standard_error([0.0, 0.0, 2.0, 2.0], ["a", "a", "b", "b"]) == pytest.approx(8**0.5 / 4)


def test_clusters_of_one_case_are_no_clusters() -> None:
    """But for the missing correction by a degree of freedom."""
    plain = float(np.std(SLEEP, ddof=0)) / len(SLEEP) ** 0.5

    assert clustered_standard_error(SLEEP, range(10)) == pytest.approx(plain)


def test_cases_that_repeat_one_another_count_once() -> None:
    """Every case three times over is no more evidence than once."""
    repeated = [value for value in SLEEP for _ in range(3)]
    clusters = [number for number in range(10) for _ in range(3)]

    assert clustered_standard_error(repeated, clusters) == pytest.approx(clustered_standard_error(SLEEP, range(10)))
    estimate = student_estimate(repeated, clusters=clusters)
    assert (estimate.sample_size, estimate.method) == (30, "Student, clustered")


@pytest.mark.parametrize(
    ("values", "clusters", "told"), [([1.0], None, "cases"), ([1.0, 2.0, 3.0], ["a", "a", "a"], "clusters")]
)
def test_one_case_or_cluster_has_no_spread(values: list[float], clusters: list[str] | None, told: str) -> None:
    """Rather than an interval that looks sure of itself there is none."""
    with pytest.raises(ValueError, match=told):
        student_estimate(values, clusters=clusters)


def test_clusters_must_match_the_cases() -> None:
    """Two lists of different lengths belong to different cases."""
    with pytest.raises(ValueError, match="shorter"):
        clustered_standard_error([1.0, 2.0, 3.0], ["a", "b"])


@pytest.mark.parametrize(("mean", "probability"), [(-0.05, 0.0), (0.0, 0.5), (0.05, 1.0)])
def test_without_spread_the_test_is_certain(mean: float, probability: float) -> None:
    """Thirty cases of which none differs lie above a margin, and below a gain."""
    assert student_probability([0.0] * 30, mean=mean) == probability


def test_the_probability_is_where_the_interval_ends() -> None:
    """At the lower bound of a 90 % interval it is 5 %."""
    lower = student_estimate(SLEEP, confidence=0.9).lower

    assert student_probability(SLEEP, mean=lower) == pytest.approx(0.05)


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize(("cases", "trials"), [(50, 1), (50, 5), (200, 3)])
def test_a_harmless_change_is_called_worse_as_rarely_as_stated(world: str, cases: int, trials: int) -> None:
    """Ten baseline trials, 2,000 harmless changes: at a level of 5 %, 2 to 6.5 % are called worse."""
    generator = np.random.default_rng(20260105)
    rates = WORLDS[world](2_000, cases, generator)

    worse = shares(rates, 10, generator) - shares(rates, trials, generator)
    alarms = sum(student_probability(row.tolist(), mean=0.0) <= 0.05 for row in worse) / 2_000

    # Simulation error is 0.5 points; few, skewed differences make the test err less on small suites.
    assert 0.02 <= alarms <= 0.065


def test_an_inferior_candidate_passes_as_rarely_as_stated() -> None:
    """A drop of just the margin, by cases that break in the mixed world: no more than 5 % of 2,000 pass."""
    generator = np.random.default_rng(20260106)
    rates = WORLDS["mixed"](2_000, 100, generator)

    differences = shares(broken(rates, 0.05, generator), 3, generator) - shares(rates, 10, generator)
    passed = sum(student_probability(row.tolist(), mean=-0.05) <= 0.05 for row in differences) / 2_000

    # The drop stands in these very cases, so the spread between cases only makes the test more careful.
    assert passed <= 0.05


def test_the_clustered_interval_covers_as_often_as_it_says() -> None:
    """Fifty clusters of five alike cases, 2,000 times: clustered 92.5 to 96 %, and independent far less."""
    generator = np.random.default_rng(20260107)
    alike = generator.normal(size=(2_000, 50)).repeat(5, axis=1)
    values = alike + generator.normal(scale=0.5, size=alike.shape)
    clusters = [number for number in range(50) for _ in range(5)]

    clustered = [student_estimate(row.tolist(), clusters=clusters) for row in values[:500]]
    plain = [student_estimate(row.tolist()) for row in values[:500]]

    # Simulation error is 1 point; CR0 is a little too small with fifty clusters.
    assert 0.92 <= sum(one.lower <= 0 <= one.upper for one in clustered) / 500 <= 0.97
    assert sum(one.lower <= 0 <= one.upper for one in plain) / 500 <= 0.75
