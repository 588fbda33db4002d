"""Perturbations of rosters."""

from passmuster.analysis.perturbations.rosters import among_distractors, in_another_order, with_neutral_names
from passmuster.domain.agents import AgentExample
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_roster, an_agent

ROSTER = a_roster(
    an_agent("debugger", "Finds bugs; hands over to sql-expert.", instructions="You are the debugger."),
    an_agent("sql-expert", "Tunes queries. Not for debugger-like work."),
    an_agent("writer"),
)


def test_another_order_is_shown_and_nothing_else_changes() -> None:
    """The agents stay as they are, and their order depends on the seed alone."""
    orders = {in_another_order(ROSTER, seed=seed).roster.presentation for seed in range(20)}
    made = in_another_order(ROSTER, seed=4)

    assert len(orders) > 3
    assert made.roster.agents == ROSTER.agents
    assert sorted(made.roster.presentation) == sorted(ROSTER.names)
    assert made == in_another_order(ROSTER, seed=4)
    assert made.roster.fingerprint != ROSTER.fingerprint
    assert made.former_name(AgentName("writer")) == "writer"


def test_neutral_names_stand_wherever_the_old_ones_stood() -> None:
    """Descriptions and prompts speak of the new names; a longer word that holds a name is left alone."""
    made = with_neutral_names(ROSTER, seed=1)
    now = {old: new for new, old in made.original.items()}

    described = {made.original[agent.name]: agent for agent in made.roster.agents}

    assert sorted(made.roster.names) == ["agent-1", "agent-2", "agent-3"]
    assert described[AgentName("debugger")].description == f"Finds bugs; hands over to {now[AgentName('sql-expert')]}."
    assert described[AgentName("debugger")].instructions == f"You are the {now[AgentName('debugger')]}."
    assert described[AgentName("sql-expert")].description.endswith("Not for debugger-like work.")
    assert made.former_name(now[AgentName("writer")]) == "writer"
    assert made.former_name(None) is None


def test_examples_are_renamed_with_their_agents() -> None:
    """So is the agent that an example names."""
    example = AgentExample(
        context="", user="Ask writer", assistant="I use writer", commentary="", agent=AgentName("writer"), line=3
    )
    roster = a_roster(an_agent("writer", examples=(example,)))

    [agent] = with_neutral_names(roster, seed=1).roster.agents

    assert [(one.user, one.assistant, one.agent, one.line) for one in agent.examples] == [
        ("Ask agent-1", "I use agent-1", "agent-1", 3)
    ]


def test_the_numbers_tell_nothing_of_the_old_order() -> None:
    """Which agent gets which number is drawn."""
    firsts = {with_neutral_names(ROSTER, seed=seed).original[AgentName("agent-1")] for seed in range(20)}

    assert firsts == set(ROSTER.names)


def test_distractors_are_added_and_marked() -> None:
    """Agents whose names are taken, however joined, are not drawn; the draw depends on the seed."""
    others = a_roster("SQL Expert", "alpha", "beta", "gamma")

    made = among_distractors(ROSTER, others, number=2, seed=1)
    every = among_distractors(ROSTER, others, number=50, seed=1)

    assert len(made.added) == 2
    assert made.added < every.added == {"alpha", "beta", "gamma"}
    assert set(made.roster.names) == {*ROSTER.names, *made.added}
    assert len({among_distractors(ROSTER, others, number=1, seed=seed).added for seed in range(20)}) == 3


def test_distractors_join_an_order_that_was_given() -> None:
    """They come last, by name."""
    shown = in_another_order(ROSTER, seed=2).roster

    made = among_distractors(shown, a_roster("alpha"), number=1, seed=1)

    assert made.roster.presentation == (*shown.presentation, "alpha")
