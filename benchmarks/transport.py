"""What a request costs by each way of connecting, against a server on this machine that answers after a while.

    python benchmarks/transport.py [REQUESTS] [SECONDS]

For decision 30. Each way runs in a process of its own, at 64 and at 256 requests under way; of three runs the best
counts. Needs the extra ``live``. CPU is what the whole process took; the server has its own.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from pathlib import Path

import httpx

from passmuster.adapters.backends.openai_compatible import COMPONENT
from passmuster.components import BuildContext
from passmuster.services.transport import JSON_HEADERS, Connections, Kind, whole
from passmuster.testing.factories import a_completion_request

REQUEST = a_completion_request("Why does this test fail?", model="stub")
BODY = json.dumps({"model": "stub", "messages": [{"role": "user", "content": REQUEST.messages[-1].content}]}).encode()
SMALL = 8
RUNS = 3
STUB = Path(__file__).with_name("peers") / "stub_server.py"

Way = tuple[Callable[[], Awaitable[object]], Sequence[httpx.AsyncClient]]
"""What asks once, and what is to be closed at the end."""


def one_pool(address: str, concurrency: int) -> Way:
    """Return what asks through one client of httpx."""
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    client = httpx.AsyncClient(limits=limits, timeout=60, trust_env=False)
    return lambda: _posted(client, address), [client]


def small_clients(address: str, concurrency: int) -> Way:
    """Return what asks through many clients of httpx in turn."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    clients = [httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) for _ in range(concurrency // SMALL)]
    turns = cycle(clients)
    return lambda: _posted(next(turns), address), clients


def over_aiohttp(address: str, _concurrency: int) -> Way:
    """Return what asks through one client of httpx over aiohttp."""
    from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415 - the other ways do without it

    transport = AiohttpTransport(limits=httpx.Limits(max_connections=None))
    client = httpx.AsyncClient(transport=transport, timeout=60, trust_env=False)
    return lambda: _posted(client, address), [client]


def ours(address: str, _concurrency: int, kind: Kind = "fastest") -> Way:
    """Return what asks through our connections."""
    connections, url = Connections(address, kind=kind), httpx.URL(address)

    async def ask() -> object:
        response = await connections.send(url, JSON_HEADERS, BODY)
        try:
            return json.loads(await whole(response))
        finally:
            await response.aclose()

    return ask, []


def ours_without_aiohttp(address: str, concurrency: int) -> Way:
    """Return what asks through our connections of httpx alone."""
    return ours(address, concurrency, "httpx")


def backend(address: str, _concurrency: int) -> Way:
    """Return what asks as a run does, with the request written and the answer read."""
    options = COMPONENT.options.model_validate({"base_url": address.removesuffix("/chat/completions")})
    built = COMPONENT.build(options, BuildContext(folder=Path()))
    return lambda: built.complete(REQUEST), []


WAYS = (one_pool, small_clients, over_aiohttp, ours_without_aiohttp, ours, backend)


async def _posted(client: httpx.AsyncClient, address: str) -> object:
    return json.loads((await client.post(address, content=BODY)).content)


async def measure(way: str, address: str, requests: int, concurrency: int) -> tuple[float, float]:
    """Return the seconds, and the milliseconds of a processor for each request."""
    ask, clients = next(made for made in WAYS if made.__name__ == way)(address, concurrency)
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            await ask()

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    wall, cpu = time.perf_counter() - wall, (time.process_time() - cpu) / requests * 1_000
    for client in clients:
        await client.aclose()
    return wall, cpu


def best_of(way: str, address: str, requests: int, concurrency: int) -> tuple[float, float]:
    """Return the least seconds and the least milliseconds of several processes."""
    command = [sys.executable, __file__, "--one", way, address, str(requests), str(concurrency)]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(RUNS)]  # noqa: S603 - this script
    return min(wall for wall, _ in runs), min(cpu for _, cpu in runs)


def main(requests: int = 1_000, seconds: float = 0.1) -> None:
    """Print a table."""
    command = [sys.executable, str(STUB), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - the script beside this one
        assert server.stdout is not None  # noqa: S101 - asked for above
        address = f"http://127.0.0.1:{int(server.stdout.readline())}/v1/chat/completions"
        print(f"{'way':22} {'at once':>8} {'req/s':>8} {'CPU ms':>8} {'wall/ideal':>11}")
        for way in WAYS:
            for concurrency in (64, 256):
                wall, cpu = best_of(way.__name__, address, requests, concurrency)
                ideal = -(-requests // concurrency) * seconds
                row = f"{concurrency:8} {requests / wall:8.0f} {cpu:8.3f} {wall / ideal:11.2f}"
                print(f"{way.__name__:22} {row}", flush=True)
        server.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(asyncio.run(measure(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))))
    else:
        main(*(int(text) for text in sys.argv[1:2]), *(float(text) for text in sys.argv[2:3]))
