"""Codex's agents in TOML, from anybody."""

from collections.abc import Callable

import pytest

from passmuster.adapters.rosters.toml_text import MAXIMUM_DEPTH, TomlProblem, line_of, read_toml

from .bench import Bench, fates

GOOD = 'name = "a"\ndescription = "b"\ndeveloper_instructions = "c"\n'


@pytest.fixture
def bench(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("codex")


def test_an_agent_has_everything_that_its_file_says(bench: Bench) -> None:
    """Fields, instructions and places come out, whatever the file is called; subfolders count."""
    bench.put(
        "agents/deep/x.toml",
        '# a comment\nname = "reviewer"\nmodel = "gpt"\ndescription = """\n'
        'Reviews.\n<example>\nuser: Look\nassistant: the reviewer agent\n</example>\n"""\n'
        "developer_instructions = 'Be strict.'\n[mcp_servers.one]\nsince = 2026-01-01\nratio = nan\n",
    )

    (agent,) = bench.load("agents").agents

    assert (agent.name, agent.model, agent.instructions) == ("reviewer", "gpt", "Be strict.")
    assert agent.description.startswith("Reviews.\n<example>")
    assert agent.metadata == {"mcp_servers": {"one": {"since": "2026-01-01", "ratio": "nan"}}}
    assert [example.user for example in agent.examples] == ["Look"]
    assert str(agent.source).endswith("x.toml:2")


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ('name = "a"', "no description and no developer_instructions", None),
        ('name = " "\ndescription = "b"\ndeveloper_instructions = "c"', "no name", 1),
        ('name = "a"\ndescription = 3\ndeveloper_instructions = "c"', "no description", 2),
        ('name = "a\n', "not valid TOML", 1),
        ("name = 2026-99-99\n", "not valid TOML", 1),
        ("a" + ".a" * MAXIMUM_DEPTH + " = 1", "parts", 1),
        ("a = 1\nb = " + "[" * (MAXIMUM_DEPTH + 1), "nested", 2),
        (b"a = '\xff'", "0xff", 1),
    ],
)
def test_what_codex_cannot_use_is_refused(bench: Bench, text: str | bytes, says: str, line: int | None) -> None:
    """Three fields are required; the reason and the line are told."""
    bench.put("agents/good.toml", GOOD)
    bench.put("agents/one.toml", text)

    verdict = bench.load("agents").files[1]

    assert verdict.host.value == "refused"
    assert says in verdict.reason
    assert verdict.location.line == line


def test_the_project_comes_before_the_user(bench: Bench) -> None:
    """Built-in agents give way to both."""
    bench.put("agents/a.toml", GOOD)
    bench.put("user/b.toml", GOOD.replace('"b"', '"theirs"'))
    bench.put("user/c.toml", GOOD.replace('"a"', '"worker"'))

    roster = bench.load("agents", lower_levels=["user"], built_ins=True)

    assert fates(roster) == [("a", "loaded"), ("a", "shadowed"), ("worker", "loaded")]
    assert {agent.name: agent.description for agent in roster.agents}["worker"] == "b"
    assert {"default", "explorer"} <= set(roster.names)


@pytest.mark.parametrize(
    "text",
    [
        '"a b"' + '."a b"' * 5_000 + " = 1",
        "a = " + '"""' * 1_001,
        "a = '''" + "''" * 1_000,
        'a = """' + '\\"""' * 10_000,
        "a = " + "{b = " * 2_000,
        "a" * 100_000,
        "[" + "a ." * 20_000,
    ],
)
def test_hostile_text_takes_no_time_and_no_memory(text: str) -> None:
    """Whatever is nested or never closed, an answer comes."""
    assert isinstance(read_toml(text.encode()), TomlProblem)


def test_strings_and_comments_hide_what_is_in_them() -> None:
    """Brackets and dots in text are no nesting, and a key in a text is no key."""
    deep = "[" * 99 + ".a" * 99
    text = f'a = \'\'\'{deep}\'\'\'\nb = "{deep}" # {deep}\nc = """\nd = 1\n{deep}"""\n'

    data = read_toml(text.encode())

    assert isinstance(data, dict)
    assert list(data) == ["a", "b", "c"]
    assert line_of(text.encode(), "c") == 3
    assert line_of(text.encode(), "d") is None


def test_a_byte_order_mark_is_passed_over(bench: Bench) -> None:
    """As the parser does that Codex is built with; lines stay what they are."""
    bench.put("agents/a.toml", b"\xef\xbb\xbf" + GOOD.encode())

    (agent,) = bench.load("agents").agents

    assert (agent.name, str(agent.source).rpartition(":")[2]) == ("a", "1")
