"""Examinations in a sandbox: each once, so many at a time, and what their results mean."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from passmuster.domain.answer_files import AnswerFile, AnswerFiles
from passmuster.domain.errors import CriterionError, SandboxError
from passmuster.domain.sandboxes import CommandResult, Limit, PythonEnvironment, SandboxCommand, SandboxProbe
from passmuster.domain.values import Fingerprint
from passmuster.examining import Examination
from passmuster.sandboxing.examinations import KeptExaminations, read_result
from passmuster.sandboxing.kept_results import KeptResults
from passmuster.sandboxing.programs import Programs

FOUND = CommandResult(status=0, results=b'{"found": 1}')


class ScriptedSandbox:
    """Gives the same result for every command, and notes what it was asked and how many at once."""

    def __init__(self, result: CommandResult | Exception = FOUND, name: str = "scripted") -> None:
        self.name = name
        self.result = result
        self.commands: list[SandboxCommand] = []
        self.open = asyncio.Event()
        self.open.set()
        self.has_begun = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0
        self.ended = 0

    async def probe(self) -> SandboxProbe:
        return SandboxProbe(sandbox=self.name)

    async def run(self, command: SandboxCommand) -> CommandResult:
        self.commands.append(command)
        self.under_way += 1
        self.has_begun.set()
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            await self.open.wait()
        finally:
            self.under_way -= 1
        self.ended += 1
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


Make = Callable[..., KeptExaminations]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of ours in a folder of its own."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "beside.py").write_text("VALUE = 1\n", encoding="utf-8")
    path = folder / "look.py"
    path.write_text("print('looking')\n", encoding="utf-8")
    return path


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes an examiner; what is kept on disk outlives it."""

    def made(sandbox: ScriptedSandbox, **changes: object) -> KeptExaminations:
        given: dict[str, object] = {
            "environment": PythonEnvironment(
                python=Path("/environment/bin/python"),
                read_only=(Path("/environment"),),
                fingerprint=Fingerprint("e" * 32),
                type_cache=Path("/environment/types"),
            ),
            "programs": Programs(tmp_path / "shown"),
            "kept": KeptResults(folder=tmp_path / "kept"),
            "at_once": 2,
            **changes,
        }
        return KeptExaminations(sandbox, **given)  # type: ignore[arg-type]  # tests change one of them at a time

    return made


def files(text: str = "x = 1\n") -> AnswerFiles:
    return AnswerFiles(files=(AnswerFile(path="app/main.py", text=text),))


def look(program: Path, **changes: object) -> Examination:
    return replace(Examination(name="look", version="1", program=program), **changes)  # type: ignore[arg-type]  # as above


async def test_a_program_is_run_in_the_folder_of_the_answer(make: Make, program: Path) -> None:
    """It gets the files, its question, the interpreter, and a copy of itself that others can read."""
    sandbox = ScriptedSandbox()

    examined = await make(sandbox).examine(files(), look(program, question={"at": 3}, needs_types=True))

    (command,) = sandbox.commands
    shown = Path(command.arguments[-1])
    beside = sorted(os.listdir(shown.parent))  # noqa: PTH208 - names are wanted
    assert examined.result == {"found": 1}
    assert not examined.is_kept
    assert command.files == {"app/main.py": b"x = 1\n"}
    assert json.loads(command.input) == {"at": 3}
    assert command.arguments[0] == "/environment/bin/python"
    assert shown != program
    assert beside == ["beside.py", "look.py"]
    assert {Path("/environment"), Path("/environment/types"), shown.parent} <= set(command.read_only)
    assert command.environment["PASSMUSTER_TYPE_CACHE"] == "/environment/types"


async def test_types_are_shown_only_where_they_are_needed(make: Make, program: Path) -> None:
    """An examination that reads no types sees no cache of them."""
    sandbox = ScriptedSandbox()

    await make(sandbox).examine(files(), look(program))

    assert "PASSMUSTER_TYPE_CACHE" not in sandbox.commands[0].environment
    assert Path("/environment/types") not in sandbox.commands[0].read_only


async def test_equal_questions_at_one_time_are_asked_once(make: Make, program: Path) -> None:
    """Ten criteria that read of one examination cost one."""
    sandbox = ScriptedSandbox()
    examiner = make(sandbox)

    found = await asyncio.gather(*(examiner.examine(files(), look(program)) for _ in range(10)))

    assert len(sandbox.commands) == 1
    assert {item.result == {"found": 1} for item in found} == {True}


async def test_no_more_are_under_way_than_there_are_processors(make: Make, program: Path) -> None:
    """A hundred answers do not start a hundred interpreters."""
    sandbox = ScriptedSandbox()
    sandbox.open.clear()
    examiner = make(sandbox)

    asked = asyncio.gather(*(examiner.examine(files(f"x = {at}"), look(program)) for at in range(20)))
    async with asyncio.timeout(60):
        while sandbox.under_way < 2:  # noqa: ASYNC110 - the event tells of the first one only
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)  # in which a third one would begin
    sandbox.open.set()
    await asked

    assert (len(sandbox.commands), sandbox.most_under_way) == (20, 2)


async def test_what_is_known_is_not_asked_again(make: Make, program: Path) -> None:
    """Neither by the same examiner, which remembers, nor by another one, which reads what was kept."""
    sandbox = ScriptedSandbox()
    examiner = make(sandbox)

    await examiner.examine(files(), look(program))
    remembered = await examiner.examine(files(), look(program))
    read = await make(sandbox).examine(files(), look(program))

    assert len(sandbox.commands) == 1
    assert (remembered.is_kept, read.is_kept) == (True, True)
    assert remembered.result == read.result == {"found": 1}


@pytest.mark.parametrize(
    "changes",
    [{"name": "other"}, {"version": "2"}, {"question": {"a": 1}}, {"needs_types": True}],
    ids=["name", "version", "question", "types"],
)
async def test_another_question_is_asked(make: Make, program: Path, changes: dict[str, object]) -> None:
    """Whatever of it differs."""
    sandbox = ScriptedSandbox()
    examiner = make(sandbox)

    await examiner.examine(files(), look(program))
    await examiner.examine(files(), look(program, **changes))

    assert len(sandbox.commands) == 2


async def test_other_files_another_program_and_other_means_are_asked_again(make: Make, program: Path) -> None:
    """A result holds for the very files, the program with all that lies beside it, the packages and the sandbox."""
    sandbox = ScriptedSandbox()
    environment = PythonEnvironment(python=Path("/p"), read_only=(), fingerprint=Fingerprint("f" * 32))

    await make(sandbox).examine(files(), look(program))
    await make(sandbox).examine(files("x = 2\n"), look(program))
    await make(sandbox, environment=environment).examine(files(), look(program))
    await make(sandbox, version="9").examine(files(), look(program))
    (program.parent / "beside.py").write_text("VALUE = 2\n", encoding="utf-8")
    await make(sandbox).examine(files(), look(program))

    assert len(sandbox.commands) == 5


@pytest.mark.parametrize(
    "result",
    [
        CommandResult(status=-9, ended_by=Limit.TIME, results=b'{"found": 1}'),
        CommandResult(status=-9),
        CommandResult(status=0, results=b'{"is_repeatable": false}'),
    ],
    ids=["out of time", "killed by somebody", "said to be so"],
)
async def test_what_another_try_might_not_give_is_not_kept(make: Make, program: Path, result: CommandResult) -> None:
    """A busy machine must not be held against an answer for ever."""
    sandbox = ScriptedSandbox(result)
    examiner = make(sandbox)

    await examiner.examine(files(), look(program))
    again = await examiner.examine(files(), look(program))

    assert len(sandbox.commands) == 2
    assert not again.is_kept


@pytest.mark.parametrize(
    "written",
    [b"", b"[1]", b'{"a": 1}{"a": 2}', b'{"a": NaN}', b"\xff", b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}"],
    ids=["nothing", "a list", "two", "not a number", "no text", "too deep", "too long a number"],
)
async def test_what_is_no_report_is_none(make: Make, program: Path, written: bytes) -> None:
    """Nothing that the answer's code might write in a report's place is taken for one."""
    examined = await make(ScriptedSandbox(CommandResult(status=0, results=written))).examine(files(), look(program))

    assert examined.result is None
    assert read_result(written) is None


async def test_a_report_that_was_cut_is_none(make: Make, program: Path) -> None:
    """More than the limit was written, so what is there is not all."""
    cut = CommandResult(status=-9, ended_by=Limit.OUTPUT, results=b'{"found": 1}', errors=b"x" * 10_000)

    examined = await make(ScriptedSandbox(cut)).examine(files(), look(program))

    assert (examined.result, examined.ended_by) == (None, Limit.OUTPUT)
    assert len(examined.errors) == 4_000


async def test_a_fault_of_the_program_is_no_fault_of_the_answer(make: Make, program: Path) -> None:
    """It is told as such, and tried again the next time."""
    sandbox = ScriptedSandbox(CommandResult(status=1, results=b'{"fault": "KeyError: x"}'))
    examiner = make(sandbox)

    for _ in range(2):
        with pytest.raises(CriterionError, match="KeyError: x"):
            await examiner.examine(files(), look(program))

    assert len(sandbox.commands) == 2


async def test_a_sandbox_that_fails_is_told_to_all_who_wait(make: Make, program: Path) -> None:
    """And the next one tries again."""
    sandbox = ScriptedSandbox(SandboxError("lost"))
    examiner = make(sandbox)

    found = await asyncio.gather(*(examiner.examine(files(), look(program)) for _ in range(3)), return_exceptions=True)
    sandbox.result = FOUND
    again = await examiner.examine(files(), look(program))

    assert [type(item) for item in found] == [SandboxError] * 3
    assert again.result == {"found": 1}


async def test_one_who_leaves_takes_nothing_from_the_others(make: Make, program: Path) -> None:
    """The examination goes on while anybody waits, and ends with the last."""
    sandbox = ScriptedSandbox()
    sandbox.open.clear()
    examiner = make(sandbox)
    waiting = [asyncio.create_task(examiner.examine(files(), look(program))) for _ in range(2)]
    await sandbox.has_begun.wait()

    waiting[0].cancel()
    await asyncio.wait([waiting[0]])
    is_still_made = sandbox.under_way == 1
    sandbox.open.set()
    examined = await waiting[1]

    assert is_still_made
    assert waiting[0].cancelled()
    assert examined.result == {"found": 1}


async def test_the_last_who_leaves_ends_it(make: Make, program: Path) -> None:
    """Nothing of it lives on when the cancellation is over, and another time it is made anew."""
    sandbox = ScriptedSandbox()
    sandbox.open.clear()
    examiner = make(sandbox)
    waiting = asyncio.create_task(examiner.examine(files(), look(program)))
    await sandbox.has_begun.wait()

    waiting.cancel()
    await asyncio.wait([waiting])
    left = sandbox.under_way
    sandbox.open.set()
    again = await examiner.examine(files(), look(program))

    assert (left, sandbox.ended) == (0, 1)
    assert again.result == {"found": 1}


def test_one_examiner_serves_several_loops(make: Make, program: Path) -> None:
    """A command that runs one loop after the other keeps what is known."""
    sandbox = ScriptedSandbox()
    examiner = make(sandbox)

    async def ask(text: str) -> None:
        await asyncio.gather(*(examiner.examine(files(f"{text} = {at}"), look(program)) for at in range(5)))

    asyncio.run(ask("x"))
    asyncio.run(ask("y"))
    asyncio.run(ask("x"))

    assert len(sandbox.commands) == 10
