"""Processes of their own: asked one question after another, ended in time, and replaced when they are gone."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from passmuster.adapters.criteria import isolated
from passmuster.adapters.criteria.isolated import ask, processors
from passmuster.domain.errors import CriterionError

PROGRAM = '''
import os
import time

def answer(wish, more=""):
    """Do as told."""
    if wish == "stick":
        open(__file__ + ".begun", "w").close()
        time.sleep(600)
    if wish == "fail":
        raise RuntimeError("out of luck")
    return [os.getpid(), wish + more]
'''


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that does as it is told."""
    file = tmp_path / "obedient.py"
    file.write_text(PROGRAM, encoding="utf-8")
    return file


async def asked(program: Path, wish: str, *, time_limit: float = 60.0, more: str = "") -> list[object]:
    answer = await ask(program, {"wish": wish, "more": more}, time_limit=time_limit, with_packages=False)
    assert isinstance(answer, list)
    return answer


def wait_for_start(program: Path) -> None:
    """Wait until the program is at work."""
    begun = program.with_name(f"{program.name}.begun")
    deadline = time.monotonic() + 60
    while not begun.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_a_process_answers_one_question_after_another(program: Path) -> None:
    """Starting one takes longer than most questions."""
    answers = [await asked(program, f"question {number}\n") for number in range(20)]

    assert len({answer[0] for answer in answers}) == 1
    assert [answer[1] for answer in answers] == [f"question {number}\n" for number in range(20)]


async def test_no_more_processes_are_at_work_than_there_are_processors(program: Path) -> None:
    """However many ask at once; and a long text gets through."""
    answers = await asyncio.gather(*(asked(program, "", more="x\ud800" * 100_000) for _ in range(20)))

    assert len({answer[0] for answer in answers}) <= processors()
    assert {answer[1] for answer in answers} == {"x\ud800" * 100_000}


async def test_what_takes_too_long_is_ended_and_the_next_is_answered(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process."""
    # Else processes that are given more time would be others anyhow.
    monkeypatch.setattr(isolated, "ceil", lambda _seconds: 60)
    before, _ = await asked(program, "")
    with pytest.raises(CriterionError, match=r"longer than 0.2 seconds"):
        await asked(program, "stick", time_limit=0.2)

    after, _ = await asked(program, "")

    assert after != before


async def test_a_program_that_fails_says_why_and_the_next_is_answered(program: Path) -> None:
    """The end of a process is no end of the judging."""
    with pytest.raises(CriterionError, match="status 1: RuntimeError: out of luck"):
        await asked(program, "fail")

    assert (await asked(program, "well"))[1] == "well"


async def test_a_process_that_was_killed_while_it_rested_is_replaced(program: Path) -> None:
    """Somebody short of memory may have ended it."""
    before, _ = await asked(program, "")
    assert isinstance(before, int)
    os.kill(before, signal.SIGKILL)
    # Waits for it as its parent would: it is to be gone, and not only about to go.
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - a killed process ends at once

    after, _ = await asked(program, "")

    assert after != before


async def test_a_process_is_replaced_after_many_questions(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it has piled up is gone."""
    monkeypatch.setattr(isolated, "MOST_QUESTIONS", 2)

    seen = [(await asked(program, ""))[0] for _ in range(6)]

    assert len(set(seen)) == 3


async def test_whoever_is_cancelled_leaves_no_process_at_work(program: Path) -> None:
    """The end of the whole program need not wait for the time limit."""
    task = asyncio.create_task(asked(program, "stick", time_limit=600.0))
    await asyncio.to_thread(wait_for_start, program)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(asked(program, "well") for _ in range(4)))

    assert {answer[1] for answer in answers} == {"well"}
