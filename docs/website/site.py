"""The whole site before it is built: pages by their place, pictures, and the order in which they are offered."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from .api_pages import api_pages
from .command_pages import command_pages
from .component_pages import component_pages
from .finding_pages import finding_pages
from .pages import Page, title_of
from .places import PICTURES, is_document, place_of, relinked
from .suite_pages import file_pages
from .tables import fenced

ROOT = Path(__file__).parents[2]
ORDER = PurePosixPath("docs/website/navigation.yaml")
MADE = "made:"
MOST_SHOWN = 200_000
"""Bytes of a file that is shown as a page; more would only make the page slow."""

LANGUAGES = {".json": "json", ".jsonl": "json", ".md": "markdown", ".py": "python", ".yaml": "yaml", ".yml": "yaml"}

Navigation = list[dict[str, "str | Navigation"]]


class SiteError(Exception):
    """The site cannot be made of these documents; the message names the document and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the builder is given.

    Attributes:
        pages: Markdown by place.
        pictures: Files to be copied, by place.
        navigation: Labels, and places or more of the same.
    """

    pages: Mapping[PurePosixPath, str]
    pictures: Mapping[PurePosixPath, Path]
    navigation: Navigation


def documents() -> list[PurePosixPath]:
    """Return every document that becomes a page, in order of path."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("datasets/*/README.md"), *ROOT.glob("docs/**/*.md")]
    paths = (PurePosixPath(path.relative_to(ROOT).as_posix()) for path in found)
    return sorted(path for path in paths if is_document(path))


def gathered() -> Site:
    """Read and make everything.

    Raises:
        SiteError: If a link leads nowhere, or the navigation lacks a page or names one that is not there.
    """
    files = documents()
    texts: dict[PurePosixPath, str] = {}
    targets: dict[PurePosixPath, PurePosixPath] = {}
    for file in files:
        told = relinked(_read(file), file=file, is_folder=lambda path: (ROOT / path).is_dir())
        texts[place_of(file)] = told.text
        targets |= dict.fromkeys(told.targets - set(files), file)
    shown, pictures = _others(targets)
    made = _made(texts)
    navigation = _navigation(yaml.safe_load(_read(ORDER)), made)
    pages = texts | shown | {page.place: page.text for group in made.values() for page in group}
    check(navigation, files, pages)
    return Site(pages=pages, pictures=pictures, navigation=navigation)


def _read(file: PurePosixPath) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def _others(
    targets: Mapping[PurePosixPath, PurePosixPath],
) -> tuple[dict[PurePosixPath, str], dict[PurePosixPath, Path]]:
    """Return what is linked to and is no document: files that are shown, and pictures."""
    shown: dict[PurePosixPath, str] = {}
    pictures: dict[PurePosixPath, Path] = {}
    for file, linker in sorted(targets.items()):
        path = ROOT / file
        if not path.is_file():
            message = f"{linker} links to {file}, which is not there; name a file of the repository"
            raise SiteError(message)
        if file.suffix in PICTURES:
            pictures[place_of(file)] = path
        elif path.stat().st_size > MOST_SHOWN:
            message = f"{linker} links to {file}, which is too large to be shown; link to the command that prints it"
            raise SiteError(message)
        else:
            language = LANGUAGES.get(file.suffix, "text")
            shown[place_of(file)] = f"# {file}\n\n{fenced(_read(file), language)}"
    return shown, pictures


def _made(texts: Mapping[PurePosixPath, str]) -> dict[str, Sequence[Page]]:
    errors = texts[PurePosixPath("errors.md")]
    return {
        "commands": command_pages(texts),
        "files": file_pages(),
        "components": component_pages(),
        "findings": finding_pages(errors, ROOT / "src" / "passmuster"),
        "python": api_pages(ROOT / "src"),
        "decisions": [
            Page(place=place, label=title_of(text), text=text)
            for place, text in sorted(texts.items())
            if re.fullmatch(r"decisions/\d{4}-.*", str(place))
        ],
    }


def _navigation(written: Navigation, made: Mapping[str, Sequence[Page]]) -> Navigation:
    """Return the order with places instead of files, and with the pages that are made."""
    order: Navigation = []
    for item in written:
        for label, value in item.items():
            if isinstance(value, list):
                order.append({label: _navigation(value, made)})
            elif value.startswith(MADE):
                order.append({label: [{page.label: str(page.place)} for page in made[value.removeprefix(MADE)]]})
            else:
                order.append({label: str(place_of(PurePosixPath(value)))})
    return order


def places_in(navigation: Navigation) -> Iterator[PurePosixPath]:
    """Yield the places that a navigation names, in order."""
    for item in navigation:
        for value in item.values():
            if isinstance(value, list):
                yield from places_in(value)
            else:
                yield PurePosixPath(value)


def check(navigation: Navigation, files: Sequence[PurePosixPath], pages: Mapping[PurePosixPath, str]) -> None:
    """Complain about everything that the order of the site lacks, or names wrongly.

    Raises:
        SiteError: If a document has no place in it, or a place is named twice, or is no page.
    """
    named = list(places_in(navigation))
    complaints = [
        *(f"{file} is nowhere in {ORDER}; add a line" for file in files if place_of(file) not in named),
        *(f"{ORDER} names {place}, which is not there" for place in named if place not in pages),
        *(f"{ORDER} names {place} twice" for place, count in Counter(named).items() if count > 1),
    ]
    if complaints:
        raise SiteError("\n".join(complaints))
