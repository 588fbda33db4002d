"""Cases out of requests that were really made."""

from dataclasses import replace

import pytest

from passmuster.application.harvesting import (
    LONGEST_REQUEST,
    Harvest,
    counts_of,
    examples_of,
    harvest,
    relabelled,
    reviewed,
    reworded,
)
from passmuster.domain.agents import AgentExample
from passmuster.domain.cases import LEAKY, Case, Stratum
from passmuster.domain.harvests import HarvestOutcome, RecordedRequest
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.testing.factories import a_case, a_request, a_roster, an_agent

ROSTER = a_roster("database-engineer", "shop:code reviewer", "writer")
MADE = RecordedRequest(
    text="why is it slow?",
    outcome=HarvestOutcome.DELEGATED,
    chosen=AgentName("Database Engineer"),
    session="s-1",
    day="2026-03-04T05:06:07Z",
    folder="/home/mariak/shop",
)


def harvested(*requests: RecordedRequest, known: tuple[Case, ...] = ()) -> Harvest:
    return harvest(requests, ROSTER, known, people=["jdoe"], day="2026-11-01")


def test_a_request_becomes_a_case_that_says_where_it_is_from() -> None:
    """The host's choice is its label, by the roster's own name; a session's name is not told."""
    [draft] = harvested(MADE).drafts

    case = draft.case
    assert case.expectation.preferred == "database-engineer"
    assert case.provenance is not None
    assert (case.provenance.author, case.provenance.date, case.provenance.reviewed_by) == (
        "harvest",
        "2026-03-04",
        None,
    )
    assert "s-1" not in case.provenance.note + case.group + case.identifier
    assert case.group.startswith("session-")
    assert case.tags == {"harvested"}
    assert draft.outcome is HarvestOutcome.DELEGATED


def test_plugins_names_may_be_written_without_their_prefix() -> None:
    """And agents that took part later are accepted as well, if the roster has them."""
    further = tuple(map(AgentName, ("writer", "code-reviewer", "ghost")))
    [draft] = harvested(replace(MADE, chosen=AgentName("shop:Code_Reviewer"), further=further)).drafts

    assert draft.case.expectation.preferred == "shop:code reviewer"
    assert draft.case.expectation.acceptable == {"writer"}


def test_nobody_is_a_label_too() -> None:
    """A request that the host kept to itself, or for which it wanted an agent that there is not."""
    alone = replace(MADE, outcome=HarvestOutcome.NOT_DELEGATED, chosen=None)
    refused = replace(MADE, text="two", outcome=HarvestOutcome.REFUSED, chosen=None, refused=("ghost",))
    found = harvested(alone, refused)

    assert [draft.case.expectation.preferred for draft in found.drafts] == [None, None]
    assert [draft.refused for draft in found.drafts] == [(), ("ghost",)]


def test_the_owner_of_the_folder_is_taken_out() -> None:
    """As are names that are known, and whatever has a shape of its own."""
    [draft] = harvested(replace(MADE, text="mariak and jdoe mail a@b.de about /home/mariak/x.py")).drafts

    assert draft.case.request.text == "<person> and <person> mail <e-mail> about <path>/x.py"
    assert counts_of([draft, draft]) == {"e-mail": 2, "path": 2, "person": 4}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcome": HarvestOutcome.UNFINISHED}, "broken off before anybody was chosen"),
        ({"text": " ?! "}, "without words"),
        ({"text": "x" * (LONGEST_REQUEST + 1)}, "longer than 20,000 characters"),
        ({"chosen": AgentName("ghost")}, "taken by an agent that the roster does not have"),
    ],
)
def test_what_says_nothing_about_a_choice_is_left_out(change: dict[str, object], reason: str) -> None:
    """And why is counted."""
    found = harvested(replace(MADE, **change))

    assert (found.drafts, found.left_out) == ((), {reason: 1})


def test_repetitions_are_one_draft() -> None:
    """Case, spaces and marks do not make another request; what a case asks already is not harvested."""
    found = harvested(
        MADE,
        replace(MADE, text="Why  is it SLOW", session="s-2"),
        replace(MADE, text="known"),
        known=(a_case("old", request=a_request("Known!")),),
    )

    assert [(draft.case.request.text, draft.repeated) for draft in found.drafts] == [("why is it slow?", 2)]
    assert found.left_out == {"a case asks it already": 1}


def test_examples_are_harvested_as_leaky() -> None:
    """Their words stand in the agents; the agent that an example names is expected."""
    place = SourceLocation(path="writer.md", line=2)
    example = AgentExample(
        context="", user="tune it", assistant="", commentary="", agent=AgentName("database-engineer"), line=7
    )
    roster = a_roster(
        "database-engineer",
        an_agent("writer", examples=(example, replace(example, user="write it", agent=None)), source=place),
    )

    requests = list(examples_of(roster))
    drafts = harvest(requests, roster, (), people=(), day="2026-11-01").drafts

    assert [draft.case.expectation.preferred for draft in drafts] == ["database-engineer", "writer"]
    assert all(LEAKY in draft.case.tags for draft in drafts)
    assert drafts[0].case.provenance is not None
    assert (drafts[0].case.provenance.note, drafts[0].case.provenance.date) == ("an example of writer", "2026-11-01")
    assert requests[0].source == SourceLocation(path="writer.md", line=7)


def test_how_loudly_a_request_asks_is_judged_by_its_words() -> None:
    """Named, hinted at, or neither; anew when the words change."""
    texts = ("ask the code reviewer", "use a subagent", "why is it slow")
    strata = [harvested(replace(MADE, text=text)).drafts[0].case.stratum for text in texts]
    case = harvested(MADE).drafts[0].case

    assert strata == [Stratum.EXPLICIT, Stratum.HINTED, Stratum.IMPLICIT]
    assert reworded(case, "let database-engineer look", ROSTER).stratum is Stratum.EXPLICIT


def test_a_person_may_know_better() -> None:
    """Another label takes what else was accepted with it; who looked is said."""
    [draft] = harvested(replace(MADE, further=(AgentName("writer"),))).drafts

    made = reviewed(relabelled(draft.case, None), "Jo")

    assert (made.expectation.preferred, made.expectation.acceptable) == (None, frozenset())
    assert made.provenance is not None
    assert made.provenance.reviewed_by == "Jo"
