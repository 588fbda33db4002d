"""JSON files that hold agents, with or without comments."""

import re

from passmuster.adapters.rosters.agent_files import AgentFile, Unread, read_content
from passmuster.documents import Document, parse_json
from passmuster.domain.errors import InvalidInputError, InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

# Text and comments that are never closed end with the file: trying again at each later mark would take quadratic time.
_TEXT = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_COMMENT = re.compile(rf"({_TEXT})|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_TEXT})|,(?=[ \t\r\n]*+[\]}}])", re.DOTALL)
_VISIBLE = re.compile(r"[^\n]")


def read_json(file: AgentFile, *, hint: str, is_commented: bool = False) -> Document:
    """Read a JSON file that the loader cannot do without.

    Args:
        file: Where it is.
        hint: What to write, for messages.
        is_commented: Whether comments and trailing commas are allowed.

    Raises:
        InvalidRosterError: If it cannot be read.
    """
    content = read_content(file)
    if isinstance(content, Unread):
        raise InvalidRosterError([unreadable(file, content.reason, hint)])
    try:
        text = content.decode("utf-8-sig")
        return parse_json(without_comments(text) if is_commented else text, path=file.shown)
    except UnicodeDecodeError as error:
        raise InvalidRosterError([unreadable(file, "it is not UTF-8", hint)]) from error
    except InvalidInputError as error:
        raise InvalidRosterError(error.findings) from error


def without_comments(text: str) -> str:
    """Return JSON without comments and trailing commas; what remains keeps its lines and columns."""

    def blanked(match: re.Match[str]) -> str:
        return match[1] if match[1] is not None else _VISIBLE.sub(" ", match[0])

    return _TRAILING_COMMA.sub(blanked, _COMMENT.sub(blanked, text))


def unreadable(file: AgentFile, problem: str, hint: str) -> Finding:
    """Complain about a file of agents that cannot be read at all."""
    return Finding(
        rule="unreadable-agents",
        severity=Severity.ERROR,
        message=f"the agents in {file.shown!r} cannot be read: {problem}",
        hint=hint,
        location=SourceLocation(path=file.shown),
    )
