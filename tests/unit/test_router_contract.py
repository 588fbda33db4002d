"""What passmuster and a router behind an address say to each other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from passmuster.domain.agents import AgentExample
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName, JsonObject
from passmuster.router_contract import (
    ANSWER_SCHEMA,
    REQUEST_SCHEMA,
    complaints,
    decision_of,
    roster_document,
    whole_document,
)
from passmuster.testing.conformance import REQUESTS, check_router
from passmuster.testing.factories import a_roster, an_agent

ROSTER = a_roster("debugger", "reviewer")
EXAMPLE = AgentExample(
    context="", user="It fails", assistant="Mine.", commentary="", agent=AgentName("debugger"), line=7
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["debugger", "reviewer", "stranger"])
ANSWERS = st.fixed_dictionaries(
    {"chosen": st.none() | NAMES},
    optional={
        "ranking": st.lists(st.fixed_dictionaries({"agent": NAMES, "score": st.integers(-2, 2)}), max_size=3),
        "margin": st.none() | st.floats(-1, 2),
        "confidence": st.none() | st.floats(-0.5, 1.5),
        "usage": st.fixed_dictionaries({}, optional={"input_tokens": st.integers(-1, 9), "cost": st.floats(-1, 1)}),
        "rationale": JSON,
    },
)


@pytest.mark.parametrize("schema", [REQUEST_SCHEMA, ANSWER_SCHEMA])
def test_the_schemas_are_schemas(schema: JsonObject) -> None:
    """Draft 2020-12, with a word about every property of an answer."""
    Draft202012Validator.check_schema(dict(schema))

    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert schema is REQUEST_SCHEMA or all("description" in item for item in properties.values())


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_is_sent_is_what_the_schema_says(request_: Request) -> None:
    """Whatever the user says, and whatever an agent has."""
    agent = an_agent("writer", tools=("Read",), model="small", examples=(EXAMPLE,))

    document = whole_document(a_roster(agent, "debugger"), request_)

    assert list(Draft202012Validator(REQUEST_SCHEMA).iter_errors(document)) == []


def test_a_roster_is_known_by_what_is_sent_of_it() -> None:
    """Its order and files do not matter; a word in a description does, and one in a body only where bodies are sent."""
    [first, second] = ROSTER.agents
    edited = replace(first, instructions="Debug with care.")
    prints = [
        roster_document(roster)["fingerprint"]
        for roster in (
            ROSTER,
            a_roster(second, first),
            a_roster(edited, second),
            a_roster(replace(first, description="Debugs."), second),
        )
    ]
    bodies = [
        roster_document(roster, with_instructions=True)["fingerprint"] for roster in (ROSTER, a_roster(edited, second))
    ]

    assert prints[0] == prints[1] == prints[2] != prints[3]
    assert len({prints[0], *bodies}) == 3


@given(JSON)
def test_whatever_comes_back_is_judged(answer: object) -> None:
    """Any JSON is sound, or wrong in a few short sentences."""
    wrong = complaints(answer, ROSTER.names)

    assert all(len(sentence) < 1_000 for sentence in wrong)
    assert len(wrong) <= 3


@given(ANSWERS)
async def test_a_sound_answer_makes_a_decision_that_keeps_the_ports_promises(answer: dict[str, object]) -> None:
    """Names, order, numbers: what the check lets through the port's own check lets through."""
    if complaints(answer, ROSTER.names):
        return

    class Router:
        async def route(self, request: Request) -> RoutingDecision:
            return decision_of(answer, latency=len(request.text) / 1_000)

    await check_router(Router(), ROSTER)


def test_a_very_wrong_answer_is_judged_in_no_time() -> None:
    """Ten thousand mistakes, or as many names of which one stands twice, do not take ten thousand times as long."""
    names = [AgentName(f"agent-{number}") for number in range(9_999)]
    ranking = [{"agent": name, "score": 1} for name in [*names, names[-1]]]

    assert complaints({"chosen": None, "ranking": ranking}, names) == ("$.ranking: 'agent-9998' stands in it twice",)
    assert len(complaints({"chosen": None, "ranking": [{}] * 10_000}, names)) == 3
