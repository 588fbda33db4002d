"""What the page on trying rubrics lists is what is there."""

from pathlib import Path

from passmuster.analysis.code_edits.catalogue import MUTATORS
from passmuster.analysis.code_edits.harmless_edits import RETOUCHES
from passmuster.application.answer_texts import LAYOUTS

PAGE = Path(__file__).parents[2] / "docs" / "rubric_test.md"


def test_every_edit_is_listed() -> None:
    """Each mutant stands beside the criterion that must catch it, and each harmless edit is named."""
    page = PAGE.read_text(encoding="utf-8")

    for mutator in MUTATORS:
        assert f"| `{mutator.name}` | {mutator.summary} | `{mutator.criterion}` |" in page
    for name in (*(retouch.name for retouch in RETOUCHES), *LAYOUTS):
        assert f"`{name}`" in page
