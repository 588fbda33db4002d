"""The examples of the documents, executed from top to bottom in a repository such as a reader would have."""

import asyncio
import inspect
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.prepared_interpreter import written_command

from .documents import ROOT, Block, all_documents, blocks_of

EXECUTED = {"console", "python"}
DOCUMENTS = [path for path in all_documents() if any(block.language in EXECUTED for block in blocks_of(path))]


@dataclass
class Reader:
    """Somebody who types what a document shows."""

    folder: Path
    status: int = 0
    screen: str = ""
    has_asked: bool = True
    environment: dict[str, str] = field(default_factory=dict)

    def type(self, line: str) -> None:
        """Type one line of a console; ``echo $?`` is answered with the last status, which is then known about."""
        if line == "echo $?":
            self.screen, self.has_asked = str(self.status), True
            return
        self.expect_no_surprise()
        done = subprocess.run(  # noqa: S602 - a line as people type it; it comes from our own documents
            line,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        self.status, self.screen, self.has_asked = done.returncode, done.stdout, done.returncode == 0

    def expect_no_surprise(self) -> None:
        """Complain about a failed command whose status the document does not show."""
        assert self.has_asked, f"status {self.status}, which the document does not show:\n{self.screen}"

    def expect(self, words: str) -> None:
        """Expect words on the screen, whatever the width at which lines were broken."""
        assert squeezed(words) in squeezed(self.screen), f"not on the screen: {words!r}\n{self.screen}"


def squeezed(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in a repository with three agents and our examples, and ``passmuster`` on the path."""
    shutil.copytree(ROOT / "docs" / "examples" / "small_team" / "agents", tmp_path / ".claude" / "agents")
    shutil.copytree(
        ROOT / "docs" / "examples", tmp_path / "docs" / "examples", ignore=shutil.ignore_patterns("__pycache__")
    )
    command = tmp_path / "bin" / "passmuster"
    written_command(command)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSMUSTER_")}
    return Reader(
        folder=tmp_path,
        environment=kept | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"},
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_examples_run(document: Path, reader: Reader) -> None:
    """Commands end as shown and say what is shown; Python runs, and the tests in it pass."""
    for block in blocks_of(document):
        if block.action:
            keep(block, reader.folder)
        elif block.language == "console":
            follow(block, reader)
        if block.language == "python":
            execute(block, document)

    reader.expect_no_surprise()


def keep(block: Block, folder: Path) -> None:
    """Put a block into the file that the document says it belongs into."""
    target = folder / block.target
    with target.open("a" if block.action == "append" else "w", encoding="utf-8") as file:
        file.write(block.text)


def follow(block: Block, reader: Reader) -> None:
    """Type the lines after a dollar sign, and expect the others on the screen."""
    for line in block.text.splitlines():
        if line.startswith("$ "):
            reader.type(line.removeprefix("$ "))
        elif line.strip():
            reader.expect(line)


def execute(block: Block, document: Path) -> None:
    """Run a block of Python, and the tests that it defines."""
    names: dict[str, object] = {"__name__": "shown"}
    exec(compile(block.text, f"{document.name}:{block.line}", "exec"), names)  # noqa: S102 - our own documents
    for name, test in names.items():
        if name.startswith("test_") and inspect.iscoroutinefunction(test):
            asyncio.run(test())
