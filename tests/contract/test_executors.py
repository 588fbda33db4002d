"""Every executor keeps what its port promises."""

from pathlib import Path

import pytest

from passmuster.adapters.executors.local import COMPONENT, LocalExecutorOptions
from passmuster.components import BuildContext
from passmuster.testing.conformance import check_executor


@pytest.mark.parametrize("concurrency", [1, 2, 16])
async def test_the_local_executor_keeps_its_promises(concurrency: int) -> None:
    """The local executor conforms to the port, with one worker and with many."""
    executor = COMPONENT.build(LocalExecutorOptions(concurrency=concurrency), BuildContext(folder=Path()))

    await check_executor(executor)
