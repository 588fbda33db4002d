"""Makes the environment of answers: packages from pins, compiled, and a warm cache of mypy."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.sandboxing.interpreters import Interpreter

Told = Callable[[float, str], None]
"""Told which share of the work is done, from 0 to 1, and what is done now."""

MATERIAL: Final = Path(__file__).with_name("environment")
"""What an environment is made of."""

PINS: Final = MATERIAL / "requirements.txt"
TYPE_SETTINGS: Final = MATERIAL / "mypy.ini"
USUAL_IMPORTS: Final = MATERIAL / "usual_imports.txt"

TYPES: Final = "types"
"""The folder of the warm cache inside an environment; the settings that it was made with lie in it as well."""

_MISLEADING: Final = re.compile(
    r"PYTHON.*|VIRTUAL_ENV|(PIP|UV)_(TARGET|PREFIX|USER|ROOT|PYTHON|REQUIREMENT|CONSTRAINT)"
)
"""Variables that would have packages installed elsewhere."""

_KEPT_LINES: Final = 15
_CREATED, _COLLECTED, _INSTALLED = 0.05, 0.55, 0.75


def made(interpreter: Interpreter, environment: Path, told: Told) -> None:
    """Fill the folder of an environment.

    Args:
        interpreter: What to make it with.
        environment: The folder, empty.
        told: Told which share is done, and what is done now.

    Raises:
        EnvironmentFaultError: If it cannot be made.
    """
    installed(interpreter, environment, told)
    warmed(environment, told)


def installed(interpreter: Interpreter, environment: Path, told: Told) -> None:
    """Make a virtual environment with every pinned package, compiled, and without an installer.

    Raises:
        EnvironmentFaultError: If it cannot be made.
    """
    told(0.0, "making the environment")
    _run([str(interpreter.path), "-I", "-m", "venv", "--without-pip", str(environment)], "cannot make an environment")
    python = environment / "bin" / "python"
    packages = pinned()
    met = 0

    def watch(line: str) -> None:
        nonlocal met
        if line.startswith("Collecting"):
            met = min(met + 1, packages)
            package = re.split(r"[\s=]+", line, maxsplit=2)[1]
            told(_CREATED + (_COLLECTED - _CREATED) * met / packages, f"getting {package}")
        elif line.startswith("Installing"):
            told(_COLLECTED, f"installing {packages} packages")

    told(_CREATED, f"getting {packages} packages")
    with _installer(interpreter, environment) as command:
        pins = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(PINS)]
        _run([*command(python), *pins], "the packages for the code of answers cannot be installed", watch)
    told(_INSTALLED, "the packages are there")


def warmed(environment: Path, told: Told) -> None:
    """Make mypy's cache of every package that answers usually import, with the settings that it holds for.

    Raises:
        EnvironmentFaultError: If mypy does not run.
    """
    told(_INSTALLED, "reading the types of the packages")
    types = environment / TYPES
    types.mkdir()
    shutil.copyfile(TYPE_SETTINGS, types / TYPE_SETTINGS.name)
    source = types / "usual_imports.py"
    shutil.copyfile(USUAL_IMPORTS, source)
    command = [str(environment / "bin" / "python"), "-m", "mypy", "--config-file", str(types / TYPE_SETTINGS.name)]
    command += ["--cache-dir", str(types), "--no-error-summary", source.name]
    _run(command, "mypy cannot read the types of the packages", variables={}, folder=types, fine=(0, 1))
    source.unlink()


def pinned() -> int:
    """Return how many packages are pinned."""
    return sum("==" in line for line in PINS.read_text(encoding="utf-8").splitlines())


@contextmanager
def _installer(interpreter: Interpreter, environment: Path) -> Iterator[Callable[[Path], Sequence[str]]]:
    """Find something that installs packages into an environment that has no installer of its own."""
    uv = shutil.which("uv")
    if uv is not None:
        yield lambda python: [uv, "pip", "install", "--compile-bytecode", "--python", str(python)]
    elif importlib.util.find_spec("pip") is not None:
        own = sys.executable
        yield lambda python: [own, "-m", "pip", "--python", str(python), "install", "--no-input"]
    else:
        borrowed = environment / "installer"
        message = "cannot make an environment with pip"
        _run([str(interpreter.path), "-I", "-m", "venv", str(borrowed)], message)
        pip = borrowed / "bin" / "python"
        yield lambda python: [str(pip), "-m", "pip", "--python", str(python), "install", "--no-input"]
        shutil.rmtree(borrowed)


def _run(
    command: Sequence[str],
    complaint: str,
    watch: Callable[[str], None] | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
    fine: Sequence[int] = (0,),
) -> None:
    """Run a command to its end, and show its lines to somebody while it runs.

    Raises:
        EnvironmentFaultError: If it fails; with the last lines that it wrote.
    """
    settings = _settings() if variables is None else variables
    last: list[str] = []
    try:
        process = subprocess.Popen(  # noqa: S603 - commands of ours, and no shell
            list(command),
            env=dict(settings),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            umask=0o022,
        )
    except OSError as error:
        message = f"{complaint}: {error.strerror or error}"
        raise EnvironmentFaultError(message) from error
    with process:
        try:
            for line in process.stdout or ():
                last = [*last[1 - _KEPT_LINES :], line.rstrip()]
                if watch is not None:
                    watch(line)
        except BaseException:
            process.kill()
            raise
    if process.returncode not in fine:
        message = f"{complaint}: {' / '.join(_errors(last)) or f'status {process.returncode}'}"
        hint = "`passmuster doctor` looks for what is missing; packages come from where pip is set to look"
        raise EnvironmentFaultError(message, hint=hint)


def _errors(lines: Sequence[str]) -> list[str]:
    """Return what a command says of its failure: from the first error on, or else all."""
    wanted = [line for line in lines if line]
    first = next((number for number, line in enumerate(wanted) if line.casefold().startswith("error")), 0)
    return wanted[first:]


def _settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not _MISLEADING.fullmatch(name)}
