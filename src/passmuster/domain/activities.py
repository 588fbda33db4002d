"""What a subject did while it answered: the tools it used, the commands it ran, the files it left behind."""

from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.answer_files import RefusedFile
from passmuster.domain.values import JsonObject


class UseOutcome(StrEnum):
    """What became of the use of a tool, as far as was told."""

    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """One use of a tool.

    Attributes:
        name: The tool's name, as the product writes it.
        arguments: What it was given; long texts in them are cut.
        outcome: What became of it.
    """

    name: str
    arguments: JsonObject
    outcome: UseOutcome = UseOutcome.UNKNOWN


class ChangeKind(StrEnum):
    """What was done to a file."""

    WRITTEN = "written"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file of the workspace that is not as it was.

    Attributes:
        path: Relative to the workspace, with forward slashes; untrusted.
        kind: Whether it is new, changed or gone.
        text: What it holds; ``None`` where it is gone, or its content was not taken.
    """

    path: str
    kind: ChangeKind
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a subject did; ``None`` marks what nobody can tell.

    Attributes:
        turns: How often its model was asked.
        tool_uses: The tools that it used, in order, those of agents that it called included.
        commands: The commands that it had run, in order; those that were refused are none.
        changes: The files of its workspace that are not as they were, in order of path.
        refused: Files of the workspace that were not taken, with reasons.
    """

    turns: int | None = None
    tool_uses: tuple[ToolUse, ...] | None = None
    commands: tuple[str, ...] | None = None
    changes: tuple[FileChange, ...] | None = None
    refused: tuple[RefusedFile, ...] = ()
