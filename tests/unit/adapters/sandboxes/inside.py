"""What tests of sandboxes run, and where they put what others must be able to read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from passmuster.adapters.sandboxes.bubblewrap import Bubblewrap, BubblewrapOptions
from passmuster.domain.sandboxes import CommandResult, SandboxCommand
from passmuster.ports import Sandbox

PYTHON = "/usr/bin/python3"


def bubblewrap(**options: object) -> Bubblewrap:
    return Bubblewrap(BubblewrapOptions.model_validate(options))


async def shell(sandbox: Sandbox, script: str, **command: object) -> CommandResult:
    return await sandbox.run(SandboxCommand(arguments=("/bin/sh", "-c", script), **command))  # type: ignore[arg-type]


async def python(sandbox: Sandbox, script: str, **command: object) -> CommandResult:
    return await sandbox.run(SandboxCommand(arguments=(PYTHON, "-c", script), **command))  # type: ignore[arg-type]


@contextmanager
def readable_folder() -> Iterator[Path]:
    """Give a folder that every user may read; pytest's own are for one only."""
    with tempfile.TemporaryDirectory(prefix="passmuster-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def stand_in(folder: Path, script: str, *, first: str = "#!/bin/sh") -> str:
    """Put a program into a folder that is called like the real one, and return its path."""
    place = folder / "bwrap"
    place.write_text(f"{first}\n{script}\n", encoding="utf-8")
    place.chmod(0o755)
    return str(place)
