"""The check of sandboxes finds broken promises, and the fake does what it is told."""

from dataclasses import replace

import pytest

from passmuster.adapters.sandboxes.unconfined import Unconfined
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, Limit, SandboxCommand, SandboxProbe
from passmuster.testing.fake_sandbox import FakeSandbox
from passmuster.testing.sandbox_check import check_sandbox

COMMAND = SandboxCommand(arguments=("x",))


class Spoilt:
    """One that works, but for one thing."""

    def __init__(self, **spoilt: object) -> None:
        self._inner = Unconfined()
        self._spoilt = spoilt

    @property
    def name(self) -> str:
        return str(self._spoilt.get("name", self._inner.name))

    async def probe(self) -> SandboxProbe:
        return await self._inner.probe()

    async def run(self, command: SandboxCommand) -> CommandResult:
        if not self._spoilt:
            return await self._inner.run(replace(command, files={}))
        return replace(await self._inner.run(command), **self._spoilt)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sandbox", "promise"),
    [
        (FakeSandbox(remedy="install it"), "must be usable: install it"),
        (Spoilt(name="another"), "bear the sandbox's name"),
        (Spoilt(), "home must be writable|files must be there"),
        (Spoilt(output=b""), "standard input must reach"),
        (Spoilt(results=b"forged"), "results must come back"),
        (Spoilt(errors=b""), "standard error must come back"),
        (Spoilt(ended_by=Limit.TIME), "ended by no limit"),
        (FakeSandbox(), "standard input must reach"),
    ],
    ids=["unusable", "name", "files", "output", "results", "errors", "ending", "nothing"],
)
async def test_a_broken_promise_is_named(sandbox: FakeSandbox | Spoilt, promise: str) -> None:
    """Authors of plug-ins read what to mend."""
    with pytest.raises(AssertionError, match=promise):
        await check_sandbox(sandbox)


async def test_a_fake_gives_results_in_order_and_the_last_again() -> None:
    """It keeps what it was to run."""
    sandbox = FakeSandbox([CommandResult(status=1), CommandResult(status=2)])

    statuses = [(await sandbox.run(COMMAND)).status for _ in range(3)]

    assert statuses == [1, 2, 2]
    assert sandbox.commands == [COMMAND] * 3


async def test_a_fake_raises_what_was_scripted() -> None:
    """An error is an outcome like any other."""
    with pytest.raises(SandboxError, match="lost"):
        await FakeSandbox([SandboxError("lost")]).run(COMMAND)


async def test_a_fake_may_look_at_the_command() -> None:
    """And answer accordingly."""
    sandbox = FakeSandbox(lambda command: CommandResult(status=0, results=command.input))

    assert (await sandbox.run(replace(COMMAND, input=b"asked"))).results == b"asked"


async def test_a_fake_with_a_remedy_is_not_usable() -> None:
    """So that what happens without a sandbox can be tested."""
    usable, broken = await FakeSandbox().probe(), await FakeSandbox(remedy="install it").probe()

    assert (usable.is_usable, broken.is_usable, broken.remedy) == (True, False, "install it")
