"""What mypy says of a copy of the answer, in which nothing tells it to look away."""

import configparser
import json
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from .sources import Place, Source, Sources
from .suppressions import neutralised

_MOST_TOLD = 500
# The cache holds for the settings that it was made with, which lie beside it; without a cache these will do.
_SETTINGS_NAME = "mypy.ini"
_SETTINGS = {
    "mypy": {"strict": "True", "namespace_packages": "True", "explicit_package_bases": "True"},
    "pydantic-mypy": {"init_forbid_extra": "True", "init_typed": "False", "warn_required_dynamic_aliases": "True"},
}
# The answer's own settings may need an environment that is not there; what is set below holds in any case.
_DJANGO_SETTINGS = """
{own}
SECRET_KEY = "examination"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
INSTALLED_APPS = {apps!r}
{user}
"""
_CONTRIBUTED = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
_SETTING = re.compile(r"^[A-Z][A-Z0-9_]+\s*(?::[^=\n]*)?=", re.MULTILINE)
_USER_MODEL = re.compile(r"^AUTH_USER_MODEL\s*(?::[^=\n]*)?=\s*[\"']([\w.]+)[\"']", re.MULTILINE)
_MISSING = re.compile(r'module named "([^"]+)"')
# What follows from a package of which nothing is known here, and says nothing of the answer.
_CONSEQUENCES = re.compile(
    r"has type \"?Any|Untyped decorator makes|Returning Any from|Class cannot subclass|becomes \"?Any"
)


class TypeChecker:
    """Mypy in a copy of an answer's folder, by settings of ours and no others."""

    def __init__(self, sources: Sources, cache: Path | None) -> None:
        self._sources = _without_stubs(sources.good)
        self._cache = cache
        self._own = {name for source in self._sources for name in _importable(source.path)}
        # A file that nobody can know of, with an error that must be found, or nothing was looked at.
        self._canary = f"canary_{secrets.token_hex(8)}"

    def checked(self) -> dict[str, object]:
        """Return the errors of all files, and the packages that are not installed here.

        Raises:
            OSError: If mypy cannot be started.
        """
        with tempfile.TemporaryDirectory() as place:
            folder, work = Path(place, "answer"), Path(place, "work")
            work.mkdir()
            self._write(folder)
            plugins = ["pydantic.mypy"] if find_spec("pydantic") else []
            uses_django = self._uses("django") and find_spec("mypy_django_plugin") is not None
            attempts = [[*plugins, "mypy_django_plugin.main"], plugins] if uses_django else [plugins]
            for attempt in attempts[:-1]:
                told = self._attempted(folder, work, attempt)
                if "crash" not in told:
                    return told
            return self._attempted(folder, work, attempts[-1])

    def _attempted(self, folder: Path, work: Path, plugins: Sequence[str]) -> dict[str, object]:
        ran = self._run(folder, work, plugins)
        found = [*_messages(ran.stdout)]
        told = self._told(found, plugins=plugins)
        if self._canary in {PurePosixPath(str(item["file"])).stem for item in found}:
            return told
        said = " ".join((ran.stderr or ran.stdout).split())[-300:]
        return {**told, "crash": f"mypy ended with status {ran.returncode}: {said}"}

    def _write(self, folder: Path) -> None:
        for source in self._sources:
            path = folder / source.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(neutralised(source, for_ruff=False), encoding="utf-8", newline="")
        folder.mkdir(exist_ok=True)
        (folder / f"{self._canary}.py").write_text('canary: int = "sings"\n', encoding="utf-8")

    def _run(self, folder: Path, work: Path, plugins: Sequence[str]) -> subprocess.CompletedProcess[str]:
        cache = work / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        # It holds for the settings it was made with, of which Django's plugin is none.
        if self._cache is not None and self._cache.is_dir() and len(plugins) == 1:
            # mypy writes into its cache, and fails where it cannot.
            shutil.copytree(self._cache, cache)
        roots = [".", *self._roots()]
        settings = work / _SETTINGS_NAME
        self._write_settings(settings, folder, roots, plugins)
        listed = work / "files"
        names = [source.path for source in self._sources]
        listed.write_text("\n".join([*names, f"{self._canary}.py"]), encoding="utf-8")
        arguments = ["--config-file", str(settings), "--cache-dir", str(cache), "--output", "json", f"@{listed}"]
        return subprocess.run(  # noqa: S603 - a module of the environment, and nothing of the answer among the arguments
            # Nothing of the answer may be imported instead of what mypy imports.
            [sys.executable, "-P", "-m", "mypy", "--no-error-summary", "--no-color-output", *arguments],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    def _write_settings(self, path: Path, folder: Path, roots: Sequence[str], plugins: Sequence[str]) -> None:
        settings = configparser.RawConfigParser()
        settings.read_dict(_SETTINGS)
        if self._cache is not None and (self._cache / _SETTINGS_NAME).is_file():
            settings.clear()
            settings.read(self._cache / _SETTINGS_NAME, encoding="utf-8")
        settings["mypy"].update({"plugins": ", ".join(plugins), "mypy_path": ":".join(roots), "python_version": "3.11"})
        if len(plugins) > 1:
            settings["mypy.plugins.django-stubs"] = {"django_settings_module": self._django_settings(folder, roots)}
        with path.open("w", encoding="utf-8") as file:
            settings.write(file)

    def _uses(self, package: str) -> bool:
        origins = (origin for source in self._sources for origin in source.imports.values())
        return any(origin.partition(".")[0] == package for origin in origins)

    def _roots(self) -> list[str]:
        """Return the folders that the answer's own imports start from, where it is not the answer's folder."""
        paths = {source.path for source in self._sources}
        folders = sorted({parent.as_posix() for path in paths for parent in PurePosixPath(path).parents} - {"."})
        wanted = {origin.partition(".")[0] for source in self._sources for origin in source.imports.values()}
        found = [folder for folder in folders if folder == "src"]
        for name in sorted(wanted):
            if name in sys.stdlib_module_names or _is_below(name, ".", paths) or PathFinder.find_spec(name) is not None:
                continue
            found.extend(folder for folder in folders if _is_below(name, folder, paths) and folder not in found)
        return found

    def _django_settings(self, folder: Path, roots: Sequence[str]) -> str:
        prefixes = sorted((f"{root}/" for root in roots if root != "."), key=len, reverse=True)
        apps = set()
        for source in self._sources:
            path = PurePosixPath(source.path)
            if path.name in {"models.py", "apps.py"} or (path.parent.name == "models" and path.stem == "__init__"):
                place = (path.parent.parent if path.parent.name == "models" else path.parent).as_posix()
                place = next((place[len(prefix) :] for prefix in prefixes if place.startswith(prefix)), place)
                apps |= {place.replace("/", ".")} - {"."}
        users = [match[1] for source in self._sources for match in [_USER_MODEL.search(source.text)] if match]
        user = f"AUTH_USER_MODEL = {users[0]!r}" if users else ""
        name = f"settings_{self._canary}"
        listed = [*(f"django.contrib.{part}" for part in _CONTRIBUTED), *sorted(apps)]
        text = _DJANGO_SETTINGS.format(apps=listed, user=user, own=self._own_settings(prefixes))
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        return name

    def _own_settings(self, prefixes: Sequence[str]) -> str:
        found = {
            source: len(_SETTING.findall(source.text))
            for source in self._sources
            if "settings" in source.path.removesuffix(".py").split("/") and not source.is_test
        }
        if not any(found.values()):
            return ""
        path = max(found, key=lambda source: found[source]).path
        path = next((path[len(prefix) :] for prefix in prefixes if path.startswith(prefix)), path)
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return f"try:\n    from {module} import *\nexcept Exception:\n    pass\n"

    def _told(self, found: Iterable[Mapping[str, object]], *, plugins: Sequence[str]) -> dict[str, object]:
        errors = [item for item in found if item.get("severity") == "error" and not self._is_canary(item)]
        unknown = sorted({name for item in errors for name in self._unknown(item)})
        affected = {str(item["file"]) for item in errors if self._unknown(item)}
        tests = {source.path for source in self._sources if source.is_test}
        kept = [
            item
            for item in errors
            if not self._unknown(item)
            and item.get("code") != "import-untyped"
            and not (str(item["file"]) in affected and _CONSEQUENCES.search(str(item["message"])))
        ]
        places = [
            {
                **Place(str(item["file"]), int(str(item["line"])), str(item["message"])).told(),
                "code": str(item.get("code") or "syntax"),
                "is_test": item["file"] in tests,
            }
            for item in kept
        ]
        return {
            "errors": places[:_MOST_TOLD],
            "count": sum(not place["is_test"] for place in places),
            "count_in_tests": sum(bool(place["is_test"]) for place in places),
            "not_installed": unknown,
            "plugins": list(plugins),
        }

    def _is_canary(self, item: Mapping[str, object]) -> bool:
        return self._canary in str(item["file"])

    def _unknown(self, item: Mapping[str, object]) -> list[str]:
        """Return the package that an error is about, if it is one that the answer neither has nor could have here."""
        if item.get("code") not in {"import-not-found", "import"}:
            return []
        name = _MISSING.search(str(item["message"]))
        first = "" if name is None else name[1].partition(".")[0]
        return [] if not first or first in self._own else [first]


def _messages(output: str) -> Iterator[dict[str, object]]:
    for line in output.splitlines():
        if line.startswith("{"):
            try:
                item = json.loads(line)
            except ValueError:
                continue
            if isinstance(item, dict) and {"file", "line", "message"} <= item.keys():
                yield item


def _without_stubs(sources: Sequence[Source]) -> tuple[Source, ...]:
    paths = {source.path for source in sources}
    return tuple(source for source in sources if not (source.path.endswith(".pyi") and source.path[:-1] in paths))


def _importable(path: str) -> Iterator[str]:
    """Yield the names that some folder of the answer has for a module or package."""
    *folders, name = path.split("/")
    yield from folders
    yield name.removesuffix("i").removesuffix(".py")


def _is_below(name: str, folder: str, paths: Iterable[str]) -> bool:
    prefix = "" if folder == "." else f"{folder}/"
    return any(path == f"{prefix}{name}.py" or path.startswith(f"{prefix}{name}/") for path in paths)
