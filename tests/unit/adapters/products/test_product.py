"""Each product as a router and as a subject, driven for real; a stand-in takes its place."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from passmuster.adapters.products import claude_code, codex, command, gemini_cli, opencode
from passmuster.domain.answers import Asked, Completion, Failure, RoutingDecision
from passmuster.domain.values import Usage
from passmuster.testing.factories import a_request

from .driving import BEGIN, BOTH, ROSTER, build, respond
from .stand_in_product import (
    StandIn,
    claude_call,
    claude_end,
    claude_init,
    claude_result_of,
    claude_says,
    line,
    prints,
)

if TYPE_CHECKING:
    from passmuster.ports import Router, Subject

VALUE = "made-up-value-of-a-key-0123456789"


async def test_secrets_stay_inside(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that prints its key gives it away neither in answers, nor in failures, nor in transcripts."""
    monkeypatch.setenv("MY_KEY", VALUE)
    options: dict[str, Any] = {"environment": ("MY_KEY",), "transcripts": "kept"}
    stand_in.plan(*prints(BEGIN), ("echo", "MY_KEY"), *prints(claude_end("")))
    answer = await respond(build(claude_code.SUBJECT, stand_in, **options))
    stand_in.plan(*prints(VALUE), ("complain", f"bad key {VALUE}"), ("exit", 1))
    failed = await respond(build(claude_code.SUBJECT, stand_in, **options))

    assert isinstance(answer.completion, Completion)
    assert answer.completion.text == "<secret>"
    assert isinstance(failed.routing, Failure)
    assert "bad key <secret>" in failed.routing.message
    kept = "".join(path.read_text(encoding="utf-8") for path in (stand_in.folder / "kept").iterdir())
    assert VALUE not in f"{answer}{failed}{kept}"
    assert "<secret>" in kept


async def test_the_subject_runs_to_the_end(stand_in: StandIn) -> None:
    """One run gives choice and text; what it consumed counts once."""
    stand_in.plan(*prints(BEGIN, claude_call("debugger"), claude_result_of("call-1"), claude_end("It is fixed.")))
    subject: Subject = build(claude_code.SUBJECT, stand_in)

    answer = await respond(subject)

    assert isinstance(answer.routing, RoutingDecision)
    assert isinstance(answer.completion, Completion)
    assert (answer.routing.chosen, answer.writer) == ("debugger", "debugger")
    assert (answer.completion.text, answer.completion.finish_reason) == ("It is fixed.", "stop")
    assert answer.completion.usage.cost == Decimal("0.25")
    assert answer.routing.usage == Usage(cost=Decimal())
    assert len(stand_in.seen()) == 1
    assert "--max-turns" not in stand_in.seen()[0]["arguments"]
    assert (subject.writes, subject.takes_assignments) == (True, False)
    assert subject.foresee(a_request(), repetition=0, assigned=None, asked=BOTH) is None


async def test_the_subject_stops_where_only_the_choice_is_asked_for(stand_in: StandIn) -> None:
    """Nobody wants the text then."""
    stand_in.plan(*prints(BEGIN, claude_call("debugger")), ("wait", 60))

    answer = await respond(build(claude_code.SUBJECT, stand_in), Asked.ROUTING)

    assert isinstance(answer.routing, RoutingDecision)
    assert (answer.routing.chosen, answer.completion) == ("debugger", None)


async def test_a_limit_of_the_product_ends_the_work_and_does_not_void_it(stand_in: StandIn) -> None:
    """What was written until then is judged."""
    spent = claude_end("", subtype="error_max_turns", is_error=True)
    stand_in.plan(*prints(BEGIN, claude_call("debugger"), claude_says("Half.", "message-2"), spent), ("exit", 1))

    answer = await respond(build(claude_code.SUBJECT, stand_in))

    assert isinstance(answer.completion, Completion)
    assert (answer.completion.text, answer.completion.finish_reason) == ("Half.", "turn limit")


async def test_a_crash_after_the_choice_voids_the_work_alone(stand_in: StandIn) -> None:
    """The choice was seen."""
    stand_in.plan(*prints(BEGIN, claude_call("debugger")), ("kill", None))

    answer = await respond(build(claude_code.SUBJECT, stand_in))

    assert isinstance(answer.routing, RoutingDecision)
    assert isinstance(answer.completion, Failure)
    assert (answer.completion.kind, answer.completion.stage.value) == ("InfrastructureError", "completion")


async def test_work_that_is_done_counts_though_the_product_lingers(stand_in: StandIn) -> None:
    """Until the limit of time; but half an answer that is to be read as a whole does not."""
    stand_in.plan(*prints(BEGIN, claude_call("debugger"), claude_end("Fixed.")), ("wait", 600))
    # A busy machine may not get as far as the result in the time that is enough for one at rest.
    for seconds in (0.5, 20.0):
        done = await respond(build(claude_code.SUBJECT, stand_in, time_limit=seconds))
        if isinstance(done.completion, Completion):
            break
    stand_in.plan(*prints('{"agent": "debugger"}'), ("wait", 600))
    half = await respond(build(command.SUBJECT, stand_in, time_limit=0.5))

    assert isinstance(done.completion, Completion)
    assert done.completion.text == "Fixed."
    assert isinstance(half.routing, Failure)
    assert isinstance(half.completion, Failure)


async def test_a_wrong_set_up_voids_both(stand_in: StandIn) -> None:
    """And a program that is not there, too."""
    stand_in.plan(*prints(claude_init(), claude_end()))

    for subject in (build(claude_code.SUBJECT, stand_in), build(claude_code.SUBJECT, stand_in, program="./none")):
        answer = await respond(subject)
        assert isinstance(answer.routing, Failure)
        assert isinstance(answer.completion, Failure)
        assert answer.routing.stage.value == "routing"


async def test_gemini_cli_is_driven(stand_in: StandIn) -> None:
    """Its agents are in its place, it is asked for its version once, and it is stopped at its choice."""
    use = line(type="tool_use", tool_name="invoke_agent", tool_id="1", parameters={"agent_name": "debugger"})
    stand_in.plan(*prints(line(type="init", model="made-up-flash"), use), ("wait", 60), version="0.60.0")
    router: Router = build(gemini_cli.ROUTER, stand_in, model="flash", maximum_turns=5)

    decisions = [await router.route(a_request()) for _ in range(2)]

    assert [(one.chosen, one.model, one.version) for one in decisions] == [("debugger", "made-up-flash", "0.60.0")] * 2
    seen = stand_in.seen()[0]
    assert seen["arguments"] == [*("--output-format", "stream-json", "--approval-mode", "default", "--model", "flash")]
    assert "workspace/.gemini/agents/debugger.md" in seen["files"]
    assert json.loads(seen["files"]["home/.gemini/settings.json"])["model"] == {"maxSessionTurns": 5}


async def test_opencode_is_driven(stand_in: StandIn) -> None:
    """Its choice is printed when the agent has ended."""
    state = {"status": "completed", "input": {"subagent_type": "debugger"}}
    use = line(type="tool_use", part={"tool": "task", "callID": "1", "state": state})
    end = line(type="step_finish", part={"reason": "stop", "cost": 0.5})
    stand_in.plan(*prints(use, line(type="text", part={"text": "Fixed."}), end))

    answer = await respond(build(opencode.SUBJECT, stand_in, model="p/x"))

    assert isinstance(answer.routing, RoutingDecision)
    assert isinstance(answer.completion, Completion)
    assert (answer.routing.chosen, answer.routing.version) == ("debugger", "9.9.9 (made up)")
    assert (answer.completion.text, answer.completion.usage.cost) == ("Fixed.", Decimal("0.5"))
    assert stand_in.seen()[0]["arguments"] == ["run", "--format", "json", "--model", "p/x"]


async def test_codex_is_asked_as_a_model(stand_in: StandIn) -> None:
    """The choice is a question of its own with a schema for its answer, and the work another run."""
    message = line(type="item.completed", item={"type": "agent_message", "text": '{"agent": "Debugger"}'})
    stand_in.plan(*prints(message, line(type="turn.completed", usage={"input_tokens": 3, "output_tokens": 2})))
    subject: Subject = build(codex.SUBJECT, stand_in, sandbox="workspace-write", transcripts="kept")

    answer = await respond(subject)

    assert isinstance(answer.routing, RoutingDecision)
    assert isinstance(answer.completion, Completion)
    assert (answer.routing.chosen, answer.routing.usage.input_tokens) == ("debugger", 3)
    work, choice = stand_in.seen()
    assert "workspace-write" in work["arguments"]
    assert work["input"] == a_request().text
    assert choice["arguments"][-3:] == ["--output-schema", "../schema.json", "-"]
    assert "read-only" in choice["arguments"]
    assert "Use for the work of a debugger." in choice["input"]
    assert json.loads(choice["files"]["schema.json"])["properties"]["agent"]["enum"][-1] is None
    assert len(list((stand_in.folder / "kept").iterdir())) == 1


@pytest.mark.parametrize(
    ("options", "steps", "chosen"),
    [
        ({}, prints("thinking", '{"agent": "debugger", "confidence": 0.5}'), "debugger"),
        ({}, prints('{"agent": null}'), None),
        ({"reader": "claude_code"}, [*prints(BEGIN, claude_call("debugger")), ("wait", 60)], "debugger"),
    ],
)
async def test_any_command_is_a_router(
    stand_in: StandIn, options: dict[str, Any], steps: list[Any], chosen: str | None
) -> None:
    """It prints JSON, or what a product prints."""
    stand_in.plan(*steps)

    decision = await build(command.ROUTER, stand_in, **options).route(a_request("Why?"))

    assert decision.chosen == chosen
    assert stand_in.seen()[0]["input"] == "Why?"
    assert "workspace/.claude/agents/0001.md" in stand_in.seen()[0]["files"]


async def test_a_command_may_get_everything_as_json(stand_in: StandIn) -> None:
    """And no files."""
    stand_in.plan(*prints('{"agent": "debugger", "text": "Fixed."}'))
    subject: Subject = build(
        command.SUBJECT, stand_in, command=(stand_in.program, "$HOME", "; ls"), input="json", agents_as="none"
    )

    answer = await respond(subject)

    assert isinstance(answer.completion, Completion)
    assert answer.completion.text == "Fixed."
    [seen] = stand_in.seen()
    assert seen["arguments"] == ["$HOME", "; ls"]
    assert [one["name"] for one in json.loads(seen["input"])["agents"]] == list(ROSTER.names)
    assert not [place for place in seen["files"] if place.startswith("workspace")]
