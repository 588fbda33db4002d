"""The examination ``types``: what ``mypy --strict`` says of an answer's code."""

import os
from pathlib import Path

from .reporting import Report
from .sources import lines_of, read
from .type_checking import TypeChecker


def examine(folder: Path) -> Report:
    """Return the errors of a folder's Python files."""
    sources = read(folder)
    files = [
        {"file": source.path, "lines": len(lines_of(source.text)), "is_test": source.is_test} for source in sources.good
    ]
    report: Report = {"files": files, "broken": [place.told() for place in sources.broken]}
    if not sources.good:
        return {**report, "errors": [], "count": 0, "count_in_tests": 0, "not_installed": [], "plugins": []}
    cache = os.environ.get("PASSMUSTER_TYPE_CACHE")
    return {**report, **TypeChecker(sources, Path(cache) if cache else None).checked()}
