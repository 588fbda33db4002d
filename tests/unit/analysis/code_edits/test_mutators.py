"""Every mutator, over every answer that comes with passmuster: what it makes is real, and can be read."""

import ast

import pytest
from tests.unit.analysis.code_edits.answers_of_ours import BASES, files_of_base

from passmuster.analysis.code_edits.catalogue import MUTATORS
from passmuster.analysis.code_edits.harmless_edits import RETOUCHES
from passmuster.analysis.code_edits.mutator import LAID_OUT, Mutator, Retouch, mutated, reading_of, retouched
from passmuster.analysis.code_edits.source import is_test


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.name)
def test_mutants_are_real_and_can_be_read(mutator: Mutator) -> None:
    """A mutator applies somewhere, every file that it leaves is Python, and Python reads something else in it."""
    made = {base: mutated(mutator, files_of_base(base)) for base in BASES}

    mutants = {base: new for base, new in made.items() if new is not None}
    assert mutants
    for base, new in mutants.items():
        for path, text in new.items():
            if path.endswith(".py"):
                ast.parse(text)
        assert dict(new) != files_of_base(base)
        assert mutator.criterion in LAID_OUT or reading_of(new) != reading_of(files_of_base(base))


@pytest.mark.parametrize("retouch", RETOUCHES, ids=lambda retouch: retouch.name)
def test_harmless_edits_apply_and_can_be_read(retouch: Retouch) -> None:
    """A harmless edit applies somewhere, loses no file, and leaves Python."""
    made = [(base, retouched(retouch, files_of_base(base))) for base in BASES]

    changed = [(base, new) for base, new in made if new is not None]
    assert changed
    for base, new in changed:
        assert set(files_of_base(base)) <= set(new)
        for path, text in new.items():
            if path.endswith(".py"):
                ast.parse(text)


def test_names_of_edits_are_unique() -> None:
    """A name tells which edit was made."""
    names = [edit.name for edit in (*MUTATORS, *RETOUCHES)]

    assert len(names) == len(set(names))


def test_edits_leave_what_they_were_given_alone() -> None:
    """Two edits of one answer do not add up."""
    before = dict(files_of_base("orders"))

    for mutator in MUTATORS:
        mutated(mutator, files_of_base("orders"))

    assert files_of_base("orders") == before


def test_files_that_are_no_python_are_left_out() -> None:
    """A half-written file neither stops an edit nor is edited."""
    broken = {"app.py": "def broken(:\n", "other.py": 'def say(name: str) -> str:\n    """Say."""\n    return name\n'}

    made = [mutated(mutator, broken) for mutator in MUTATORS]

    assert all(new is None or new.get("app.py") == broken["app.py"] for new in made)


def test_answers_without_python_have_no_mutants() -> None:
    """Nothing but files that are simply added can be made of them."""
    made = {mutator.name for mutator in MUTATORS if mutated(mutator, {"notes.txt": "nothing"}) is not None}

    assert made == {"tools-loosened", "package-shadowed"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [("tests/helpers.py", True), ("test_app.py", True), ("conftest.py", True), ("app/testing.py", False)],
)
def test_files_of_tests_are_told_apart(path: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """What only tests use is a test's."""
    assert is_test(path) is expected
