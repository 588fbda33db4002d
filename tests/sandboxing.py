"""What tests need that run something in a sandbox."""

import os
import shutil
import subprocess

import pytest


def _why_not() -> str:
    """Return why no command can be run in bubblewrap here; empty where one can."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed (scripts/install-debian-packages does it)"
    unprivileged = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    command = (program, "--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "--proc", "/proc", "--", "true")
    try:
        ended = subprocess.run(command, env={}, capture_output=True, timeout=60, check=False, **unprivileged)  # type: ignore[call-overload] # noqa: S603 - a fixed command
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap cannot be run here: {error}"
    return "" if ended.returncode == 0 else f"bubblewrap cannot be run here: {ended.stderr.decode(errors='replace')}"


WHY_NO_BUBBLEWRAP = _why_not()

needs_bubblewrap = pytest.mark.skipif(bool(WHY_NO_BUBBLEWRAP), reason=WHY_NO_BUBBLEWRAP or "bubblewrap works")
"""Marks tests, or with ``pytestmark`` a whole module, that are skipped where bubblewrap cannot be used."""
