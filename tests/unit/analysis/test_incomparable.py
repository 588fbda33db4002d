"""What two runs made by other means, or judged by other rubrics, may still be compared on."""

from dataclasses import replace

import pytest

from passmuster.analysis.comparing import compare
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.observations import Aspect
from passmuster.domain.values import UNKNOWN, Fingerprint, fingerprint_of
from passmuster.testing.factories import a_snapshot, a_subject_record, an_observation

ROUTER, WRITER, OLD = (fingerprint_of(part) for part in ("router", "writer", "whole"))
RECORD = replace(
    a_subject_record(), fingerprint=OLD, routing=ROUTER, writing=WRITER, models=("small",), choosing_models=("tiny",)
)
ANOTHER = fingerprint_of("another")
BOTH_WAYS = an_observation(passed=(True,))


@pytest.mark.parametrize(
    ("changes", "barred"),
    [
        ({}, []),
        ({"fingerprint": ANOTHER}, []),
        ({"routing": ANOTHER}, [Aspect.ROUTING]),
        ({"writing": ANOTHER}, [Aspect.OUTPUT]),
        ({"models": ("large",)}, [Aspect.OUTPUT]),
        ({"models": ("large", "small")}, [Aspect.OUTPUT]),
        ({"models": ()}, []),
        ({"choosing_models": ("huge",)}, [Aspect.ROUTING]),
        ({"choosing_models": ()}, []),
        ({"routing": ANOTHER, "writing": ANOTHER}, [Aspect.ROUTING, Aspect.OUTPUT]),
        ({"routing": UNKNOWN, "writing": UNKNOWN}, []),
        ({"routing": UNKNOWN, "fingerprint": ANOTHER}, [Aspect.ROUTING]),
    ],
)
def test_what_was_made_by_other_means_is_not_compared(changes: dict[str, object], barred: list[Aspect]) -> None:
    """Choices by another router, outputs by another writer or model; the other aspect is compared all the same."""
    other = replace(RECORD, **changes)  # type: ignore[arg-type]  # the class refuses what it does not know

    comparison = compare(a_snapshot(BOTH_WAYS, subjects=(RECORD,)), a_snapshot(BOTH_WAYS, subjects=(other,)))

    assert [item.aspect for item in comparison.incomparable] == barred
    assert {change.aspect for change in comparison.cases} == set(Aspect) - set(barred)
    assert comparison.warnings == tuple(item.reason for item in comparison.incomparable)
    assert comparison.is_equal == (not barred)


def test_an_old_baseline_knows_only_the_whole() -> None:
    """Without fingerprints of the parts the whole decides on both; without models they are not asked for."""
    old = replace(RECORD, routing=UNKNOWN, writing=UNKNOWN, models=(), choosing_models=())
    former = a_snapshot(BOTH_WAYS, subjects=(old,))

    same = compare(former, a_snapshot(BOTH_WAYS, subjects=(RECORD,)))
    other = compare(former, a_snapshot(BOTH_WAYS, subjects=(replace(RECORD, fingerprint=ANOTHER),)))

    assert same.incomparable == ()
    assert [item.aspect for item in other.incomparable] == [Aspect.ROUTING, Aspect.OUTPUT]


def test_the_reason_names_the_models_that_are_new() -> None:
    """So that whoever reads it knows what to pin."""
    other = replace(RECORD, models=("large", "small"))

    (reason,) = compare(a_snapshot(subjects=(RECORD,)), a_snapshot(subjects=(other,), label="x")).warnings

    assert reason == (
        "subject 'lexical' writes with large, as it did not in the accepted baseline: its outputs are shown, and not "
        "compared"
    )
    other = replace(RECORD, choosing_models=("huge",))
    (reason,) = compare(a_snapshot(subjects=(RECORD,)), a_snapshot(subjects=(other,), label="x")).warnings
    assert reason == (
        "subject 'lexical' chooses with huge, as it did not in the accepted baseline: its choices are shown, and not "
        "compared"
    )


def test_an_edited_rubric_judges_something_else() -> None:
    """The output is edited, and the choice is compared."""
    before, after = (replace(BOTH_WAYS, rubric=fingerprint_of(text)) for text in ("former", "present"))

    routing, output = compare(a_snapshot(before), a_snapshot(replace(after, passed=(False,)))).cases

    assert (routing.kind, output.kind) == (ChangeKind.UNCHANGED, ChangeKind.EDITED)
    assert output.difference is None


@pytest.mark.parametrize(
    ("rubrics", "passed", "kind"),
    [
        ((UNKNOWN, ANOTHER), ((), (True,)), ChangeKind.EDITED),
        ((ANOTHER, UNKNOWN), ((True,), ()), ChangeKind.EDITED),
        ((UNKNOWN, ANOTHER), ((True,), (False,)), ChangeKind.BROKEN),
        ((ANOTHER, ANOTHER), ((), (True,)), ChangeKind.UNMEASURED),
    ],
    ids=["a new rubric", "no rubric any more", "an old baseline", "the same rubric"],
)
def test_a_rubric_that_one_side_lacks_is_no_failure_of_the_harness(
    rubrics: tuple[Fingerprint, Fingerprint], passed: tuple[tuple[bool, ...], tuple[bool, ...]], kind: ChangeKind
) -> None:
    """A new rubric was not judged before, and a baseline that does not know its rubric had one."""
    before, after = (an_observation(rubric=rubric, passed=found) for rubric, found in zip(rubrics, passed, strict=True))

    _, output = compare(a_snapshot(before), a_snapshot(after)).cases

    assert output.kind is kind
