"""What an answer's own settings of tools would hide; no tool of ours reads them, but they tell what was meant."""

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from .sources import Place

_NAMES = frozenset(
    {
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
        "mypy.ini",
        ".mypy.ini",
        "pytest.ini",
        ".coveragerc",
        "ruff.toml",
        ".ruff.toml",
        "pytest.toml",
    }
)
# A section, and the keys in it that make a tool look away, with the values that do so (none: any value but "no").
_LOOSENED: Mapping[str, Mapping[str, str]] = {
    "mypy": {"ignore_errors": "", "disable_error_code": "", "exclude": "", "follow_imports": "skip"},
    "ruff": {"exclude": "", "extend-exclude": "", "ignore": "ALL"},
    "ruff.lint": {"ignore": "ALL", "exclude": ""},
    "ruff.format": {"exclude": ""},
    "coverage.run": {"omit": "", "disable_warnings": ""},
    "coverage.report": {"omit": "", "exclude_lines": ".", "exclude_also": "."},
    "pytest.ini_options": {"addopts": "--ignore --deselect --co -k --no-cov -p"},
}
_INI_SECTIONS = {
    "tool:pytest": "pytest.ini_options",
    "pytest": "pytest.ini_options",
    "run": "coverage.run",
    "report": "coverage.report",
}
_HARMLESS = frozenset({"", "no", "false", "0", "none", "[]", "false\n"})
_USUAL = ("migrations", "alembic", ".venv", "venv", "build", "dist", "tests", "test", "docs", "__pycache__", ".git")


def loosened(path: str, text: str) -> list[Place]:
    """Return what the settings of a file hide; nothing for a file that holds no settings of tools."""
    if PurePosixPath(path).name not in _NAMES:
        return []
    return [Place(path, _line(text, key), f"[{section}] {key} = {value}") for section, key, value in _found(path, text)]


def _found(path: str, text: str) -> Iterator[tuple[str, str, str]]:
    for section, settings in _sections(path, text):
        wanted = _LOOSENED.get(section, _LOOSENED["mypy"] if section.startswith("mypy-") else {})
        for key, value in settings.items():
            told = _told(value)
            if key in wanted and told.lower() not in _HARMLESS and _loosens(wanted[key], told):
                yield section, key, told


def _loosens(markers: str, value: str) -> bool:
    words = value.replace(",", " ").replace("=", " ").split()
    if not markers:
        return any(not any(usual in word for usual in _USUAL) for word in words)
    if markers == ".":
        # A pattern that fits every line hides every line.
        return any(word in {".*", ".", "^", "^.*$", "def", "return", "class"} for word in words)
    return bool(set(markers.split()) & set(words))


def _sections(path: str, text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    if path.endswith(".toml"):
        try:
            settings = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return
        is_own = PurePosixPath(path).name != "pyproject.toml"
        yield from _tables("ruff" if is_own else "", settings if is_own else settings.get("tool", {}))
        return
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for name in parser.sections():
        section = _INI_SECTIONS.get(name, name.replace(":", "."))
        yield (
            section,
            {key.replace("_", "-") if section.startswith("ruff") else key: parser[name][key] for key in parser[name]},
        )


def _tables(name: str, value: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    if not isinstance(value, dict):
        return
    yield name, value
    for key, inner in value.items():
        if key == "overrides" and isinstance(inner, list):
            # One module in many may well be spared, as one that has no types; ours never is.
            for item in inner:
                if isinstance(item, dict) and item.get("ignore_errors"):
                    yield name, {"ignore_errors": item["ignore_errors"]}
        yield from _tables(f"{name}.{key}".removeprefix("."), inner)


def _told(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return " ".join(str(value).split())


def _line(text: str, key: str) -> int:
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, start=1) if line.lstrip().startswith(key)), 1)
