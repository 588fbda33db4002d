"""Tools that the host does not know, and instructions that no tool can follow."""

import pytest

from passmuster.analysis.roster_checks.tools import missing_tools, nested_agents, unknown_tools

from .made_up_files import a_file, a_material


@pytest.mark.parametrize(
    ("sentence", "tools", "wanted"),
    [
        ("1. Run the tests.", ("Read", "Grep"), "run commands"),
        ("- Always run the full test suite before you answer.", ("Read",), "run commands"),
        ("By default, review unstaged changes from `git diff --stat`.", ("Read", "WebFetch"), "run commands"),
        ("First, use `npm test` to see what fails.", ("Edit",), "run commands"),
        ("Save your findings to `report.md`.", ("Read",), "write files"),
        ("**Edit the affected files** one by one.", ("Read",), "write files"),
        ("Search the web for recent advisories.", ("Read",), "search the web"),
        ("Use the WebSearch tool for that.", ("Read",), "have the tool WebSearch"),
        ("- Use the `Edit` tool.", ("Read",), "have the tool Edit"),
    ],
)
def test_order_that_no_tool_can_follow_is_found(sentence: str, tools: tuple[str, ...], wanted: str) -> None:
    """With the line, the words, and what the agent cannot do."""
    material = a_material(a_file(f"You help.\n\n{sentence}"), tools=tools)

    (finding,) = missing_tools(material)

    assert finding.rule == "missing-tool"
    assert wanted in finding.message
    assert finding.location is not None
    assert finding.location.line == 7


@pytest.mark.parametrize(
    ("body", "tools"),
    [
        ("Run the tests.", ("Read", "Bash")),
        ("Run the tests.", None),
        ("Run the tests.", ("Read", "Bash(npm test:*)")),
        ("Run the tests.", ("Read", "mcp__shell__run")),
        ("Advise the user to run the tests.", ("Read",)),
        ("The user may run the tests afterwards.", ("Read",)),
        ("Run the test plan past the team.", ("Read",)),
        ("Execute the audit through systematic phases:", ("Read",)),
        ("```\nRun the tests.\n```", ("Read",)),
        ("~~~~\n```\nRun the tests.\n~~~~", ("Read",)),
        ("Do not run `git push`.", ("Read", "Bash")),
        ("Explain what `git diff` shows.", ("Read",)),
        ("Write clear sentences about files.", ("Read",)),
        ("Save time and tokens.", ("Read",)),
        ("Search the web application for forms.", ("Read",)),
        ("Use the MultiEdit tool.", ("Edit",)),
        ("Use the Task tool.", ("Agent",)),
        ("Use the Hammer tool.", ("Read",)),
        ("Show the assistant using the Agent tool.", ("Read",)),
        ("Run the tests.", ("codebase",)),
    ],
)
def test_what_is_no_order_or_can_be_followed_is_left_alone(body: str, tools: tuple[str, ...] | None) -> None:
    """A linter that cries wolf is switched off."""
    assert list(missing_tools(a_material(a_file(body), tools=tools))) == []


def test_one_demand_is_named_once() -> None:
    """However often the instructions repeat it."""
    material = a_material(a_file("Run the tests.\nRun the linter.\nEdit the files."), tools=("Read",))

    assert [finding.message.split("cannot ")[1].split(" with")[0] for finding in missing_tools(material)] == [
        "run commands",
        "write files",
    ]


@pytest.mark.parametrize(
    ("tools", "rule", "hint"),
    [
        (("Read", "Grepp"), "unknown-tool", "did you mean 'Grep'?"),
        (("read", "grep"), "unknown-tool", "did you mean 'Read'?"),
        (("codebase", "usages"), "no-known-tool", "VS Code"),
        (("hammer",), "no-known-tool", "Read, Edit and Bash"),
    ],
)
def test_unknown_tools_are_named(tools: tuple[str, ...], rule: str, hint: str) -> None:
    """With what may be meant; a slip of capital letters is no error."""
    (finding,) = unknown_tools(a_material(tools=tools))

    assert finding.rule == rule
    assert hint in finding.hint
    assert repr(tools[-1]) in finding.message


@pytest.mark.parametrize("tools", [None, (), ("Read", "mcp__any__thing"), ("Bash(git:*)", "*"), ("Agent(x, y)",)])
def test_known_tools_are_left_alone(tools: tuple[str, ...] | None) -> None:
    """Arguments in parentheses, tools of servers and the star are known."""
    assert list(unknown_tools(a_material(tools=tools))) == []


def test_other_hosts_have_other_tools() -> None:
    """Nothing is said about the tools of hosts whose tools are not listed here."""
    material = a_material(a_file("Run the tests."), tools=("read", "Agent(x)"), host="copilot")

    assert [*unknown_tools(material), *missing_tools(material), *nested_agents(material)] == []


def test_limits_on_agents_to_call_are_noted() -> None:
    """`Agent(x)` counts for the main thread only; `Agent` alone is no limit."""
    assert [finding.rule for finding in nested_agents(a_material(tools=("Agent(x)", "Read")))] == ["nested-agents"]
    assert list(nested_agents(a_material(tools=("Agent", "Bash(ls)")))) == []
    assert list(nested_agents(a_material(tools=("Agent(x)",), metadata={"initialPrompt": "Begin."}))) == []
