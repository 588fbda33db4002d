"""Runs of a product, driven for real; a stand-in takes its place."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from passmuster.adapters.products import claude_code
from passmuster.domain.errors import InfrastructureError, InvalidConfigurationError, SetupError
from passmuster.domain.values import Usage
from passmuster.testing.factories import a_request, a_roster

from .driving import BEGIN, build, looks
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
    from passmuster.ports import Router

VALUE = "made-up-value-of-a-key-0123456789"


async def test_claude_code_is_stopped_at_its_choice(stand_in: StandIn) -> None:
    """The request is on its standard input, the roster in its workspace, and it does not work on."""
    stand_in.plan(*prints(BEGIN, claude_says("Let me see."), claude_call("debugger")), ("wait", 60))
    router: Router = build(
        claude_code.ROUTER, stand_in, model="opus", maximum_cost="0.5", arguments=("--effort", "low")
    )

    decision = await router.route(a_request("Why?"))

    assert (decision.chosen, decision.version) == ("debugger", "2.1.999")
    assert decision.model == "made-up-model-1-resolved"
    assert decision.usage == Usage(input_tokens=110, output_tokens=1, cost=None)
    assert decision.latency > 0
    [seen] = stand_in.seen()
    words = " ".join(seen["arguments"])
    assert words.startswith("--effort low -p --output-format stream-json --verbose")
    assert "--model opus --max-turns 4 --max-budget-usd 0.5" in words
    assert "--setting-sources project" in words
    assert seen["input"] == "Why?"
    assert "Why?" not in words
    assert len([place for place in seen["files"] if place.startswith("workspace/.claude/agents/")]) == 3


async def test_nothing_of_the_users_own_is_visible(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither home, nor set-up, nor any variable that is not named."""
    monkeypatch.setenv("CLAUDECODE", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/somebody/.config")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("ANTHROPIC_API_KEY", VALUE)
    stand_in.plan(*prints(BEGIN, claude_end()))

    await build(claude_code.ROUTER, stand_in).route(a_request())
    await build(claude_code.ROUTER, stand_in, environment=("AWS_PROFILE",)).route(a_request())

    first, second = (one["environment"] for one in stand_in.seen())
    root = str(Path(stand_in.seen()[0]["folder"]).parent)
    assert first["HOME"] == f"{root}/home"
    assert first["XDG_CONFIG_HOME"] == f"{root}/home/.config"
    assert first["CLAUDE_CONFIG_DIR"] == f"{root}/home/.claude"
    assert not {"CLAUDECODE", "AWS_PROFILE", "USER"} & set(first)
    assert first["ANTHROPIC_API_KEY"] == VALUE
    assert second["AWS_PROFILE"] == "work"
    assert "ANTHROPIC_API_KEY" not in second


async def test_parallel_choices_are_waited_for(stand_in: StandIn) -> None:
    """The message is read to its end before the run is stopped."""

    def event(kind: str, **fields: object) -> str:
        return line(type="stream_event", event={"type": kind, **fields})

    stand_in.plan(
        *prints(BEGIN, event("message_start", message={"id": "message-1"}), claude_call("debugger", "1")),
        ("wait", 0.05),
        *prints(claude_call("code-reviewer", "2"), event("message_stop")),
        ("wait", 60),
    )

    decision = await build(claude_code.ROUTER, stand_in).route(a_request())

    assert (decision.chosen, decision.further) == ("debugger", ("code-reviewer",))


async def test_after_a_refused_call_the_run_goes_on(stand_in: StandIn) -> None:
    """Until the product goes along with one."""
    refused = claude_result_of("1", "Agent type 'ghost' not found.", is_error=True)
    stand_in.plan(*prints(BEGIN, claude_call("ghost", "1"), refused, claude_call("debugger", "2")), ("wait", 60))

    decision = await build(claude_code.ROUTER, stand_in).route(a_request())

    assert (decision.chosen, decision.refused) == ("debugger", ("ghost",))


async def test_a_wrong_set_up_is_seen_at_once(stand_in: StandIn) -> None:
    """Nothing is paid for a run that says nothing."""
    stand_in.plan(*prints(claude_init("debugger")), ("wait", 60))

    with pytest.raises(SetupError, match="'code-reviewer', 'test-engineer'"):
        await build(claude_code.ROUTER, stand_in).route(a_request())


async def test_a_run_may_go_on_after_its_choice(stand_in: StandIn) -> None:
    """With stop_at_choice: false it is paid for, and its cost is known."""
    stand_in.plan(*prints(BEGIN, claude_call("debugger"), claude_end()))

    decision = await build(claude_code.ROUTER, stand_in, stop_at_choice=False).route(a_request())

    assert decision.usage == Usage(input_tokens=220, output_tokens=30, cost=Decimal("0.25"))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("exit", 127)], "could not be started"),
        ([("complain", "claude: command not found"), ("exit", 127)], "command not found"),
        ([("kill", None)], "status -9"),
        ([*prints(BEGIN), ("kill", None)], "status -9"),
        ([*prints("npm warn", "<html>"), ("exit", 1)], "status 1: npm warn / <html>"),
        ([*prints(BEGIN), ("wait", 600)], "time limit"),
        ([*prints(BEGIN), ("ignore_termination", None), ("child", None), ("wait", 600)], "time limit"),
        ([*prints(BEGIN), ("flood", False)], "too much output"),
        ([], "ends without a result"),
        ([*prints(BEGIN, claude_says("half a")), ("print_rest", '{"type": "res')], "ends without a result"),
    ],
)
async def test_a_run_that_fails_is_no_choice(stand_in: StandIn, steps: list[Any], words: str) -> None:
    """It crashes, hangs, floods, prints noise, or is not there."""
    stand_in.plan(*steps)
    seconds = 0.5 if words == "time limit" else 120.0
    router = build(claude_code.ROUTER, stand_in, time_limit=seconds, maximum_output=500_000)

    with pytest.raises(InfrastructureError, match=words):
        await router.route(a_request())


async def test_a_product_that_lingers_after_its_result_is_not_waited_for(stand_in: StandIn) -> None:
    """It has said that nobody is called."""
    stand_in.plan(*prints(BEGIN, claude_end()), ("wait", 60))

    decision = await build(claude_code.ROUTER, stand_in).route(a_request())

    assert (decision.chosen, decision.usage.cost) == (None, Decimal("0.25"))


async def test_noise_does_not_matter(stand_in: StandIn) -> None:
    """Between, before and after the events."""
    stand_in.plan(("print", "hello"), *prints(BEGIN, "{", claude_call("debugger"), ""), ("complain", "careful"))

    assert (await build(claude_code.ROUTER, stand_in).route(a_request())).chosen == "debugger"


@pytest.mark.parametrize("program", ["no-such-program-anywhere", "./no/such/program", "/"])
async def test_a_program_that_is_not_there_is_said(stand_in: StandIn, program: str) -> None:
    """By the name that the suite gives it."""
    with pytest.raises(InfrastructureError, match=f"no program '{program}'.*option program"):
        await build(claude_code.ROUTER, stand_in, program=program).route(a_request())


async def test_a_program_is_found_beside_the_suite(stand_in: StandIn) -> None:
    """A place with ./ begins at the suite's folder."""
    stand_in.plan(*prints(BEGIN, claude_end()))

    assert (await build(claude_code.ROUTER, stand_in, program="./product").route(a_request())).chosen is None


async def test_no_more_runs_at_once_than_allowed(stand_in: StandIn) -> None:
    """The others wait for their turn."""
    stand_in.plan(("wait", 0.2), *prints(BEGIN, claude_end()))
    router: Router = build(claude_code.ROUTER, stand_in, concurrency=2)
    tasks = [asyncio.create_task(router.route(a_request(str(number)))) for number in range(5)]
    most = 0

    async for _ in looks():
        folders = {Path(one["folder"]) for one in stand_in.seen()}
        most = max(most, sum(folder.exists() for folder in folders))
        if all(task.done() for task in tasks):
            break

    assert most == 2
    assert all(task.result().chosen is None for task in tasks)


def test_a_router_serves_one_loop_after_the_other(stand_in: StandIn) -> None:
    """Commands begin a loop each time that they ask."""
    stand_in.plan(*prints(BEGIN, claude_end()))
    router: Router = build(claude_code.ROUTER, stand_in, concurrency=1)

    async def both() -> None:
        await asyncio.gather(router.route(a_request()), router.route(a_request()))

    for _ in range(2):
        asyncio.run(both())

    assert len(stand_in.seen()) == 4


async def test_a_cancelled_trial_leaves_neither_process_nor_folder(stand_in: StandIn) -> None:
    """As when somebody types Ctrl-C."""
    stand_in.plan(("ignore_termination", None), ("child", None), ("hide", None), *prints(BEGIN), ("wait", 60))
    task = asyncio.create_task(build(claude_code.ROUTER, stand_in).route(a_request()))
    async for _ in looks():
        if len(stand_in.processes()) == 2:
            break

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert stand_in.living() == []  # the fixture looks for the folder


async def test_the_workspace_begins_as_a_folder_says(stand_in: StandIn) -> None:
    """Each run has a copy of its own, and what a run does there is gone with it."""
    template = stand_in.folder / "template"
    (template / ".claude" / "agents").mkdir(parents=True)
    (template / ".claude" / "agents" / "old.md").write_text("old", encoding="utf-8")
    (template / "main.py").write_text("pass\n", encoding="utf-8")
    stand_in.plan(("hide", None), *prints(BEGIN, claude_end()))
    router: Router = build(claude_code.ROUTER, stand_in, workspace="template")

    for _ in range(2):
        await router.route(a_request())

    for seen in stand_in.seen():
        assert seen["files"]["workspace/main.py"] == "pass\n"
        assert "workspace/.claude/agents/old.md" not in seen["files"]
    assert not (template / "locked").exists()


def test_a_workspace_that_is_not_there_is_a_finding(stand_in: StandIn) -> None:
    """Before anything is run."""
    with pytest.raises(InvalidConfigurationError) as caught:
        build(claude_code.ROUTER, stand_in, workspace="nowhere")

    assert [finding.rule for finding in caught.value.findings] == ["no-workspace"]


async def test_plugins_are_named_on_the_command_line(stand_in: StandIn) -> None:
    """Their folders lie beside the workspace."""
    roster = a_roster("dev:researcher")
    stand_in.plan(*prints(claude_init("dev:researcher"), claude_call("dev:researcher")))

    decision = await build(claude_code.ROUTER, stand_in, roster).route(a_request())

    assert decision.chosen == "dev:researcher"
    [seen] = stand_in.seen()
    assert seen["arguments"][-2:] == ["--plugin-dir", "../plugins/dev"]
    assert "plugins/dev/agents/0001.md" in seen["files"]
