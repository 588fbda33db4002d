"""What products did: the tools and commands of their streams, and the files that they left behind."""

from functools import partial

import pytest

from passmuster.adapters.products import claude_code
from passmuster.adapters.products.claude_code_events import ClaudeCodeReading
from passmuster.adapters.products.codex_events import CodexReading
from passmuster.adapters.products.doing import LONGEST_ARGUMENT, MOST_USES, Tools
from passmuster.adapters.products.gemini_cli_events import GeminiCliReading
from passmuster.adapters.products.json_answer import JsonReading
from passmuster.adapters.products.observation import observe
from passmuster.adapters.products.opencode_events import OpenCodeReading
from passmuster.adapters.stores.codec import COMPLETION
from passmuster.domain.activities import Activity, ChangeKind, FileChange, ToolUse, UseOutcome
from passmuster.domain.answers import Completion
from passmuster.extraction.files import files_of

from .driving import BEGIN, build, respond
from .stand_in_product import StandIn, claude_end, claude_result_of, claude_says, line, prints


def claude_use(tool: str, identifier: str, message: str = "m", **given: object) -> str:
    """Return a line in which Claude Code uses a tool."""
    return claude_says({"type": "tool_use", "id": identifier, "name": tool, "input": given}, message)


def told(activity: Activity) -> list[tuple[str, str]]:
    """Return the tools that were used, and what became of it."""
    return [(use.name, str(use.outcome)) for use in activity.tool_uses or ()]


def test_claude_code_tells_tools_commands_and_turns() -> None:
    """What was denied is refused, and was never run."""
    denied = [{"tool_name": "Bash", "tool_use_id": "3", "tool_input": {}}]
    seen = observe(
        ClaudeCodeReading,
        [
            BEGIN,
            claude_use("Read", "1", "m1", file_path="a.py"),
            claude_result_of("1"),
            claude_use("Bash", "2", "m2", command="pytest -q"),
            claude_result_of("2", is_error=True),
            claude_use("Bash", "3", "m3", command="rm -rf /"),
            claude_result_of("3", is_error=True),
            claude_end(num_turns=4, permission_denials=denied),
        ],
    )

    assert told(seen.activity) == [("Read", "done"), ("Bash", "failed"), ("Bash", "refused")]
    assert (seen.activity.commands, seen.activity.turns) == (("pytest -q",), 4)
    assert seen.activity.tool_uses is not None
    assert seen.activity.tool_uses[0].arguments == {"file_path": "a.py"}


def test_gemini_cli_tells_tools_and_commands() -> None:
    """It does not tell turns."""
    use = partial(line, type="tool_use")
    seen = observe(
        GeminiCliReading,
        [
            use(tool_name="read_file", tool_id="1", parameters={"path": "a.py"}),
            line(type="tool_result", tool_id="1", status="success", output=""),
            use(tool_name="run_shell_command", tool_id="2", parameters={"command": "ls"}),
            line(type="tool_result", tool_id="2", status="error"),
        ],
    )

    assert told(seen.activity) == [("read_file", "done"), ("run_shell_command", "failed")]
    assert (seen.activity.commands, seen.activity.turns) == (("ls",), None)


def test_opencode_tells_tools_commands_and_steps() -> None:
    """A step is a turn."""
    state = {"status": "completed", "input": {"command": "ls"}}
    seen = observe(
        OpenCodeReading,
        [
            line(type="tool_use", part={"type": "tool", "tool": "bash", "callID": "1", "state": state}),
            line(type="step_finish", part={"reason": "tool-calls"}),
            line(type="step_finish", part={"reason": "stop"}),
        ],
    )

    assert told(seen.activity) == [("bash", "done")]
    assert (seen.activity.commands, seen.activity.turns) == (("ls",), 2)


def test_codex_tells_commands_changes_and_tools_of_servers() -> None:
    """An item is seen when it begins and when it ends, and is one use."""
    command = {"id": "1", "type": "command_execution", "command": "ls", "status": "in_progress"}
    seen = observe(
        CodexReading,
        [
            line(type="item.started", item=command),
            line(type="item.completed", item={**command, "status": "completed", "aggregated_output": "long"}),
            line(type="item.completed", item={"id": "2", "type": "reasoning", "text": "…"}),
            line(type="item.completed", item={**command, "id": "3", "command": "rm x", "status": "declined"}),
            line(type="item.completed", item={"id": "4", "type": "mcp_tool_call", "server": "docs", "tool": "find"}),
        ],
    )

    assert told(seen.activity) == [
        ("command_execution", "done"),
        ("command_execution", "refused"),
        ("docs.find", "unknown"),
    ]
    assert seen.activity.commands == ("ls",)
    assert seen.activity.tool_uses is not None
    assert seen.activity.tool_uses[0].arguments == {"command": "ls"}


def test_what_is_written_down_tells_nothing() -> None:
    """Nobody knows which tools were used."""
    assert observe(JsonReading, ['{"agent": null}']).activity == Activity()


def test_arguments_and_uses_are_kept_within_limits() -> None:
    """A stream may be long, and deep."""
    tools = Tools(())
    deep: object = "end"
    for _ in range(50):
        deep = [deep]

    tools.add("Write", "0", {"content": "x" * 10_000, "deep": deep, "half": "\ud800"})
    for number in range(1, MOST_USES + 10):
        tools.add("Read", str(number), {})
    uses = tools.activity(None).tool_uses

    assert uses is not None
    assert len(uses) == MOST_USES
    assert len(str(uses[0].arguments["content"])) == LONGEST_ARGUMENT + 1
    assert uses[0].arguments["half"] == "?"
    assert str(uses[0].arguments["deep"]).count("[") < 10


def test_places_in_the_workspace_begin_there() -> None:
    """The folder of a run has another name each time."""
    tools = Tools(("Bash",))
    folder = "/var/folders/x-1/T/passmuster-run-ab_12cd3/workspace"

    tools.add("Edit", "1", {"file_path": f"{folder}/app/x.py", "other": "/etc/passmuster-run-/workspace"})
    tools.add("Bash", "2", {"command": f"cd {folder} && cat '{folder}/a.py'"})
    activity = tools.activity(None)

    assert activity.tool_uses is not None
    assert activity.tool_uses[0].arguments == {"file_path": "app/x.py", "other": "/etc/passmuster-run-/workspace"}
    assert activity.commands == ("cd . && cat 'a.py'",)


async def test_the_workspace_tells_what_was_left_behind(stand_in: StandIn) -> None:
    """New, edited and deleted files, with their content; the agents that were put there are none."""
    base = stand_in.folder / "base"
    (base / "app").mkdir(parents=True)
    (base / "app" / "old.py").write_text("old\n")
    (base / "gone.py").write_text("gone\n")
    stand_in.plan(
        *prints(BEGIN),
        ("write", ["app/old.py", "changed\n"]),
        ("write", ["new.py", "new\n"]),
        ("remove", "gone.py"),
        *prints(claude_end("```python said.py\nx\n```\n")),
    )

    answer = await respond(build(claude_code.SUBJECT, stand_in, workspace="base"))

    assert isinstance(answer.completion, Completion)
    assert answer.completion.activity is not None
    assert answer.completion.activity.changes == (
        FileChange(path="app/old.py", kind=ChangeKind.EDITED, text="changed\n"),
        FileChange(path="gone.py", kind=ChangeKind.DELETED),
        FileChange(path="new.py", kind=ChangeKind.WRITTEN, text="new\n"),
    )
    assert [file.path for file in files_of(answer.completion)] == ["app/old.py", "new.py"]
    assert (base / "gone.py").exists()


async def test_a_product_that_only_speaks_delivers_what_it_says(stand_in: StandIn) -> None:
    """An untouched workspace says nothing against the text."""
    stand_in.plan(*prints(BEGIN, claude_end("```python said.py\nx\n```\n")))

    answer = await respond(build(claude_code.SUBJECT, stand_in))

    assert isinstance(answer.completion, Completion)
    assert answer.completion.activity is not None
    assert answer.completion.activity.changes == ()
    assert [file.path for file in files_of(answer.completion)] == ["said.py"]


async def test_secrets_do_not_stay_in_what_was_written(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that a product writes into a file is not kept."""
    monkeypatch.setenv("MY_KEY", "made-up-value-of-a-key-0123456789")
    stand_in.plan(*prints(BEGIN), ("write_variable", ["key.txt", "MY_KEY"]), *prints(claude_end("Done.")))

    answer = await respond(build(claude_code.SUBJECT, stand_in, environment=("MY_KEY",)))

    assert isinstance(answer.completion, Completion)
    assert "made-up-value" not in str(answer.completion)
    assert answer.completion.activity is not None
    assert answer.completion.activity.changes == (FileChange(path="key.txt", kind=ChangeKind.WRITTEN, text="<secret>"),)


def test_a_store_gives_back_what_was_done() -> None:
    """And reads what was kept before there was such a thing."""
    uses = (ToolUse(name="Read", arguments={"a": [1, None, {"b": "é"}]}, outcome=UseOutcome.DONE),)
    changes = (FileChange(path="a.py", kind=ChangeKind.WRITTEN, text="x\n"),)
    done = Completion(text="t", activity=Activity(turns=2, tool_uses=uses, commands=("ls",), changes=changes))

    assert COMPLETION.read(COMPLETION.write(done)) == done
    assert COMPLETION.read('{"text":"t"}') == Completion(text="t")
