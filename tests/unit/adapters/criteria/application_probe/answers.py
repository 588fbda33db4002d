"""Answers with applications, right and defective, and what examines them outside any sandbox."""

import json
from importlib.metadata import entry_points
from pathlib import Path

from tests.plain_examiner import ASSETS, PlainExaminer, judged

from passmuster.components import Component
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.results import Score
from passmuster.examining import Examination, Examined, Examiner
from passmuster.ports import Criterion

NAMES = (
    "no_n_plus_one",
    "openapi_conformance",
    "status_codes",
    "authentication_required",
    "input_validated",
    "api_versioning",
    "no_blocking_at_run_time",
)
OPTIONS: dict[str, dict[str, object]] = {
    "django_views": {"environment": {"LIBRARY_TOKEN": "t0ken"}, "headers": {"Authorization": "Bearer t0ken"}},
}
"""What a case has to say of an answer, so that it can be asked."""

_POINTS = {point.name: point for point in entry_points(group="passmuster.criteria")}


class KeepingExaminer:
    """Conforms to ``Examiner``; asks an application once for all criteria whose questions are equal."""

    def __init__(self, python: Path) -> None:
        self._inner = PlainExaminer(str(python))
        self._kept: dict[str, Examined] = {}

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        key = json.dumps([files.fingerprint, examination.question])
        if key not in self._kept:
            self._kept[key] = await self._inner.examine(files, examination)
        return self._kept[key]


def component(name: str) -> Component[object, Criterion]:  # type: ignore[type-var] # any options
    """Return a registered criterion."""
    found: Component[object, Criterion] = _POINTS[name].load()  # type: ignore[type-var] # as above
    return found


def answer(name: str, *changes: tuple[str, str]) -> str:
    """Return one of the written answers, with some of its text replaced."""
    text = (ASSETS / "application_answers" / f"{name}.md").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


async def score(criterion: str, text: str, examiner: Examiner, **options: object) -> Score:
    """Return a criterion's score of an answer."""
    return await judged(component(criterion), text, examiner=examiner, **options)  # type: ignore[type-var] # as above
