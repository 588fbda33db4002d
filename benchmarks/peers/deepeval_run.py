"""DeepEval: answers by the client of OpenAI, judged by a metric of its own kind.

python deepeval_run.py URL CASES CONCURRENCY
"""

import asyncio
import sys

from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase
from openai import AsyncOpenAI


class Includes(BaseMetric):
    """Whether the answer holds the word."""

    def __init__(self) -> None:
        self.threshold = 1.0
        self.async_mode = True

    def measure(self, test_case: LLMTestCase, *_: object, **__: object) -> float:
        """Judge one answer."""
        self.score = float("pineapple" in (test_case.actual_output or ""))
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, test_case: LLMTestCase, *_: object, **__: object) -> float:
        """Judge one answer."""
        return self.measure(test_case)

    def is_successful(self) -> bool:
        """Whether it passed."""
        return bool(self.success)

    @property
    def __name__(self) -> str:
        """What the framework calls it."""
        return "Includes"


async def answers(address: str, cases: int, concurrency: int) -> list[LLMTestCase]:
    """Ask every question once."""
    client = AsyncOpenAI(base_url=address, api_key="unused", max_retries=0)
    slots = asyncio.Semaphore(concurrency)

    async def ask(number: int) -> LLMTestCase:
        question = f"Question {number}: say the word pineapple."
        async with slots:
            made = await client.chat.completions.create(model="stub", messages=[{"role": "user", "content": question}])
        return LLMTestCase(input=question, actual_output=made.choices[0].message.content)

    return await asyncio.gather(*(ask(number) for number in range(cases)))


def main(address: str, cases: int, concurrency: int) -> None:
    """Ask, and judge; its cache is off, with which it takes ten times as long."""
    asked = asyncio.run(answers(address, cases, concurrency))
    result = evaluate(
        asked,
        [Includes()],
        async_config=AsyncConfig(max_concurrent=concurrency),
        cache_config=CacheConfig(use_cache=False, write_cache=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
    )
    assert len(result.test_results) == cases  # noqa: S101 - a benchmark's own check


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
