"""Examples in descriptions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.rosters.examples import ends_within_example, lines_of_examples, read_examples
from passmuster.domain.agents import AgentExample
from passmuster.domain.values import AgentName

NAME = AgentName("backend-architect")
BLOCK = """
Examples:
- <example>
  Context: A new endpoint is needed
  user: "Add a login endpoint,
  with tests"
  assistant: "I'll use the backend-architect agent."
  <commentary>
  It is about an endpoint.
  </commentary>
</example>
"""
PIECES = [
    "<example>",
    "</example>",
    "<commentary>",
    "</commentary>",
    "user: ",
    "assistant:",
    "Context:",
    '"',
    "\\n",
    "- ",
]
SOUP = st.lists(
    st.sampled_from([*PIECES, "\n", " ", "text", "the x-y agent", "`x`", "<", "\\", "user"]), max_size=40
).map("".join)


def read(description: str, **known: str) -> tuple[AgentExample, ...]:
    names = {written.replace("_", "-"): AgentName(name) for written, name in known.items()}
    return read_examples(description, own_name=NAME, known=names)


def only(description: str, **known: str) -> AgentExample:
    (example,) = read(description, **known)
    return example


def test_a_block_gives_all_its_parts() -> None:
    """Context, request, answer, commentary and the agent come without bullets, labels and quotes."""
    assert only(BLOCK) == AgentExample(
        context="A new endpoint is needed",
        user="Add a login endpoint,\nwith tests",
        assistant="I'll use the backend-architect agent.",
        commentary="It is about an endpoint.",
        agent=NAME,
        line=None,
    )


def test_literal_and_real_line_breaks_are_alike() -> None:
    """A backslash and an n count as a line break, however many backslashes there are."""
    assert only(BLOCK.replace("\n", "\\n")) == only(BLOCK)
    assert only(BLOCK.replace("\n", "\\\\n")) == only(BLOCK)


def test_quotes_behind_backslashes_are_quotes() -> None:
    """Escapes that survived the YAML do not reach the request."""
    assert only(BLOCK.replace('"', '\\"')).user == only(BLOCK).user


def test_everything_may_stand_on_one_line() -> None:
    """Labels within a line count where quoted speech follows."""
    said = "Context: It is slow. user: 'Make it fast' assistant: 'Calling it' <commentary>Speed.</commentary>"

    example = only(f"<example>{said}</example>")

    assert (example.context, example.user) == ("It is slow.", "Make it fast")
    assert (example.assistant, example.commentary) == ("Calling it", "Speed.")


def test_prose_about_a_user_is_no_label() -> None:
    """A label within a line without quotes stays a part of what is said."""
    assert (
        only("<example>\nuser: Tell me about the user: her name</example>").user == "Tell me about the user: her name"
    )


@pytest.mark.parametrize(
    "block",
    [
        "<example>\n**User:** Help\n</example>",
        "<EXAMPLE>\nUSER : Help\n</EXAMPLE>",
        "<example>\n* user: “Help”\n</example>",
        "<example><user_request>Help</user_request></example>",
        '<example name="x">\n\n  - user:\n    Help\n</example>',
        '<example>\nContext: Ann is at work.\nAnn: "Help"\nAssistant: "Yes"\n</example>',
        '<example>\nuser: "Help"\nassistant: "How?"\nuser: "Thus"\n</example>',
        "<example>\nuser: Help\nAgent: helps\n</example>",
        "<example>\nuser: Help\n<function call omitted>\n</example>",
    ],
)
def test_ways_to_write_a_request(block: str) -> None:
    """Labels in other dress, tags, named people and later turns all leave the first request."""
    assert only(block).user == "Help"


def test_all_that_the_assistant_says_is_kept() -> None:
    """An answer after the commentary still belongs to the answer."""
    example = only('<example>\nassistant: "One"\n<commentary>Why.</commentary>\nassistant: "Two"\n</example>')

    assert (example.assistant, example.commentary) == ("One\nTwo", "Why.")


def test_words_before_any_label_are_the_context() -> None:
    """A situation without a label is the situation nevertheless."""
    assert only("<example>It is late.\nuser: Help</example>").context == "It is late."


def test_a_block_that_is_not_closed_ends_at_the_next() -> None:
    """A forgotten closing tag costs nothing."""
    examples = read("<example>\nuser: One\n<example>\nuser: Two")

    assert [example.user for example in examples] == ["One", "Two"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I'll use the backend-architect agent.", NAME),
        ("The code-reviewer agent could, but backend-architect knows.", NAME),
        ("BACKEND-ARCHITECT it is", NAME),
        ("Use the code-reviewer agent.", "code-reviewer"),
        ("Let me call the `code-reviewer` agent.", "code-reviewer"),
        ("Use the Debugger agent.", "debugger"),
        ("Let `debugger` do it.", "debugger"),
        ("I'll take the reviewer agent.", "tools:reviewer"),
        ("Use the right agent.", None),
        ("Use `main` for that.", None),
        ("my-backend-architect-two agent", None),
        ("", None),
    ],
)
def test_the_agent_that_is_named(said: str, expected: str | None) -> None:
    """The own name wins; a name with a hyphen is an agent's; a plain word only if the roster knows it."""
    example = only(f"<example>\nassistant: {said}\n</example>", debugger="debugger", reviewer="tools:reviewer")

    assert example.agent == expected


def test_the_commentary_may_name_the_agent() -> None:
    """An answer without a name leaves it to the commentary."""
    example = only("<example>\nassistant: Sure.\n<commentary>Use the log-reader agent.</commentary></example>")

    assert example.agent == "log-reader"


def test_the_own_name_of_a_plugin_agent_is_found_without_its_prefix() -> None:
    """Authors write an agent's bare name; what they mean has the plugin's prefix."""
    (example,) = read_examples("<example>assistant: the helper agent", own_name=AgentName("kit:sub:helper"))

    assert example.agent == "kit:sub:helper"


def test_lines_are_those_of_the_tags() -> None:
    """The n-th example begins on the line of the n-th tag."""
    text = "description: |\n  a\n  <example>\n  </example> <example>\n\n  <Example>"

    lines = lines_of_examples(text, first_line=3)
    examples = read_examples(text, own_name=NAME, lines=lines)

    assert lines == (5, 6, 8)
    assert [example.line for example in examples] == [5, 6, 8]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("", False),
        (BLOCK, False),
        (BLOCK + "<example>", True),
        ("<example>\nContext: cut", True),
        ("</example>", False),
    ],
)
def test_a_description_that_was_cut_off_is_noticed(description: str, *, expected: bool) -> None:
    """Only a last block without its closing tag counts."""
    assert ends_within_example(description) is expected


@settings(deadline=None)
@given(SOUP)
def test_any_description_is_read(description: str) -> None:
    """There are as many examples as opening tags, and none holds a tag of a block."""
    examples = read(description)

    assert len(examples) == description.count("<example>")
    assert all("<example>" not in example.user + example.assistant + example.commentary for example in examples)


@pytest.mark.parametrize("piece", ["<example", "\\", "user", "the a", "`", "<example>user:", "(", " ", "the ", "*"])
def test_monotonous_text_is_read(piece: str) -> None:
    """Long repetitions of what the patterns look for are read to the end."""
    description = "<example>" + piece * (200_000 // len(piece))

    assert len(read(description)) == description.count("<example>")
