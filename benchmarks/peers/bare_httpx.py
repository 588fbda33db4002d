"""Requests by httpx alone, shared out among 16 clients: python bare_httpx.py URL CASES CONCURRENCY.

One client slows down with the square of its connections; 16 small ones hardly do.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx

CLIENTS = 16


async def ask(client: httpx.AsyncClient, address: str, numbers: Iterator[int]) -> int:
    """Ask one question after another, and count the right answers."""
    right = 0
    for number in numbers:
        question = f"Question {number}: say the word pineapple."
        body = {"model": "stub", "messages": [{"role": "user", "content": question}]}
        answer = await client.post(address + "/chat/completions", json=body)
        right += "pineapple" in answer.json()["choices"][0]["message"]["content"]
    return right


async def main(address: str, cases: int, concurrency: int) -> None:
    """Ask every question once."""
    numbers = iter(range(cases))
    limits = httpx.Limits(max_connections=-(-concurrency // CLIENTS), max_keepalive_connections=None)
    async with AsyncExitStack() as stack:
        # Checking certificates is set up in each client, and nothing here has one.
        makes = [httpx.AsyncClient(limits=limits, timeout=60, verify=False) for _ in range(CLIENTS)]  # noqa: S501 - loopback
        clients = [await stack.enter_async_context(client) for client in makes]
        workers = (ask(clients[worker % CLIENTS], address, numbers) for worker in range(concurrency))
        right = await asyncio.gather(*workers)
    assert sum(right) == cases  # noqa: S101 - a benchmark's own check


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
