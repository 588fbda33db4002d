"""Applications that do what no application does, and ones that cannot be asked at all."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.adapters.criteria.application_probe.answers import KeepingExaminer, answer, score

from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.errors import CriterionError
from passmuster.examining import Examination, Examined, Examiner
from passmuster.sandboxing.environments import Ready

AT_IMPORT = "store = Store()\n"
IN_HANDLER = "    return list(store.notes"
BROADCAST = """
import os

for descriptor in range(3, 64):
    try:
        os.write(descriptor, b'{"state": "asked", "identifier": "", "told": {}}\\n')
    except OSError:
        pass
"""
ANSWER_FIRST = """
import os
import threading
import time


def _answer() -> None:
    while True:
        for descriptor in range(3, 12):
            try:
                os.write(descriptor, b'{"told": {"status": 200}}\\n')
            except OSError:
                pass
        time.sleep(0.01)


threading.Thread(target=_answer, daemon=True).start()
"""
CHEATS = {
    "its process ends in a request": (
        [(IN_HANDLER, f"    import os\n\n    os._exit(0)\n{IN_HANDLER}")],
        "early_exit: its process ended with status 0 during GET /v1/notes",
    ),
    "its process ends at once": ([(AT_IMPORT, f"{AT_IMPORT}import os\n\nos._exit(0)\n")], "early_exit"),
    "it says good-bye when it is imported": (
        [(AT_IMPORT, f"{AT_IMPORT}import sys\n\nsys.exit('all tests passed')\n")],
        "early_exit: importing 'app' raised SystemExit: all tests passed",
    ),
    "it writes results to every descriptor": ([(AT_IMPORT, AT_IMPORT + BROADCAST)], "forged_reply"),
    "it replies before it is asked": ([(AT_IMPORT, AT_IMPORT + ANSWER_FIRST)], "(forged_reply|reply_before_question)"),
    "it ends whoever asks": (
        [(AT_IMPORT, f"{AT_IMPORT}import os\nimport signal\n\nos.kill(os.getppid(), signal.SIGKILL)\n")],
        "missing_report",
    ),
    "it takes the clock back": (
        [
            (
                AT_IMPORT,
                f"{AT_IMPORT}import time\n\n\ndef _sleep(_seconds: float) -> None: ...\n\n\ntime.sleep = _sleep\n",
            )
        ],
        "sleep_unwrapped",
    ),
    "it brings a package of its own": (
        [("Notes, kept in memory.", "Notes."), ("\n```\n", '\n```\n\n```python aiosqlite.py\n"""None."""\n```\n')],
        "package_shadowed: a file of the answer stands in for the package 'aiosqlite'",
    ),
}
BROKEN = {
    "no Python": ([("def get_store() ->", "def get_store( ->")], "is no Python"),
    "a name that is not there": ([(AT_IMPORT, f"{AT_IMPORT}missing\n")], "raised NameError: name 'missing'"),
    "a module that is not there": ([(AT_IMPORT, f"{AT_IMPORT}import app.models\n")], "ModuleNotFoundError"),
    "nothing that is an application": ([("app = FastAPI(", "app = dict(")], "no application of FastAPI"),
}


@pytest.fixture(scope="module")
def examiner(answers_environment: Ready) -> KeepingExaminer:
    return KeepingExaminer(answers_environment.environment.python)


@pytest.mark.parametrize(("changes", "words"), CHEATS.values(), ids=CHEATS.keys())
async def test_a_cheat_is_a_failure_with_its_name(
    changes: list[tuple[str, str]], words: str, examiner: KeepingExaminer
) -> None:
    """Whatever an application does beside answering, it fails, and the reason says what it did."""
    text = answer("fastapi_memory", *changes)
    if "aiosqlite" in text:
        text = text.replace("from itertools import count", "import aiosqlite\nfrom itertools import count")

    found = await score("status_codes", text, examiner)

    assert not found.passed
    assert found.value == 0
    assert any(word in found.reason for word in words.strip("()").split("|"))


async def test_a_hanging_application_is_named(examiner: KeepingExaminer, tmp_path: Path) -> None:
    """A handler that never ends is ended."""
    text = answer("fastapi_memory", (IN_HANDLER, f"    while True:\n        pass\n{IN_HANDLER}"))

    found = await score("input_validated", text, Impatient(examiner, tmp_path))

    assert "application_hangs: GET /v1/notes did not end within 3 seconds" in found.reason


class Impatient:
    """Conforms to ``Examiner``; gives an application three seconds for each request, where in earnest it has ten."""

    def __init__(self, inner: Examiner, folder: Path) -> None:
        self._inner = inner
        self._folder = folder

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        copy = shutil.copytree(examination.program.parent, self._folder / examination.program.parent.name)
        channel = copy / "channel.py"
        text = channel.read_text(encoding="utf-8")
        assert "_REQUEST: Final = 10.0" in text
        channel.write_text(text.replace("_REQUEST: Final = 10.0", "_REQUEST: Final = 3.0"), encoding="utf-8")
        return await self._inner.examine(files, replace(examination, program=copy / examination.program.name))


async def test_taking_a_listener_away_hides_no_statement(examiner: KeepingExaminer) -> None:
    """The database itself counts as well."""
    hidden = (
        "def create_app() -> FastAPI:\n",
        (
            "def create_app() -> FastAPI:\n    from sqlalchemy.engine import Engine\n\n"
            "    Engine.dispatch._clear()\n    engine.dispatch.before_cursor_execute = ()\n"
        ),
    )
    text = answer("fastapi_sync", (".options(selectinload(Invoice.supplier))", ""), hidden)

    found = await score("no_n_plus_one", text, examiner)

    assert not found.passed


@pytest.mark.parametrize(("changes", "words"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_answer_fails(changes: list[tuple[str, str]], words: str, examiner: KeepingExaminer) -> None:
    """What the answer itself has broken is its failure, at its line."""
    found = await score("api_versioning", answer("fastapi_memory", *changes), examiner)

    assert not found.passed
    assert words in found.reason


async def test_a_package_that_the_environment_lacks_is_nobody_s_failure(examiner: KeepingExaminer) -> None:
    """What we cannot run is not judged."""
    text = answer("fastapi_memory", (AT_IMPORT, f"{AT_IMPORT}import motor\n"))

    with pytest.raises(CriterionError, match="no package 'motor'"):
        await score("status_codes", text, examiner)


async def test_a_guard_that_lets_nobody_in_is_told(examiner: KeepingExaminer) -> None:
    """Without right credentials there is nothing to judge but the guard."""
    wrong: dict[str, object] = {"headers": {"Authorization": "Bearer wrong"}, "environment": {"LIBRARY_TOKEN": "right"}}

    with pytest.raises(CriterionError, match="let no request in"):
        await score("status_codes", answer("django_views"), examiner, **wrong)
    guarded = await score("authentication_required", answer("django_views"), examiner, **wrong)

    assert guarded.passed


async def test_an_answer_without_files_fails() -> None:
    """Nothing is run for it."""
    found = await score("status_codes", "It is done.", KeepingExaminer(Path("none")))

    assert found.reason.startswith("the answer has no Python files")
