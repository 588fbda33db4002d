"""YAML by the core schema of YAML 1.2, with positions."""

from typing import TypeAlias

import pytest
import yaml

from passmuster.documents import Document, parse_yaml, yaml_text
from passmuster.documents.numbers import MAXIMUM_DIGITS
from passmuster.documents.places import MAXIMUM_FINDINGS
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding

Data: TypeAlias = object


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def every_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with libyaml and with PyYAML's own parser."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yaml_text, "_LOADER", getattr(yaml, request.param))


def findings_of_yaml(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInputError) as caught:
        parse_yaml(text, path="file.yaml")
    return caught.value.findings


def places(findings: tuple[Finding, ...]) -> list[str]:
    return [str(finding.location) for finding in findings]


def spot(document: Document, *way: str | int) -> tuple[int | None, int | None]:
    location = document.location(way)
    return (location.line, location.column)


@pytest.mark.usefixtures("every_loader")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("y", "y"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5E-1", -0.15),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("+12", 12),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        (".", "."),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nuLL", "nuLL"),
        ("", None),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("=", "="),
        ("<<", "<<"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int 12", 12),
        ("!!float 1.5", 1.5),
        ("!!bool true", True),
        ("!!null ~", None),
        ("!!seq [1]", [1]),
        ("!!map {a: 1}", {"a": 1}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("٣", "٣"),
    ],
)
def test_yaml_scalars_follow_the_core_schema_of_yaml_1_2(written: str, meant: Data) -> None:
    """Only what YAML 1.2 calls a number, a boolean or null is one; the rest is text."""
    document = parse_yaml(f"- {written}" if written != "-" else "[a, '-']", path="f")

    assert isinstance(document.data, list)
    assert document.data[-1] == meant
    assert type(document.data[-1]) is type(meant)


def test_keys_stay_the_text_that_was_written() -> None:
    """A key that looks like a number, a boolean or a merge is text."""
    document = parse_yaml("1: a\nno: b\nnull: c\n<<: {d: 1}\n0o7: e\n", path="f")

    assert document.data == {"1": "a", "no": "b", "null": "c", "<<": {"d": 1}, "0o7": "e"}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_yaml_document_is_none(text: str) -> None:
    """A document without a node has the data None and still a first line."""
    document = parse_yaml(text, path="f", first_line=3)

    assert document.data is None
    assert document.location().line in {3, 4}


@pytest.mark.usefixtures("every_loader")
def test_line_breaks_of_yaml_1_1_are_ordinary_characters() -> None:
    """NEL, LS and PS neither end a line nor change inside a scalar."""
    document = parse_yaml('a: b\x85c # x\u2029y\nd: "e\u2028f"\ng: \ue000\u2029h\n', path="f")

    assert document.data == {"a": "b\x85c", "d": "e\u2028f", "g": "\ue000\u2029h"}
    assert spot(document, "g") == (3, 1)


@pytest.mark.usefixtures("every_loader")
def test_yaml_positions_are_those_of_keys_and_items() -> None:
    """An entry of a mapping stands where its key is, an item of a list where it begins."""
    text = "name: x\nlist:\n  - one\n  -  two: 2\n     three: [4, {five: 6}]\nödé: {ü: 1}\n"

    document = parse_yaml(text, path="dir/f.yaml", first_line=10)

    assert dict(document.positions) == {
        (): (10, 1),
        ("name",): (10, 1),
        ("list",): (11, 1),
        ("list", 0): (12, 5),
        ("list", 1): (13, 6),
        ("list", 1, "two"): (13, 6),
        ("list", 1, "three"): (14, 6),
        ("list", 1, "three", 0): (14, 14),
        ("list", 1, "three", 1): (14, 17),
        ("list", 1, "three", 1, "five"): (14, 18),
        ("ödé",): (15, 1),
        ("ödé", "ü"): (15, 7),
    }
    assert len(document.positions) == 12
    assert str(document.location(("list", 0))) == "dir/f.yaml:12:5"


def test_a_node_that_is_not_there_is_placed_at_its_nearest_parent() -> None:
    """A missing key is told about where the mapping that lacks it stands."""
    document = parse_yaml("a:\n  b: 1\n", path="f")

    assert spot(document, "a", "b", "c", 0) == (2, 3)
    assert spot(document, "a", "x") == (1, 1)
    assert spot(document, "x") == (1, 1)


def test_a_document_without_positions_still_knows_its_file() -> None:
    """A location without line and column is better than none."""
    document = Document(path="f", data=None, positions={})

    assert str(document.location(("a",))) == "f"


@pytest.mark.usefixtures("every_loader")
def test_windows_line_ends_and_a_byte_order_mark_do_not_move_positions() -> None:
    """Lines end with a line feed; the mark at the beginning has no column."""
    document = parse_yaml("\ufeffa: 1\r\nb: 2\r\n", path="f")

    assert document.data == {"a": 1, "b": 2}
    assert spot(document, "a") == (1, 1)
    assert spot(document, "b") == (2, 1)


def test_an_alias_stands_where_it_is_written_and_its_parts_at_the_anchor() -> None:
    """People are sent to the alias for the whole, and to the anchor for a part."""
    document = parse_yaml("a: &x {k: 1}\nb: *x\nc: [*x]\nd: &y z\n*y : e\n", path="f")

    assert document.data == {"a": {"k": 1}, "b": {"k": 1}, "c": [{"k": 1}], "d": "z", "z": "e"}
    assert spot(document, "b") == (2, 1)
    assert spot(document, "b", "k") == (1, 8)
    assert spot(document, "c", 0) == (3, 5)
    assert spot(document, "z") == (5, 1)


def test_every_key_that_stands_twice_in_yaml_is_named() -> None:
    """All duplicates of a document are found, each at its second place."""
    findings = findings_of_yaml("a: 1\nb: {c: 1, c: 2}\na: 2\nd:\n- e: 1\n  e: 2\na: 3\n")

    assert places(findings) == ["file.yaml:2:11", "file.yaml:3:1", "file.yaml:6:3", "file.yaml:7:1"]
    assert {finding.rule for finding in findings} == {"duplicate-key"}
    assert "'a'" in findings[1].message
    assert "line 1" in findings[1].message


def test_keys_that_differ_only_in_how_they_are_written_are_duplicates() -> None:
    """Quotes around a key do not make it another key."""
    findings = findings_of_yaml("a: 1\n'a': 2\n\"\\x61\": 3\n")

    assert places(findings) == ["file.yaml:2:1", "file.yaml:3:1"]


def test_complaints_before_a_syntax_error_are_kept() -> None:
    """A broken end of the document does not hide what was wrong before it."""
    findings = findings_of_yaml("a: 1\na: 2\nb: [1\n")

    assert [finding.rule for finding in findings] == ["duplicate-key", "syntax"]


def test_complaints_about_one_document_are_limited() -> None:
    """A document that is wrong everywhere does not fill the memory with complaints."""
    findings = findings_of_yaml("a: 1\n" * (MAXIMUM_FINDINGS + 10))

    assert len(findings) == MAXIMUM_FINDINGS


@pytest.mark.usefixtures("every_loader")
@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: !!python/object/apply:os.system [ls]", "file.yaml:1:4", "python/object/apply"),
        ("!!python/name:os.system x: 1", "file.yaml:1:1", "python/name"),
        ("- !mine 1", "file.yaml:1:3", "'!mine'"),
        ("- !!int abc", "file.yaml:1:3", "int"),
        ("- !!bool 'yes'", "file.yaml:1:3", "bool"),
        ("- !!set {a}", "file.yaml:1:3", "set"),
        ("- !!binary aGk=", "file.yaml:1:3", "binary"),
        ("- !!timestamp 2026-01-01", "file.yaml:1:3", "timestamp"),
        ("- !!map [a]", "file.yaml:1:3", "map"),
    ],
)
def test_tags_beyond_plain_data_are_refused(text: str, place: str, word: str) -> None:
    """No tag makes an object, and none says what the value is not."""
    [finding] = findings_of_yaml(text)

    assert str(finding.location) == place
    assert word in finding.message
    assert "without a tag" in finding.hint


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "? {a: b}\n: {c: d}\n"])
def test_a_key_that_is_no_text_is_refused(text: str) -> None:
    """JSON has no form for a list or a mapping as a key."""
    [finding] = findings_of_yaml(text)

    assert finding.message == "a key must be plain text"
    assert str(finding.location) == "file.yaml:1:3"


@pytest.mark.parametrize("number", [".inf", "-.INF", ".nan", "1e999", "1" * (MAXIMUM_DIGITS + 1), "0x" + "f" * 2000])
def test_numbers_that_are_not_finite_or_too_long_are_refused_in_yaml(number: str) -> None:
    """A number that JSON cannot hold, or that takes long to convert, is named."""
    [finding] = findings_of_yaml(f"a: 1\nb: {number}\n")

    assert str(finding.location) == "file.yaml:2:4"
    assert number[:40] in finding.message
    assert len(finding.message) < 150


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a: b: c", "file.yaml:1:5", "quotes around text"),
        ("a:\n\tb: 1", "file.yaml:2:1", "indent with spaces"),
        ("a: @b", "file.yaml:1:4", "quotes around text that begins"),
        ("a: [1, 2\nb: 3", "file.yaml:2:2", "close the bracket"),
        ('a: "b\n', "file.yaml:2:1", "close the quotes"),
        ("- a\nb: 1", "file.yaml:2:1", "'- '"),
        ("a: 1\n  b: 2", "file.yaml:2:4", "quotes around text"),
        ("a: 1\n---\nb: 2", "file.yaml:2:1", "one document"),
        ("a: \x07", "file.yaml:1:4", "escape"),
        ("a: \ud800", "file.yaml:1:4", "escape"),
        ("a: *nowhere", "file.yaml:1:4", "write out"),
        ("%YAML 9.1\n---\na", "file.yaml:1:1", "correct the text"),
    ],
)
def test_a_syntax_error_in_yaml_has_a_place_and_a_remedy(text: str, place: str, hint: str) -> None:
    """Whatever is no YAML is told with line, column and what to write instead."""
    [finding] = findings_of_yaml(text)

    assert finding.rule == "syntax"
    assert str(finding.location) == place
    assert hint in finding.hint


@pytest.mark.usefixtures("every_loader")
@pytest.mark.parametrize("escape", ["\\UFFFFFFFF", "\\ud800", "\\q"])
def test_an_escape_that_is_no_character_is_refused(escape: str) -> None:
    """Python's own errors never come through PyYAML."""
    findings = findings_of_yaml(f'a: "{escape}"')

    assert findings[0].rule == "syntax"


def test_aliases_that_expand_without_end_are_refused() -> None:
    """Ten lines that stand for ten thousand million nodes are refused without expanding them."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    [finding] = findings_of_yaml("\n".join(lines))

    assert "aliases" in finding.message
    assert finding.location is not None
    assert finding.location.line == 6


def test_aliases_of_long_text_count_by_its_length() -> None:
    """A page of aliases does not stand for gigabytes of text."""
    [finding] = findings_of_yaml(f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 2_000)}]")

    assert "aliases" in finding.message


def test_a_few_aliases_are_welcome() -> None:
    """Ordinary sharing is no attack."""
    document = parse_yaml("a: &a {k: [1, 2]}\nb: [*a, *a, *a]", path="f")

    assert document.data == {"a": {"k": [1, 2]}, "b": [{"k": [1, 2]}] * 3}


@pytest.mark.parametrize("text", ["&a [*a]", "&a {k: [1, *a]}", "a: &a\n  b: *a\n"])
def test_an_alias_of_itself_is_refused(text: str) -> None:
    """No data contains itself."""
    [finding] = findings_of_yaml(text)

    assert "refers to itself" in finding.message
