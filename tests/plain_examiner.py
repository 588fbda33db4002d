"""Examines the files of an answer outside any sandbox, for tests with answers that we wrote ourselves."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from passmuster.components import BuildContext, Component, OptionsT
from passmuster.documents import parse_json
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.results import Score
from passmuster.examining import Examination, Examined, Examiner
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

ASSETS = Path(__file__).parent / "assets"


class PlainExaminer:
    """Conforms to ``Examiner``; runs each program as a plain process of our own interpreter, and keeps nothing."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self.made: list[Examination] = []

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        self.made.append(examination)
        return await asyncio.to_thread(partial(self._run, files, examination))

    def _run(self, files: AnswerFiles, examination: Examination) -> Examined:
        with tempfile.TemporaryDirectory() as folder, open(f"{folder}.results", "w+b") as results:  # noqa: PTH123 - beside the folder, whose name is a text
            os.unlink(results.name)  # noqa: PTH108 - as above
            for file in files:
                path = Path(folder, file.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.text, encoding="utf-8")
            ended = subprocess.run(  # noqa: S603 - our own program
                [self._python, "-B", str(examination.program)],
                cwd=folder,
                env={
                    "PATH": os.environ["PATH"],
                    "LANG": "C.UTF-8",
                    "PASSMUSTER_RESULTS": str(results.fileno()),
                    # What has our own tests measured, where they are.
                    **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
                },
                input=json.dumps(examination.question).encode(),
                capture_output=True,
                pass_fds=[results.fileno()],
                timeout=examination.limits.time,
                check=False,
            )
            results.seek(0)
            written = results.read()
        result = parse_json(written.decode(), path="result").data if written else None
        assert result is None or isinstance(result, dict)
        return Examined(result=result, status=ended.returncode, errors=ended.stderr.decode())


def markdown_of(files: dict[str, str]) -> str:
    """Return an answer that delivers files."""
    return "\n\n".join(f"```python {path}\n{text.strip()}\n```" for path, text in files.items())


async def judged(
    component: Component[OptionsT, Criterion],
    answer: str | dict[str, str],
    /,
    *,
    examiner: Examiner | None = None,
    **options: object,
) -> Score:
    """Return a criterion's score of an answer, a text or files by their paths."""
    context = BuildContext(folder=Path(), examiner=lambda: examiner or PlainExaminer())
    criterion = component.build(component.options.model_validate({"name": "mine", **options}), context)
    return await criterion.assess(an_exhibit(answer if isinstance(answer, str) else markdown_of(answer)))
