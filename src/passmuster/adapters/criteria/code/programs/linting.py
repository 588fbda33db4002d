"""What ruff says of a copy of the answer, in which nothing tells it to look away."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .sources import Place, Sources
from .suppressions import neutralised

LENGTHS = (88, 79, 100, 120)
"""The lengths of lines at which an answer may be formatted, the usual one first."""

# Older versions of ruff name files in a line of their own, newer ones with the place of the first difference.
_UNFORMATTED = re.compile(r"^(?:Would reformat: (.+)| +--> (.+):[0-9]+:[0-9]+)$", re.MULTILINE)

_MOST_OF_ONE_RULE = 50
_QUOTES = ("double", "single")
_CHECK = ("check", "--output-format", "json", "--ignore-noqa", "--no-fix")
_IMPORTS = "I001"
_OWN = 'src = [".", "src"]'
_SETTINGS = """
target-version = "py311"
line-length = {length}
src = [".", "src"]
respect-gitignore = false
force-exclude = false
exclude = []
[format]
quote-style = "{quotes}"
[lint]
select = ["ALL"]
ignore = ["CPY", "D", "DOC"]
allowed-confusables = ["–", "−", "×"]
[lint.pycodestyle]
max-line-length = 79
[lint.pep8-naming]
classmethod-decorators = ["pydantic.validator", "pydantic.field_validator"]
[lint.flake8-bugbear]
extend-immutable-calls = [
    "fastapi.Body", "fastapi.Cookie", "fastapi.Depends", "fastapi.File", "fastapi.Form", "fastapi.Header",
    "fastapi.Path", "fastapi.Query", "fastapi.Security",
]
[lint.per-file-ignores]
"**/__init__.py" = ["F401"]
{tests}
"""
_TEST_RULES_OFF = ["S101", "S105", "S106", "S107", "ANN", "D", "PLR2004", "ARG", "SLF", "INP001", "FBT"]


class ToolEndedError(Exception):
    """A tool did not finish its work on this answer."""


def linted(sources: Sources) -> dict[str, object]:
    """Return what the linter and the formatter say of all files that can be parsed.

    Raises:
        OSError: If ruff cannot be started.
        ToolEndedError: If it ends otherwise than it should, which an answer can bring about.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as settings:
        for source in sources.good:
            path = Path(folder, source.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(neutralised(source, for_ruff=True), encoding="utf-8", newline="")
        ruff = _Ruff(Path(folder), Path(settings), tests=[source.path for source in sources.tests])
        unformatted = ruff.unformatted()
        length = min(unformatted, key=lambda style: len(unformatted[style]))[0]
        return {
            "lint": ruff.complaints(length),
            "docstrings": {name: ruff.docstrings(name) for name in ("google", "numpy")},
            "unformatted": [
                {"line_length": length, "quotes": quotes, "files": files}
                for (length, quotes), files in unformatted.items()
            ],
        }


class _Ruff:
    """Ruff in a folder, by settings of ours and no others."""

    def __init__(self, folder: Path, settings: Path, tests: list[str]) -> None:
        self._folder = folder
        self._settings = settings
        self._tests = tests

    def complaints(self, length: int) -> dict[str, object]:
        """Return the first complaints of each rule, and how many there are."""
        settings = self._file(length, "double")
        found = json.loads(self._run(_CHECK, settings).stdout)
        if any(item["code"] == _IMPORTS for item in found):
            # Whether the answer's own packages make a section of their own is as its author has set it.
            path = self._settings / "imports.toml"
            path.write_text(settings.read_text(encoding="utf-8").replace(_OWN, "src = []"), encoding="utf-8")
            again = json.loads(self._run([*_CHECK, "--select", _IMPORTS], path).stdout)
            unsorted = {item["filename"] for item in again}
            found = [item for item in found if item["code"] != _IMPORTS or item["filename"] in unsorted]
        return self._told(found)

    def docstrings(self, convention: str) -> dict[str, object]:
        """Return the complaints about docstrings, by one convention."""
        path = self._settings / f"{convention}.toml"
        path.write_text(
            f'target-version = "py311"\nrespect-gitignore = false\nexclude = []\n[lint]\nselect = ["D"]\n'
            f'[lint.pydocstyle]\nconvention = "{convention}"\n',
            encoding="utf-8",
        )
        return self._told(json.loads(self._run(_CHECK, path).stdout))

    def unformatted(self) -> dict[tuple[int, str], list[str]]:
        """Return, by length of line and quotes, the files not formatted so; single quotes only if double ones fail."""
        found: dict[tuple[int, str], list[str]] = {}
        for quotes in _QUOTES:
            for length in LENGTHS:
                ran = self._run(["format", "--check"], self._file(length, quotes))
                named = {match[1] or match[2] for match in _UNFORMATTED.finditer(ran.stdout)}
                if ran.returncode and not named:
                    message = f"ruff names no file that is not formatted: {ran.stdout[-500:]}"
                    raise ValueError(message)
                found[length, quotes] = sorted(name.replace("\\", "/") for name in named)
            if not all(found.values()):
                break
        return found

    def _file(self, length: int, quotes: str) -> Path:
        path = self._settings / f"{length}_{quotes}.toml"
        tests = "\n".join(f"{json.dumps(name)} = {json.dumps(_TEST_RULES_OFF)}" for name in self._tests)
        path.write_text(_SETTINGS.format(length=length, quotes=quotes, tests=tests), encoding="utf-8")
        return path

    def _run(self, arguments: Sequence[str], settings: Path) -> subprocess.CompletedProcess[str]:
        quiet = ["--quiet"] if arguments[0] == "check" else []
        ran = subprocess.run(  # noqa: S603 - a tool of the environment, and nothing of the answer among the arguments
            [str(_program()), *arguments, *quiet, "--no-cache", "--config", str(settings), "."],
            cwd=self._folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if ran.returncode not in {0, 1}:
            message = f"ruff ended with status {ran.returncode}: {ran.stderr[-300:]}"
            raise ToolEndedError(message)
        return ran

    def _told(self, found: list[dict[str, Any]]) -> dict[str, object]:
        counts: Counter[str] = Counter()
        places = []
        tests = set(self._tests)
        for item in found:
            path = Path(item["filename"]).resolve().relative_to(self._folder.resolve()).as_posix()
            code = item["code"] or "syntax"
            kind = f"{code}/tests" if path in tests else code
            counts[kind] += 1
            if counts[kind] <= _MOST_OF_ONE_RULE:
                told = Place(path, item["location"]["row"], item["message"]).told()
                places.append({**told, "code": code, "is_test": path in tests})
        return {"places": places, "counts": dict(counts)}


def _program() -> Path:
    # Beside the interpreter; a module of that name could come from the answer.
    return Path(sys.executable).with_name("ruff")
