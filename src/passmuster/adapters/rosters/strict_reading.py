"""Markdown files with front matter for hosts that read it strictly, or with a leniency of their own."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from passmuster.adapters.rosters.agent_files import AgentFile, Unread, read_content
from passmuster.adapters.rosters.front_matter import SPECIAL_TO_CLAUDE_CODE, FrontMatter, read_front_matter
from passmuster.adapters.rosters.read_files import (
    Objection,
    ReadFile,
    text_of,
    too_large,
    unread,
    with_agent,
    without_agent,
)
from passmuster.domain.agents import HostVerdict, StrictVerdict

NO_DESCRIPTION = "write description: and when to use the agent"
"""What to do about an agent without a description."""

_FENCES = "begin the file with a line '---', then the fields and another line '---'"
_QUOTE_IT = "put the text in quotes, or write 'description: |' with the text indented below it"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrictFile:
    """A file whose front matter a strict parser reads.

    Attributes:
        file: Where it is.
        front: What it holds.
        fields: The fields; empty where there is no front matter.
    """

    file: AgentFile
    front: FrontMatter
    fields: dict[str, object] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a field as text; empty if it is absent, blank, a list or a mapping."""
        return text_of(self.fields, key)

    def objection(self, host: HostVerdict, reason: str, remedy: str, key: str = "") -> Objection:
        """Object to the file, at the line of a field if it is there."""
        return Objection(host=host, reason=reason, remedy=remedy, line=self.front.lines.get(key))

    def fate(self, objection: Objection, name: str | None = None) -> ReadFile:
        """Return the fate of the file if no agent comes out of it."""
        return without_agent(self.file, self.front.strict, name, objection)

    def agent(self, name: str, *, tools: tuple[str, ...] | None, own: Collection[str] = ()) -> ReadFile:
        """Make the agent.

        Args:
            name: What the host calls it.
            tools: Its tools; ``None`` for all.
            own: Fields that are no metadata, beside description, tools and model.
        """
        description = self.text("description")
        return with_agent(self.file, self.front, name=name, description=description, tools=tools, own=("tools", *own))


def read_strictly(
    file: AgentFile, *, needs_front_matter: HostVerdict | None, lenient: re.Pattern[str] | None = None
) -> StrictFile | ReadFile:
    """Read a file's front matter, or tell why there is no agent in it.

    Args:
        file: Where it is.
        needs_front_matter: What the host makes of a file without front matter; ``None`` if it does not mind.
        lenient: Found in values that the host puts in quotes where strict YAML fails; ``None`` if it does not.
    """
    content = read_content(file)
    if isinstance(content, Unread):
        return unread(file, content)
    front = read_front_matter(content, path=file.shown, special=lenient or SPECIAL_TO_CLAUDE_CODE)
    if front.strict is StrictVerdict.NO_FRONT_MATTER:
        if needs_front_matter is not None:
            objection = Objection(host=needs_front_matter, reason=front.problem, remedy=_FENCES, line=front.line)
            return without_agent(file, front.strict, None, objection)
        return StrictFile(file=file, front=front)
    if front.fields is None or (front.is_requoted and lenient is None):
        bearing = "this host reads it strictly" if lenient is None else "quotes around values do not help"
        reason = f"the front matter is not valid, and {bearing}: {front.problem}"
        remedy = front.remedy or _QUOTE_IT
        objection = Objection(host=HostVerdict.REFUSED, reason=reason, remedy=remedy, line=front.line)
        return without_agent(file, front.strict, None, objection)
    expanding = too_large(front)
    if expanding is not None:
        return without_agent(file, front.strict, None, expanding)
    return StrictFile(file=file, front=front, fields=dict(front.fields))


def described(read: ReadFile) -> ReadFile:
    """Mark an agent that has no description, where the host loads it nevertheless."""
    if read.agent is None or read.agent.description:
        return read
    reason = "there is no description, so nothing tells a chooser what the agent is for"
    return replace(read, verdict=replace(read.verdict, host=HostVerdict.PLACEHOLDER, reason=reason))


def in_subfolder(file: AgentFile) -> ReadFile:
    """Return the fate of a file below a subfolder, where the host does not look."""
    reason = "the host looks at the files of the folder itself, not of its subfolders"
    remedy = "move it up into the folder of agents"
    objection = Objection(host=HostVerdict.NOT_AN_AGENT, reason=reason, remedy=remedy)
    return without_agent(file, StrictVerdict.VALID, None, objection)
