"""Requests by aiohttp alone: python bare_aiohttp.py URL CASES CONCURRENCY."""

import asyncio
import sys
from collections.abc import Iterator

import aiohttp


async def ask(session: aiohttp.ClientSession, address: str, numbers: Iterator[int]) -> int:
    """Ask one question after another, and count the right answers."""
    right = 0
    for number in numbers:
        question = f"Question {number}: say the word pineapple."
        body = {"model": "stub", "messages": [{"role": "user", "content": question}]}
        async with session.post(address + "/chat/completions", json=body) as answer:
            message = (await answer.json())["choices"][0]["message"]["content"]
        right += "pineapple" in message
    return right


async def main(address: str, cases: int, concurrency: int) -> None:
    """Ask every question once."""
    numbers = iter(range(cases))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        right = await asyncio.gather(*(ask(session, address, numbers) for _ in range(concurrency)))
    assert sum(right) == cases  # noqa: S101 - a benchmark's own check


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
