"""The floor: requests written to plain sockets of asyncio, one connection for each that may be under way.

python raw_sockets.py URL CASES CONCURRENCY
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit


async def ask(host: str, port: int, numbers: Iterator[int]) -> int:
    """Ask one question after another over one connection, and count the right answers."""
    reader, writer = await asyncio.open_connection(host, port)
    right = 0
    for number in numbers:
        question = f"Question {number}: say the word pineapple."
        body = json.dumps({"model": "stub", "messages": [{"role": "user", "content": question}]}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        length = int(answered.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        message = json.loads(await reader.readexactly(length))["choices"][0]["message"]["content"]
        right += "pineapple" in message
    writer.close()
    return right


async def main(address: str, cases: int, concurrency: int) -> None:
    """Ask every question once."""
    parts = urlsplit(address)
    numbers = iter(range(cases))
    right = await asyncio.gather(
        *(ask(parts.hostname or "", parts.port or 80, numbers) for _ in range(min(cases, concurrency)))
    )
    assert sum(right) == cases  # noqa: S101 - a benchmark's own check


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
