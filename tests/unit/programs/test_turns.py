"""How many runs may be under way at once."""

import asyncio

from passmuster.programs.turns import Turns


async def most_at_once(turns: Turns, runs: int) -> int:
    under_way = most = 0

    async def run() -> None:
        nonlocal under_way, most
        async with turns.turn():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(run() for _ in range(runs)))
    return most


def test_no_more_runs_than_turns_are_under_way() -> None:
    """In one event loop after another."""
    turns = Turns(3)

    assert [asyncio.run(most_at_once(turns, runs)) for runs in (10, 2, 10)] == [3, 2, 3]
