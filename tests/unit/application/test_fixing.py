"""What can be mended in how a file is written."""

from dataclasses import replace

import pytest

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.application.fixing import Fix, meaning_of, proposed_fixes
from passmuster.domain.agents import AgentExample, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.testing.factories import a_roster, an_agent


def fixes_of(text: str, host: HostVerdict = HostVerdict.LENIENT) -> list[Fix]:
    strict = StrictVerdict.INVALID if host is HostVerdict.LENIENT else StrictVerdict.VALID
    verdict = FileVerdict(location=SourceLocation(path="a.md"), name=AgentName("a"), strict=strict, host=host)
    material = Material(roster=a_roster(files=(verdict,)), texts={"a.md": AgentText(path="a.md", text=text)})
    return list(proposed_fixes(material, lambda line: line.count(": ") < 2 and "**" not in line))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("description: Use it: now", 'description: "Use it: now"'),
        ("description: **Bold**", 'description: "**Bold**"'),
        (r'description: Say "hi": a\nb', r'description: "Say \"hi\": a\\nb"'),
        ("description: Use it: now  ", 'description: "Use it: now  "'),
    ],
)
def test_value_that_strict_yaml_refuses_is_put_in_quotes(before: str, after: str) -> None:
    """As the host does in its second pass; the other lines stay."""
    (fix,) = fixes_of(f"---\nname: a\n{before}\ntools: [Read]\n---\nBody: x  \n")

    assert fix.after == f"---\nname: a\n{after}\ntools: [Read]\n---\nBody: x  \n"


def test_mark_line_ends_and_spaces_are_mended() -> None:
    """Spaces in the body are the author's."""
    text = "---\nname: a \ndescription: b\n---\nBody  \n"

    (fix,) = fixes_of("\ufeff" + text.replace("\n", "\r\n"), HostVerdict.LOADED)

    assert fix.after == "---\nname: a\ndescription: b\n---\nBody  \n"
    assert fix.rules == ("byte-order-mark", "carriage-return", "trailing-space")
    assert "<byte order mark>---<carriage return>" in fix.difference


@pytest.mark.parametrize(
    "text",
    [
        "---\nname: a\ndescription: b\n---\nBody: x: y\n",
        "---\nname: a\ndescription: |\n  one: two \n  three\n---\n",
        "no front matter: at all \n",
    ],
)
def test_sound_file_is_left_alone(text: str) -> None:
    """Whatever its body holds."""
    assert fixes_of(text, HostVerdict.LOADED) == []


def test_refused_file_is_left_alone() -> None:
    """Nobody knows what its author meant."""
    assert fixes_of("\ufeffrubbish", HostVerdict.REFUSED) == []


def test_difference_shows_what_changes() -> None:
    """Line by line, with the file's name."""
    (fix,) = fixes_of("---\nname: a\ndescription: Use it: now\n---\n")

    lines = fix.difference.split("\n")

    assert lines[:2] == ["--- a.md", "+++ a.md"]
    assert "-description: Use it: now" in lines
    assert '+description: "Use it: now"' in lines


def test_meaning_is_all_that_a_host_gets() -> None:
    """Examples count; places do not."""
    example = AgentExample(context="", user="x", assistant="", commentary="", agent=None, line=3)
    agent = an_agent(examples=(example,), source=SourceLocation(path="a.md"))

    assert meaning_of(agent) == meaning_of(replace(agent, source=None, examples=(replace(example, line=9),)))
    assert meaning_of(agent) != meaning_of(replace(agent, examples=()))
    assert meaning_of(agent) != meaning_of(replace(agent, tools=()))
