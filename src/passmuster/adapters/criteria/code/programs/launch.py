"""What is started in the sandbox: it loads its folder as the package ``programs`` and makes the examination asked for.

The names of the package's modules are anybody's, so neither its folder nor the answer's stands on the search path.
"""

import importlib
import importlib.util
import json
import sys
from pathlib import Path

_DEEPEST = 5_000


def launch() -> None:
    """Make the examination that standard input names."""
    folder = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() not in {folder, Path.cwd()}]
    sys.setrecursionlimit(_DEEPEST)
    package = importlib.util.spec_from_file_location(
        "programs", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert package is not None  # noqa: S101 - it is a Python file
    sys.modules["programs"] = importlib.util.module_from_spec(package)
    question = json.load(sys.stdin)
    examination = importlib.import_module(f"programs.examining_{question['of']}")
    importlib.import_module("programs.reporting").answer(examination.examine)


if __name__ == "__main__":
    launch()
