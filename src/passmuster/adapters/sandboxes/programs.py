"""What the programs behind sandboxes say of themselves."""

import subprocess
from typing import Final

PATIENCE: Final = 10.0
LONGEST: Final = 100


def version_of(program: str) -> str:
    """Return what a program prints for ``--version``, without its name; empty if that cannot be had."""
    try:
        told = subprocess.run(  # noqa: S603 - whoever wrote the suite has named it
            (program, "--version"), capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    line = told.stdout.decode("utf-8", "replace").strip().partition("\n")[0]
    return line.rpartition(" ")[2][:LONGEST]
