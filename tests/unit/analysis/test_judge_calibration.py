"""What labelled answers say of a judge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.judge_calibration import CalibratedQuestion, calibrate, consensus
from passmuster.domain.judging import JudgedLabel
from passmuster.domain.values import CaseIdentifier, Fingerprint

QUESTION = CalibratedQuestion(
    criterion="polite",
    judge=Fingerprint("f"),
    choices=("no", "yes"),
    passing="yes",
    models=("made-up",),
    date="2026-01-02",
)


def judged(choice: str, *people: str, length: int = 100, **changes: object) -> JudgedLabel:
    values: dict[str, object] = {
        "case": CaseIdentifier("c"),
        "answer": "0123456789abcdef",
        "length": length,
        "people": {f"p{place}": told for place, told in enumerate(people)},
        "choice": choice,
        **changes,
    }
    return JudgedLabel(**values)  # type: ignore[arg-type]  # checked by what the tests read


def test_errors_are_counted_either_way() -> None:
    """Of five good answers it passes four, of three bad ones it fails two."""
    answers = [*[judged("yes", "yes")] * 4, judged("no", "yes"), *[judged("no", "no")] * 2, judged("yes", "no")]

    found = calibrate(QUESTION, answers)

    assert (found.passed_rightly, found.good, found.failed_rightly, found.bad) == (4, 5, 2, 3)
    assert found.confusion == ((2, 1), (1, 4))
    assert found.agreement.value == 0.75
    assert found.sensitivity is not None
    assert found.sensitivity.value == 0.8
    assert found.specificity is not None
    assert found.specificity.lower < 2 / 3 < found.specificity.upper
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx((0.75 - 34 / 64) / (1 - 34 / 64))


def test_passing_begins_with_the_choice_that_passes() -> None:
    """Of three choices the two upper ones may pass."""
    question = CalibratedQuestion(
        criterion="polite",
        judge=Fingerprint("f"),
        choices=("bad", "fair", "good"),
        passing="fair",
        models=(),
        date="2026-01-02",
    )

    found = calibrate(question, [judged("good", "fair"), judged("fair", "bad"), judged("bad", "bad")])

    assert (found.passed_rightly, found.good, found.failed_rightly, found.bad) == (1, 1, 1, 2)


def test_answers_that_divide_people_are_left_aside() -> None:
    """And so are those without a verdict; both are told."""
    answers = [judged("yes", "yes", "no"), judged("", "yes"), judged("yes", "yes", "yes", "no")]

    found = calibrate(QUESTION, answers)

    assert (found.labels, found.undecided, found.unjudged) == (1, 1, 1)
    assert found.labellers == ("p0", "p1", "p2")
    assert found.kappa is None


def test_people_are_measured_as_well() -> None:
    """Where they agree as often as chance, the question is at fault."""
    agreed = [judged("yes", "yes", "yes"), judged("no", "no", "no")] * 5
    divided = [judged("yes", "yes", "no"), judged("no", "no", "yes"), judged("no", "no", "no")] * 4

    assert calibrate(QUESTION, agreed).people_agreement == 1
    people = calibrate(QUESTION, divided).people_agreement
    assert people is not None
    assert people < 0
    assert calibrate(QUESTION, [judged("yes", "yes")]).people_agreement is None


def test_a_judge_that_likes_length_is_found_out() -> None:
    """It passes every long answer, and people every other one."""
    answers = [
        judged("yes" if at >= 20 else told, told, length=at) for at in range(40) for told in [("no", "yes")[at % 2]]
    ]

    found = calibrate(QUESTION, answers)

    assert found.length_bias is not None
    assert found.length_bias.value == pytest.approx(0.5)
    assert found.length_bias.lower > 0.2


@pytest.mark.parametrize("lengths", [[5] * 40, list(range(9))])
def test_length_says_nothing_where_it_cannot(lengths: list[int]) -> None:
    """All of one length, or too few answers."""
    answers = [judged("yes", "yes", length=length) for length in lengths]

    assert calibrate(QUESTION, answers).length_bias is None


def test_verdicts_that_flip_and_orders_that_sway_are_counted() -> None:
    """Only where it was asked again, and where it saw pairs."""
    answers = [
        judged("yes", "yes", again=("yes", "no"), is_swayed=True),
        judged("yes", "yes", again=("yes", "yes"), is_swayed=False),
        judged("no", "no"),
    ]

    found = calibrate(QUESTION, answers)

    assert found.flip_rate is not None
    assert (found.flip_rate.value, found.flip_rate.sample_size) == (0.5, 2)
    assert found.sway_rate is not None
    assert (found.sway_rate.value, found.sway_rate.sample_size) == (0.5, 2)


def test_nothing_in_common_is_no_calibration() -> None:
    """People who disagree, or a judge that never judged."""
    with pytest.raises(ValueError, match="no answer has both"):
        calibrate(QUESTION, [judged("yes", "yes", "no"), judged("", "yes")])


def test_a_label_nobody_can_give_is_refused() -> None:
    """A slip of the pen must not become an error of the judge."""
    with pytest.raises(ValueError, match="'ja'"):
        calibrate(QUESTION, [judged("yes", "ja")])


@given(st.lists(st.sampled_from(["yes", "no"]), max_size=9))
def test_most_decide_and_a_tie_decides_nothing(choices: list[str]) -> None:
    """Whatever the order."""
    found = consensus(choices)

    counts = choices.count("yes"), choices.count("no")
    assert found == (None if counts[0] == counts[1] else "yes" if counts[0] > counts[1] else "no")
