"""Criteria on files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.criteria.delivered import FILES_DELIVERED, FILES_TOUCHED
from passmuster.adapters.criteria.matching import fits
from passmuster.components import BuildContext, Component
from passmuster.domain.activities import Activity, ChangeKind, FileChange
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.results import Score
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

TWO = "```python app/x.py\nx\n```\n```python tests/test_x.py\nx\n```\n"
CHANGES = (
    FileChange(path="app/x.py", kind=ChangeKind.EDITED, text="x"),
    FileChange(path="old.py", kind=ChangeKind.DELETED),
    FileChange(path="tests/test_x.py", kind=ChangeKind.WRITTEN, text="x"),
)


async def judge(
    component: Component[Any, Criterion], text: str, activity: Activity | None = None, **options: object
) -> Score:
    """Judge an answer by its files."""
    criterion = component.build(
        component.options.model_validate({"name": "mine", **options}), BuildContext(folder=Path())
    )
    exhibit = an_exhibit(text)
    return await criterion.assess(replace(exhibit, completion=replace(exhibit.completion, activity=activity)))


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        (TWO, {}, ""),
        (TWO, {"wanted": ["app/*.py", "**/test_*.py"], "maximum": 2}, ""),
        (TWO, {"wanted": ["README.md"]}, "no file fits README.md"),
        (TWO, {"forbidden": ["tests/**"]}, "tests/test_x.py is forbidden"),
        (TWO, {"minimum": 3}, "the answer delivers 2 files; wanted at least 3"),
        ("Only words.", {}, "the answer delivers 0 files; wanted at least 1"),
        ("```python\nx\n```\n", {"default_path": "main.py"}, ""),
        (
            TWO + "```python ../x.py\nx\n```\n",
            {},
            "refused: ../x.py (its path leads out of its folder)",
        ),
        (TWO + "```python ../x.py\nx\n```\n", {"allow_refused": True}, ""),
        ("```python a.py\n# ... existing code ...\n```\n", {}, ""),
        ("```python a.py\n# ... existing code ...\n```\n", {"allow_elided": False}, "a.py has parts left out"),
    ],
)
async def test_files_are_delivered(text: str, options: dict[str, Any], complaint: str) -> None:
    """In number, by path, and with nothing refused."""
    score = await judge(FILES_DELIVERED, text, **options)

    assert (score.passed, score.value) == (not complaint, float(not complaint))
    assert not complaint or score.reason == complaint


async def test_what_was_refused_is_evidence() -> None:
    """With the line, on one line whatever the path holds."""
    score = await judge(FILES_DELIVERED, "```python title='a\x1bb.py'\nx\n```\n")

    assert score.evidence["places"] == [
        {"file": "a\x1bb.py", "line": 2, "message": "its path holds a control, format or unreadable character"}
    ]
    assert "\x1b" not in score.reason


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"wanted": ["app/*"]}, ""),
        ({"wanted": ["docs/**"]}, "nothing that was touched fits docs/**"),
        ({"forbidden": ["*.py"]}, "old.py was touched, which is forbidden"),
        ({"only": ["app/**", "tests/**"]}, "old.py was touched and fits no pattern of what may be"),
        ({"only": ["**"]}, ""),
        ({"may_delete": False}, "old.py was deleted"),
    ],
)
async def test_files_are_touched_or_not(options: dict[str, Any], complaint: str) -> None:
    """Written, edited or deleted."""
    score = await judge(FILES_TOUCHED, "Done.", Activity(changes=CHANGES), **options)

    assert score.passed is not bool(complaint)
    assert not complaint or score.reason == complaint


async def test_a_model_alone_touches_the_files_of_its_answer() -> None:
    """It has no workspace."""
    score = await judge(FILES_TOUCHED, TWO, forbidden=["tests/**"])

    assert score.reason == "tests/test_x.py was touched, which is forbidden"


async def test_a_workspace_that_nobody_looked_at_is_not_judged() -> None:
    """As of a saved transcript."""
    with pytest.raises(CriterionUnavailableError, match="nobody looked"):
        await judge(FILES_TOUCHED, TWO, Activity(), forbidden=["tests/**"])


def test_nothing_asked_for_is_refused() -> None:
    """It would always pass."""
    with pytest.raises(ValueError, match="give 'wanted'"):
        FILES_TOUCHED.options.model_validate({"name": "mine"})


@pytest.mark.parametrize(
    ("pattern", "path", "is_fit"),
    [
        ("app/x.py", "app/x.py", True),
        ("*.py", "x.py", True),
        ("*.py", "app/x.py", False),
        ("**/*.py", "x.py", True),
        ("**/*.py", "a/b/x.py", True),
        ("app/**", "app/a/b.py", True),
        ("app/**/x.py", "app/x.py", True),
        ("app/**/x.py", "app/a/b/x.py", True),
        ("app/**/x.py", "lib/x.py", False),
        ("**", "a/b", True),
        ("test_?.py", "test_1.py", True),
        ("app/[id]/page.tsx", "app/[id]/page.tsx", True),
        ("app/[id]/page.tsx", "app/i/page.tsx", False),
        ("A.py", "a.py", False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, *, is_fit: bool) -> None:
    """Stars stay within a folder, two of them are any number of folders, and brackets are brackets."""
    assert fits(pattern, path) is is_fit
