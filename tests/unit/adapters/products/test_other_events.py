"""The readers of Gemini CLI, OpenCode, Codex and plain JSON; every line here was made up, in the form of real ones."""

from decimal import Decimal
from functools import partial

import pytest

from passmuster.adapters.products.codex_events import CodexReading
from passmuster.adapters.products.gemini_cli_events import GeminiCliReading
from passmuster.adapters.products.json_answer import JsonReading, answer_in
from passmuster.adapters.products.observation import CallState, JsonAnswer, Terminal, observe
from passmuster.adapters.products.opencode_events import OpenCodeReading
from passmuster.domain.values import Usage

from .stand_in_product import line


def gemini_use(tool: str, identifier: str, **parameters: object) -> str:
    return line(type="tool_use", tool_name=tool, tool_id=identifier, parameters=parameters)


def opencode_tool(tool: str, agent: str, status: str, identifier: str = "c") -> str:
    state = {"status": status, "input": {"subagent_type": agent, "name": agent}}
    return line(
        type="tool_use", sessionID="s", part={"type": "tool", "tool": tool, "callID": identifier, "state": state}
    )


def opencode_step(reason: str, cost: float) -> str:
    tokens = {"input": 10, "output": 5, "reasoning": 1, "cache": {"read": 100, "write": 20}}
    return line(type="step_finish", part={"reason": reason, "cost": cost, "tokens": tokens})


def test_gemini_cli_calls_its_tool_for_agents() -> None:
    """Refused and accepted calls, skills, usage, the request and the answer."""
    seen = observe(
        GeminiCliReading,
        [
            line(type="init", session_id="s", model="made-up-flash"),
            line(type="message", role="user", content="Why?"),
            line(type="message", role="assistant", content="I ask.", delta=True),
            gemini_use("read_file", "0", path="x"),
            gemini_use("invoke_agent", "1", agent_name="ghost", prompt="…"),
            line(type="tool_result", tool_id="1", status="error", error={"type": "x", "message": "no such agent"}),
            gemini_use("invoke_agent", "2", agent_name="debugger", prompt="…"),
            line(type="tool_result", tool_id="2", status="success", output="found"),
            gemini_use("activate_skill", "3", name="tidy-up"),
            line(type="message", role="assistant", content="It is ", delta=True),
            line(type="message", role="assistant", content="fixed.", delta=True),
            line(type="result", status="success", stats={"input_tokens": 9, "output_tokens": 4, "duration_ms": 250}),
        ],
    )

    assert [(call.name, call.state) for call in seen.calls] == [
        ("ghost", CallState.REFUSED),
        ("debugger", CallState.ACCEPTED),
    ]
    assert [skill.name for skill in seen.skills] == ["tidy-up"]
    assert (seen.request, seen.text, seen.model) == ("Why?", "It is fixed.", "made-up-flash")
    assert (seen.usage, seen.duration) == (Usage(input_tokens=9, output_tokens=4), 0.25)
    assert (seen.terminal, seen.agents) == (Terminal.FINISHED, None)


def test_older_builds_of_gemini_cli_name_the_tool_after_the_agent() -> None:
    """Only the names of the roster tell an agent from another tool."""
    seen = observe(partial(GeminiCliReading, ("debugger",)), [gemini_use("debugger", "1"), gemini_use("shell", "2")])

    assert [call.name for call in seen.calls] == ["debugger"]


@pytest.mark.parametrize(
    ("error", "terminal"),
    [({"type": "FatalTurnLimitedError", "message": "x"}, Terminal.TURN_LIMIT), ({"message": "503"}, Terminal.FAILED)],
)
def test_gemini_cli_ends_in_an_error(error: dict[str, object], terminal: Terminal) -> None:
    """The limit of turns is told apart."""
    seen = observe(GeminiCliReading, [line(type="result", status="error", error=error)])

    assert seen.terminal is terminal


def test_opencode_shows_a_call_when_it_has_ended() -> None:
    """Completed or refused; usage and cost are the sum of the steps."""
    seen = observe(
        OpenCodeReading,
        [
            line(type="step_start", part={}),
            opencode_tool("task", "ghost", "error", "1"),
            opencode_tool("task", "debugger", "completed", "2"),
            opencode_tool("skill", "tidy-up", "completed", "3"),
            opencode_tool("bash", "nobody", "completed", "4"),
            opencode_step("tool-calls", 0.25),
            line(type="step_start", part={}),
            line(type="text", part={"text": "It is fixed."}),
            opencode_step("stop", 0.5),
        ],
    )

    assert [(call.name, call.state) for call in seen.calls] == [
        ("ghost", CallState.REFUSED),
        ("debugger", CallState.ACCEPTED),
    ]
    assert [skill.name for skill in seen.skills] == ["tidy-up"]
    assert seen.usage == Usage(input_tokens=260, output_tokens=12, cost=Decimal("0.75"))
    assert (seen.terminal, seen.text) == (Terminal.FINISHED, "It is fixed.")


def test_opencode_has_not_ended_while_its_tools_are_called() -> None:
    """A step that ends in calls is not the last one; and an error is a failure with its words."""
    failed = line(type="error", error={"name": "ProviderAuthError", "data": {"message": "no key"}})

    assert observe(OpenCodeReading, [opencode_step("tool-calls", 0)]).terminal is Terminal.MISSING
    assert observe(OpenCodeReading, [failed, opencode_step("stop", 0)]).terminal is Terminal.FAILED
    assert observe(OpenCodeReading, [failed]).problem == "no key"


def codex_message(text: str) -> str:
    return line(type="item.completed", item={"id": "i", "type": "agent_message", "text": text})


def test_codex_writes_its_choice_down() -> None:
    """The last message is the answer; spawned agents have no names in the stream, and do not count."""
    seen = observe(
        CodexReading,
        [
            line(type="thread.started", thread_id="t"),
            codex_message("Let me see."),
            line(type="item.completed", item={"type": "collab_tool_call", "tool": "spawn_agent"}),
            line(type="error", message="reconnecting"),
            codex_message('{"agent": "debugger"}'),
            line(type="turn.completed", usage={"input_tokens": 9, "cached_input_tokens": 8, "output_tokens": 2}),
        ],
    )

    assert (seen.answer, seen.asks_for_answer, seen.calls) == (JsonAnswer(agent="debugger"), True, ())
    assert (seen.usage, seen.terminal) == (Usage(input_tokens=9, output_tokens=2), Terminal.FINISHED)


def test_a_failed_turn_of_codex_is_a_failure() -> None:
    """With its words."""
    seen = observe(CodexReading, [line(type="turn.failed", error={"message": "401 Unauthorized"})])

    assert (seen.terminal, seen.problem) == (Terminal.FAILED, "401 Unauthorized")


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ('{"agent": "debugger"}', JsonAnswer(agent="debugger")),
        ('{"agent": null}', JsonAnswer(agent=None)),
        ('{\n  "agent": "debugger",\n  "confidence": 0.75\n}', JsonAnswer(agent="debugger", confidence=0.75)),
        ('warming up\n{"agent": "a", "text": "hi"}\n', JsonAnswer(agent="a", text="hi")),
        ('I think so:\n```json\n{"agent": "a"}\n```\nbye', JsonAnswer(agent="a")),
        ('{"agent": "a", "confidence": true}', JsonAnswer(agent="a")),
        ('{"agent": "a", "confidence": 7}', JsonAnswer(agent="a")),
        ('{"agent": "a", "confidence": NaN}', JsonAnswer(agent="a")),
        ('{"confidence": 1}', None),
        ('{"agent": 3}', None),
        ("debugger", None),
        ("[" * 100_000, None),
        ('{"agent": ' * 100_000, None),
        ("", None),
    ],
)
def test_a_choice_as_json(output: str, answer: JsonAnswer | None) -> None:
    """All of the output, its last line, or a fence; a missing key is no choice of nobody."""
    assert answer_in(output) == answer


def test_a_program_that_prints_json_is_read_as_a_whole() -> None:
    """The text is its own where it gives one, else all that it printed; printing nothing is no end."""
    seen = observe(JsonReading, ["loading", '{"agent": "debugger", "text": "It is fixed."}', ""])

    assert (seen.answer, seen.text) == (JsonAnswer(agent="debugger", text="It is fixed."), "It is fixed.")
    assert (seen.terminal, seen.noise) == (Terminal.FINISHED, ("loading",))
    assert observe(JsonReading, ["no JSON"]).text == "no JSON"
    assert observe(JsonReading, []).terminal is Terminal.MISSING


def test_endless_output_is_not_kept() -> None:
    """Of very much output the end counts."""
    seen = observe(JsonReading, ["x" * 1_000] * 5_000 + ['{"agent": "debugger"}'])

    assert seen.answer == JsonAnswer(agent="debugger")
    assert len(seen.text) < 1_100_000
