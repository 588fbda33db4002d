"""A program's pipes, under every loop there is: when one ends, nothing of anybody else is closed."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from passmuster.programs.endings import Stop
from passmuster.programs.processes import Launch, Limits, run

PROGRAMS = 40


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    """Return asyncio's own loop, and uvloop's where it is installed."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - an extra
    except ImportError:
        return [asyncio.new_event_loop]
    return [asyncio.new_event_loop, new_event_loop]


def _taking(lines: list[str]) -> Callable[[str], bool]:
    def take(line: str) -> bool:
        lines.append(line)
        return False

    return take


@pytest.mark.parametrize("make_loop", loops(), ids=lambda make: make.__module__)
def test_the_end_of_a_program_closes_nothing_of_others(
    make_loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path
) -> None:
    """A number that one run closes is opened by somebody else at once; nobody may close it twice."""
    given = tmp_path / "given"
    given.write_text("")
    launch = Launch(arguments=("/bin/echo", "hello"), folder=tmp_path, environment={}, input=given)
    lost: list[int] = []

    async def open_and_look() -> None:
        while True:
            opened = [os.open(given, os.O_RDONLY) for _ in range(4)]
            await asyncio.sleep(0)
            for number in opened:
                try:
                    os.close(number)
                except OSError:
                    lost.append(number)

    async def every() -> list[tuple[Stop, list[str]]]:
        others = asyncio.create_task(open_and_look())
        endings = []
        for _ in range(PROGRAMS):
            lines: list[str] = []
            ending = await run(launch, Limits(seconds=120, output=1_000), _taking(lines))
            endings.append((ending.stop, lines))
        others.cancel()
        return endings

    with asyncio.Runner(loop_factory=make_loop) as runner:
        endings = runner.run(every())

    assert lost == []
    assert endings == [(Stop.ENDED, ["hello"])] * PROGRAMS
