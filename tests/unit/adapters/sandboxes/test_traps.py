"""The traps that were found by trying, each with a test that fails without what was done against it."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.attacks.arena import processes_with
from tests.sandboxing import needs_bubblewrap
from tests.unit.adapters.sandboxes.inside import PYTHON, bubblewrap, python, readable_folder, shell

from passmuster.adapters.sandboxes.spawning import Spawn, spawn
from passmuster.domain.sandboxes import Limit, SandboxCommand, SandboxLimits

pytestmark = needs_bubblewrap

KILLS = 200
LATEST = 0.02
MEBIBYTE = 1_048_576
PATIENCE = 60.0


async def test_the_first_process_inside_has_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """1: it is bwrap itself, and ``--clearenv`` leaves to it what it was started with."""
    monkeypatch.setenv("PASSMUSTER_PLANTED", "sk-planted")

    result = await shell(bubblewrap(), "wc -c < /proc/1/environ; cat /proc/*/environ | tr '\\0' '\\n'")

    assert result.output.startswith(b"0\n")
    assert b"planted" not in result.output.lower()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
async def test_root_becomes_another_user_before_anything_starts() -> None:
    """2: else what runs inside is root to the kernel, whatever it takes itself for."""
    user = 61_234
    running = asyncio.create_task(shell(bubblewrap(user=user), "sleep 600"))
    try:
        found = await _appears(lambda: _processes_of(user))
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    assert found
    assert _processes_of(user) == []


async def test_no_switch_of_the_kernel_can_be_written() -> None:
    """2: a process that is root outside could have opened this one."""
    result = await shell(bubblewrap(), "id -u; : >> /proc/sys/kernel/core_pattern")

    assert result.output == b"65534\n"
    assert result.status != 0


async def test_early_kills_leave_no_process_behind() -> None:
    """3: whoever ends bwrap in its first milliseconds leaves its children, so their own first process is ended."""
    chance = random.Random(6)  # noqa: S311 - moments, not secrets
    with readable_folder() as folder:
        program = folder / f"bwrap-{os.getpid()}-marked"
        program.symlink_to("/usr/bin/bwrap")
        sandbox = bubblewrap(program=str(program))
        for _ in range(KILLS):
            running = asyncio.create_task(shell(sandbox, "(trap '' TERM; sleep 600) & sleep 600"))
            await asyncio.sleep(chance.uniform(0, LATEST))
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

            assert running.cancelled()
        assert processes_with(program.name) == []


async def test_a_process_that_runs_is_found_by_its_mark() -> None:
    """3: what the test above looks for would be seen, if it were there."""
    with readable_folder() as folder:
        program = folder / f"bwrap-{os.getpid()}-seen"
        program.symlink_to("/usr/bin/bwrap")
        running = asyncio.create_task(shell(bubblewrap(program=str(program)), "sleep 600"))
        found = await _appears(lambda: processes_with(program.name))
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    assert len(found) >= 1


def test_a_sandbox_outlives_the_thread_that_asked_for_it() -> None:
    """4: the kernel ends what is to die with its parent when the thread that started it ends."""
    started: list[subprocess.Popen[bytes]] = []
    options = ("--die-with-parent", "--unshare-user", "--ro-bind", "/", "/", "--", "/bin/sleep", "0.5")
    wanted = Spawn(
        arguments=("/usr/bin/bwrap", *options),
        output=2,
        errors=2,
        user=65_534 if os.geteuid() == 0 else None,
    )
    asking = threading.Thread(target=lambda: started.append(spawn(wanted)))
    asking.start()
    asking.join()

    assert started[0].wait(PATIENCE) == 0


async def test_a_sandbox_ends_with_whoever_asked_for_it() -> None:
    """4: also where that one is killed and can tidy up nothing."""
    mark = f"mark-{os.getpid()}-orphan"
    script = (
        "import asyncio\n"
        "from passmuster.adapters.sandboxes.bubblewrap import Bubblewrap, BubblewrapOptions\n"
        "from passmuster.domain.sandboxes import SandboxCommand\n"
        f"command = SandboxCommand(arguments=('/bin/sh', '-c', 'sleep 600; : {mark}'))\n"
        "asyncio.run(Bubblewrap(BubblewrapOptions()).run(command))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as asking:  # noqa: S603, ASYNC220 - our own, and quick
        inside = await _appears(lambda: [found for found in processes_with(mark) if found != asking.pid])
        asking.send_signal(signal.SIGKILL)
    left = await _vanishes(lambda: processes_with(mark))

    assert inside
    assert left == []


def test_no_process_is_left_for_others_to_take_leave_of() -> None:
    """3: in many containers nobody does, and what has ended would fill the list of processes."""
    script = (
        "import asyncio, ctypes, os\n"
        "from passmuster.adapters.sandboxes.bubblewrap import Bubblewrap, BubblewrapOptions\n"
        "from passmuster.domain.sandboxes import SandboxCommand, SandboxLimits\n"
        "ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # what is left becomes ours\n"
        "for seconds in ('0', '600'):\n"
        "    command = SandboxCommand(arguments=('/bin/sleep', seconds), limits=SandboxLimits(time=0.3))\n"
        "    asyncio.run(Bubblewrap(BubblewrapOptions()).run(command))\n"
        "try:\n    print(os.waitpid(-1, 0))\n"
        "except ChildProcessError:\n    print('nobody')\n"
    )

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)  # noqa: S603 - our own

    assert ended.stdout == b"nobody\n"


async def test_each_sandbox_has_a_limit_of_processes_of_its_own() -> None:
    """5: set outside, all sandboxes of a user would share one."""
    script = (
        "import os, signal, time\nn = 1\n"
        "try:\n while True:\n  if not os.fork(): signal.pause()\n  n += 1\n"
        "except OSError: print(n)\ntime.sleep(0.3)"
    )
    limits = SandboxLimits(processes=30)

    results = await asyncio.gather(*(python(bubblewrap(), script, limits=limits) for _ in range(3)))

    assert [result.output for result in results] == [b"30\n"] * 3


async def test_pages_that_forking_shares_count_once() -> None:
    """6: the quick sum counts them in every process, and would end what is within its limit."""
    script = (
        "import os, signal, time\nx = bytearray(40_000_000)\n"
        "children = []\n"
        "for _ in range(20):\n child = os.fork()\n if not child: signal.pause()\n children.append(child)\n"
        "time.sleep(0.4)\nprint('done')"
    )

    result = await python(bubblewrap(), script, limits=SandboxLimits(memory=256 * MEBIBYTE))

    assert (result.ended_by, result.output) == (None, b"done\n")


async def test_memory_is_limited_for_all_processes_together() -> None:
    """6: limits of the kernel hold for each alone."""
    script = (
        "import os, time\nfor _ in range(6):\n"
        " if not os.fork(): x = bytearray(60_000_000); time.sleep(60)\ntime.sleep(60)"
    )

    result = await python(bubblewrap(), script, limits=SandboxLimits(memory=200 * MEBIBYTE))

    assert result.ended_by is Limit.MEMORY
    assert result.peak_memory is not None
    assert result.peak_memory > 200 * MEBIBYTE


async def test_only_folders_of_limited_size_can_be_written() -> None:
    """7: what bwrap makes of memory can be written by default, and without end."""
    script = "touch /x /dev/x /usr/x /etc/x /proc/x; touch x /tmp/x; ls x /tmp/x; df -B1 --output=size . /tmp /dev/shm"

    result = await shell(bubblewrap(), script, limits=SandboxLimits(disk=MEBIBYTE))

    sizes = [b"1B-blocks", b"1048576", b"1048576", b"67108864"]
    assert result.output.split() == [b"/tmp/x", b"x", *sizes]
    assert result.errors.count(b"cannot touch") == 5


async def test_an_endless_output_is_cut_at_once() -> None:
    """8: whoever reads all of it first has no memory left."""
    limits = SandboxLimits(output=100_000, time=PATIENCE)

    result = await shell(bubblewrap(), "cat /dev/zero", limits=limits)

    assert (result.ended_by, len(result.output)) == (Limit.OUTPUT, 100_000)


async def test_the_time_of_processors_is_measured_inside() -> None:
    """9: bwrap itself has used none, since it does not wait for what it starts; a process left behind counts too."""
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    script = (
        "import os, signal\ndone, tell = os.pipe()\n"
        "if not os.fork():\n os.setsid()\n"
        f" if not os.fork():\n  exec({busy!r})\n  os.write(tell, b'.')\n  signal.pause()\n os._exit(0)\n"
        f"os.wait()\nexec({busy!r})\nos.read(done, 1)"
    )

    result = await python(bubblewrap(), script)

    assert result.status == 0
    assert result.processor_seconds is not None
    assert result.processor_seconds >= 0.55


async def test_the_time_of_processors_is_known_of_what_was_ended_as_well() -> None:
    """9: so that a command which hangs can be told from one that a busy machine has starved."""
    result = await shell(bubblewrap(), "while :; do :; done", limits=SandboxLimits(time=1.0))

    assert result.ended_by is Limit.TIME
    assert result.processor_seconds is not None
    # A shell that waits has used two thousandths; on a busy machine one that does not gets a small share.
    assert result.processor_seconds > 0.03


async def test_many_short_processes_do_not_escape_the_limit_of_time() -> None:
    """10: the kernel's limit of time is for each process, so the one that counts is that of the clock."""
    began = time.monotonic()

    result = await shell(bubblewrap(), "while :; do /bin/true; done", limits=SandboxLimits(time=0.7))

    assert result.ended_by is Limit.TIME
    assert time.monotonic() - began < PATIENCE


async def test_paths_of_the_machine_are_not_among_the_arguments() -> None:
    """11: what bwrap is told goes through a descriptor, since its arguments can be read inside."""
    with readable_folder() as folder:
        result = await shell(
            bubblewrap(), "tr '\\0' '\\n' < /proc/1/cmdline | grep -v '^import\\|^ ' ", read_only=(folder,)
        )

    assert b"--args" in result.output
    assert folder.name.encode() not in result.output


async def test_results_come_through_a_descriptor_and_never_from_a_file() -> None:
    """12: a link in the folder would have us read what it leads to."""
    script = "ln -s /etc/shadow results.json; mkfifo pipe; echo told >&$PASSMUSTER_RESULTS"

    result = await shell(bubblewrap(), script)

    assert (result.status, result.results) == (0, b"told\n")


async def test_nothing_of_ours_is_inherited() -> None:
    """A descriptor that somebody left inheritable would lead out."""
    leaked = os.open("/etc/passwd", os.O_RDONLY)
    os.set_inheritable(leaked, True)  # noqa: FBT003 - its only form
    try:
        result = await python(
            bubblewrap(), "import os\nfor n in range(1024):\n  try: os.fstat(n); print(n)\n  except OSError: pass"
        )
    finally:
        os.close(leaked)

    assert result.output.split() == [b"0", b"1", b"2", b"3"]


async def test_whoever_ends_the_starter_ends_itself() -> None:
    """The one that starts the command belongs to the same user, so it can be ended, and that is all."""
    script = Path(__file__).parents[3] / "attacks" / "scripts" / "end_the_starter.py"

    result = await bubblewrap().run(SandboxCommand(arguments=(PYTHON, "x.py"), files={"x.py": script.read_bytes()}))

    assert (result.status, result.ended_by, result.processor_seconds) == (-9, None, None)


def _processes_of(user: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            lines = place.read_text(encoding="utf-8").splitlines()
            if any(line.split()[:2] == ["Uid:", str(user)] for line in lines):
                found.append(int(place.parent.name))
    return found


async def _appears(look: Callable[[], list[int]]) -> list[int]:
    until = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < until:  # noqa: ASYNC110 - the kernel sets no event
        await asyncio.sleep(0.02)
    return found


async def _vanishes(look: Callable[[], list[int]]) -> list[int]:
    until = time.monotonic() + PATIENCE
    while (found := look()) and time.monotonic() < until:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    return found
