"""Whose edit moved a request: how rosters differ, and who stole or lost what."""

from dataclasses import replace

import pytest

from passmuster.analysis.attributing import attribute, compare_rosters
from passmuster.domain.agents import AgentDefinition
from passmuster.domain.comparisons import RosterChange
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import UNKNOWN
from passmuster.testing.factories import a_roster, a_snapshot, an_agent

FORMER = an_agent("a", "Use for x.", instructions="Do x.", tools=("Read",), model="small")


def between(before: list[AgentDefinition], after: list[AgentDefinition]) -> RosterChange:
    return compare_rosters(a_snapshot(roster=a_roster(*before)), a_snapshot(roster=a_roster(*after)))


def test_rosters_are_compared_by_name() -> None:
    """Added, removed, described otherwise, and edited otherwise."""
    same = an_agent("same")

    change = between(
        [an_agent("described"), an_agent("retooled"), same, an_agent("gone")],
        [an_agent("described", "Use for everything."), an_agent("retooled", tools=()), same, an_agent("new", "New.")],
    )

    assert (change.added, change.removed) == (("new",), ("gone",))
    assert (change.description_edited, change.otherwise_edited) == (("described",), ("retooled",))
    assert change.renamed == ()


@pytest.mark.parametrize(
    ("edit", "instructions", "tools", "model"),
    [
        ({"instructions": "Do y."}, ("a",), (), ()),
        ({"tools": ()}, (), ("a",), ()),
        ({"tools": None}, (), ("a",), ()),
        ({"model": None}, (), (), ("a",)),
        ({"instructions": "Do y.", "tools": None, "model": "large"}, ("a",), ("a",), ("a",)),
    ],
)
def test_what_was_edited_is_told_by_part(
    edit: dict[str, object], instructions: tuple[str, ...], tools: tuple[str, ...], model: tuple[str, ...]
) -> None:
    """Body, tools and model, whatever became of the description."""
    change = between([FORMER], [replace(FORMER, **edit)])  # type: ignore[arg-type]  # the class refuses unknown names
    described = between([FORMER], [replace(FORMER, description="Other.", **edit)])  # type: ignore[arg-type]  # as above

    for found in (change, described):
        assert (found.instructions_edited, found.tools_edited, found.model_edited) == (instructions, tools, model)
    assert (change.otherwise_edited, described.description_edited) == (("a",), ("a",))


def test_an_old_baseline_knows_no_parts() -> None:
    """What it does not know does not differ."""
    known = a_snapshot(roster=a_roster(FORMER, "gone"))
    old = replace(
        known,
        agents=tuple(
            replace(agent, words=UNKNOWN, instructions=UNKNOWN, tools=UNKNOWN, model="") for agent in known.agents
        ),
    )
    now = a_snapshot(roster=a_roster(replace(FORMER, model="large", tools=()), "new"))

    change = compare_rosters(old, now)

    assert (change.instructions_edited, change.tools_edited, change.model_edited) == ((), (), ())
    assert (change.renamed, change.otherwise_edited) == ((), ("a",))


@pytest.mark.parametrize(
    "new",
    [
        an_agent("b", FORMER.description, instructions="Other."),
        an_agent("b", "Other.", instructions=FORMER.instructions),
    ],
)
def test_an_agent_is_known_again_under_another_name(new: AgentDefinition) -> None:
    """By its description, or by its body; it counts as added and as removed too."""
    change = between([FORMER], [new])

    assert change.renamed == (("a", "b"),)
    assert (change.added, change.removed) == (("b",), ("a",))


def test_the_description_tells_more_than_the_body() -> None:
    """Two agents that swapped bodies on their way to new names are known by what they say of themselves."""
    change = between(
        [an_agent("a", "One.", instructions="1"), an_agent("b", "Two.", instructions="2")],
        [an_agent("c", "One.", instructions="2"), an_agent("d", "Two.", instructions="1")],
    )

    assert change.renamed == (("a", "c"), ("b", "d"))


def test_each_agent_has_one_new_name() -> None:
    """A copy is a new agent, and the second of two equal ones is gone."""
    copied = between([FORMER], [replace(FORMER, name=an_agent("b").name), replace(FORMER, name=an_agent("c").name)])
    merged = between([FORMER, replace(FORMER, name=an_agent("b").name)], [replace(FORMER, name=an_agent("c").name)])
    kept = between([FORMER], [FORMER, replace(FORMER, name=an_agent("b").name)])

    assert copied.renamed == (("a", "b"),)
    assert merged.renamed == (("a", "c"),)
    assert (kept.renamed, kept.added) == ((), ("b",))


def test_agents_that_say_nothing_have_nothing_in_common() -> None:
    """Two placeholders are not the same agent."""
    assert between([an_agent("a", "", instructions="")], [an_agent("b", "", instructions="")]).renamed == ()


CHANGE = RosterChange(
    added=(an_agent("new").name, an_agent("new-name").name),
    removed=(an_agent("gone").name, an_agent("old-name").name),
    description_edited=(an_agent("edited").name,),
    otherwise_edited=(an_agent("retooled").name,),
    renamed=((an_agent("old-name").name, an_agent("new-name").name),),
)


@pytest.mark.parametrize(
    ("was", "now", "stolen_by", "lost_to", "edited", "explanation"),
    [
        ("a", "edited", "edited", None, ("edited",), "edited was edited and takes it from a"),
        ("a", "new", "new", None, ("new",), "new is new and takes it from a"),
        (NOBODY, "edited", "edited", None, ("edited",), "edited was edited and takes it from (nobody)"),
        ("edited", "a", None, "a", ("edited",), "edited was edited and loses it to a"),
        ("gone", NOBODY, None, NOBODY, ("gone",), "gone was removed and loses it to (nobody)"),
        ("gone", "new", "new", None, ("gone", "new"), "new is new and takes it from gone"),
        ("old-name", "new-name", None, "new-name", ("old-name", "new-name"), "old-name was renamed to new-name"),
        (
            "a",
            "retooled",
            None,
            None,
            ("retooled",),
            "the change of edited, gone, new, new-name, old-name shifted the balance between a and retooled",
        ),
    ],
)
def test_a_move_is_somebodys_doing(
    was: str, now: str, stolen_by: str | None, lost_to: str | None, edited: tuple[str, ...], explanation: str
) -> None:
    """Drawn by who has it now, left by who had it, or shifted by a third."""
    found = attribute(was, now, CHANGE)

    assert (found.stolen_by, found.lost_to) == (stolen_by, lost_to)
    assert (found.edited, found.explanation) == (edited, explanation)


@pytest.mark.parametrize(
    ("roster", "edited"), [(RosterChange(), ()), (RosterChange(otherwise_edited=(an_agent("b").name,)), ("b",))]
)
def test_without_an_edited_description_it_was_the_router(roster: RosterChange, edited: tuple[str, ...]) -> None:
    """Choosers do not read tools and models, so an edit of those explains nothing."""
    found = attribute("a", "b", roster)

    assert (found.stolen_by, found.lost_to, found.edited) == (None, None, edited)
    assert found.explanation == "no description differs: the router or its model changed, or varies"
