"""Shares of defects caught and of false alarms, and who failed what."""

import pytest

from passmuster.analysis.rubric_rates import Kind, Seen, Verdict, exact_share, rubric_rates, specificity


def verdict(answer: str, criterion: str, seen: Seen, *, target: str = "", reason: str = "") -> Verdict:
    kind = Kind.MUTANT if target else Kind.NEUTRAL
    edit = answer.partition("/")[2]
    return Verdict(answer=answer, kind=kind, edit=edit, target=target, criterion=criterion, seen=seen, reason=reason)


def test_sixteen_of_sixteen_prove_little() -> None:
    """All of 16 caught says that at least 79 % are, both sides counted."""
    share = exact_share(16, 16)

    assert share is not None
    assert share.lower == pytest.approx(0.794, abs=0.001)
    assert share.upper == 1.0


def test_nothing_tried_has_no_share() -> None:
    """No mutants are not none caught."""
    assert exact_share(0, 0) is None


def test_a_mutant_counts_for_the_criterion_that_must_catch_it() -> None:
    """Another criterion may fail it as well, which the rubric counts as caught and the own one does not."""
    rates = rubric_rates(
        [
            verdict("a/x", "own", Seen.PASSED, target="own"),
            verdict("a/x", "other", Seen.FAILED, target="own"),
            verdict("b/x", "own", Seen.FAILED, target="own"),
            verdict("b/x", "other", Seen.PASSED, target="own"),
        ]
    )

    own = next(item for item in rates.criteria if item.criterion == "own")
    other = next(item for item in rates.criteria if item.criterion == "other")
    assert own.caught is not None
    assert own.caught.value == 0.5
    assert [item.answer for item in own.missed] == ["a/x"]
    assert other.caught is None
    assert rates.named is not None
    assert rates.named.value == 0.5
    assert rates.caught is not None
    assert rates.caught.value == 1.0
    assert rates.bases == 2


def test_a_failed_harmless_answer_is_a_false_alarm() -> None:
    """A criterion that minds what is harmless cannot be relied on, however much it catches."""
    rates = rubric_rates(
        [verdict("a/y", "own", Seen.FAILED), verdict("a/x", "own", Seen.FAILED, target="own")],
    )

    assert not rates.holds
    assert [item.answer for item in rates.criteria[0].alarms] == ["a/y"]


def test_a_criterion_that_catches_nothing_cannot_be_relied_on() -> None:
    """One that passes everything has no false alarms, and is worth nothing."""
    rates = rubric_rates([verdict("a/x", "own", Seen.PASSED, target="own"), verdict("a/y", "own", Seen.PASSED)])

    assert rates.criteria[0].is_blind
    assert not rates.holds


def test_what_could_not_be_judged_counts_neither_way() -> None:
    """A failure of the harness is no miss and no alarm, but it is told."""
    rates = rubric_rates(
        [
            verdict("a/x", "own", Seen.UNJUDGED, target="own"),
            verdict("a/y", "own", Seen.UNJUDGED),
            verdict("b/y", "own", Seen.PASSED),
        ]
    )

    own = rates.criteria[0]
    assert own.caught is None
    assert own.lacks == "no mutants"
    assert len(own.unjudged) == 2
    assert own.holds
    assert rates.named is None


def test_a_criterion_without_a_sandbox_is_left_out() -> None:
    """It says why, and nothing is said to be lacking."""
    rates = rubric_rates([verdict("a/y", "own", Seen.LEFT_OUT, reason="no sandbox")])

    assert rates.criteria[0].left_out == "no sandbox"
    assert rates.criteria[0].lacks == ""
    assert rates.holds
    assert not rates.is_complete


def test_the_matrix_tells_who_failed_what() -> None:
    """One row for each edit; whoever failed the most of its mutants comes first."""
    rows = specificity(
        [
            verdict("a/x", "own", Seen.FAILED, target="own"),
            verdict("a/x", "other", Seen.FAILED, target="own"),
            verdict("b/x", "own", Seen.FAILED, target="own"),
            verdict("b/x", "other", Seen.PASSED, target="own"),
            verdict("b/z", "own", Seen.UNJUDGED, target="own"),
        ]
    )

    assert [(row.edit, row.mutants, row.failed) for row in rows] == [("x", 2, (("own", 2), ("other", 1)))]
