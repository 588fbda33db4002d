"""A task of Inspect AI: `inspect eval inspect_task.py -T cases=N`."""

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def speed(cases: int) -> Task:
    """Ask every question once."""
    samples = [
        Sample(input=f"Question {number}: say the word pineapple.", target="pineapple") for number in range(cases)
    ]
    return Task(dataset=MemoryDataset(samples), solver=[generate()], scorer=includes())
