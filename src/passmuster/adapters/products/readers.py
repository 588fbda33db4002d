"""The readers by the names under which suites and transcripts know them."""

from collections.abc import Mapping
from functools import partial
from typing import Literal

from passmuster.adapters.products import (
    claude_code_events,
    codex_events,
    gemini_cli_events,
    json_answer,
    opencode_events,
)
from passmuster.adapters.products.observation import Reader
from passmuster.domain.agents import Roster

ReaderName = Literal["claude_code", "gemini_cli", "opencode", "codex", "json"]

VERSIONS: Mapping[str, str] = {
    "claude_code": claude_code_events.VERSION,
    "gemini_cli": gemini_cli_events.VERSION,
    "opencode": opencode_events.VERSION,
    "codex": codex_events.VERSION,
    "json": json_answer.VERSION,
}
VERSION = ".".join(VERSIONS.values())
"""The version of a part that may use any of them."""


def reader_of(name: str, roster: Roster) -> Reader | None:
    """Return a reader for output about a roster; ``None`` if there is none of that name."""
    readers: Mapping[str, Reader] = {
        "claude_code": claude_code_events.ClaudeCodeReading,
        "gemini_cli": partial(gemini_cli_events.GeminiCliReading, roster.names),
        "opencode": opencode_events.OpenCodeReading,
        "codex": codex_events.CodexReading,
        "json": json_answer.JsonReading,
    }
    return readers.get(name)
