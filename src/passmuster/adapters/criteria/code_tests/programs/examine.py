"""Examines the tests of an answer, inside a sandbox, in the folder with its files.

The question says what it is ``about``; what else it holds, and the result, is told by the function for that.
"""

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

if not __package__:
    # Run as a program: the modules beside it become a package whose name no answer has, and leave the path.
    _place = Path(__file__).resolve()
    _specification = importlib.util.spec_from_file_location(
        "_passmuster_programs", _place.with_name("__init__.py"), submodule_search_locations=[str(_place.parent)]
    )
    if _specification is None:
        raise ImportError(_place)
    sys.modules["_passmuster_programs"] = importlib.util.module_from_spec(_specification)
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _place.parent]
    __package__ = "_passmuster_programs"

from .injecting import injections
from .mutant_runs import mutant_runs
from .starting import Answer, serve
from .testing import findings_of

_ABOUT: Mapping[str, Answer] = {"injections": injections, "mutants": mutant_runs, "tests": findings_of}


def answer(question: Mapping[str, object]) -> Mapping[str, object]:
    """Have the question answered by the function for what it is about."""
    return _ABOUT[str(question["about"])](question)


if __name__ == "__main__":
    serve(answer)
