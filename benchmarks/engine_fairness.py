"""What a slow judge and a slow service cost the others: the engine alone, with made-up services that only wait.

Run it as ``python benchmarks/engine_fairness.py``. *Ideal* is the time that the requests take with every place in use.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Final

from passmuster.adapters.executors.local import LocalExecutor
from passmuster.domain.results import PlanLanes, Response, Trial, TrialPlan
from passmuster.testing.factories import a_case, a_plan, a_response, a_trial

PLACES: Final = 64
REQUESTS: Final = 2_000
ANSWER: Final = 0.05
"""Seconds for an answer of a quick service."""


class Waiting:
    """Answers and judges after a while, and notes when the last answer came.

    Attributes:
        answered: When the last answer of each subject came, after the beginning.
    """

    def __init__(self, answers: dict[str, float], judging: float = 0.0) -> None:
        """Keep the seconds: of an answer by subject, and of judging."""
        self._answers = answers
        self._judging = judging
        self._began = time.perf_counter()
        self.answered: dict[str, float] = {}

    async def respond(self, plan: TrialPlan) -> Response:
        """Answer."""
        await asyncio.sleep(self._answers[plan.key.subject])
        self.answered[plan.key.subject] = time.perf_counter() - self._began
        return a_response(plan)

    async def assess(self, response: Response) -> Trial:
        """Judge."""
        if self._judging:
            await asyncio.sleep(self._judging)
        return a_trial(key=response.plan.key)


def plans(subject: str, number: int) -> Sequence[TrialPlan]:
    """Lay out the plans of one subject."""
    return [a_plan(a_case(f"case-{at}"), subject=subject) for at in range(number)]


def made(lanes: PlanLanes, runner: Waiting) -> float:
    """Make all trials, and return the seconds."""

    async def make() -> int:
        executor = LocalExecutor(concurrency=PLACES)
        return sum([1 async for _ in executor.execute(lanes, lambda: runner)])

    began = time.perf_counter()
    count = asyncio.run(make())
    seconds = time.perf_counter() - began
    assert count == sum(1 for _ in lanes), count  # noqa: S101 - a figure of another count would mislead
    return seconds


def slow_judging() -> None:
    """Print what judging costs."""
    ideal = REQUESTS / PLACES * ANSWER
    print(f"{REQUESTS:,} requests of {ANSWER:.2f} s, {PLACES} places: ideal {ideal:.2f} s")
    for judging in (0.0, 0.05, 0.2):
        runner = Waiting({"quick": ANSWER}, judging)
        seconds = made(PlanLanes((plans("quick", REQUESTS),)), runner)
        answered = runner.answered["quick"]
        together = REQUESTS / PLACES * (ANSWER + judging)
        print(
            f"  judging {judging:.2f} s: last answer after {answered:.2f} s, all judged after {seconds:.2f} s"
            f" (in one place each: {together:.2f} s)"
        )


def slow_service() -> None:
    """Print what a slow service costs a quick one."""
    number = REQUESTS // 2
    alone = number / PLACES * ANSWER
    print(f"{number:,} requests to a quick service ({ANSWER:.2f} s), behind {number:,} to a slow one (1.00 s)")
    for label, make in (("one lane", one_lane), ("two lanes", PlanLanes)):
        runner = Waiting({"slow": 1.0, "quick": ANSWER})
        seconds = made(make((plans("slow", number), plans("quick", number))), runner)
        answered = runner.answered["quick"]
        print(
            f"  {label}: quick done after {answered:.2f} s ({answered / alone:.1f} × alone), all after {seconds:.2f} s"
        )


def one_lane(lanes: tuple[Sequence[TrialPlan], ...]) -> PlanLanes:
    """Put all plans behind one another."""
    return PlanLanes(([plan for lane in lanes for plan in lane],))


def main() -> int:
    """Measure and print."""
    slow_judging()
    slow_service()
    return 0


if __name__ == "__main__":
    sys.exit(main())
