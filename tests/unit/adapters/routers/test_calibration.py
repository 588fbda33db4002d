"""What is fitted on held-out requests, and measured on others."""

from dataclasses import replace

import numpy as np
import pytest

from passmuster.adapters.routers.calibration import FEWEST_LABELS, Calibration, HeldOut, calibrate
from passmuster.analysis.calibrating import Objective
from passmuster.analysis.model_cards import HeldOutFigures

AGENTS = 4


def calibrated(held: HeldOut, *, weight: float | None, objective: Objective) -> tuple[Calibration, HeldOutFigures]:
    found = calibrate(held, weight=weight, objective=objective)
    return found.calibration, found.figures


def held_out(requests: int, nobody: int = 0, *, noise: float = 0.4, seed: int = 0) -> HeldOut:
    """Make scores in which the right agent is ahead by 1, the noise aside; nobody's requests have no such agent."""
    generator = np.random.default_rng(seed)
    preferred = np.array([place % AGENTS for place in range(requests)] + [-1] * nobody, dtype=np.int64)
    right = preferred[:, None] == np.arange(AGENTS)
    return HeldOut(
        linear=right + generator.normal(size=right.shape) * noise,
        lexical=np.zeros(right.shape),
        preferred=preferred,
        right=right,
        is_validation=np.ones(len(preferred), dtype=np.bool_),
    )


def test_confidence_needs_a_hundred_labels() -> None:
    """With fewer there is a temperature, but no error, and so no confidence."""
    few, _ = calibrated(held_out(FEWEST_LABELS - 1), weight=None, objective=Objective.ACCURACY)
    enough, figures = calibrated(held_out(FEWEST_LABELS), weight=None, objective=Objective.ACCURACY)

    assert few.error is None
    assert enough.labels == FEWEST_LABELS
    assert enough.error == figures.calibration_error
    assert enough.error is not None
    assert 0 <= enough.error < 0.2


def test_without_requests_for_nobody_there_is_no_threshold() -> None:
    """Then it is not known when to say nobody."""
    fitted, figures = calibrated(held_out(200), weight=None, objective=Objective.ACCURACY)

    assert fitted.threshold is None
    assert figures.nobody_recall is None


def test_the_threshold_is_fitted_on_validation_only() -> None:
    """Training requests that were held out have no part in it, however many they are."""
    checked = held_out(100, 40)
    more = held_out(400, noise=2.0, seed=1)
    both = HeldOut(
        linear=np.concatenate([checked.linear, more.linear]),
        lexical=np.concatenate([checked.lexical, more.lexical]),
        preferred=np.concatenate([checked.preferred, more.preferred]),
        right=np.concatenate([checked.right, more.right]),
        is_validation=np.concatenate([checked.is_validation, np.zeros(400, dtype=np.bool_)]),
    )

    alone, _ = calibrated(checked, weight=0, objective=Objective.ACCURACY)
    together, figures = calibrated(both, weight=0, objective=Objective.ACCURACY)

    assert alone.threshold == together.threshold
    assert figures.requests == 500
    assert figures.nobody == 40


def test_the_balanced_threshold_refuses_more() -> None:
    """Where requests for nobody are few, weighing them alike raises their recall."""
    held = held_out(300, 15, noise=0.5)

    _, plain = calibrated(held, weight=0, objective=Objective.ACCURACY)
    _, balanced = calibrated(held, weight=0, objective=Objective.BALANCED)

    assert plain.nobody_recall is not None
    assert balanced.nobody_recall is not None
    assert balanced.nobody_recall > plain.nobody_recall


def test_the_lexical_score_counts_where_it_helps() -> None:
    """A lexical score that knows more than the linear one is given weight; one that knows nothing is not."""
    vague, sharp = held_out(300, noise=1.5), held_out(300, noise=0.1, seed=2)

    helped, figures = calibrated(replace(vague, lexical=sharp.linear), weight=None, objective=Objective.ACCURACY)
    hindered, _ = calibrated(replace(sharp, lexical=vague.linear), weight=None, objective=Objective.ACCURACY)

    assert helped.lexical_weight > 0
    assert figures.accuracy > 0.9
    assert hindered.lexical_weight == 0
    assert hindered.lexical_factor == 0


def test_a_weight_that_is_given_is_kept() -> None:
    """In units of spread, so that it means the same whatever the scores."""
    held = replace(held_out(100), lexical=10 * held_out(100, seed=3).linear)

    fitted, _ = calibrated(held, weight=0.5, objective=Objective.ACCURACY)

    assert fitted.lexical_weight == 0.5
    assert fitted.lexical_factor == pytest.approx(0.05, rel=0.2)


def test_figures_are_measured_on_requests_that_nothing_was_fitted_on() -> None:
    """With scores of pure chance, a threshold that was fitted does no better than chance on other requests."""
    chance = held_out(400, 400, noise=1.0)
    chance = replace(chance, linear=np.random.default_rng(5).normal(size=chance.linear.shape))

    _, figures = calibrated(chance, weight=0, objective=Objective.BALANCED)

    assert figures.area_under_curve == pytest.approx(0.5, abs=0.06)
    assert figures.accuracy == pytest.approx(1 / AGENTS, abs=0.06)
    assert figures.accuracy_within_three == pytest.approx(3 / AGENTS, abs=0.06)


@pytest.mark.parametrize("requests", [0, 1, 4])
def test_next_to_nothing_held_out_is_no_trouble(requests: int) -> None:
    """There is always a temperature above 0."""
    fitted, figures = calibrated(held_out(requests, requests // 2), weight=None, objective=Objective.ACCURACY)

    assert fitted.temperature > 0
    assert figures.requests == requests


def test_the_best_agents_are_told_in_the_order_of_the_requests() -> None:
    """Cross-fitted, whatever fold a request was in."""
    held = held_out(50, noise=0.01)

    assert calibrate(held, weight=0, objective=Objective.ACCURACY).best.tolist() == held.preferred.tolist()
