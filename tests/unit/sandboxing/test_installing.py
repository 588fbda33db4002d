"""What is said where the environment of answers cannot be made."""

import sys
from pathlib import Path

import pytest

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.sandboxing.installing import installed
from passmuster.sandboxing.interpreters import Interpreter


def failing(folder: Path, *lines: str) -> Interpreter:
    """Return what stands for an interpreter, says some lines and fails."""
    program = folder / "python"
    said = "".join(f"print({line!r})\n" for line in lines)
    program.write_text(f"#!{sys.executable}\n{said}raise SystemExit(1)\n", encoding="utf-8")
    program.chmod(0o755)
    return Interpreter(path=program, version="3.11.2", prefix=folder)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ("Collecting a", "ERROR: the disk is full", "look there"),
            "ERROR: the disk is full / look there",
        ),
        (("one", "", "two"), "one / two"),
        ((), "status 1"),
    ],
)
def test_a_failure_is_told_from_its_first_error_on(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    """What went well before that says nothing; without an error, all of the last lines are shown."""
    with pytest.raises(EnvironmentFaultError) as caught:
        installed(failing(tmp_path, *lines), tmp_path / "environment", lambda _share, _what: None)

    assert caught.value.message == f"cannot make an environment: {told}"
