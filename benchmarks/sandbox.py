"""What the sandbox holds back, what its limits really are, and how long it takes to start.

Run it as ``.venv/bin/python benchmarks/sandbox.py``; takes half a minute.
"""

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.attacks.arena import ATTACKS, FURTHER, Attack, Outcome, make, processes_with  # noqa: E402 - as above

from passmuster.adapters.sandboxes.bubblewrap import Bubblewrap, BubblewrapOptions  # noqa: E402 - the tests lie in ROOT
from passmuster.domain.sandboxes import SandboxCommand, SandboxLimits  # noqa: E402 - as above

MEBIBYTE = 1_048_576
KILLS = 200
LATEST = 0.02
STARTS = 40


async def attacks(sandbox: Bubblewrap) -> None:
    """Print what came of each attack."""
    print(f"| {'attack: to …':55} | {'outcome':60} | seconds |")
    for attack in (*ATTACKS, *FURTHER):
        began = time.monotonic()
        outcome = await make(attack, sandbox)
        print(f"| {attack.tries:55} | {_outcome(attack, outcome):60} | {time.monotonic() - began:7.2f} |")


def _outcome(attack: Attack, outcome: Outcome) -> str:
    if outcome.broken or outcome.left or outcome.result.ended_by is not attack.ended_by:
        return f"BROKEN: {outcome.broken}, {outcome.left} left, ended by {outcome.result.ended_by}"
    if outcome.result.ended_by:
        memory = (outcome.result.peak_memory or 0) // MEBIBYTE
        return f"ended by the limit of {outcome.result.ended_by} at {outcome.result.wall_seconds:.2f} s, {memory} MiB"
    return f"held back ({outcome.held})"[:160]


async def kills(sandbox: Bubblewrap) -> None:
    """Print how many processes are left when runs are cancelled at any moment of their first 20 ms."""
    mark = "mark-of-the-benchmark"
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    ended = 0
    for _ in range(KILLS):
        running = asyncio.create_task(
            sandbox.run(SandboxCommand(arguments=("/bin/sh", "-c", f"sleep 100 & sleep 100; : {mark}")))
        )
        await asyncio.sleep(chance.uniform(0, LATEST))
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        ended += running.cancelled()
    print(f"{ended} of {KILLS} runs were cancelled; processes left: {len(processes_with(mark))}")


async def limits(sandbox: Bubblewrap) -> None:
    """Print what was measured where a limit was set."""
    taking = "x = []\nwhile True: x.append(bytearray(10_000_000))"
    for memory in (128, 512, 1_024):
        result = await sandbox.run(_python(taking, SandboxLimits(memory=memory * MEBIBYTE)))
        print(f"memory {memory} MiB: {result.ended_by} at {(result.peak_memory or 0) / MEBIBYTE:.0f} MiB")
    for seconds in (0.5, 3.0):
        result = await sandbox.run(_python("while True: pass", SandboxLimits(time=seconds)))
        used = result.processor_seconds
        print(f"time {seconds} s: {result.ended_by} at {result.wall_seconds:.3f} s, {used} s of processor")
    for most in (65_536, MEBIBYTE):
        result = await sandbox.run(_python("while True: print('x' * 1000)", SandboxLimits(output=most)))
        print(
            f"output {most} bytes: {result.ended_by}, kept {len(result.output)}, at {result.wall_seconds * 1e3:.0f} ms"
        )
    counting = (
        "import os, signal\nn = 1\ntry:\n while True:\n  if not os.fork(): signal.pause()\n  n += 1\n"
        "except OSError: print(n)"
    )
    for processes in (16, 128):
        result = await sandbox.run(_python(counting, SandboxLimits(processes=processes)))
        print(f"processes {processes}: {result.output.decode().strip()} at once")
    filling = (
        "f = open('x', 'wb')\ntry:\n while True: f.write(bytes(4096)); f.flush()\n"
        "except OSError as e: print(f.tell() - 4096, e)"
    )
    for disk in (16, 256):
        result = await sandbox.run(_python(filling, SandboxLimits(disk=disk * MEBIBYTE)))
        print(f"disk {disk} MiB: {result.output.decode().strip()}")


def _python(text: str, limits: SandboxLimits) -> SandboxCommand:
    return SandboxCommand(arguments=("/usr/bin/python3", "-c", text), limits=limits)


async def starts(sandbox: Bubblewrap) -> None:
    """Print how long it takes to run next to nothing."""
    for arguments in (("/bin/true",), ("/usr/bin/python3", "-c", "pass")):
        taken = []
        for _ in range(STARTS):
            began = time.perf_counter()
            await sandbox.run(SandboxCommand(arguments=arguments))
            taken.append((time.perf_counter() - began) * 1_000)
        print(f"{' '.join(arguments):30} in the sandbox: {_spread(taken)}")
        taken = []
        for _ in range(STARTS):
            began = time.perf_counter()
            subprocess.run(arguments, env={}, check=True)  # noqa: S603, ASYNC221 - nothing else is to run meanwhile
            taken.append((time.perf_counter() - began) * 1_000)
        print(f"{' '.join(arguments):30} without it:     {_spread(taken)}")


def _spread(taken: Sequence[float]) -> str:
    return f"least {min(taken):.1f} ms, median {statistics.median(taken):.1f} ms"


async def main() -> None:
    """Print everything."""
    sandbox = Bubblewrap(BubblewrapOptions())
    for part in (starts, limits, kills, attacks):
        print(f"\n## {part.__name__}\n")
        await part(sandbox)


if __name__ == "__main__":
    asyncio.run(main())
