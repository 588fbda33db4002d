"""Files of a revision that lie in a temporary folder, named as they are called in the user's repository."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from passmuster.composition.places import place
from passmuster.domain.agents import Roster
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

if TYPE_CHECKING:
    from passmuster.application.evaluating import SuiteParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """The way home from a copy.

    Attributes:
        copy: The suite's folder in the copy; the same folders lead there from the copy's root as from the repository's.
        home: The suite's folder in the repository.
    """

    copy: Path
    home: Path

    def path(self, path: str) -> str:
        """Return what a path is called at home; one outside the copy stays as it is."""
        if not Path(path).is_relative_to(self._root):
            return path
        return str(place(self.home, os.path.relpath(path, self.copy)))

    def parts(self, parts: "SuiteParts") -> "SuiteParts":
        """Return a suite whose agents and cases say where they are at home."""
        cases = tuple(replace(case, source=self._location(case.source)) for case in parts.cases)
        return replace(parts, roster=self.roster(parts.roster), cases=cases)

    def roster(self, roster: Roster) -> Roster:
        """Return agents that say where they are at home."""
        return replace(
            roster,
            agents=tuple(replace(agent, source=self._location(agent.source)) for agent in roster.agents),
            files=tuple(replace(file, location=self._known(file.location)) for file in roster.files),
            findings=self._findings(roster.findings),
        )

    def error(self, error: InvalidInputError, *, revision: str) -> InvalidInputError:
        """Return an error of the same kind whose complaints name places at home, and the revision."""
        found = self._findings(error.findings)
        return type(error)([replace(finding, message=f"at {revision}: {finding.message}") for finding in found])

    @property
    def _root(self) -> Path:
        """The folder of the copy that stands for the repository's."""
        root, home = self.copy, Path(os.path.realpath(self.home))
        while root.name and root.name == home.name:
            root, home = root.parent, home.parent
        return root

    def _findings(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(replace(finding, location=self._location(finding.location)) for finding in findings)

    def _location(self, location: SourceLocation | None) -> SourceLocation | None:
        return None if location is None else self._known(location)

    def _known(self, location: SourceLocation) -> SourceLocation:
        return replace(location, path=self.path(location.path))
