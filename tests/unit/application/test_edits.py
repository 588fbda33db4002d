"""What was edited between two rosters, made edit by edit."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.edits import Edit, Field, RosterEdits
from passmuster.domain.agents import AgentDefinition, AgentExample, Roster
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_roster, an_agent

NONE = frozenset[int]()
SENTENCES = st.lists(
    st.sampled_from(["Finds bugs.", "Tunes queries, slowly.", "Cooks.", "Tunes queries, fast."]), max_size=4
)
AGENTS = st.builds(
    lambda name, sentences, body, tools, model: an_agent(
        name, " ".join(sentences), instructions="\n".join(body), tools=tools, model=model
    ),
    st.sampled_from("abcd"),
    SENTENCES,
    SENTENCES,
    st.sampled_from([None, (), ("Read", "Bash")]),
    st.sampled_from([None, "large"]),
)
ROSTERS = st.lists(AGENTS, max_size=4, unique_by=lambda agent: agent.name).map(
    lambda agents: Roster(name="drawn", agents=tuple(agents))
)


def an_example(user: str) -> AgentExample:
    return AgentExample(context="", user=user, assistant="", commentary="", agent=None, line=None)


def shown(edits: RosterEdits) -> list[tuple[str, Field, str, str]]:
    return [(edit.agent, edit.field, edit.removed, edit.added) for edit in edits.edits]


def edited(old: AgentDefinition, new: AgentDefinition) -> RosterEdits:
    return RosterEdits(a_roster(old, "idler"), a_roster(new, "idler"))


def agent_after(edits: RosterEdits, *made: int) -> AgentDefinition:
    [agent] = [agent for agent in edits.roster(frozenset(made)).agents if agent.name != "idler"]
    return agent


@given(ROSTERS, ROSTERS)
def test_no_edit_gives_the_baseline_and_all_give_the_candidate(baseline: Roster, candidate: Roster) -> None:
    """Whoever came, went, or was renamed."""
    edits = RosterEdits(baseline, candidate)

    assert edits.roster(NONE).agents == baseline.agents
    assert edits.roster(edits.every).agents == candidate.agents
    assert (not edits.edits) == (baseline.fingerprint == candidate.fingerprint)


@given(ROSTERS, ROSTERS, st.data())
def test_any_edits_give_a_roster(baseline: Roster, candidate: Roster, data: st.DataObject) -> None:
    """Of agents that are on one of the sides."""
    edits = RosterEdits(baseline, candidate)
    made = frozenset(number for number in edits.every if data.draw(st.booleans()))

    names = set(edits.roster(made).names)

    assert names <= {*baseline.names, *candidate.names}
    assert names >= {*baseline.names} & {*candidate.names}


@given(ROSTERS, ROSTERS)
def test_each_partition_holds_every_edit_once_and_refines_the_one_before(baseline: Roster, candidate: Roster) -> None:
    """From agents down to single edits."""
    edits = RosterEdits(baseline, candidate)

    for partition in edits.partitions:
        assert sorted(number for part in partition for number in part) == sorted(edits.every)
    for coarse, fine in zip(edits.partitions, edits.partitions[1:], strict=False):
        assert all(any(part <= whole for whole in coarse) for part in fine)
    assert all(len(part) == 1 for part in edits.partitions[-1])


def test_every_field_has_its_edits() -> None:
    """Texts by their sentences, the rest as a whole, in this order."""
    old = an_agent("cook", "Cooks soup.", instructions="Be kind.")
    new = an_agent(
        "cook",
        "Cooks soup. Bakes bread.",
        instructions="Be kind.\n\nBe quick.",
        tools=("Read", "Bash"),
        model="large",
        metadata={"color": "red"},
    )

    assert shown(edited(old, new)) == [
        ("cook", Field.DESCRIPTION, "", "Bakes bread."),
        ("cook", Field.BODY, "", "Be quick."),
        ("cook", Field.TOOLS, "", "Read, Bash"),
        ("cook", Field.MODEL, "", "large"),
        ("cook", Field.METADATA, "", "color: red"),
    ]
    assert agent_after(edited(old, new), 1, 3) == replace(old, instructions=new.instructions, model="large")


def test_a_new_agent_can_be_there_with_a_part_of_what_it_says() -> None:
    """Its being there is an edit of its own; without it the others do nothing."""
    new = an_agent("cook", "Cooks soup. Bakes bread.", instructions="Be kind.", model="large")
    edits = RosterEdits(a_roster("idler"), a_roster(new, "idler"))

    assert shown(edits)[0] == ("cook", Field.AGENT, "", "cook")
    assert shown(edits)[1:] == [
        ("cook", Field.DESCRIPTION, "", "Cooks soup."),
        ("cook", Field.DESCRIPTION, "", "Bakes bread."),
        ("cook", Field.BODY, "", "Be kind."),
    ]
    assert edits.roster(frozenset({1, 2, 3})).names == ("idler",)
    assert agent_after(edits, 0) == replace(new, description="", instructions="")
    assert agent_after(edits, 0, 2) == replace(new, description="Bakes bread.", instructions="")


def test_an_agent_that_is_gone_is_one_edit() -> None:
    """It goes with all that it said."""
    edits = RosterEdits(a_roster("cook", "idler"), a_roster("idler"))

    assert shown(edits) == [("cook", Field.AGENT, "cook", "")]


def test_a_new_name_is_an_edit_of_its_own() -> None:
    """The agent is known again by its body."""
    old = an_agent("cook", "Cooks soup.", instructions="Taste everything.")
    new = an_agent("chef", "Cooks soup. Bakes bread.", instructions="Taste everything.")
    edits = edited(old, new)

    assert shown(edits) == [("chef", Field.NAME, "cook", "chef"), ("chef", Field.DESCRIPTION, "", "Bakes bread.")]
    assert agent_after(edits, 0) == replace(old, name=AgentName("chef"))
    assert agent_after(edits, 1).name == "cook"


def test_examples_go_with_the_text_that_they_stand_in() -> None:
    """A router may read the examples and not the text, or the other way round."""
    block = "<example>\nuser: {}\n</example>"
    old = an_agent("cook", f"Cooks.\n\n{block.format('soup')}", examples=(an_example("soup"),))
    new = an_agent(
        "cook",
        f"Cooks. Bakes.\n\n{block.format('soup')}\n\n{block.format('bread')}",
        examples=(an_example("soup"), an_example("bread")),
    )
    edits = edited(old, new)

    assert [edit.added for edit in edits.edits] == ["Bakes.", block.format("bread")]
    assert agent_after(edits, 0).examples == old.examples
    assert agent_after(edits, 1).examples == new.examples
    assert "Bakes" not in agent_after(edits, 1).description


def test_examples_that_the_loader_found_elsewhere_make_one_edit() -> None:
    """Nobody could say which of them belongs to which sentence."""
    old = an_agent("cook", "Cooks. Fries.")
    new = an_agent("cook", "Cooks. Bakes. Fries.", examples=(an_example("bread"),))

    assert edited(old, new).edits == (
        Edit(agent=AgentName("cook"), field=Field.DESCRIPTION, removed="Cooks. Fries.", added="Cooks. Bakes. Fries."),
    )
    assert agent_after(edited(old, new), 0) == new


def test_equal_rosters_have_no_edits() -> None:
    """Wherever their files lie."""
    assert RosterEdits(a_roster(), a_roster(name="other")).edits == ()
