"""Pydantic Evals with the client of OpenAI: python pydantic_evals_run.py URL CASES CONCURRENCY."""

import asyncio
import sys
from pathlib import Path

from openai import AsyncOpenAI
from pydantic import TypeAdapter
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Contains

CHECKS = (Contains(value="pineapple"),)


async def main(address: str, cases: int, concurrency: int) -> object:
    """Evaluate, and return the report."""
    client = AsyncOpenAI(base_url=address, api_key="unused", max_retries=0)

    async def answer(question: str) -> str:
        made = await client.chat.completions.create(model="stub", messages=[{"role": "user", "content": question}])
        return made.choices[0].message.content or ""

    dataset = Dataset(
        name="speed",
        cases=[
            Case(name=f"case-{number}", inputs=f"Question {number}: say the word pineapple.") for number in range(cases)
        ],
        evaluators=CHECKS,
    )
    report = await dataset.evaluate(answer, max_concurrency=concurrency, progress=False)
    assert len(report.cases) == cases  # noqa: S101 - a benchmark's own check
    averages = report.averages()
    assert averages is not None  # noqa: S101 - the same
    assert averages.assertions == 1.0  # noqa: S101 - the same
    return report


if __name__ == "__main__":
    made = asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    Path("report.json").write_bytes(TypeAdapter(type(made)).dump_json(made))
