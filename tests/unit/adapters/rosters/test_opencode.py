"""OpenCode: files and configuration laid over one another, and who is offered to whom."""

from collections.abc import Callable

import pytest

from passmuster.domain.errors import InvalidRosterError

from .bench import Bench, fates, rules


@pytest.fixture
def bench(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("opencode")


def test_agents_are_called_by_where_their_files_lie(bench: Bench) -> None:
    """Folders are parts of the name; both names of the folder count; a name in the file comes first."""
    bench.agent(".opencode/agents/deep/reviewer.md", "description: Reviews.")
    bench.agent(".opencode/agent/old.md", "description: Old.")
    bench.agent(".opencode/agents/file.md", "name: named\ndescription: Named.")

    assert bench.load(".opencode").names == ("deep/reviewer", "named", "old")


def test_configuration_and_files_are_laid_over_one_another(bench: Bench) -> None:
    """Fields of the file come over those of the configuration, mappings key by key."""
    bench.put(
        "opencode.jsonc",
        """{
  // the team
  "agent": {
    "reviewer": {"description": "Theirs.", "model": "a/b", "permission": {"edit": "deny", "bash": "ask"},},
    "writer": {"description": "Writes. // no comment", "prompt": "Be brief.", "mode": "subagent"}, /* and so on */
  },
}""",
    )
    bench.agent(".opencode/agents/reviewer.md", "description: Own.\npermission: {bash: allow}", body="Be strict.")

    roster = bench.load(".opencode")

    reviewer, writer = roster.agents
    assert (reviewer.description, reviewer.model, reviewer.instructions) == ("Own.", "a/b", "Be strict.")
    assert reviewer.metadata["permission"] == {"edit": "deny", "bash": "allow"}
    assert (writer.description, writer.instructions) == ("Writes. // no comment", "Be brief.")
    assert str(writer.source).endswith("opencode.jsonc:5")
    assert sorted(fates(roster), key=str) == [("reviewer", "loaded"), ("reviewer", "shadowed"), ("writer", "loaded")]
    assert "laid over it" in roster.files[-1].reason


def test_lower_levels_give_way(bench: Bench) -> None:
    """The user's folder of configuration is laid under the project's."""
    bench.agent(".opencode/agents/a.md", "description: own")
    bench.agent("user/agents/a.md", "description: theirs\nmodel: x/y")
    bench.agent("user/agents/b.md", "description: theirs")

    roster = bench.load(".opencode", lower_levels=["user"])

    assert {agent.name: (agent.description, agent.model) for agent in roster.agents} == {
        "a": ("own", "x/y"),
        "b": ("theirs", None),
    }
    assert rules(roster) == []


@pytest.mark.parametrize(
    ("fields", "fate", "says"),
    [
        ("description: b\nmode: primary", "not offered", "primary"),
        ("description: b\nmode: all", "loaded", ""),
        ("description: b\nmode: helper", "refused", "the mode 'helper'"),
        ("description: b\ndisable: true", "not offered", "disable"),
        ("description: b\nhidden: true", "loaded", ""),
        ("model: a/b", "placeholder", "without a description"),
        ("description: Use it: now", "loaded leniently", "puts values in quotes"),
        ("description: b\n<example>\nx: y", "refused", "quotes around values do not help"),
    ],
)
def test_some_agents_are_not_offered(bench: Bench, fields: str, fate: str, says: str) -> None:
    """Mode, disabling and broken front matter are told; hidden agents are offered all the same."""
    bench.agent("good.md", "description: Good.")

    verdict = bench.verdict(fields)

    assert verdict.host.value == fate
    assert says in verdict.reason


def test_any_markdown_file_is_an_agent(bench: Bench) -> None:
    """Even one without front matter, which then nobody is told about."""
    bench.put("agents/README.md", "# Agents")

    assert fates(bench.load("agents")) == [("README", "placeholder")]


@pytest.mark.parametrize(
    ("permission", "offered"),
    [
        ('{"task": {"*": "deny", "review-*": "allow"}}', {"review-code"}),
        ('{"task": {"review-*": "allow", "*": "deny"}}', set()),
        ('{"task": {"review-?ode": "deny"}}', {"write"}),
        ('{"task": {"[rw]*": "deny"}}', {"review-code", "write"}),
        ('{"task": "deny"}', set()),
        ('{"*": "deny", "task": "ask"}', {"review-code", "write"}),
        ('"deny"', set()),
        ('{"edit": "deny"}', {"review-code", "write"}),
    ],
)
def test_the_last_rule_that_fits_decides(bench: Bench, permission: str, offered: set[str]) -> None:
    """permission.task says whom the calling agent is offered."""
    bench.put(
        "opencode.json", f'{{"agent": {{"build": {{"permission": {permission}}}, "keep": {{"description": "k"}}}}}}'
    )
    bench.agent(".opencode/agents/review-code.md", "description: b")
    bench.agent(".opencode/agents/write.md", "description: b")

    try:
        names = set(bench.load(".opencode").names)
    except Exception as error:  # noqa: BLE001 - where nobody at all is offered, the roster is empty
        names = set()
        assert "denies it" in str(error)  # noqa: PT017 - either way the names are compared

    assert names - {"keep"} == offered


def test_rules_for_all_agents_come_first(bench: Bench) -> None:
    """Those of the calling agent come after them, and another caller has others."""
    bench.put(
        "opencode.json",
        '{"permission": {"task": {"*": "deny"}}, "agent": {"lead": {"permission": {"task": {"a": "allow"}}, '
        '"description": "Leads."}}}',
    )
    bench.agent(".opencode/agents/a.md", "description: b")

    assert bench.load(".opencode", caller="lead").names == ("a",)
    assert len(bench.complaints(".opencode")) == 2


def test_instructions_may_lie_in_a_file_of_the_folder(bench: Bench) -> None:
    """A file that a prompt names is read where the configuration lies, and nowhere else."""
    bench.put("outside.txt", "secret")
    bench.put("project/prompts/a.txt", "Be kind.\n")
    (bench.folder / "project" / "link.txt").symlink_to(bench.folder / "outside.txt")
    prompts = {
        "a": "{file:./prompts/a.txt}",
        "b": "{file:../outside.txt}",
        "c": "{file:link.txt}",
        "d": "{file:/etc/passwd}",
        "e": "{file:none.txt}",
        "f": "{env:HOME}",
    }
    entries = ", ".join(f'"{name}": {{"description": "x", "prompt": "{text}"}}' for name, text in prompts.items())
    bench.put("project/opencode.json", f'{{"agent": {{{entries}}}}}')

    roster = bench.load("project")

    assert {agent.name: agent.instructions for agent in roster.agents} == {**prompts, "a": "Be kind."}
    assert rules(roster) == ["unread-prompt"] * 4


def test_two_files_of_one_name_are_an_error(bench: Bench) -> None:
    """One in each of the two folders of agents: nobody says which is taken."""
    bench.agent(".opencode/agents/one.md", "name: a\ndescription: b")
    bench.agent(".opencode/agents/two.md", "name: a\ndescription: c")

    assert rules(bench.load(".opencode")) == ["duplicate-agent"]
    assert bench.load(".opencode").errors()
    assert bench.load(".opencode", duplicates="keep_first").errors() == ()


def test_the_hosts_own_agents_can_be_changed_and_added(bench: Bench) -> None:
    """A model for a built-in agent keeps its description; the primary ones are not offered."""
    bench.put("opencode.json", '{"agent": {"explore": {"model": "a/b"}, "plan": {"model": "a/b"}}}')
    bench.agent(".opencode/agents/a.md", "description: b")

    plain, full = bench.load(".opencode"), bench.load(".opencode", built_ins=True)

    assert plain.names == ("a", "explore")
    assert full.names == ("a", "explore", "general")
    assert dict(fates(plain))["plan"] == "not offered"


def test_older_modes_are_primary(bench: Bench) -> None:
    """Files in the folder of modes are agents that people start."""
    bench.agent(".opencode/modes/plan.md", "description: b")
    bench.agent(".opencode/agents/a.md", "description: b")

    assert dict(fates(bench.load(".opencode"))) == {"a": "loaded", "plan": "not offered"}


@pytest.mark.parametrize(("tools", "expected"), [("{'*': false, read: true}", ("read",)), ("{write: false}", None)])
def test_tools_are_switched(bench: Bench, tools: str, expected: tuple[str, ...] | None) -> None:
    """Only where all are switched off do those that are on make a list."""
    bench.agent("agents/a.md", f"description: b\ntools: {tools}")

    assert bench.load("agents").agents[0].tools == expected


@pytest.mark.parametrize(("text", "says"), [("{", "not valid JSON"), ('{"a": 1, "a": 2}', "again"), ("\ufeff[]", "")])
def test_a_configuration_that_cannot_be_read_is_an_error(bench: Bench, text: str, says: str) -> None:
    """The host would not start with it; one without agents is none."""
    bench.put("opencode.json", text)
    bench.put(".opencode/agents/a.md", "# A")

    if says:
        assert says in bench.complaints(".opencode")[0]
    else:
        assert bench.load(".opencode").names == ("a",)


def test_an_entry_that_is_no_object_is_refused(bench: Bench) -> None:
    """It has a verdict, and the others load."""
    bench.put("opencode.json", '{"agent": {"a": 3, "b": {"description": "c"}}}')

    assert dict(fates(bench.load())) == {"a": "refused", "b": "loaded"}


def test_instructions_do_not_grow_without_measure(bench: Bench) -> None:
    """A small configuration that names a large file a thousand times is not filled in a thousand times."""
    bench.put("large.txt", "x" * 400_000)
    bench.put("opencode.json", '{"agent": {"a": {"description": "A.", "prompt": "%s"}}}' % ("{file:large.txt}" * 1_000))

    roster = bench.load(".")

    assert len(roster.agents[0].instructions) < 1_100_000
    assert [finding.rule for finding in roster.findings] == ["unread-prompt"]
    assert "1,048,576" in roster.findings[0].message


def test_a_configuration_that_is_a_link_out_of_the_folder_is_not_read(bench: Bench) -> None:
    """What lies elsewhere is not even quoted in a complaint."""
    secret = bench.put("elsewhere/secret.json", "hunter2")
    bench.put("team/agents/a.md", "x")
    (secret.parent.parent / "team" / "opencode.json").symlink_to(secret)

    with pytest.raises(InvalidRosterError) as caught:
        bench.load("team")

    assert "leads out of the roster's folder" in caught.value.findings[0].message
    assert "hunter2" not in str(caught.value)
