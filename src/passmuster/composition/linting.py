"""What linting needs besides the roster itself: the text of its files, and a router."""

import os
from pathlib import Path

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.domain.agents import FileVerdict, HostVerdict, Roster
from passmuster.ports import Router

MAXIMUM_BYTES = 1024 * 1024
"""Larger files are refused by loaders, and are no agents."""

_UNREAD = frozenset({HostVerdict.REFUSED})
"""A file may be refused because it must not be read: a link to somewhere else, a device."""


def material_of(roster: Roster) -> Material:
    """Read the files of a roster once more, now for how they are written."""
    texts = (_text(file) for file in roster.files if file.host not in _UNREAD)
    return Material(
        roster=roster, texts={text.path: text for text in texts if text is not None}, is_there=os.path.exists
    )


def lint_router(roster: Roster) -> Router:
    """Build the router that agents' own requests are sent through: the lexical one, as it comes."""
    component = Catalogue(folder=Path()).component("routers", "lexical")
    # Nobody reads the explanations of what goes right.
    options = component.options(ranking_depth=2, explained_depth=0)
    router: Router = component.build(options, BuildContext(folder=Path(), roster=roster))
    return router


def _text(file: FileVerdict) -> AgentText | None:
    try:
        with Path(file.location.path).open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError):
        # It was there when the roster was loaded, and how it was written is not worth a fault.
        return None
    if len(content) > MAXIMUM_BYTES:
        return None
    return AgentText(path=file.location.path, text=content.decode("utf-8", "replace"))
