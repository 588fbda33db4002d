"""The seam to other processes: what makes trials, told as text, so that it can be made again elsewhere."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from passmuster.domain.results import Trial, TrialPlan
from passmuster.ports import Executor, TrialRunner


@runtime_checkable
class PortableRunners(Protocol):
    """Makes runners here, and says how others make them; what crosses to another process is text alone."""

    @property
    def function(self) -> str:
        """Where the function lies that a worker calls with a recipe and a shard, as ``module:name``."""
        ...

    def __call__(self) -> TrialRunner:
        """Return a runner of this process."""
        ...

    def seats(self, workers: int) -> int:
        """Return how many of so many workers may ask at the same time, so that no limit is exceeded."""
        ...

    def recipe(self, workers: int) -> str:
        """Return what one of so many workers needs to know, which is no secret."""
        ...

    def packed(self, plans: Sequence[TrialPlan]) -> str:
        """Return plans as text."""
        ...

    def unpacked(self, answer: str) -> Sequence[Trial]:
        """Return the trials that a worker made of a shard, noting what was had for them.

        Raises:
            EnvironmentFaultError: If the worker could not make any, with its reasons.
        """
        ...


@runtime_checkable
class DistributingExecutor(Executor, Protocol):
    """An executor that makes trials in other processes, wherever they can be told how."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether these processes may be on other machines."""
        ...
