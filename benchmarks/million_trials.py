"""A million trials through the engine with a subject that answers at once: trials per second, and memory over time.

Run it as ``python benchmarks/million_trials.py [--trials 1000000] [--repetitions 10]``. Without a store it is the
engine alone; with one, every trial is on the disk before the run says so. Nobody is asked over a network.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from passmuster.adapters.clocks.system import SystemClock
from passmuster.adapters.executors.local import LocalExecutor
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.domain.answers import Answer, Asked, Failure, RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.results import Trial
from passmuster.domain.values import AgentName, RunIdentifier
from passmuster.ports import Store
from passmuster.testing.factories import a_case, a_roster, a_subject_record
from passmuster.testing.fakes import MemoryStore

PAGE: Final = resource.getpagesize()
MEGABYTE: Final = 1 << 20
SAMPLES: Final = 10


class InstantSubject:
    """Chooses at once, in one of a hundred ways."""

    writes = False
    takes_assignments = False

    def __init__(self) -> None:
        """Prepare the answers."""
        self._answers = [
            Answer(routing=RoutingDecision(chosen=AgentName("debugger"), rationale=f"reason {number}"))
            for number in range(100)
        ]

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        """Answer."""
        del assigned, asked
        return self._answers[(len(request.text) + repetition) % len(self._answers)]

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        """Foresee nothing."""
        del request, repetition, assigned, asked
        return None


class ForgetfulStore(MemoryStore):
    """Keeps nothing, so that what is measured is the engine."""

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Forget them."""


def resident() -> float:
    """Return the megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / MEGABYTE


def cases_of(number: int) -> tuple[Case, ...]:
    """Make cases."""
    return tuple(a_case(f"case-{at:07}", text=f"Why does test {at} fail?") for at in range(number))


def measure(store: Store, cases: tuple[Case, ...], repetitions: int, label: str) -> Iterator[str]:
    """Run once, and yield the rows of the table."""
    record = a_subject_record(is_deterministic=False)
    parts = SuiteParts(
        suite="million",
        roster=a_roster(),
        cases=cases,
        subjects=(PlannedSubject(subject=InstantSubject(), record=record),),
        criteria={},
        store=store,
        executor=LocalExecutor(),
        clock=SystemClock(),
        repetitions=repetitions,
        seed=1,
        configuration={},
        versions={},
        revision=None,
    )
    evaluate = EvaluateSuite(parts=parts)
    planned = evaluate.start()
    total, done, memory = len(planned.missing), 0, [resident()]
    slowest, last = 0.0, time.perf_counter()

    def tell(_trial: Trial) -> None:
        nonlocal done
        done += 1
        if done % (total // SAMPLES) == 0:
            memory.append(resident())

    async def tick() -> None:
        nonlocal slowest, last
        while True:
            last = time.perf_counter()
            await asyncio.sleep(0.001)
            slowest = max(slowest, time.perf_counter() - last - 0.001)

    async def run() -> None:
        ticking = asyncio.create_task(tick())
        await evaluate.make(planned, tell)
        ticking.cancel()

    begun, spent = time.perf_counter(), time.process_time()
    asyncio.run(run())
    seconds, spent = time.perf_counter() - begun, time.process_time() - spent
    if done != total:
        message = f"{done} of {total} trials"
        raise RuntimeError(message)
    yield f"{label:<14} {total:>9,} {total / seconds:>10,.0f} {spent / total * 1e6:>8.0f} {slowest * 1e3:>9.0f}"
    yield " " * 15 + "MB over time: " + " ".join(f"{value:.0f}" for value in memory)


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trials", type=int, default=1_000_000)
    arguments.add_argument("--repetitions", type=int, default=10)
    arguments.add_argument("--only", choices=("engine", "store"))
    wanted = arguments.parse_args()
    cases = cases_of(wanted.trials // wanted.repetitions)
    print(f"{'':<14} {'trials':>9} {'trials/s':>10} {'CPU µs':>8} {'halt ms':>9}")
    if wanted.only != "store":
        for row in measure(ForgetfulStore(), cases, wanted.repetitions, "engine alone"):
            print(row)
    if wanted.only != "engine":
        with tempfile.TemporaryDirectory() as folder:
            store = SqliteStore(Path(folder) / "runs.sqlite")
            for row in measure(store, cases, wanted.repetitions, "with a store"):
                print(row)
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            print(f"{'':<15}bytes on the disk for each trial: {size / wanted.trials:.0f}")
            store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
