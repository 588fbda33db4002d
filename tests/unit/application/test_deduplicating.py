"""Which cases are left out because others say the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.deduplicating import Difference, contradictions, deduplicate
from passmuster.domain.cases import Case, Message, Role
from passmuster.testing.factories import a_case, a_rubric

LONG = "Our nightly export job hangs since Tuesday, can you find out why it does?"
HISTORY = (Message(role=Role.ASSISTANT, content="Shall I drop the table orders now?"),)
NEAR = LONG.replace("export", "import")


def names(cases: tuple[Case, ...]) -> list[str]:
    return [case.identifier for case in cases]


def test_equal_requests_are_left_out_and_others_stay() -> None:
    """Without a threshold nothing but equality counts."""
    cases = [a_case("a", text=LONG), a_case("b", text=NEAR), a_case("c", text=LONG), a_case("d", text=LONG.upper())]

    found = deduplicate(cases, None)

    assert names(found.kept) == ["a", "b", "d"]
    assert [(pair.case.identifier, pair.of.identifier, pair.is_exact) for pair in found.dropped] == [("c", "a", True)]


def test_near_duplicates_are_left_out_where_a_threshold_is_given() -> None:
    """Case and punctuation do not matter then, and a word may differ."""
    cases = [a_case("a", text=LONG), a_case("b", text=NEAR), a_case("c", text=LONG.upper()), a_case("d", text="other")]

    found = deduplicate(cases, 0.8)

    assert names(found.kept) == ["a", "d"]
    assert [pair.is_exact for pair in found.dropped] == [False, False]
    assert found.dropped[1].likeness == 1


def test_other_labels_are_never_left_out() -> None:
    """Both stay, and are named; the same for rubrics, critical cases and controls."""
    cases = [
        a_case("a", text=LONG),
        a_case("b", text=LONG, preferred=None),
        a_case("c", text=NEAR, is_critical=True),
        a_case("d", text=LONG, rubric=a_rubric()),
    ]

    found = deduplicate(cases, 0.8)

    assert found.kept == tuple(cases)
    assert found.dropped == ()
    assert {(pair.case.identifier, pair.difference) for pair in found.apart if pair.of.identifier == "a"} == {
        ("b", Difference.LABEL),
        ("c", Difference.ELSE),
        ("d", Difference.ELSE),
    }


def test_of_duplicates_in_several_splits_the_tested_one_stays() -> None:
    """What a router learns from must not hold what it is tested with."""
    cases = [a_case("a", split="train"), a_case("b", split="test"), a_case("c", split="validation")]

    assert names(deduplicate(cases, None).kept) == ["b"]


def test_histories_are_part_of_a_request() -> None:
    """The same last turn after another conversation is another request."""
    one = a_case("a", text="do it")
    other = replace(one, request=replace(one.request, history=HISTORY))

    assert deduplicate([one, other], None).dropped == ()
    assert deduplicate([one, other], 0.8).dropped == ()


@given(texts=st.lists(st.sampled_from([LONG, NEAR, LONG.upper(), "x", "y", ""]), max_size=8), data=st.data())
def test_every_case_that_is_left_out_is_like_one_that_stays(texts: list[str], data: st.DataObject) -> None:
    """Nothing is lost by a chain of likenesses, and nothing is both kept and left out."""
    cases = [
        a_case(f"c{number}", text=text, preferred=data.draw(st.sampled_from(["a", None])))
        for number, text in enumerate(texts)
    ]

    found = deduplicate(cases, 0.8)

    assert sorted(names(found.kept) + [pair.case.identifier for pair in found.dropped]) == sorted(names(tuple(cases)))
    assert all(pair.of in found.kept and pair.of.expectation == pair.case.expectation for pair in found.dropped)
    assert deduplicate(found.kept, 0.8).kept == found.kept


def test_contradictions_are_found_among_many_equal_requests() -> None:
    """Each later case is held against the first of each other label."""
    cases = [a_case("a", text=LONG), a_case("b", text=LONG), a_case("c", text=NEAR, preferred="other"), a_case("d")]

    found = contradictions(cases, 0.8)

    assert [(pair.case.identifier, pair.of.identifier) for pair in found] == [("c", "a")]
