"""No sandbox at all: what it still sees to, and what it says of itself."""

import asyncio
import os
from contextlib import suppress

import pytest
from tests.attacks.arena import processes_with
from tests.unit.adapters.sandboxes.inside import shell

from passmuster.adapters.sandboxes.unconfined import COMPONENT, Unconfined
from passmuster.domain.sandboxes import Limit, SandboxLimits


async def test_a_probe_says_what_is_not_held_back() -> None:
    """It can be used by those who ask for it, and they read what that means."""
    probe = await Unconfined().probe()

    assert probe.is_usable
    assert "a file of this machine was seen" in probe.findings[-1].detail
    assert "127.0.0.1 was reached" in probe.findings[-1].detail


def test_readers_of_a_report_are_told() -> None:
    """The component's caveat says it in one sentence."""
    assert "without a sandbox" in COMPONENT.caveat


async def test_a_command_has_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of services need not lie where every script prints them."""
    monkeypatch.setenv("PASSMUSTER_PLANTED", "planted")

    result = await shell(Unconfined(), "env; pwd")

    assert b"planted" not in result.output.lower()


async def test_a_folder_is_gone_afterwards() -> None:
    """With whatever lies in it, also where that cannot be entered."""
    result = await shell(Unconfined(), "mkdir closed; touch closed/x; chmod 0 closed; pwd")

    assert not os.path.exists(result.output.decode().strip())  # noqa: ASYNC240, PTH110 - a look after the end


async def test_processes_left_behind_are_ended() -> None:
    """Also those that have left their group and session."""
    mark = f"mark-{os.getpid()}-left"
    script = f"setsid sh -c 'sleep 600; : {mark}' & sleep 0.1; echo started"

    result = await shell(Unconfined(), script)

    assert result.output == b"started\n"
    assert processes_with(mark) == []


async def test_cancelling_ends_all_processes() -> None:
    """At any moment."""
    mark = f"mark-{os.getpid()}-cancelled"
    for delay in (0, 0.002, 0.01, 0.03, 0.1):
        running = asyncio.create_task(shell(Unconfined(), f"setsid sh -c 'sleep 600; : {mark}' & sleep 600"))
        await asyncio.sleep(delay)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    assert processes_with(mark) == []


async def test_memory_is_watched() -> None:
    """As in a sandbox."""
    limits = SandboxLimits(memory=100_000_000)

    result = await shell(Unconfined(), "head -c 300000000 /dev/zero | tail -c 200000000 | sleep 60", limits=limits)

    assert result.ended_by is Limit.MEMORY
