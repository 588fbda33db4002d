"""Perturbations of requests."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.perturbations.packs import PACKS, Pack, perturbed
from passmuster.analysis.perturbations.protecting import free_words, names_in, outside_code
from passmuster.analysis.perturbations.surroundings import CHATTER_WORDS
from passmuster.domain.cases import Case
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_case, a_request

REQUEST = "Please fix the slow query in `db.py`, it takes 42 seconds. Ask the sql-expert about fetchAll!"
NAMES = (AgentName("sql-expert"), AgentName("plugin:code reviewer"))
GUARDED = ("`db.py`", "42", "sql-expert", "fetchAll")
BY_NAME = {pack.name: pack for pack in PACKS}
TEXTS = st.text(alphabet="aehklt rsq-_.,!?`~'\u2019\n0/:@AÄß検", max_size=120)


def of(name: str, text: str = REQUEST, seed: int = 1, draw: int = 1) -> str | None:
    """Return what a pack makes of a text."""
    made = perturbed(a_case(request=a_request(text)), BY_NAME[name], seed=seed, names=NAMES, draw=draw)
    return None if made is None else made.request.text


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_code_names_and_numbers_stay(pack: Pack) -> None:
    """Whatever a pack does, it does not touch what a meaning hangs on."""
    for draw in range(1, 30):
        made = of(pack.name, draw=draw)

        assert made is not None
        assert all(word in made for word in GUARDED)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
@given(text=TEXTS, seed=st.integers(0, 99))
def test_any_text_may_be_perturbed(pack: Pack, text: str, seed: int) -> None:
    """Nothing is raised, equal draws are equal, and what changes nothing is no case."""
    case = a_case(request=a_request(text))

    made = perturbed(case, pack, seed=seed, names=NAMES)

    assert made == perturbed(case, pack, seed=seed, names=NAMES)
    assert made is None or made.request.text != text


def test_draws_do_not_depend_on_the_hash_seed() -> None:
    """Two interpreters that hash otherwise make equal texts."""
    program = (
        "from passmuster.analysis.perturbations.packs import PACKS, perturbed\n"
        "from passmuster.testing.factories import a_case, a_request\n"
        f"case = a_case(request=a_request({REQUEST!r}))\n"
        "print([made and made.request.text for made in (perturbed(case, p, seed=3, names=()) for p in PACKS)])\n"
    )
    texts = [
        subprocess.run(  # noqa: S603 - the interpreter that runs this
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1")
    ]

    assert texts[0] == texts[1]
    assert len(texts[0]) > 1_000


def test_draws_and_seeds_differ() -> None:
    """A pack with several texts gives another one for another draw, and for another seed."""
    texts = {of("many_typos", seed=seed, draw=draw) for seed in (1, 2) for draw in (1, 2)}

    assert len(texts) == 4


def test_a_perturbed_case_stands_or_falls_with_its_original() -> None:
    """It is in the original's group, says where it comes from, and is neither control nor critical."""
    case = a_case("api-17", is_control=True, is_critical=True)

    made = perturbed(case, BY_NAME["politeness"], seed=5, names=NAMES)

    assert made is not None
    assert (made.identifier, made.group) == ("api-17.politeness-1", "api-17")
    assert (made.is_control, made.is_critical) == (False, False)
    assert made.expectation == case.expectation
    assert "perturbed-politeness" in made.tags
    assert made.provenance is not None
    assert "politeness of api-17, seed 5, draw 1" in made.provenance.note


def test_long_identifiers_stay_within_what_a_case_may_have() -> None:
    """They are cut, and two that begin alike are still told apart."""
    first, second = (_made("a" * 127 + ending) for ending in "bc")

    assert len(first.identifier) <= 128
    assert len(first.group) <= 100
    assert first.identifier != second.identifier
    assert first.group != second.group


def test_typing_errors_keep_first_letters_and_short_words() -> None:
    """One word of ten is misspelt, and at least one; a word of three letters never is."""
    text = "the broken pagination of our orders should show the newest order now"

    made = of("typos", text)

    assert made is not None
    changed = [(old, new) for old, new in zip(text.split(), made.split(), strict=True) if old != new]
    assert 1 <= len(changed) <= 2
    assert all(old[0] == new[0] and len(old) > 3 for old, new in changed)


def test_every_long_word_is_misspelt_by_the_strongest() -> None:
    """That is how far typing errors go."""
    made = of("typos_everywhere", "broken pagination everywhere")

    assert made is not None
    assert not set(made.split()) & {"broken", "pagination", "everywhere"}


def test_case_is_changed_outside_code_alone() -> None:
    """Letters in backticks, in identifiers and in names stay."""
    made = {of("casing", "Fix MyClass in `Db.Py`, see sql-expert", draw=draw) for draw in range(1, 20)}

    assert made == {"fix MyClass in `Db.Py`, see sql-expert", "FIX MyClass IN `Db.Py`, SEE sql-expert"}


def test_small_words_are_left_out_and_negations_are_not() -> None:
    """What is left still says what was asked."""
    assert of("telegraphic", "could you please not delete the users table") == "not delete users table"
    assert of("telegraphic", "what is it") == "what"
    assert of("telegraphic", "the a an") is None


def test_other_words_keep_a_capital() -> None:
    """The table's words take the place of those that it knows."""
    assert of("synonyms", "Fix the slow page") == "Repair the sluggish page"
    assert of("synonyms", "paginate") is None


def test_marks_at_the_ends_of_words_go() -> None:
    """Dots within names stay."""
    assert of("punctuation", "Why? Look at main.py, then stop.") == "Why Look at main.py then stop"


@pytest.mark.parametrize("name", ["politeness", "chatter", "pasted", "language"])
def test_surroundings_leave_the_request_as_it_is(name: str) -> None:
    """It stands within them, word for word."""
    made = of(name)

    assert made is not None
    assert REQUEST in made


def test_chatter_is_long() -> None:
    """There are some ninety words of it, around the request."""
    made = of("chatter", "REQUEST")

    assert made is not None
    assert CHATTER_WORDS <= len(made.split()) - 1 <= CHATTER_WORDS + 20
    assert not made.startswith("REQUEST")
    assert not made.endswith("REQUEST")


def test_something_pasted_is_fenced() -> None:
    """A router that leaves fenced blocks out of account sees no difference."""
    made = of("pasted", "Mend it")

    assert made is not None
    assert re.sub(r"```.*```", "", made, flags=re.DOTALL).strip() == "Mend it"


def test_names_are_unique() -> None:
    """A pack is asked for by its name."""
    assert len(BY_NAME) == len(PACKS)


def test_names_are_found_however_they_are_joined() -> None:
    """A plugin's prefix may be left out, and spaces may stand for hyphens."""
    assert names_in("ask the SQL Expert", NAMES)
    assert names_in("ask code-reviewer", NAMES)
    assert not names_in("ask the sql-experts", NAMES)
    assert not names_in("anything", ())


@given(text=TEXTS)
def test_leaving_everything_as_it_is_changes_nothing(text: str) -> None:
    """What is protected and what is free make up the whole text."""
    assert outside_code(text, NAMES, lambda piece: piece) == text
    assert all(text[word.start() : word.end()] == word[0] for word in free_words(text, NAMES))


def _made(identifier: str) -> Case:
    made = perturbed(a_case(identifier), BY_NAME["politeness"], seed=1, names=())
    assert made is not None
    return made
