"""Agents that are in no suite."""

from pathlib import Path

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.hosts import find_place
from passmuster.composition.places import place
from passmuster.domain.agents import Roster


def load_roster(folder: Path, host: str | None = None) -> Roster:
    """Load the agents of a folder as their host does, outside any suite.

    Args:
        folder: A folder of agents, or a repository that has one.
        host: The host; ``None`` finds it by where the folder lies and what is in it.

    Raises:
        InvalidRosterError: If there are none.
        InvalidConfigurationError: If there is no such host, or the folder holds the agents of several.
    """
    found = find_place(folder, host)
    component = Catalogue(folder=Path()).component("roster_loaders", found.host)
    options = component.options(location=str(found.location), **found.options)
    roster: Roster = component.build(options, BuildContext(folder=Path())).load(place(Path(), str(found.location)))
    return roster
