"""Front matter, strictly and as the host reads it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.rosters.front_matter import FrontMatter, read_front_matter, requoted, scalar_text
from passmuster.documents import parse_yaml
from passmuster.domain.agents import StrictVerdict

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=60)
TROUBLE = st.text(st.sampled_from("ab: -#'\"\\[]{}&*!|>%@`\n\t,?~\ufeff\x85\u2028é\0"), max_size=120)


def read(text: str | bytes) -> FrontMatter:
    return read_front_matter(text.encode() if isinstance(text, str) else text, path="agent.md")


def agent(front: str, body: str = "Be kind.\n") -> str:
    return f"---\n{front}\n---\n\n{body}"


def test_a_plain_file_is_valid_and_knows_its_lines() -> None:
    """Fields, their lines, the raw text and the body come out of a file that strict YAML accepts."""
    front = read(agent("name: debugger\ndescription: |\n  Finds faults.\n\ncolor: red"))

    assert front.strict is StrictVerdict.VALID
    assert front.fields == {"name": "debugger", "description": "Finds faults.\n", "color": "red"}
    assert front.lines == {"name": 2, "description": 3, "color": 6}
    assert front.body == "Be kind."
    assert front.text.startswith("name: debugger\n")
    assert (front.problem, front.line, front.is_requoted) == ("", None, False)


def test_a_colon_in_plain_text_is_read_after_quoting() -> None:
    """The host rescues what strict YAML refuses, keeping literal backslashes and quotes as written."""
    front = read(agent('name: a\ndescription: Use it. Examples:\\n user: "Help \\\\ me"\\n'))

    assert front.strict is StrictVerdict.INVALID
    assert front.is_requoted
    assert front.fields == {"name": "a", "description": 'Use it. Examples:\\n user: "Help \\\\ me"\\n'}
    assert front.line == 3
    assert "mapping values" in front.problem


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("description: **MUST** be used", 'description: "**MUST** be used"'),
        ("description: a: b", 'description: "a: b"'),
        ('description: say "a" & "b"', 'description: "say \\"a\\" & \\"b\\""'),
        ("description: C:\\new & more", 'description: "C:\\\\new & more"'),
        ("tools: [Read, Grep]", 'tools: "[Read, Grep]"'),
        ("allowed-tools:  @all", 'allowed-tools:  "@all"'),
        ('description: "a: b"', 'description: "a: b"'),
        ("description: 'a: b'", "description: 'a: b'"),
        ("description: plain text", "description: plain text"),
        ("  description: a: b", "  description: a: b"),
        ("key1: a: b", "key1: a: b"),
        ("description:a: b", "description:a: b"),
        ("- description: a: b", "- description: a: b"),
        ("", ""),
    ],
)
def test_only_unquoted_special_one_line_values_are_quoted(line: str, expected: str) -> None:
    """The second pass touches top-level entries with special characters and nothing else."""
    assert requoted(line) == expected


@pytest.mark.parametrize("value", ["*star", "@at", "`tick`", "%percent", "&", "{a", "a: b", "!tag x", "[x", "> y: z"])
def test_every_special_beginning_is_rescued(value: str) -> None:
    """Whatever strict YAML makes of a special beginning, the host reads the text as it is written."""
    front = read(agent(f"name: a: b\ndescription: {value}"))

    assert front.fields == {"name": "a: b", "description": value}


@pytest.mark.parametrize(
    ("front_text", "line", "problem"),
    [
        ("name: a\ndescription: one\n<example>\nuser: x", 4, "':'"),
        ("name: a\ndescription: Use when: you\n\n  <example>\n", 3, "mapping values"),
        ("name: a\ncolor: red\nname: b", 4, "the key 'name'"),
        ("name: a\ndescription: 'never closed", 3, "end of stream"),
    ],
)
def test_what_fails_twice_has_no_fields(front_text: str, line: int, problem: str) -> None:
    """A file that neither pass can read tells the line and the reason of the first failure."""
    front = read(agent(front_text))

    assert (front.strict, front.fields, front.is_requoted) == (StrictVerdict.INVALID, None, False)
    assert front.line is not None
    assert front.line >= line
    assert problem in front.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "first line"),
        ("# Title\n---\nname: a\n---\n", "first line"),
        ("\n---\nname: a\n---\n", "blank line"),
        ("  ---\n  name: a\n  ---\n", "indented"),
        ("---\nname: a\n", "no closing fence"),
        ("---\nname: a\n----\n", "no closing fence"),
        ("---\nname: a\n ---\n", "no closing fence"),
        ("--- name: a ---\n", "first line"),
    ],
)
def test_without_fences_there_is_no_front_matter(text: str, problem: str) -> None:
    """The reason tells files that were meant to be agents from documentation."""
    front = read(text)

    assert front.strict is StrictVerdict.NO_FRONT_MATTER
    assert front.fields is None
    assert problem in front.problem


@pytest.mark.parametrize("text", ["---\nname: a\n---", "---  \nname: a\n---\t\n", "\ufeff---\nname: a\n---\n"])
def test_fences_may_end_in_space_or_with_the_file(text: str) -> None:
    """Trailing space, a byte order mark and a missing last line end do not matter."""
    assert read(text).fields == {"name": "a"}


@pytest.mark.parametrize("front_text", ["", "# only a comment", "just words", "- a\n- b"])
def test_yaml_without_keys_is_valid_but_has_no_fields(front_text: str) -> None:
    """Front matter that is no mapping has an empty set of fields."""
    front = read(agent(front_text))

    assert front.strict is StrictVerdict.VALID
    assert front.fields == {}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("2026-01-01", "2026-01-01"),
        ("12:30", "12:30"),
        ("0777", "777"),
        ("123", "123"),
        ("1.0", "1"),
        ("1.5", "1.5"),
        ("true", "true"),
        ("~", None),
        ("", None),
        ("[a]", None),
        ("{a: b}", None),
    ],
)
def test_scalars_are_shown_as_the_host_shows_them(written: str, shown: str | None) -> None:
    """Words of YAML 1.1 stay words, numbers lose their form, and only scalars are text."""
    front = read(agent(f"name: {written}"))

    assert front.fields is not None
    assert scalar_text(front.fields["name"]) == shown


def test_bytes_that_are_no_text_are_replaced_and_named() -> None:
    """The host reads a Latin-1 file with replacement characters; strictly it is invalid."""
    front = read("---\nname: caf\u00e9\n---\n".encode("latin-1"))

    assert front.strict is StrictVerdict.INVALID
    assert front.fields == {"name": "caf\ufffd"}
    assert (front.problem, front.line) == ("the byte 0xe9 is not UTF-8", 2)


def test_nul_characters_make_a_file_unreadable() -> None:
    """A file with a NUL is no text, wherever the NUL stands."""
    front = read(agent("name: a\ndescription: b", body="x\ny\0"))

    assert front.fields is None
    assert front.line == 7
    assert "NUL" in front.problem


def test_text_in_sixteen_bits_is_named() -> None:
    """A file in UTF-16 has no front matter, and the reason is its encoding."""
    front = read(agent("name: a").encode("utf-16"))

    assert front.strict is StrictVerdict.NO_FRONT_MATTER
    assert "not UTF-8" in front.problem


@pytest.mark.parametrize(
    "attack",
    [
        "name: !!python/object/apply:os.system [id]",
        "a: &a [x, x]\nb: &b [*a, *a]\nname: *c",
        "a: &a [*a]",
        "a: " + "[" * 100_000,
        "a: " + "{x: " * 5_000,
        "a: " + "9" * 10_000,
        'a: "\\uD800"',
        "? [complex]\n: key",
        "a: 1\n--- b\nc: 2",
        "a: .inf",
    ],
)
def test_attacks_are_refused_by_the_strict_parser(attack: str) -> None:
    """Tags, unbounded nesting, wild aliases and impossible values end in a verdict."""
    front = read(agent(attack))

    assert front.strict is StrictVerdict.INVALID
    assert all(isinstance(value, str) for value in (front.fields or {}).values())


def test_a_tag_is_never_obeyed() -> None:
    """A value with a tag is at most text."""
    front = read(agent("name: !!python/name:os.system"))

    assert front.strict is StrictVerdict.INVALID
    assert front.fields == {"name": "!!python/name:os.system"}


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(content: bytes) -> None:
    """Whatever a file holds, there is a verdict."""
    for whole in (content, b"---\n" + content + b"\n---\n"):
        front = read(whole)

        assert (front.strict is StrictVerdict.VALID) == (not front.problem)


@settings(deadline=None)
@given(TROUBLE, TROUBLE)
def test_line_ends_do_not_matter(front_text: str, body: str) -> None:
    """Files with CRLF and with LF are read alike."""
    text = agent(front_text, body)

    assert read(text) == read(text.replace("\n", "\r\n"))


@settings(deadline=None)
@given(TROUBLE)
def test_the_strict_verdict_is_that_of_the_yaml_parser(front_text: str) -> None:
    """A file is valid exactly if the one YAML parser of the house accepts its front matter, with the same data."""
    front = read(agent(front_text))
    if front.strict is not StrictVerdict.VALID:
        return

    data = parse_yaml(front.text, path="agent.md").data

    assert front.fields == (data if isinstance(data, dict) else {})
    assert not front.is_requoted


@settings(deadline=None)
@given(WORDS)
def test_quoting_keeps_the_words(words: str) -> None:
    """Where a value had to be quoted, its text is exactly what was written."""
    front = read(agent(f"name: a\ndescription: use: {words}"))

    assert front.is_requoted
    assert front.fields == {"name": "a", "description": f"use: {words}"}


@settings(deadline=None)
@given(TROUBLE)
def test_quoting_keeps_the_lines(text: str) -> None:
    """The second pass adds no line and takes none away."""
    assert requoted(text).count("\n") == text.count("\n")
