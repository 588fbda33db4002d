"""Where agents and cases lie, as a code host knows it: by the path from the top of the repository."""

import os
import re
from functools import cached_property
from pathlib import Path

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.values import AgentName, SourceLocation

MAXIMUM_BYTES = 1_000_000
"""A larger file is not read for the line of a description."""

_DESCRIPTION = re.compile(r"""[ \t]*["']?description["']?[ \t]*[:=]""")
_MARKDOWN = (".md", ".mdc", ".markdown")


class Places:
    """Finds places in the user's repository."""

    def __init__(self, folder: Path) -> None:
        """Look from a suite's folder for the top of its repository; without one the current directory counts."""
        self._folder = folder
        self._lines: dict[SourceLocation, int | None] = {}

    @cached_property
    def _top(self) -> str:
        folder = Path(os.path.realpath(self._folder))
        found = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)
        return os.path.realpath(found or Path.cwd())

    def place(self, location: SourceLocation) -> SourceLocation:
        """Return a place with its path from the top; one outside the repository keeps the path that it has."""
        absolute = os.path.abspath(location.path)  # noqa: PTH100 - Path.resolve follows links, which is tried second
        try:
            names = (absolute, os.path.realpath(absolute))
        except ValueError:
            # Neither zero bytes nor halves of characters are in the name of any file.
            return location
        for known in names:
            if Path(known).is_relative_to(self._top):
                path = Path(known).relative_to(self._top).as_posix()
                return SourceLocation(path=path, line=location.line, column=location.column)
        return location

    def of_agent(self, roster: Roster, name: str) -> SourceLocation | None:
        """Return the line of an agent's description; ``None`` for nobody, and for an agent without a file."""
        agent = roster.agent(AgentName(name))
        if agent is None or agent.source is None:
            return None
        source = agent.source
        if source not in self._lines:
            self._lines[source] = _line_of_description(agent, source)
        line = self._lines[source] or source.line or 1
        return self.place(SourceLocation(path=source.path, line=line))


def _line_of_description(agent: AgentDefinition, source: SourceLocation) -> int | None:
    """Return the line on which the description begins, as the file is now; ``None`` where it cannot be found."""
    path = Path(source.path)
    try:
        if agent.is_built_in or not path.is_file() or path.stat().st_size > MAXIMUM_BYTES:
            return None
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        # A report of an older run may speak of files that are gone, or that no system can name.
        return None
    # A front matter is one agent's; other files may hold several, each behind the line that is known of it.
    start = 0 if path.suffix.lower() in _MARKDOWN else (source.line or 1) - 1
    found = (number for number, line in enumerate(lines[start:], start + 1) if _DESCRIPTION.match(line))
    return next(found, None)
