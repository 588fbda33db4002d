"""What the checks look at: a roster, and the text of its files."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from passmuster.analysis.roster_checks.rules import place_of
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.values import SourceLocation

_FENCE = re.compile(r"---[ \t]*")
_ENTRY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One top-level field of a front matter as it is written.

    Attributes:
        key: Its name.
        value: What follows on the same line, without the space around it.
        line: Its line, counted from 1.
    """

    key: str
    value: str
    line: int


@dataclass(frozen=True, kw_only=True)
class AgentText:
    """One file as it is written, byte order mark and carriage returns included.

    Attributes:
        path: What people call the file.
        text: All of it.
    """

    path: str
    text: str

    @cached_property
    def plain(self) -> str:
        """The text with line feeds as line ends, and without a byte order mark."""
        return self.text.removeprefix("\ufeff").replace("\r\n", "\n")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the plain text; line 1 is the first."""
        return tuple(self.plain.split("\n"))

    @cached_property
    def end_of_front_matter(self) -> int:
        """How many lines the front matter takes, both fences included; 0 where there is none."""
        if not _FENCE.fullmatch(self.lines[0]):
            return 0
        closing = (number for number, line in enumerate(self.lines[1:], start=2) if _FENCE.fullmatch(line))
        return next(closing, 0)

    @property
    def front_matter(self) -> Iterator[tuple[int, str]]:
        """The lines between the fences, with their numbers."""
        return ((number, self.lines[number - 1]) for number in range(2, self.end_of_front_matter))

    @property
    def body(self) -> Iterator[tuple[int, str]]:
        """The lines below the front matter, with their numbers."""
        start = self.end_of_front_matter
        return ((start + number, line) for number, line in enumerate(self.lines[start:], start=1))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The top-level fields of the front matter, in order; a field that stands twice comes twice."""
        found = ((number, _ENTRY.fullmatch(line)) for number, line in self.front_matter)
        return tuple(
            Entry(key=match[1], value=(match[2] or "").strip(), line=number) for number, match in found if match
        )

    def line_of(self, key: str) -> int | None:
        """Return the line of a field, or ``None`` where it is not there."""
        return next((entry.line for entry in self.entries if entry.key == key), None)

    def at(self, line: int | None, column: int | None = None) -> SourceLocation:
        """Return a place in this file."""
        return SourceLocation(path=self.path, line=line, column=column)

    def at_offset(self, offset: int) -> SourceLocation:
        """Return the place of a character of the plain text."""
        before = self.plain.rfind("\n", 0, offset)
        return self.at(self.plain.count("\n", 0, offset) + 1, offset - before)


def _everything_is_there(_path: str) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Material:
    """A roster with everything that checks may ask about.

    Attributes:
        roster: The agents.
        texts: The files by path, as far as they are text; rules about text are silent on others.
        is_there: Whether a file of that path exists.
    """

    roster: Roster
    texts: Mapping[str, AgentText] = field(default_factory=dict)
    is_there: Callable[[str], bool] = _everything_is_there

    def text_of(self, agent: AgentDefinition) -> AgentText | None:
        """Return the file that an agent is written in."""
        return None if agent.source is None else self.texts.get(agent.source.path)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The paths of files that agents come from."""
        return frozenset(agent.source.path for agent in self.roster.agents if agent.source)

    @cached_property
    def written(self) -> tuple[AgentText, ...]:
        """The texts that agents come from, in order of path."""
        return tuple(self.texts[path] for path in sorted(self.sources & self.texts.keys()))

    def field_place(self, agent: AgentDefinition, key: str) -> SourceLocation | None:
        """Return where a field of an agent is written; where the agent is, if that cannot be said."""
        text = self.text_of(agent)
        return place_of(agent, None if text is None else text.line_of(key))
