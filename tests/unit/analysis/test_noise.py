"""What is said when nothing was changed and something differs."""

from dataclasses import replace

import pytest

from passmuster.analysis.comparing import compare
from passmuster.analysis.noise import noise_sentence, set_up_noise
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.comparisons import Comparison
from passmuster.domain.observations import RoutingOutcome
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing.factories import a_roster, a_run, a_snapshot, a_subject_record, a_trial, an_observation

VARYING = (a_subject_record(is_deterministic=False),)
RIGHT, WRONG = RoutingOutcome.PREFERRED, RoutingOutcome.WRONG


def compared(answers: str, roster: tuple[str, ...] = ()) -> Comparison:
    """Compare right answers with these: ``+`` is a right one and ``-`` a wrong one."""
    before = a_snapshot(*[an_observation(f"case-{at}") for at in range(len(answers))], subjects=VARYING)
    after = [an_observation(f"case-{at}", is_right=answer == "+") for at, answer in enumerate(answers)]
    changed = a_roster(*roster) if roster else None
    return compare(before, a_snapshot(*after, subjects=VARYING, roster=changed))


def test_the_share_of_flipped_cases_is_the_noise() -> None:
    """One of four cases came out differently, and the accuracy moved by as much."""
    [noise] = set_up_noise(compared("-+++"), VARYING)

    assert (noise.metric, noise.flips.value, noise.flips.sample_size) == ("routing_accuracy", 0.25, 4)
    assert noise.flips.lower < 0.25 < noise.flips.upper
    assert noise.difference.value == pytest.approx(-0.25)


def test_repeated_trials_are_paired_in_every_way() -> None:
    """With a rate of one half on one side, half of the pairs of trials differ."""
    before = a_snapshot(an_observation("one", outcomes=(RIGHT, WRONG), chosen="debugger"), subjects=VARYING)
    after = a_snapshot(an_observation("one"), subjects=VARYING)

    [noise] = set_up_noise(compare(before, after), VARYING)

    assert noise.flips.value == 0.5


def test_the_sentence_says_that_nothing_was_changed() -> None:
    """It names what is compared with, and both numbers."""
    sentence = noise_sentence(compared("-+++"), VARYING)

    assert sentence is not None
    assert "Nothing was changed since the accepted baseline" in sentence
    assert "25.0%" in sentence
    assert "-0.250" in sentence


def test_after_an_edit_there_is_nothing_to_say() -> None:
    """What differs then may be the edit."""
    assert noise_sentence(compared("-+", roster=("debugger",)), VARYING) is None


def test_a_subject_without_noise_has_none() -> None:
    """If such a one differs, something was changed, or it is not what it says."""
    assert noise_sentence(compared("-+"), (a_subject_record(),)) is None


def test_a_report_of_unchanged_agents_says_so() -> None:
    """Whoever reads the verdict learns how much the set-up moves by itself."""
    run = a_run(a_trial("one"), a_trial("two"), subjects=VARYING)
    before = observe(run)
    edited = replace(before, agents=before.agents[:1])

    same, other = (" ".join(report_of(run, GatePolicy(rules=()), side).trust) for side in (before, edited))

    assert "Nothing was changed" in same
    assert "Nothing was changed" not in other
