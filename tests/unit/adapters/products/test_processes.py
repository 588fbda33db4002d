"""Processes: they end when they are to, and nothing is left of them."""

import asyncio
import os
import subprocess

import pytest

from passmuster.programs.endings import Ending, Stop
from passmuster.programs.processes import KEPT_ERRORS, Launch, Limits, run

from .stand_in_product import StandIn

PATIENT = Limits(seconds=120, output=10_000_000)


def launch(stand_in: StandIn, *arguments: str, program: str | None = None, given: str = "Why?") -> Launch:
    root = stand_in.folder / "root"
    (root / "workspace").mkdir(parents=True, exist_ok=True)
    (root / "input.txt").write_text(given, encoding="utf-8")
    return Launch(
        arguments=(program or stand_in.program, *arguments),
        folder=stand_in.folder,
        environment={"PATH": os.environ["PATH"], "COLOUR": "blue"},
        input=root / "input.txt",
    )


async def collect(stand_in: StandIn, limits: Limits = PATIENT, *, until: str | None = None) -> tuple[list[str], Ending]:
    lines: list[str] = []

    def take(line: str) -> bool:
        lines.append(line)
        return line == until

    return lines, await run(launch(stand_in), limits, take)


async def test_a_program_runs_to_its_end(stand_in: StandIn) -> None:
    """It gets its arguments, its input and its environment; its output comes line by line, the last one too."""
    stand_in.plan(("print", "one"), ("print", ""), ("complain", "careful"), ("print_rest", "two"), ("exit", 3))
    lines: list[str] = []

    def take(line: str) -> bool:
        lines.append(line)
        return False

    ending = await run(launch(stand_in, "a b", "$HOME;"), PATIENT, take)

    assert lines == ["one", "", "two"]
    assert (ending.stop, ending.exit_status, ending.errors) == (Stop.ENDED, 3, "careful\n")
    assert ending.seconds > 0
    [seen] = stand_in.seen()
    assert (seen["arguments"], seen["input"]) == (["a b", "$HOME;"], "Why?")
    assert seen["environment"]["COLOUR"] == "blue"
    assert "HOME" not in seen["environment"]


async def test_bytes_that_are_no_text_are_replaced(stand_in: StandIn) -> None:
    """Also where a character is cut in two by the pace at which it comes."""
    stand_in.plan(("bytes", "ff41c3"), ("wait", 0.05), ("bytes", "a40a"))

    lines, _ending = await collect(stand_in)

    assert lines == ["\ufffdAä"]


async def test_enough_was_seen(stand_in: StandIn) -> None:
    """Then the program is asked to end, and nothing that it says afterwards counts."""
    stand_in.plan(("print", "one"), ("print", "enough"), ("print", "more"), ("wait", 60))

    lines, ending = await collect(stand_in, until="enough")

    assert lines == ["one", "enough"]
    assert (ending.stop, ending.exit_status) == (Stop.ENOUGH, None)


async def test_one_that_will_not_end_is_made_to(stand_in: StandIn) -> None:
    """A program that takes no notice of being asked, with a child that holds its output."""
    stand_in.plan(("ignore_termination", None), ("child", None), ("print", "enough"), ("wait", 60))

    _lines, ending = await collect(stand_in, until="enough")

    assert ending.stop is Stop.ENOUGH
    assert len(stand_in.processes()) == 2
    assert stand_in.living() == []


async def test_a_child_left_behind_does_not_keep_the_run_waiting(stand_in: StandIn) -> None:
    """The program has ended, and its child holds the output open; both are gone afterwards."""
    stand_in.plan(("print", "one"), ("child", None), ("exit", 0))

    lines, ending = await collect(stand_in)

    assert lines == ["one"]
    assert (ending.stop, ending.exit_status) == (Stop.ENDED, 0)
    assert len(stand_in.processes()) == 2
    assert stand_in.living() == []


async def test_the_time_limit_ends_a_run(stand_in: StandIn) -> None:
    """What was printed until then was read."""
    stand_in.plan(("print", "one"), ("wait", 600))

    # A busy machine may not get as far as the first word in the time that is enough for one at rest.
    for seconds in (0.5, 20.0):
        lines, ending = await collect(stand_in, Limits(seconds=seconds, output=1_000))
        if lines:
            break

    assert lines == ["one"]
    assert (ending.stop, ending.exit_status) == (Stop.TIME, None)


@pytest.mark.parametrize("has_lines", [False, True])
async def test_a_flood_ends_a_run(stand_in: StandIn, *, has_lines: bool) -> None:
    """One endless line, or endlessly many."""
    stand_in.plan(("flood", has_lines))

    lines, ending = await collect(stand_in, Limits(seconds=120, output=1_000_000))

    assert ending.stop is Stop.FLOOD
    assert sum(map(len, lines)) <= 1_000_000


async def test_of_many_complaints_the_end_is_kept(stand_in: StandIn) -> None:
    """A program that complains without end is not blocked by it; of a word that is cut off nothing is kept."""
    stand_in.plan(*[("complain", "x" * 60_000)] * 5, ("complain", "the end " * KEPT_ERRORS), ("exit", 1))

    _lines, ending = await collect(stand_in)

    assert ending.errors.startswith(("the ", "end "))
    assert ending.errors.endswith("the end \n")
    assert KEPT_ERRORS - 10 < len(ending.errors) < KEPT_ERRORS


async def test_a_program_that_is_killed_tells_the_signal(stand_in: StandIn) -> None:
    """As shells and Python do: a negative number."""
    stand_in.plan(("print", "one"), ("kill", None))

    lines, ending = await collect(stand_in)

    assert (lines, ending.exit_status) == (["one"], -9)


async def test_a_program_that_closes_its_output_and_lingers_is_ended(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has said everything, and gets a moment to end."""
    monkeypatch.setattr("passmuster.programs.processes.LINGER", 0.1)
    stand_in.plan(("print", "one"), ("close_output", None), ("wait", 60))

    lines, ending = await collect(stand_in)

    assert lines == ["one"]
    assert (ending.stop, ending.exit_status) == (Stop.ENDED, None)


async def test_input_that_nobody_reads_blocks_nobody(stand_in: StandIn) -> None:
    """A request of a megabyte, and a program that does not look at it."""
    stand_in.plan(("exit", 0), reads=False)

    ending = await run(launch(stand_in, given="x" * 1_000_000), PATIENT, lambda _line: False)

    assert ending.exit_status == 0


@pytest.mark.parametrize(("program", "status"), [("/no/such/program", 127), ("folder", None), ("text", None)])
async def test_what_cannot_be_started_is_said(stand_in: StandIn, program: str, status: int | None) -> None:
    """No program, a folder, a text that nobody may execute."""
    (stand_in.folder / "folder").mkdir()
    (stand_in.folder / "text").write_text("hello", encoding="utf-8")
    wanted = launch(stand_in, program=str(stand_in.folder / program))

    ending = await run(wanted, PATIENT, lambda _line: False)

    assert (ending.stop, ending.exit_status) == (Stop.NOT_STARTED, status)
    assert ending.errors


async def test_a_cancelled_run_leaves_nothing(stand_in: StandIn) -> None:
    """Not even a program that will not end by itself, or its child."""
    stand_in.plan(("ignore_termination", None), ("child", None), ("print", "begun"), ("wait", 60))
    begun = asyncio.Event()

    def take(_line: str) -> bool:
        begun.set()
        return False

    task = asyncio.create_task(run(launch(stand_in), PATIENT, take))
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(stand_in.processes()) == 2
    assert stand_in.living() == []


async def test_whoever_reads_may_fail(stand_in: StandIn) -> None:
    """A bug of the reader comes through, and the program is ended all the same."""
    stand_in.plan(("print", "one"), ("wait", 60))

    def take(line: str) -> bool:
        raise LookupError(line)

    with pytest.raises(LookupError, match="one"):
        await run(launch(stand_in), PATIENT, take)
    assert stand_in.living() == []


def test_a_process_that_lives_is_seen(stand_in: StandIn) -> None:
    """Or none of these tests could fail."""
    process = subprocess.Popen(["/bin/sleep", "60"])
    (stand_in.folder / "seen" / f"child-{process.pid}").touch()

    living = stand_in.living(patience=0)
    process.kill()
    process.wait()

    assert living == [process.pid]
