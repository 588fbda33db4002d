"""A choice against the expectation, and a rubric's result from its criteria."""

import itertools
from dataclasses import replace

import pytest

from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.observations import RoutingOutcome
from passmuster.domain.results import Outcome
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_criterion_reference, a_rubric, a_score, an_expectation, an_unscored


@pytest.mark.parametrize(
    ("preferred", "chosen", "outcome"),
    [
        ("debugger", "debugger", RoutingOutcome.PREFERRED),
        ("debugger", "tester", RoutingOutcome.ACCEPTABLE),
        ("debugger", "reviewer", RoutingOutcome.FORBIDDEN),
        ("debugger", "writer", RoutingOutcome.WRONG),
        ("debugger", None, RoutingOutcome.UNDER_DELEGATED),
        (None, None, RoutingOutcome.PREFERRED),
        (None, "tester", RoutingOutcome.ACCEPTABLE),
        (None, "reviewer", RoutingOutcome.FORBIDDEN),
        (None, "writer", RoutingOutcome.OVER_DELEGATED),
    ],
)
def test_every_choice_has_one_outcome(preferred: str | None, chosen: str | None, outcome: RoutingOutcome) -> None:
    """The whole table: an agent or nobody preferred, against every sort of choice."""
    expectation = an_expectation(preferred, acceptable=["tester"], forbidden=["reviewer"])

    assert routing_outcome(None if chosen is None else AgentName(chosen), expectation) is outcome


def references(*weights: float) -> tuple[str, ...]:
    return tuple(f"criterion-{index}" for index in range(len(weights)))


def test_the_score_is_the_weighted_mean() -> None:
    """A criterion of weight 3 counts three times."""
    rubric = a_rubric(
        a_criterion_reference(name="heavy", weight=3.0), a_criterion_reference(name="light"), passing_score=0.75
    )

    result = rubric_result(rubric, [a_score("heavy", 1.0), a_score("light", 0.0)])

    assert result is not None
    assert result.score == 0.75
    assert result.passed


def test_an_unscored_criterion_leaves_the_denominator() -> None:
    """What could not be judged counts neither as 0 nor as 1."""
    rubric = a_rubric(a_criterion_reference(name="one"), a_criterion_reference(name="two"), passing_score=0.6)

    result = rubric_result(rubric, [a_score("one", 0.6), an_unscored("two")])

    assert result is not None
    assert result.score == 0.6
    assert result.passed


def test_a_required_criterion_that_fails_fails_the_rubric() -> None:
    """No score is high enough to make up for it."""
    rubric = a_rubric(
        a_criterion_reference(name="must", weight=0.01, is_required=True),
        a_criterion_reference(name="may", weight=100.0),
        passing_score=0.5,
    )

    result = rubric_result(rubric, [a_score("must", 0.0), a_score("may", 1.0)])

    assert result is not None
    assert result.score > 0.99
    assert not result.passed


@pytest.mark.parametrize(
    "outcomes",
    [
        [],
        [an_unscored("must"), an_unscored("may")],
        [an_unscored("must"), a_score("may")],
        [a_score("may")],
        [a_score("of another rubric")],
    ],
)
def test_without_the_required_criterion_there_is_no_result(outcomes: list[Outcome]) -> None:
    """The rubric has not passed, and it has not failed."""
    rubric = a_rubric(a_criterion_reference(name="must", is_required=True), a_criterion_reference(name="may"))

    assert rubric_result(rubric, outcomes) is None


def test_a_mean_of_the_passing_score_passes_whatever_the_order_of_the_additions() -> None:
    """The last bits of a floating-point sum decide nothing."""
    values = (0.1, 0.2, 0.3, 0.7, 0.9)
    names = references(*values)
    rubric = a_rubric(*(a_criterion_reference(name=name) for name in names), passing_score=0.44)

    results = [
        rubric_result(
            replace(rubric, criteria=tuple(order)), [a_score(*item) for item in zip(names, values, strict=True)]
        )
        for order in itertools.permutations(rubric.criteria)
    ]

    assert all(result is not None and result.passed for result in results)
