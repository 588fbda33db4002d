"""Which cases are run after an edit, and how the sample of the others is drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.nearness import Past
from passmuster.analysis.selecting import CaseSelection, Draw, Former, Ground, select_cases
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.observations import CaseObservation
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName
from passmuster.testing.factories import (
    a_case,
    a_roster,
    a_rubric,
    a_snapshot,
    an_agent,
    an_expectation,
    an_observation,
)

BEFORE = a_roster(
    an_agent("gardener", "plants and prunes"),
    an_agent("mason", "builds walls"),
    an_agent("painter", "paints walls"),
    an_agent("roofer", "lays tiles"),
    an_agent("baker", "bakes bread"),
    an_agent("brewer", "brews beer"),
)
EDITED = replace(
    BEFORE,
    agents=tuple(an_agent("mason", "builds chimneys") if agent.name == "mason" else agent for agent in BEFORE.agents),
)
OTHERS = tuple(a_case(f"other-{number}", text=f"request {number}", preferred="baker") for number in range(40))
CLEAR = tuple(an_observation(case.identifier, chosen="baker", margin=float(9)) for case in OTHERS)


def select(
    *own: Case,
    now: Roster = EDITED,
    former: Sequence[Case] | None = None,
    seen: Sequence[CaseObservation] = (),
    share: float = 0.1,
) -> CaseSelection:
    """Select among some cases and forty of an agent that has nothing to do with the edit."""
    cases = (*own, *OTHERS)
    past = Past(baseline=a_snapshot(*CLEAR, *seen), runs=(), subjects={SubjectName("lexical")})
    return select_cases(
        cases,
        now,
        Former(roster=BEFORE, cases=cases if former is None else former, label="main"),
        past,
        Draw(share=share, seed=7),
    )


def ground(selection: CaseSelection, case: str = "case") -> Ground | None:
    return selection.certain.get(CaseIdentifier(case))


@pytest.mark.parametrize(
    "expectation",
    [
        an_expectation("mason"),
        an_expectation("baker", acceptable=["mason"]),
        an_expectation("baker", forbidden=["mason"]),
    ],
)
def test_cases_that_name_an_edited_agent_are_certain(expectation: object) -> None:
    """Whether they prefer, accept or forbid it."""
    assert ground(select(a_case("case", expectation=expectation))) is Ground.OWN


@pytest.mark.parametrize(
    "seen", [an_observation("case", chosen="mason"), an_observation("case", chosen="baker", rival="mason")]
)
def test_cases_that_an_edited_agent_had_or_nearly_had_are_certain(seen: CaseObservation) -> None:
    """Whoever should have had them."""
    assert ground(select(a_case("case", preferred="baker"), seen=[seen])) is Ground.OWN


def test_cases_of_an_agent_that_is_like_an_edited_one_are_certain() -> None:
    """The painter's walls were the mason's; but a case that was decided clearly stays where it is."""
    cases = [a_case("narrow", preferred="painter"), a_case("clear", preferred="painter")]
    seen = [
        an_observation("narrow", chosen="painter", margin=1.0),
        an_observation("clear", chosen="painter", margin=10.0),
    ]
    unknown = a_case("unknown", preferred="painter")

    selection = select(*cases, unknown, seen=seen)

    assert ground(selection, "narrow") is Ground.NEIGHBOUR
    assert ground(selection, "unknown") is Ground.NEIGHBOUR
    assert ground(selection, "clear") is None


def test_cases_of_an_agent_that_was_confused_with_an_edited_one_are_certain() -> None:
    """Where the brewer had the mason's cases, the brewer's own may move as well."""
    confused = a_case("confused", preferred="mason")
    own = a_case("own", preferred="brewer")
    seen = [an_observation("confused", chosen="brewer", margin=None)]

    selection = select(confused, own, seen=seen)

    assert ground(selection, "own") is Ground.NEIGHBOUR


def test_requests_with_a_rare_word_of_the_edit_are_certain() -> None:
    """Both with one that was put in and one that was taken out; a word of many requests tells nothing."""
    new = a_case("new", text="our chimneys smoke", preferred="baker")
    lost = a_case("lost", text="The WALLS are wet", preferred="baker")
    many = tuple(a_case(f"common-{number}", text="one request builds", preferred="baker") for number in range(11))
    seen = [an_observation(case.identifier, chosen="baker", margin=9.0) for case in (new, lost, *many)]

    selection = select(new, lost, *many, seen=seen)

    assert ground(selection, "new") is Ground.WORDS
    assert ground(selection, "lost") is Ground.WORDS
    assert ground(selection, "common-0") is None


def test_narrow_decisions_are_certain_whoever_is_edited() -> None:
    """The narrowest twentieth of a subject's cases; none where no agent was edited."""
    case, seen = a_case("case", preferred="baker"), [an_observation("case", chosen="baker", margin=0.1)]

    assert ground(select(case, seen=seen)) is Ground.NARROW
    assert ground(select(case, seen=seen, now=BEFORE)) is None


@pytest.mark.parametrize(
    "was",
    [a_case("case", text="Another request", preferred="baker"), a_case("case", preferred="baker", rubric=a_rubric())],
)
def test_edited_cases_are_certain(was: Case) -> None:
    """Whether the request, the expectation or the rubric was edited."""
    selection = select(a_case("case", preferred="baker"), former=[was, *OTHERS], now=BEFORE)

    assert selection.certain == {"case": Ground.NEW}


def test_new_cases_are_certain() -> None:
    """Those that the revision has not."""
    assert select(a_case("case", preferred="baker"), former=OTHERS, now=BEFORE).certain == {"case": Ground.NEW}


def test_where_the_former_cases_cannot_be_read_the_baseline_tells_which_are_new() -> None:
    """A case is known by the fingerprints with which it was accepted."""
    known, unknown = a_case("known", preferred="baker"), a_case("unknown", preferred="baker")
    seen = [an_observation("known", chosen="baker", fingerprint=known.fingerprint, margin=9.0)]
    past = Past(baseline=a_snapshot(*seen), runs=(), subjects={SubjectName("lexical")})
    former = Former(roster=BEFORE, cases=None, label="main")

    selection = select_cases((known, unknown), BEFORE, former, past, Draw(share=0.1, seed=7))
    blind = select_cases((known,), BEFORE, former, replace(past, baseline=None), Draw(share=0.1, seed=7))

    assert selection.certain == {"unknown": Ground.NEW}
    assert blind.certain == {"known": Ground.NEW}


def test_critical_cases_and_controls_always_run() -> None:
    """Even where nothing was edited."""
    cases = [a_case("case", preferred="baker", is_critical=True), a_case("control", preferred=None, is_control=True)]

    selection = select(*cases, now=BEFORE)

    assert selection.certain == {"case": Ground.ALWAYS, "control": Ground.ALWAYS}


def test_where_nothing_was_edited_only_the_sample_runs() -> None:
    """Ten cases at least."""
    selection = select(now=BEFORE)

    assert selection.certain == {}
    assert len(selection.drawn) == 10
    assert set(selection.inclusions.values()) == {0.25}


@pytest.mark.parametrize(
    "now",
    [
        a_roster(*(agent for agent in BEFORE.agents if agent.name != "mason")),
        a_roster(*BEFORE.agents, an_agent("mason-2", "builds walls")),
        a_roster(*(replace(agent, tools=("Read",)) if agent.name == "mason" else agent for agent in BEFORE.agents)),
        a_roster(*(replace(agent, metadata={"a": 1}) if agent.name == "mason" else agent for agent in BEFORE.agents)),
    ],
)
def test_agents_that_are_new_gone_or_differ_in_anything_are_edited(now: Roster) -> None:
    """Their tools and other fields may matter to some router."""
    assert set(select(now=now).edited) & {"mason", "mason-2"}


def test_the_sentence_says_what_was_run_and_what_share_of_the_rest() -> None:
    """With the edited agents, every ground, and how many cases each that was drawn stands for."""
    own = a_case("one", preferred="mason"), a_case("two", preferred="baker")
    critical = a_case("three", preferred="brewer", is_critical=True)
    seen = [
        an_observation("two", chosen="baker", rival="mason", margin=9.0),
        an_observation("three", chosen="brewer", margin=9.0),
    ]

    sentence = select(*own, critical, seen=seen).sentence

    # Of margins that are all equal none is narrow.
    assert sentence.startswith(
        "Since main mason changed: 13 of 43 cases were run, 2 of these agents, 1 critical or control, "
        "10 of the other 40, drawn at random; each of these stands for 4.0 (selection "
    )


def test_the_sentence_says_that_no_agent_changed() -> None:
    """Then only the sample was run."""
    assert select(now=BEFORE).sentence.startswith("Since main no agent changed: 10 of 40 cases were run, 10 of the")


def test_a_selection_of_all_cases_is_none() -> None:
    """A run of all cases needs no explanation."""
    whole = select(a_case("case", preferred="mason"), share=1.0)

    assert whole.is_whole
    assert whole.sentence == ""
    assert set(whole.inclusions.values()) == {1.0}


def test_equal_questions_have_equal_answers() -> None:
    """The sample follows from the suite's seed and the roster, so that a run can be gone on with."""
    assert select() == select()
    assert select().sentence == select().sentence


def test_another_roster_or_seed_draws_others() -> None:
    """Over many edits every case has its turn."""
    first, other = Fingerprint("a" * 32), Fingerprint("b" * 32)
    draw = Draw(share=0.1, seed=7)

    assert draw.sample(OTHERS, first) != draw.sample(OTHERS, other)
    assert draw.sample(OTHERS, first) != replace(draw, seed=8).sample(OTHERS, first)


@given(size=st.integers(0, 200), share=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_a_sample_has_its_size_and_no_case_twice(size: int, share: float, seed: int) -> None:
    """A tenth, ten, or all: whatever is asked for and there is."""
    cases = [a_case(f"case-{number}", preferred=f"agent-{number % 7}") for number in range(size)]

    drawn = Draw(share=share, seed=seed).sample(cases, Fingerprint("0" * 32))

    assert len(drawn) == len(set(drawn))
    assert len(drawn) >= min(size, 10)
    assert share * size <= len(drawn) <= max(min(size, 10), share * size + 1)


def test_every_case_is_drawn_with_the_probability_that_is_stated() -> None:
    """Over two thousand seeds each of 23 cases comes up 10 in 23 times, within five standard errors."""
    cases = [a_case(f"case-{number}", preferred=f"agent-{number % 5}") for number in range(23)]
    seeds = 2_000

    counts = Counter(
        name for seed in range(seeds) for name in Draw(share=0.1, seed=seed).sample(cases, Fingerprint("0" * 32))
    )

    expected = seeds * 10 / 23
    error = (expected * 13 / 23) ** 0.5
    assert len(counts) == 23
    assert all(abs(count - expected) < 5 * error for count in counts.values())


def test_every_agent_has_its_share_of_the_sample() -> None:
    """Of an agent with a third of the cases the sample holds a third, within one case."""
    cases = [a_case(f"{agent}-{number}", preferred=agent) for agent in "abc" for number in range(40)]

    for seed in range(20):
        drawn = Draw(share=0.25, seed=seed).sample(cases, Fingerprint("0" * 32))
        assert all(abs(count - 10) <= 1 for count in Counter(name[0] for name in drawn).values())
