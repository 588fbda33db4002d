"""Mutations of a roster: what each does, to whom, and that equal seeds do the same."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.mutating import NOTHING, Edit, Mutation, harmful, reflowed
from passmuster.domain.agents import AgentDefinition, AgentExample, Roster
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_roster, an_agent

NAMES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
AGENTS = st.builds(
    an_agent, NAMES, st.text(max_size=40), instructions=st.text(max_size=10), metadata=st.just({"color": "blue"})
)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    agents = draw(st.lists(AGENTS, min_size=1, max_size=6, unique_by=lambda agent: agent.name))
    return a_roster(*agents)


def example(user: str) -> AgentExample:
    return AgentExample(context="", user=user, assistant="", commentary="", agent=None, line=None)


def made(edit: Edit, roster: Roster, *watched: str, limit: int = 99, seed: int = 0) -> list[Mutation]:
    names = [AgentName(name) for name in watched] or list(roster.names)
    return [item for item in harmful(roster, names, limit=limit, seed=seed) if item.edit is edit]


def agent_of(roster: Roster, name: str) -> AgentDefinition:
    agent = roster.agent(AgentName(name))
    assert agent is not None
    return agent


@given(rosters(), st.integers(1, 4), st.integers(0, 99))
def test_harmful_mutations_are_rosters_that_differ(roster: Roster, limit: int, seed: int) -> None:
    """Every mutation is a sound roster, differs in what choosers read, and touches nobody whom it does not name."""
    before = {agent.name: agent for agent in roster.agents}

    for mutation in harmful(roster, roster.names, limit=limit, seed=seed):
        after = {agent.name: agent for agent in mutation.roster.agents}
        changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
        assert not mutation.edit.is_neutral
        assert mutation.roster.fingerprint != roster.fingerprint
        assert changed | (before.keys() - after.keys()) <= set(mutation.agents)
        assert len(after) - len(before) == {Edit.DUPLICATED: 1, Edit.DELETED: -1}.get(mutation.edit, 0)
        assert all(after[name].instructions == before[name].instructions for name in changed)


@given(rosters(), st.integers(1, 4), st.integers(0, 99), st.randoms(use_true_random=False))
def test_harmful_mutations_are_drawn_from_the_seed(roster: Roster, limit: int, seed: int, random: object) -> None:
    """Equal seeds draw equal agents whatever the order in which they are named, each edit ``limit`` times at most."""
    shuffled = list(roster.names)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random

    mutations = harmful(roster, roster.names, limit=limit, seed=seed)

    assert mutations == harmful(roster, shuffled, limit=limit, seed=seed)
    assert all(count <= limit for count in Counter(item.edit for item in mutations).values())
    assert {item.agents[0] for item in mutations} <= set(roster.names)


@given(rosters())
def test_reflowing_keeps_every_word(roster: Roster) -> None:
    """Only white space differs, and only in descriptions."""
    mutation = reflowed(roster)

    assert mutation.edit.is_neutral
    assert mutation.roster.names == roster.names
    for before, after in zip(roster.agents, mutation.roster.agents, strict=True):
        assert after.description.split() == before.description.split()
        assert after.description != before.description
        assert replace(after, description=before.description) == before


def test_each_sentence_gets_its_line() -> None:
    """As in a block that somebody wrapped by hand."""
    roster = a_roster(an_agent("a", "Does this. And that!  Is it v1.2? Yes"))

    assert reflowed(roster).roster.agents[0].description == "Does this.\nAnd that!\nIs it v1.2?\nYes\n"


def test_swapped_agents_trade_descriptions_and_examples() -> None:
    """Names, bodies and tools stay; what tells choosers what an agent is for goes to the other."""
    one = an_agent("one", "First.", examples=(example("do the first"),), tools=("Read",))
    other = an_agent("other", "Second.")

    [mutation] = made(Edit.SWAPPED, a_roster(one, other))

    assert set(mutation.agents) == {"one", "other"}
    assert agent_of(mutation.roster, "one") == replace(one, description="Second.", examples=())
    assert agent_of(mutation.roster, "other") == replace(other, description="First.", examples=one.examples)


def test_agents_of_one_description_are_not_swapped() -> None:
    """Nothing would change, however the lines are broken."""
    roster = a_roster(an_agent("one", "The same."), an_agent("two", "The\nsame."))

    assert made(Edit.SWAPPED, roster) == []


def test_swaps_touch_as_many_agents_as_there_are() -> None:
    """Two swaps of four agents leave out nobody."""
    roster = a_roster("a", "b", "c", "d")

    assert sorted(name for item in made(Edit.SWAPPED, roster) for name in item.agents) == ["a", "b", "c", "d"]


def test_the_only_watched_agent_is_swapped_with_another() -> None:
    """A suite with cases for one agent still notices when it loses its description."""
    [mutation] = made(Edit.SWAPPED, a_roster("a", "b"), "b")

    assert mutation.agents == ("b", "a")


def test_a_blanked_description_says_nothing() -> None:
    """The agent stays, without its examples."""
    agent = an_agent("one", "First.", examples=(example("do the first"),))

    [mutation] = made(Edit.BLANKED, a_roster(agent, "two"), "one")

    assert mutation.agents == ("one",)
    assert agent_of(mutation.roster, "one") == replace(agent, description=NOTHING, examples=())


def test_what_says_nothing_already_is_not_blanked() -> None:
    """That would be no edit."""
    assert made(Edit.BLANKED, a_roster(an_agent("one", NOTHING), "two"), "one") == []


def test_a_duplicate_differs_in_its_name_only() -> None:
    """And comes before the original; a roster that has such a name already gets another."""
    roster = a_roster(an_agent("one", "First."), "+one")

    [mutation] = made(Edit.DUPLICATED, roster, "one")

    assert mutation.agents == ("one",)
    assert mutation.roster.names == ("++one", "+one", "one")
    copy = agent_of(mutation.roster, "++one")
    assert replace(copy, name=AgentName("one")) == agent_of(roster, "one")


def test_a_deleted_agent_is_gone() -> None:
    """The others stay as they are."""
    [mutation] = made(Edit.DELETED, a_roster("one", "two"), "one")

    assert mutation.roster == a_roster("two")


def test_the_only_agent_is_not_deleted() -> None:
    """An empty roster is a folder that is not there, and no edit of an agent."""
    assert {item.edit for item in harmful(a_roster("one"), [AgentName("one")], limit=3, seed=0)} == {
        Edit.BLANKED,
        Edit.DUPLICATED,
    }


@pytest.mark.parametrize("seed", range(3))
def test_agents_that_nobody_watches_are_left_alone(seed: int) -> None:
    """Nothing could show there; only a swap needs a second agent."""
    roster = a_roster("a", "b", "c", "d")

    mutations = harmful(roster, [AgentName("c")], limit=9, seed=seed)

    assert {item.agents[0] for item in mutations} == {"c"}
    assert len(mutations) == 4


def test_seeds_draw_different_agents() -> None:
    """Otherwise the same few agents would be tested in every suite."""
    roster = a_roster(*"abcdefgh")

    drawn = {made(Edit.DELETED, roster, limit=1, seed=seed)[0].agents for seed in range(20)}

    assert len(drawn) > 3
