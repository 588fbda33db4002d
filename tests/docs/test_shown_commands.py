"""Commands that documents show without running them: each can be typed as it stands there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from passmuster.cli.__main__ import app

from .documents import ROOT, all_documents, blocks_of

SHELLS = {"sh", "text", ""}
DOCUMENTS = [path for path in all_documents() if any(block.language in SHELLS for block in blocks_of(path))]
COMMAND = re.compile(r"^(?:\$ |- run: )?(?:[A-Z_]+=\S* )*passmuster (.+?)(?:\s+[>|#].*)?$", re.MULTILINE)


def unknown(line: str) -> Iterator[str]:
    """Yield what the program does not know of a line: a command, or an option."""
    command: Any = typer.main.get_command(app)
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in line.replace("[", " ").replace("]", " ").replace("|", " ").split():
        commands = getattr(command, "commands", None)
        if word.startswith("--"):
            if word.partition("=")[0] not in known | {"--help"}:
                yield word
        elif commands is not None and not word.startswith("-"):
            if word not in commands:
                yield word
                return
            command = commands[word]
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_shown_commands_are_known(document: Path) -> None:
    """Every command and every option that is shown in a block is one of the program."""
    shown = [line for block in blocks_of(document) if block.language in SHELLS for line in COMMAND.findall(block.text)]

    assert {line: found for line in shown if (found := list(unknown(line)))} == {}


def test_a_misspelt_command_is_noticed() -> None:
    """The check sees commands, commands of a group, and options that are not there."""
    found = [list(unknown(line)) for line in ("rum", "dataset chek", "run --agianst main", "dataset check --json")]

    assert found == [["rum"], ["chek"], ["--agianst"], []]
