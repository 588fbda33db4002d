"""Delta debugging: smallest sets of edits, in few questions."""

from collections.abc import Callable, Generator, Iterable
from itertools import combinations, pairwise
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.minimizing import Causes, Edits, Question, causes, minimal

FoundT = TypeVar("FoundT")
Effect = Callable[[Edits], bool]


def driven(search: Generator[Question, bool, FoundT], effect: Effect) -> tuple[FoundT, list[Question]]:
    """Answer a search's questions, and return what it found and what it asked."""
    asked: list[Question] = []
    try:
        question = next(search)
        while True:
            asked.append(question)
            question = search.send(effect(question.edits))
    except StopIteration as ended:
        found: FoundT = ended.value
        return found, asked


def singles(number: int) -> list[Edits]:
    return [frozenset({edit}) for edit in range(number)]


def needs(*sets: Iterable[int]) -> Effect:
    """Return an effect that is there as soon as all edits of one of the sets are made."""
    return lambda edits: any(edits.issuperset(one) for one in sets)


@given(st.integers(1, 24).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1), min_size=1))))
def test_the_edits_that_are_needed_are_found(drawn: tuple[int, set[int]]) -> None:
    """All of them and no others, wherever they stand."""
    size, guilty = drawn

    found, _ = driven(minimal(singles(size)), needs(tuple(guilty)))

    assert found == guilty


@given(st.sets(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), min_size=1, max_size=6))
def test_no_edit_of_a_found_set_can_be_left_out(sufficient: set[Edits]) -> None:
    """Whatever the effect is, as long as no edit hinders another."""
    effect = needs(frozenset(range(8)), *(tuple(one) for one in sufficient))

    found, _ = driven(minimal(singles(8)), effect)

    assert effect(found)
    assert not any(effect(found - {edit}) for edit in found)


@given(st.sets(st.frozensets(st.integers(0, 5), min_size=1), min_size=1))
def test_any_effect_at_all_gets_a_set_that_can_do_without_none_of_its_edits(making: set[Edits]) -> None:
    """Even where edits hinder each other."""
    every = frozenset(range(6))
    effect = {*making, every}.__contains__

    found, _ = driven(minimal(singles(6)), effect)

    assert effect(found)
    assert not any(effect(found - {edit}) for edit in found if len(found) > 1)


def test_one_guilty_edit_takes_few_questions() -> None:
    """Halves, and halves of these: two questions for each doubling at the most."""
    counts = [len(driven(minimal(singles(64)), needs((guilty,)))[1]) for guilty in range(64)]

    assert max(counts) == 12
    assert min(counts) == 6


def test_large_parts_are_left_out_first() -> None:
    """Two partitions: whole agents, then single edits of the one that is guilty."""
    agents = [frozenset(range(10)), frozenset(range(10, 20)), frozenset(range(20, 24))]

    found, asked = driven(causes([agents, singles(24)]), needs((13,)))

    assert found == Causes(sets=(frozenset({13}),), is_settled=True)
    assert [question.edits for question in asked[:3]] == [agents[0], agents[1] | agents[2], agents[1]]
    assert len(asked) < 12


def test_edits_that_suffice_each_by_itself_are_all_found() -> None:
    """Taking one of them back changes nothing, so the others are looked for in what is left."""
    found, asked = driven(causes([singles(9)]), needs((2,), (5, 7)))

    assert set(found.sets) == {frozenset({2}), frozenset({5, 7})}
    assert found.is_settled
    assert asked[0].found == ()
    assert asked[-1].found == found.sets


def test_too_many_alternatives_are_not_settled() -> None:
    """The search ends after as many as were asked for, and says that there are more."""
    found, _ = driven(causes([singles(6)], most=2), needs((0,), (1,), (2,)))

    assert found == Causes(sets=(frozenset({0}), frozenset({1})), is_settled=False)


def test_the_only_edit_is_guilty_without_a_question() -> None:
    """All edits together make the effect, and here that is one."""
    assert driven(causes([singles(1)]), needs((0,))) == (Causes(sets=(frozenset({0}),), is_settled=True), [])


def test_every_question_says_what_is_known() -> None:
    """What is known always makes the effect, and shrinks."""
    effect = needs((3, 11))

    _, asked = driven(minimal(singles(16)), effect)

    known = [question.known for question in asked]
    assert all(effect(one) for one in known)
    assert all(later <= earlier for earlier, later in pairwise(known))


@pytest.mark.parametrize("is_kept", [True, False])
def test_an_effect_that_comes_and_goes_is_tried_once_more(is_kept: bool) -> None:  # noqa: FBT001 - a parameter
    """The last questions repeat the sets found, and a set that fails then is said to."""
    first: set[Edits] = set()

    def effect(edits: Edits) -> bool:
        is_repeated = edits in first
        first.add(edits)
        return 2 in edits and (is_kept or not is_repeated)

    found, asked = driven(causes([singles(4)], is_repeated=True), effect)

    assert found == Causes(sets=(frozenset({2}),), is_settled=True, is_repeatable=is_kept)
    assert [item.edits for item in asked if item.is_repeated] == [frozenset({2})]
    assert asked[-1].is_repeated


def test_smallest_sets_agree_with_trying_all() -> None:
    """For every effect that takes one of two pairs of five edits, one of the pairs is found."""
    pairs = list(combinations(range(5), 2))
    for one, other in combinations(pairs, 2):
        found, _ = driven(minimal(singles(5)), needs(one, other))

        assert found in (frozenset(one), frozenset(other))
