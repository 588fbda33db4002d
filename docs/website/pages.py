"""A page of the site, and where its words come from."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that is made when the site is built.

    Attributes:
        place: Its path in the site.
        label: What the navigation calls it.
        text: It as Markdown.
    """

    place: PurePosixPath
    label: str
    text: str


def title_of(text: str) -> str:
    """Return the title of a page as Markdown, without the name by which links reach it."""
    found = re.search(r"^# (.+?)(?: \{#.*\})?$", text, re.MULTILINE)
    return found[1] if found else ""
