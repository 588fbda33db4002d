"""The examination ``source``: what ruff says of an answer's code, and our own rules, without running any of it."""

import ast
import sys
import sysconfig
from pathlib import Path

from .annotations import functions_told, uses_of_any
from .blocking import blocking_calls
from .cheats import cheats_in
from .configurations import loosened
from .failures import failures_told, logging_told
from .linting import ToolEndedError, linted
from .measures import classes_measured, functions_measured
from .naming import names_told
from .reporting import Report
from .secrets import secrets_in, secrets_in_text
from .settings import settings_told
from .sources import Place, Sources, lines_of, read
from .suppressions import suppressions

# Folders and files that answers have of themselves, whatever a distribution may have installed under such a name.
_ANYBODYS = frozenset({"app", "src", "test", "tests", "docs", "examples", "scripts", "conftest", "benchmarks", "main"})


def examine(folder: Path) -> Report:
    """Return everything that is found in a folder's Python files."""
    sources = read(folder)
    product = sources.product
    report: Report = {
        "files": [
            {"file": source.path, "lines": len(lines_of(source.text)), "is_test": source.is_test}
            for source in sources.good
        ],
        "broken": [place.told() for place in sources.broken],
    }
    if sources.broken or not sources.good:
        return report
    try:
        found = linted(sources)
    except ToolEndedError as error:
        return {**report, "crash": str(error)}
    return {
        **report,
        **found,
        "functions": [told for source in product for told in functions_told(source)],
        "any": [
            Place(source.path, line, "anything goes: `Any`").told()
            for source in product
            for line in uses_of_any(source)
        ],
        "measured_functions": [told for source in product for told in functions_measured(source)],
        "measured_classes": [told for source in product for told in classes_measured(source)],
        "failures": failures_told(product),
        "logging": logging_told(product),
        "settings": settings_told(product),
        "secrets": [place.told() for place in _secrets(sources)],
        "blocking": [{**place.told(), "through": through} for place, through in blocking_calls(product)],
        "asynchronous": sum(
            isinstance(scope.node, ast.AsyncFunctionDef) for source in product for scope in source.scopes
        ),
        "names": names_told(product),
        "cheats": [{**place.told(), "name": name} for name, place in _cheats(sources)],
        "suppressions": [
            {**place.told(), "name": name} for source in sources.good for name, place in suppressions(source)
        ],
    }


def _secrets(sources: Sources) -> list[Place]:
    inside = [place for source in sources.good for place in secrets_in(source)]
    return inside + [place for path, text in sources.others for place in secrets_in_text(path, text)]


def _cheats(sources: Sources) -> list[tuple[str, Place]]:
    loose = [("settings_loosened", place) for path, text in sources.others for place in loosened(path, text)]
    return cheats_in(sources, _installed()) + loose


def _installed() -> frozenset[str]:
    packages = Path(sysconfig.get_paths()["purelib"])
    names = {path.name.partition(".")[0] for path in packages.iterdir() if "-" not in path.name}
    return frozenset(names | set(sys.stdlib_module_names)) - _ANYBODYS
