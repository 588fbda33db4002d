"""Agents as they were, where no stored run has them and a commit may."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from passmuster.composition.building import Workbench
from passmuster.composition.places import place
from passmuster.composition.relocating import Relocation
from passmuster.domain.agents import Roster
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.observations import Snapshot

LOOKED_AT: Final = 3
"""So many commits that touched the baseline are looked at, the latest ones."""

LATEST: Final = "HEAD"


def committed_roster(bench: Workbench, before: Snapshot) -> Roster | None:
    """Return the agents that something is compared with, as a commit holds them.

    Whoever accepts a baseline commits it with its agents, so they are most often in the commit that touched it last; a
    baseline that is not committed yet may be that of the latest commit. Only the folder of the agents is read.

    Returns:
        ``None`` where no such commit has exactly these agents, and outside a repository.
    """
    wanted = {agent.name: agent.definition for agent in before.agents}
    for reference in _candidates(bench):
        roster = _roster_at(bench, reference)
        if roster is not None and {agent.name: agent.fingerprint for agent in roster.agents} == wanted:
            return roster
    return None


def _candidates(bench: Workbench) -> Iterator[str]:
    try:
        commits = bench.revisions.between(None, LATEST, bench.folder, [bench.baseline_location])
    except InvalidInputError:
        return
    yield from (commit.identifier for commit in reversed(commits[-LOOKED_AT:]))
    yield LATEST


def _roster_at(bench: Workbench, reference: str) -> Roster | None:
    with TemporaryDirectory(prefix="passmuster-") as name:
        try:
            folder = bench.revisions.tree_at(reference, bench.folder, Path(name), [bench.roster_location])
            roster = bench.roster_at(place(folder, os.path.relpath(bench.roster_location, bench.folder)))
        except InvalidInputError:
            return None
        return Relocation(copy=folder, home=bench.folder).roster(roster)
