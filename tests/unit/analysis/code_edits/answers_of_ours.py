"""The files of the answers that come with passmuster, read once."""

from functools import cache
from pathlib import Path

from passmuster.application.answer_texts import texts_of

HOME = Path(__file__).parents[4] / "src" / "passmuster" / "rubrics" / "answers"
BASES = sorted(path.parent.parent.name for path in HOME.glob("*/passes/answer.md"))


@cache
def files_of_base(name: str) -> dict[str, str]:
    """Return the files of a base."""
    return texts_of((HOME / name / "passes" / "answer.md").read_text(encoding="utf-8"))
