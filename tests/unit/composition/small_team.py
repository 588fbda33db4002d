"""A team of one agent, with one case."""

import json
from pathlib import Path
from typing import Any, Final

SECTIONS: Final[dict[str, Any]] = {
    "name": "example",
    "roster": {"use": "claude_code", "location": "./agents"},
    "datasets": [{"use": "files", "location": "cases.jsonl"}],
}
"""What a suite says of them."""


def write_team(folder: Path, own: str) -> None:
    """Write the agent, the case, and a module of the user's."""
    (folder / "agents").mkdir()
    (folder / "agents" / "debugger.md").write_text("---\nname: debugger\ndescription: Debugs.\n---\nBe kind.\n")
    (folder / "own.py").write_text(own)
    case = {"identifier": "a", "request": "Why?", "expect": {"agent": "debugger"}}
    (folder / "cases.jsonl").write_text(json.dumps(case))
