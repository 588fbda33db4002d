"""The site of the documentation: its order, its links, what is made of the program, and that it asks nobody."""

import re
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import pytest
import typer
from docs.website.__main__ import build, seal, stage
from docs.website.places import place_of, relinked
from docs.website.site import Site, SiteError, check, documents, gathered, places_in
from docs.website.tables import properties, text

from passmuster.cli.__main__ import app
from passmuster.composition.schemas import suite_schema

from .documents import all_documents, first_cells

FETCHED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""")
"""What a browser would fetch from elsewhere while it opens a page; a link is only followed when it is clicked."""


@pytest.fixture(scope="module")
def site() -> Site:
    return gathered()


def page(site: Site, place: str) -> str:
    return site.pages[PurePosixPath(place)]


def test_every_document_has_its_place_in_the_order(site: Site) -> None:
    """Whoever opens the site finds every page that the repository has, and each of them once."""
    named = list(places_in(site.navigation))

    assert len(documents()) == len(all_documents())
    assert {place_of(file) for file in documents()} <= set(named)
    assert len(named) == len(set(named))


def test_an_order_that_lacks_a_page_is_refused() -> None:
    """A page without a place, a place without a page and a place that is named twice are named, all at once."""
    order = [{"A": "gone.md"}, {"B": [{"C": "here.md"}, {"D": "here.md"}]}]
    files = [PurePosixPath("docs/lost.md"), PurePosixPath("docs/here.md")]

    with pytest.raises(SiteError) as refused:
        check(order, files, {PurePosixPath("here.md"): "", PurePosixPath("lost.md"): ""})

    said = str(refused.value).splitlines()
    assert [line.split()[0] for line in said] == ["docs/lost.md", *["docs/website/navigation.yaml"] * 2]
    assert "gone.md, which is not there" in said[1]
    assert "here.md twice" in said[2]


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("../suite.md#gate", "../suite.md#gate"),
        ("../../README.md", "../project/index.md"),
        ("../decisions/", "../decisions/index.md"),
        ("../../ci/gitlab.yml", "../files/ci/gitlab.yml.md"),
        ("../images/report.png", "../images/report.png"),
        ("#here", "#here"),
        ("https://example.com/x", "https://example.com/x"),
    ],
)
def test_links_lead_to_the_same_thing_in_the_site(link: str, there: str) -> None:
    """A link that holds on a code host holds in the site, whatever became of the file."""
    told = relinked(
        f"See [this]({link}).\n",
        file=PurePosixPath("docs/howto/page.md"),
        is_folder=lambda path: path.name == "decisions",
    )

    assert told.text == f"See [this]({there}).\n"


def test_code_stays_as_it_is_written() -> None:
    """In a block nothing is rewritten; the file that it belongs into stands above it, and headings keep their names."""
    written = "## A `b`: c\n\n<!-- write: a/b.py -->\n```python\n# [x](y.md)\n## no heading\n```\n\n## A `b`: c\n"

    told = relinked(written, file=PurePosixPath("docs/page.md"), is_folder=lambda _path: False)

    block = '```python title="a/b.py"\n# [x](y.md)\n## no heading\n```'
    assert told.text == f"## A `b`: c {{#a-b-c}}\n\n{block}\n\n## A `b`: c {{#a-b-c-1}}\n"
    assert told.targets == frozenset()


def test_words_of_the_program_mean_themselves() -> None:
    """Help and docstrings hold signs that Markdown or HTML would take for their own."""
    assert text("a_b | <c> `d_e` ``f``\n  *g* :class:`h`") == r"a\_b \| &lt;c&gt; `d_e` `f` \*g\* `h`"


def test_options_say_what_they_take() -> None:
    """Kinds, bounds, choices and defaults of a schema become a row each."""
    schema = {
        "required": ["a"],
        "properties": {
            "a": {"type": "integer", "minimum": 1, "description": "How many."},
            "b": {"anyOf": [{"enum": ["x", "y"]}, {"type": "null"}], "default": None},
            "c": {"$ref": "#/$defs/C", "default": True},
        },
    }

    rows = properties(schema, definitions={"C": {"type": "boolean", "description": "Whether."}}).splitlines()[2:]

    assert rows == [
        "| `a` | whole number, from 1 | required | How many. |",
        "| `b` | `x`, `y` |  |  |",
        "| `c` | true or false | `true` | Whether. |",
    ]


def test_every_command_and_option_is_in_the_reference(site: Site) -> None:
    """What can be typed is on the page of its command."""
    program = typer.main.get_command(app)
    found = [
        (name, option)
        for name, command in program.commands.items()  # type: ignore[attr-defined]  # a group, as there are several
        for one in (getattr(command, "commands", None) or {name: command}).values()
        for parameter in one.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    ]

    assert len(found) > 100
    assert [pair for pair in found if pair[1] not in page(site, f"reference/commands/{pair[0]}.md")] == []


def test_every_component_and_option_is_in_the_reference(site: Site) -> None:
    """What a suite can name, and write below it, is on the page of its family."""
    missing = [
        f"{point.name}: {option}"
        for group in sorted(entry_points().groups)
        if group.startswith("passmuster.")
        for point in entry_points(group=group)
        for option in ["", *(field.alias or key for key, field in point.load().options.model_fields.items())]
        if (f"| `{option}` |" if option else f"## {point.name}\n")
        not in page(site, f"reference/components/{group.removeprefix('passmuster.')}.md")
    ]

    assert missing == []


def test_every_key_and_finding_is_in_the_reference(site: Site) -> None:
    """Keys of a suite, rules of findings and the statuses that a command can end with."""
    keys = page(site, "reference/suite.md")
    findings = page(site, "reference/findings.md")
    rules = first_cells(page(site, "errors.md").partition("## Findings")[2].partition("## Errors by class")[0])

    assert [key for key in suite_schema()["properties"] if f"| `{key}` |" not in keys] == []
    assert [rule for rule in rules if f'<span id="{rule}">' not in findings] == []
    assert re.findall(r"^\| (\d+) \|", page(site, "reference/statuses.md"), re.MULTILINE) == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "130",
    ]


def test_ports_are_in_the_reference_with_their_promises(site: Site) -> None:
    """The reference of Python has the signature of a port, what it returns and what it raises."""
    said = page(site, "reference/python/passmuster.ports.md")

    assert "## Router\n" in said
    assert "async def route(request: Request) -> RoutingDecision" in said
    assert "Raises RoutingError if no decision could be had." in said
    assert "| `RoutingError` |" in page(site, "reference/python/passmuster.components.md")


@pytest.mark.skipif(find_spec("zensical") is None, reason="the builder of the site is not installed: make docs")
def test_the_site_is_built_and_asks_nobody(site: Site, tmp_path: Path) -> None:
    """Every page is built without a complaint, every link and anchor holds, and no page fetches from elsewhere."""
    stage(site, tmp_path)

    status = build(tmp_path)

    seal(tmp_path / "site")
    built = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")}
    styles = [path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.css")]
    assert status == 0
    assert len(built) >= len(site.pages)
    assert {path.name: found for path, words in built.items() if (found := FETCHED.findall(words))} == {}
    assert [style for style in styles if re.search(r"url\([\"']?(?:https?:)?//|@import", style)] == []
