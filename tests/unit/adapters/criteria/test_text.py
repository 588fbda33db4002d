"""Criteria on words."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.criteria.isolated import ask
from passmuster.adapters.criteria.pattern_search import search
from passmuster.adapters.criteria.text import (
    CONTAINS,
    FORBIDDEN,
    LENGTH,
    MAXIMUM_CHARACTERS,
    REGEX,
    RegexCriterion,
    RegexOptions,
)
from passmuster.components import BuildContext, Component, OptionsT
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Score
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

CONTEXT = BuildContext(folder=Path())


async def judge(component: Component[OptionsT, Criterion], answer: str, /, **options: object) -> Score:
    criterion = component.build(component.options.model_validate({"name": "mine", **options}), CONTEXT)
    return await criterion.assess(an_exhibit(answer))


def complaint_of(component: Component[OptionsT, Criterion], /, **options: object) -> str:
    with pytest.raises(ValidationError) as caught:
        component.options.model_validate({"name": "mine", **options})
    return str(caught.value)


async def test_contains_gives_the_share_that_was_found() -> None:
    """One missing text of three leaves two thirds, fails, and is named."""
    score = await judge(CONTAINS, "one\ntwo\ntwo", texts=["one", "two", "status_code=404"])

    assert score.criterion == "mine"
    assert score.value == pytest.approx(2 / 3)
    assert not score.passed
    assert score.reason == "found 2 of 3; 'status_code=404' is missing"
    assert score.evidence == {"lines": {"one": [1], "two": [2, 3]}, "missing": ["status_code=404"]}


async def test_contains_takes_a_single_text() -> None:
    """``text`` is the same as one of ``texts``."""
    score = await judge(CONTAINS, "a.b", text="a.b")

    assert (score.value, score.passed, score.reason) == (1.0, True, "found 1 of 1")


async def test_contains_looks_for_the_words_themselves() -> None:
    """Characters that mean something in patterns mean nothing here."""
    score = await judge(CONTAINS, "axb", text="a.b")

    assert not score.passed


@pytest.mark.parametrize(("text", "value"), [("has beta only", 1.0), ("has neither", 0.0)])
async def test_contains_any_is_one_or_nothing(text: str, value: float) -> None:
    """One of several texts suffices in the mode ``any``."""
    score = await judge(CONTAINS, text, texts=["alpha", "beta"], mode="any")

    assert score.value == value
    assert score.passed is (value == 1.0)


async def test_contains_names_no_more_than_three_missing_texts() -> None:
    """A long list is cut in the reason and whole in the evidence."""
    score = await judge(CONTAINS, "", texts=["a", "b", "c", "d", "e"])

    assert score.reason == "found 0 of 5; 'a', 'b', 'c' and 2 more are missing"
    assert score.evidence["missing"] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(("ignore_case", "passed"), [(True, True), (False, False)])
async def test_case_counts_unless_it_is_ignored(ignore_case: bool, passed: bool) -> None:  # noqa: FBT001 - parametrized
    """Folding follows Unicode, and lines keep their numbers."""
    score = await judge(CONTAINS, "\nDIE STRASSE", text="straße", ignore_case=ignore_case)

    assert score.passed is passed
    assert score.evidence["lines"] == ({"straße": [2]} if passed else {})


@pytest.mark.parametrize("options", [{}, {"text": "a", "texts": ["b"]}, {"text": ""}, {"texts": ["a", ""]}])
def test_contains_refuses_options_without_a_sense(options: dict[str, object]) -> None:
    """Neither, both and empty texts are complaints."""
    assert complaint_of(CONTAINS, **options)


async def test_forbidden_tells_where_the_texts_stand() -> None:
    """Each text that was found is told with its lines."""
    score = await judge(FORBIDDEN, "x\nTODO\n\ntodo: pass", texts=["todo", "FIXME"], ignore_case=True)

    assert (score.value, score.passed) == (0.0, False)
    assert score.reason == "found 'todo' on line 2, which is forbidden"
    assert score.evidence == {"lines": {"todo": [2, 4]}}


async def test_forbidden_passes_a_clean_answer() -> None:
    """An answer without any of the texts is worth 1."""
    score = await judge(FORBIDDEN, "clean", texts=["todo", "FIXME"])

    assert (score.value, score.passed) == (1.0, True)
    assert score.reason == "none of 2 forbidden texts is there"


def test_forbidden_refuses_an_empty_text() -> None:
    """An empty text would forbid every answer."""
    assert "found everywhere" in complaint_of(FORBIDDEN, texts=[""])


@pytest.mark.parametrize(
    ("options", "count", "lines"),
    [
        ({"pattern": "^def "}, 0, []),
        ({"pattern": "^def ", "flags": "m"}, 2, [2, 4]),
        ({"pattern": r"^def\s+\w+", "flags": "m"}, 2, [2, 4]),
        ({"pattern": r"DEF\s+\w+", "flags": "i"}, 2, [2, 4]),
        ({"pattern": "one.*two", "flags": "s"}, 1, [2]),
        ({"pattern": "one.*two"}, 0, []),
    ],
)
async def test_regex_counts_matches_and_their_lines(options: dict[str, object], count: int, lines: list[int]) -> None:
    """The flags mean what they mean in Python, in this process and in the other."""
    score = await judge(REGEX, "\ndef one\n\ndef two\n", **options)

    assert score.evidence == {"count": count, "lines": lines}
    assert score.passed is (count >= 1)


@pytest.mark.parametrize(
    ("minimum", "maximum", "passed"), [(2, None, True), (3, None, False), (0, 1, False), (0, 2, True)]
)
async def test_regex_holds_the_number_against_the_bounds(minimum: int, maximum: int | None, passed: bool) -> None:  # noqa: FBT001 - parametrized
    """Too few and too many both fail."""
    score = await judge(REGEX, "a-a", pattern="a", minimum=minimum, maximum=maximum)

    assert (score.passed, score.value) == (passed, float(passed))
    assert score.reason.startswith("found 2 matches of 'a'; wanted at least ")


async def test_regex_ends_a_search_that_would_never_end() -> None:
    """A pattern that backtracks without end is a failure of the harness, not of the answer."""
    criterion = RegexCriterion(RegexOptions(name="mine", pattern="(a+)+$"), time_limit=0.5)

    with pytest.raises(CriterionError, match=r"longer than 0\.5 seconds"):
        await criterion.assess(an_exhibit("a" * 64 + "!"))


@pytest.mark.parametrize("pattern", ["end", "e+nd"])
async def test_regex_says_that_it_has_not_looked_at_everything(pattern: str) -> None:
    """What stands beyond the limit is not found, and the reason tells of the limit."""
    score = await judge(REGEX, "x" * MAXIMUM_CHARACTERS + "end", pattern=pattern)

    assert not score.passed
    assert f"looked at the first {MAXIMUM_CHARACTERS} of {MAXIMUM_CHARACTERS + 3} characters" in score.reason


async def test_regex_searches_text_that_no_file_can_hold() -> None:
    """Half a surrogate pair crosses to the other process and back."""
    score = await judge(REGEX, "\ud800 aa", pattern="^. a+")

    assert score.passed


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"pattern": "a(b"}, "the pattern 'a(b' is not valid: missing ), unterminated subpattern at character 2"),
        ({"pattern": "a{99999999999999}"}, "is not valid"),
        ({"pattern": "[[a]"}, "Possible nested set"),
        ({"pattern": ""}, "at least 1 character"),
        ({"pattern": "a", "flags": "x"}, "should match pattern"),
        ({"pattern": "a", "minimum": 2, "maximum": 1}, "nothing is at least 2 and at most 1"),
    ],
)
def test_regex_refuses_bad_options(options: dict[str, object], complaint: str) -> None:
    """A pattern is compiled when the options are read, so that its author hears of it at once."""
    assert complaint in complaint_of(REGEX, **options)


def test_search_counts_like_python() -> None:
    """Every match counts, empty ones too; lines are told for the first twenty."""
    text = "ab\n" * 50

    found = search("b?", "", text)

    assert found["count"] == len(re.findall("b?", text))
    assert found["lines"][:6] == [1, 1, 1, 2, 2, 2]
    assert len(found["lines"]) == 20


async def test_a_program_that_fails_is_a_failure_of_the_criterion(tmp_path: Path) -> None:
    """What it complained of last stands in the message."""
    program = tmp_path / "failing.py"
    program.write_text("raise RuntimeError('out of luck')", encoding="utf-8")

    with pytest.raises(CriterionError, match="status 1: RuntimeError: out of luck"):
        await ask(program, {}, time_limit=60.0, with_packages=False)


@pytest.mark.parametrize(
    ("text", "unit", "count"),
    [
        ("", "characters", 0),
        ("", "words", 0),
        ("", "lines", 0),
        ("naïve 🙂", "characters", 7),
        ("two  words\n", "words", 2),
        ("one\n", "lines", 1),
        ("one\n\nthree", "lines", 3),
    ],
)
async def test_length_counts(text: str, unit: str, count: int) -> None:
    """Characters, words and lines as people count them."""
    score = await judge(LENGTH, text, unit=unit, minimum=count, maximum=count)

    assert score.passed
    assert score.evidence == {unit: count}


@pytest.mark.parametrize(("minimum", "maximum", "wanted"), [(3, None, "at least 3"), (None, 1, "at most 1")])
async def test_length_fails_outside_the_bounds(minimum: int | None, maximum: int | None, wanted: str) -> None:
    """The reason holds the number and the bound."""
    score = await judge(LENGTH, "two words", unit="words", minimum=minimum, maximum=maximum)

    assert (score.value, score.reason) == (0.0, f"the number of words is 2; wanted {wanted}")


@pytest.mark.parametrize("options", [{}, {"minimum": 3, "maximum": 2}, {"minimum": -1}])
def test_length_refuses_bounds_without_a_sense(options: dict[str, object]) -> None:
    """None, crossed and negative bounds are complaints."""
    assert complaint_of(LENGTH, unit="words", **options)
