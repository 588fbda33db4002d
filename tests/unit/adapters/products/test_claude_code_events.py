"""The reader of Claude Code's stream; every line here was made up, in the form of real ones."""

from decimal import Decimal

import pytest

from passmuster.adapters.products.claude_code_events import ClaudeCodeReading
from passmuster.adapters.products.observation import CallState, Observation, Terminal, observe
from passmuster.domain.values import Usage

from .stand_in_product import claude_call, claude_end, claude_init, claude_result_of, claude_says, line


def read(*lines: str) -> Observation:
    return observe(ClaudeCodeReading, lines)


def partial(kind: str, **fields: object) -> str:
    return line(type="stream_event", event={"type": kind, **fields}, parent_tool_use_id=None)


def test_the_first_line_tells_the_roster_the_model_and_the_version() -> None:
    """What the product has loaded is in its own words, skills apart."""
    seen = read(claude_init("debugger"))

    assert seen.agents == ("debugger", "general-purpose", "Explore")
    assert seen.skill_names == ("tidy-up",)
    assert (seen.model, seen.version, seen.reader) == ("made-up-model-1", "2.1.999", "claude_code 1")


def test_hooks_may_speak_before_the_first_line() -> None:
    """Lines of hooks are events of no interest, and no noise."""
    seen = read(line(type="system", subtype="hook_started", hook_id="1"), claude_init("debugger"))

    assert seen.agents is not None
    assert seen.noise == ()


def test_calls_are_in_order_with_what_became_of_them() -> None:
    """A call is pending until its result comes; an error refuses it."""
    seen = read(
        claude_call("ghost", "1"),
        claude_result_of("1", "Agent type 'ghost' not found. Available agents: a", is_error=True),
        claude_call("debugger", "2"),
        claude_result_of("2", [{"type": "text", "text": "done"}]),
        claude_call("reviewer", "3", tool="Agent"),
    )

    assert [(call.name, call.identifier, call.state) for call in seen.calls] == [
        ("ghost", "1", CallState.REFUSED),
        ("debugger", "2", CallState.ACCEPTED),
        ("reviewer", "3", CallState.PENDING),
    ]


def test_a_message_split_over_lines_is_one_message() -> None:
    """Its blocks are put together, and its usage is not added up."""
    seen = read(
        claude_says("I see."), claude_call("debugger", "1"), claude_call("debugger", "1"), claude_call("reviewer", "2")
    )

    assert [call.name for call in seen.calls] == ["debugger", "reviewer"]
    assert seen.usage == Usage(input_tokens=110, output_tokens=1)
    assert seen.text == "I see."


def test_what_an_agent_calls_is_known_by_its_parent() -> None:
    """Calls within a call are not the main thread's, and show that the agent has begun."""
    seen = read(claude_call("debugger", "1"), claude_call("reviewer", "2", parent="1", message="message-2"))

    assert [(call.name, call.parent, call.state) for call in seen.calls] == [
        ("debugger", "", CallState.ACCEPTED),
        ("reviewer", "1", CallState.PENDING),
    ]


def test_an_agent_that_fails_at_its_work_was_not_refused() -> None:
    """Only an error before the agent has begun is a refusal."""
    begun = line(type="system", subtype="task_started", task_type="local_agent", tool_use_id="1")
    seen = read(claude_call("debugger", "1"), begun, claude_result_of("1", "API Error", is_error=True))

    assert [call.state for call in seen.calls] == [CallState.ACCEPTED]


def test_a_call_that_was_not_permitted_is_refused() -> None:
    """The result lists what was denied."""
    denied = claude_end(permission_denials=[{"tool_name": "Task", "tool_use_id": "1", "tool_input": {}}])
    seen = read(claude_call("debugger", "1"), denied)

    assert [call.state for call in seen.calls] == [CallState.REFUSED]


def test_a_call_without_a_type_is_for_the_general_agent() -> None:
    """So the product takes it."""
    seen = read(claude_call(None))

    assert [call.name for call in seen.calls] == ["general-purpose"]


def test_skills_are_no_agents() -> None:
    """They are recorded apart."""
    seen = read(claude_call("tidy-up", "1", tool="Skill"), claude_result_of("1", "Unknown skill", is_error=True))

    assert seen.calls == ()
    assert [(skill.name, skill.state) for skill in seen.skills] == [("tidy-up", CallState.REFUSED)]


def test_a_call_is_seen_while_it_is_being_written() -> None:
    """Partial input is put together; until the message stops, a parallel call may follow."""
    pieces = ('{"description": "x", "subagent_', 'type": "debugger"', ', "prompt": "y"}')
    begun = [
        partial("message_start", message={"id": "message-1", "model": "made-up-2", "usage": {"input_tokens": 7}}),
        partial("content_block_start", content_block={"type": "tool_use", "id": "1", "name": "Agent", "input": {}}),
        *(
            partial("content_block_delta", delta={"type": "input_json_delta", "partial_json": piece})
            for piece in pieces
        ),
    ]
    stopped = [*begun, partial("content_block_stop")]
    ended = [
        *stopped,
        partial("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 42}),
        partial("message_stop"),
    ]

    assert read(*begun).calls == ()
    assert [call.name for call in read(*stopped).calls] == ["debugger"]
    assert not read(*stopped).is_settled
    assert read(*ended).is_settled
    assert read(*ended).usage == Usage(input_tokens=7, output_tokens=42)
    assert read(*ended, claude_call("debugger", "1")).calls == read(*ended).calls


def test_what_an_agent_writes_in_part_is_not_the_main_thread() -> None:
    """Partial messages of agents are passed over."""
    block = {"type": "tool_use", "id": "1", "name": "Agent", "input": {"subagent_type": "debugger"}}
    inner = {"type": "content_block_start", "content_block": block}
    stop = {"type": "content_block_stop"}

    seen = read(*(line(type="stream_event", event=event, parent_tool_use_id="0") for event in (inner, stop)))

    assert seen.calls == ()


def test_the_result_tells_usage_cost_time_and_text() -> None:
    """Usage is that of all models, in tokens that were sent and written; money is exact to the billionth."""
    seen = read(claude_init(), claude_says("It is"), claude_end("It is done.", total_cost_usd=0.31093299999999996))

    assert seen.usage == Usage(input_tokens=220, output_tokens=30, cost=Decimal("0.310933"))
    assert (seen.duration, seen.text, seen.terminal) == (1.5, "It is done.", Terminal.FINISHED)
    assert seen.model == "made-up-model-1-resolved"


@pytest.mark.parametrize(
    ("changes", "terminal", "problem"),
    [
        ({"subtype": "error_max_turns", "is_error": True, "result": None}, Terminal.TURN_LIMIT, "error_max_turns"),
        ({"subtype": "error_max_budget_usd", "result": None}, Terminal.COST_LIMIT, "error_max_budget_usd"),
        ({"subtype": "error_during_execution", "errors": ["boom"], "result": None}, Terminal.FAILED, "boom"),
        ({"is_error": True, "result": "Invalid API key · Please run /login"}, Terminal.FAILED, "Invalid API key"),
        ({"subtype": "what nobody knows"}, Terminal.FAILED, "what nobody knows"),
    ],
)
def test_ends_that_are_no_success(changes: dict[str, object], terminal: Terminal, problem: str) -> None:
    """Limits are told apart from failures, and a success that is an error is a failure."""
    seen = read(claude_init(), claude_end("", **changes))

    assert seen.terminal is terminal
    assert problem in seen.problem


def test_without_a_result_the_end_is_missing() -> None:
    """An empty stream, or one that breaks off, has no end."""
    assert read().terminal is Terminal.MISSING
    assert read(claude_init(), claude_says("I")).terminal is Terminal.MISSING


def test_lines_that_are_no_events_are_noise() -> None:
    """They are kept in part, and never fatal."""
    seen = read("npm warn deprecated", "", "[1, 2]", '{"half": ', *(["again " * 100] * 30), claude_end())

    assert len(seen.noise) == 20
    assert seen.noise[:3] == ("npm warn deprecated", "[1, 2]", '{"half":')
    assert max(map(len, seen.noise)) == 200
    assert seen.terminal is Terminal.FINISHED


def test_the_request_is_known_where_the_stream_repeats_it() -> None:
    """It is the first thing that the user says; results of tools and what comes later are not."""
    said = line(type="user", message={"role": "user", "content": [{"type": "text", "text": "Why?"}]}, isReplay=True)
    later = line(type="user", message={"role": "user", "content": "Base directory for this skill: …"})

    assert read(claude_init(), said, claude_says("Because."), later).request == "Why?"
    assert read(claude_init(), claude_says("Because."), later).request == ""


def test_a_made_up_message_does_not_name_a_model() -> None:
    """The product writes errors as messages of a model that is none."""
    message = {"id": "m", "model": "<synthetic>", "content": [{"type": "text", "text": "API Error"}]}

    seen = read(claude_init(), line(type="assistant", message=message, error="authentication_failed"))

    assert seen.model == "made-up-model-1"
    assert seen.problem == "authentication_failed"
