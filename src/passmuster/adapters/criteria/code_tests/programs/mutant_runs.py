"""Runs an answer's tests over changed code: tests that check anything notice at least one of a few changes."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final

from .frameworks import load_packages
from .layout import Layout, layout_of
from .mutating import Mutant, mutants_of
from .outcomes import ERROR, FAILED, outcomes_of
from .testing import limits_of, session_of
from .untrusted import Heard, guard, run_apart

_TRIES: Final = 3
_ASSERTED: Final = re.compile(r"AssertionError|assert\b|Failed\b|DID NOT ")


def mutant_runs(question: Mapping[str, object]) -> Mapping[str, object]:
    """Change functions, one at a time, and run the tests over each change until enough are noticed.

    A change is noticed when a test fails by an assertion. One that merely makes tests break off tells nothing of what
    they check, and another is tried.

    Question: ``functions``, pairs of a file and the line of a ``def``, the most wanted first; ``most``, how many
    changes that tell something to try; ``enough``, after how many noticed ones to stop; ``time_limit``, seconds a run.
    Result: ``mutants``, each with its file, line, change, and the ``outcome``: noticed, missed or broken.
    """
    folder = Path.cwd().resolve()
    layout = layout_of(folder)
    load_packages(layout)
    guard()
    session = session_of(folder, layout, (), measures=False)
    most, enough = _number(question, "most"), _number(question, "enough")
    told: list[dict[str, object]] = []
    counts: Counter[str] = Counter()
    for file, mutant in _chosen(layout, question)[: most * _TRIES]:
        (folder / file).write_text(mutant.text, encoding="utf-8")
        heard = run_apart(session, limits_of(question))
        (folder / file).write_text(layout.texts[file], encoding="utf-8")
        outcome = _outcome(heard)
        told.append({"file": file, "line": mutant.line, "message": mutant.change, "outcome": outcome})
        counts[outcome] += 1
        if counts["noticed"] >= enough or counts["noticed"] + counts["missed"] >= most:
            break
    return {"mutants": told}


def _outcome(heard: Heard) -> str:
    outcomes = outcomes_of(heard, ())
    failed = [test for test, outcome in outcomes.by_test.items() if outcome in (FAILED, ERROR)]
    if any(_ASSERTED.match(outcomes.places[test][1]) for test in failed):
        return "noticed"
    return "broken" if failed or outcomes.unreadable or not heard.of_kind("end") else "missed"


def _chosen(layout: Layout, question: Mapping[str, object]) -> list[tuple[str, Mutant]]:
    """Return the mutants: the first of each function, then the second of each, and so on."""
    functions = question["functions"]
    wanted: Sequence[tuple[str, int]] = functions if isinstance(functions, list) else ()
    by_function = [
        [(file, mutant) for mutant in mutants_of(layout.texts[file], line)]
        for file, line in wanted
        if file in layout.trees
    ]
    return [mutant for mutant in chain.from_iterable(zip_longest(*by_function)) if mutant is not None]


def _number(question: Mapping[str, object], key: str) -> int:
    value = question[key]
    if not isinstance(value, int):
        raise TypeError(value)
    return value
