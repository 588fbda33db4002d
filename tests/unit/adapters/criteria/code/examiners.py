"""Examines answers in this very process, for tests of what is made of them; nothing of an answer is run."""

import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from textwrap import dedent

from passmuster.adapters.criteria.code.programs.sources import Sources, read
from passmuster.components import BuildContext, Component, OptionsT
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.results import Score
from passmuster.examining import Examination, Examined
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

_MADE: dict[tuple[str, str], Examined] = {}
"""What was examined before: tools take their time."""

PROGRAMS = "passmuster.adapters.criteria.code.programs"


class PlainExaminer:
    """Conforms to ``Examiner``; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        """Examine a copy of the files."""
        self.asked.append(examination.name)
        key = (str(examination.question["of"]), files.fingerprint)
        if key not in _MADE:
            _MADE[key] = self._made(files, examination)
        return _MADE[key]

    def _made(self, files: AnswerFiles, examination: Examination) -> Examined:
        module = import_module(f"{PROGRAMS}.examining_{examination.question['of']}")
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), {file.path: file.text for file in files})
            return Examined(result=module.examine(Path(folder)))


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files; what is indented for the test's sake is not in them."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8", newline="")
    return folder


def read_files(folder: Path, files: Mapping[str, str]) -> Sources:
    """Write files and read them as the programs do."""
    return read(write(folder, files))


def answer_of(files: Mapping[str, str]) -> str:
    """Return an answer that delivers files."""
    return "\n".join(
        f"`{name}`:\n\n````{'python' if name.endswith('.py') else 'ini'}\n{dedent(text)}````\n"
        for name, text in files.items()
    )


async def judge(component: Component[OptionsT, Criterion], answer: str, /, **options: object) -> Score:
    """Judge an answer by a criterion that examines here."""
    examiner = PlainExaminer()
    context = BuildContext(folder=Path(), examiner=lambda: examiner)
    criterion = component.build(component.options.model_validate({"name": "mine", **options}), context)
    return await criterion.assess(an_exhibit(answer))
