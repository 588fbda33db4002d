"""A folder to write agent files into, and any host's loader; shared by the tests of loaders."""

from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from passmuster.components import BuildContext
from passmuster.domain.agents import FileVerdict, Roster
from passmuster.domain.errors import InvalidRosterError


@dataclass(frozen=True)
class Bench:
    """Writes files below a folder, and loads folders by one host's rules."""

    host: str
    folder: Path

    def put(self, path: str, content: str | bytes) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def agent(self, path: str, fields: str, body: str = "Be kind.") -> Path:
        return self.put(path, f"---\n{fields}\n---\n{body}\n")

    def load(self, location: str = ".", **options: object) -> Roster:
        (found,) = entry_points(group="passmuster.roster_loaders", name=self.host)
        component = found.load()
        built = component.build(component.options.model_validate(options), BuildContext(folder=self.folder))
        roster = built.load(self.folder / location)
        assert isinstance(roster, Roster)
        return roster

    def verdict(self, fields: str, path: str = "one.md") -> FileVerdict:
        """Return the verdict on a file with these fields, beside a good one that it may replace."""
        self.agent(path, fields)
        roster = self.load()
        return next(file for file in roster.files if file.location.path == str(self.folder / path))

    def complaints(self, location: str = ".", **options: object) -> list[str]:
        with pytest.raises(InvalidRosterError) as caught:
            self.load(location, **options)
        return [str(finding) for finding in caught.value.findings]


def fates(roster: Roster) -> list[tuple[str | None, str]]:
    """Return each file's name and verdict, in order."""
    return [(file.name, file.host.value) for file in roster.files]


def rules(roster: Roster) -> list[str]:
    return [finding.rule for finding in roster.findings]
