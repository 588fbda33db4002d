"""What every registered sandbox promises, where it works."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from passmuster.components import BuildContext, Component
from passmuster.ports import Sandbox
from passmuster.testing.sandbox_check import check_sandbox

POINTS = {point.name: point for point in entry_points(group="passmuster.sandboxes")}


def built(kind: str) -> Sandbox:
    component: Component[Any, Sandbox] = POINTS[kind].load()
    return component.build(component.options(), BuildContext(folder=Path()))


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_the_promises_of_the_port_are_kept(kind: str) -> None:
    """Streams, files, results, endings, limits, refusals and cancelling, as the port tells them."""
    sandbox = built(kind)
    probe = await sandbox.probe()
    if not probe.is_usable:
        pytest.skip(f"{kind} does not work here: {probe.findings[0].detail}")

    await check_sandbox(sandbox)


@pytest.mark.parametrize("kind", sorted(POINTS))
async def test_a_sandbox_is_called_what_it_is_registered_as(kind: str) -> None:
    """Readers of a report find in the suite what they read."""
    sandbox = built(kind)

    assert sandbox.name == kind
    assert (await sandbox.probe()).sandbox == kind
