"""Every executor keeps what its port promises."""

from pathlib import Path

import pytest

from passmuster.adapters.executors import dask, processes
from passmuster.adapters.executors.local import COMPONENT, LocalExecutorOptions
from passmuster.components import BuildContext
from passmuster.ports import Executor
from passmuster.testing.conformance import check_executor
from passmuster.testing.portable import check_distribution

CONTEXT = BuildContext(folder=Path())


def _processes() -> Executor:
    return processes.build(processes.ProcessesExecutorOptions(workers=2, shard=30), CONTEXT)


def _dask() -> Executor:
    return dask.build(dask.DaskExecutorOptions(workers=2, shard=30), CONTEXT)


@pytest.mark.parametrize("concurrency", [1, 2, 16])
async def test_the_local_executor_keeps_its_promises(concurrency: int) -> None:
    """The local executor conforms to the port, with one worker and with many."""
    executor = COMPONENT.build(LocalExecutorOptions(concurrency=concurrency), CONTEXT)

    await check_executor(executor)


@pytest.mark.parametrize("make", [_processes, _dask])
async def test_what_cannot_be_told_to_others_is_made_here(make: type) -> None:
    """An executor with workers conforms to the port also where a runner has no recipe."""
    await check_executor(make())


async def test_processes_keep_their_promises() -> None:
    """A pool of processes makes each trial once, lets go in the midst, and raises what workers complain of."""
    await check_distribution(_processes())


async def test_dask_keeps_its_promises() -> None:
    """A cluster of this machine does the same."""
    await check_distribution(_dask())
