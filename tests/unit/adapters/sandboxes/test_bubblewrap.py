"""What a command gets and what comes back, in bubblewrap."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest
from tests.sandboxing import needs_bubblewrap
from tests.unit.adapters.sandboxes.inside import PYTHON, bubblewrap, python, readable_folder, shell, stand_in

from passmuster.adapters.sandboxes.descriptors import Descriptors
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import SandboxCommand, SandboxLimits

REMEDIES = {
    "bwrap: setting up uid map: Permission denied": "apparmor_restrict_unprivileged_userns",
    "bwrap: Creating new namespace failed: ENOSPC": "max_user_namespaces",
    "bwrap: Creating new namespace failed: No space left on device": "max_user_namespaces",
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow it": "seccomp=unconfined",
    "bwrap: Creating new namespace failed: Operation not permitted": "seccomp=unconfined",
    "bwrap: Can't mount proc on /newroot/proc: Operation not permitted": "seccomp=unconfined",
    "bwrap: Can't find source path /root/x: Permission denied": "everybody may read",
    "bwrap: Unknown option --size": "0.7 or newer",
}


@needs_bubblewrap
async def test_a_command_has_its_files_and_its_input() -> None:
    """Files lie in the folder in which it starts, of any name and content."""
    files = {"a/b/ü c.txt": b"\0\xff", "empty": b"", "large": b"x" * 3_000_000}

    result = await shell(bubblewrap(), "cat 'a/b/ü c.txt'; wc -c < large; wc -c < empty; cat", files=files, input=b"in")

    assert (result.status, result.errors) == (0, b"")
    assert result.output == b"\0\xff3000000\n0\nin"


@needs_bubblewrap
async def test_a_command_sees_what_is_listed_where_it_lies_and_cannot_change_it() -> None:
    """Also below folders that the sandbox has made anew."""
    with readable_folder() as folder:
        (folder / "there").write_text("text", encoding="utf-8")
        script = f"cat {folder}/there; touch {folder}/there || echo kept"

        result = await shell(bubblewrap(), script, read_only=(folder,))

        assert result.output == b"textkept\n"
        unseen = await shell(bubblewrap(), f"ls {folder}")
        assert unseen.status != 0


@needs_bubblewrap
async def test_a_place_that_is_not_there_is_no_result() -> None:
    """Whoever lists it has made a mistake that the answer is not to blame for."""
    with pytest.raises(SandboxError, match="no-such-place"):
        await shell(bubblewrap(), "true", read_only=(Path("/no-such-place"),))


@needs_bubblewrap
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
async def test_a_place_that_the_user_inside_cannot_read_is_told_with_the_remedy(tmp_path: Path) -> None:
    """Such as an environment below root's home."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(SandboxError) as caught:
        await shell(bubblewrap(), "true", read_only=(closed / "x",))

    assert "everybody may read" in caught.value.hint


@needs_bubblewrap
async def test_a_server_inside_is_asked_from_outside() -> None:
    """A listening socket goes in under its number; there is no network that could forge the answer."""
    script = (
        "import os, socket\ns = socket.socket(fileno=int(os.environ['LISTENING']))\n"
        "c, _ = s.accept()\nc.sendall(b'hello ' + c.recv(10))"
    )
    with readable_folder() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        listening.listen()
        running = asyncio.create_task(
            python(
                bubblewrap(), script, listening=listening.fileno(), environment={"LISTENING": str(listening.fileno())}
            )
        )
        reader, writer = await asyncio.open_unix_connection(str(folder / "socket"))
        writer.write(b"you")
        answer = await reader.read(20)
        writer.close()
        await writer.wait_closed()
        result = await running

    assert (answer, result.status) == (b"hello you", 0)


@needs_bubblewrap
async def test_a_command_may_use_its_own_loopback() -> None:
    """Applications under test listen there."""
    script = (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "c = socket.create_connection(s.getsockname()); print('connected')"
    )

    assert (await python(bubblewrap(), script)).output == b"connected\n"


@needs_bubblewrap
async def test_a_program_that_is_not_there_is_no_result() -> None:
    """An exit status would be taken for the program's own."""
    with pytest.raises(SandboxError, match=r"could not be started: .*No such file"):
        await bubblewrap().run(SandboxCommand(arguments=("no-such-program",)))


@needs_bubblewrap
async def test_a_full_folder_says_so() -> None:
    """The program can tell, and nobody ends it."""
    result = await shell(bubblewrap(), "cat /dev/zero > x", limits=SandboxLimits(disk=1_048_576))

    assert result.ended_by is None
    assert b"No space left" in result.errors


@needs_bubblewrap
async def test_files_that_have_no_room_are_no_result() -> None:
    """The command was never started, so that nothing can be said of it."""
    with pytest.raises(SandboxError, match=r"its files could not be written: .*No space left"):
        await shell(bubblewrap(), "true", files={"x": b"x" * 2_000_000}, limits=SandboxLimits(disk=1_048_576))


@needs_bubblewrap
async def test_the_start_of_a_sandbox_is_not_counted_as_the_commands_time() -> None:
    """A busy machine takes longer to start it than a short limit allows."""
    with readable_folder() as folder:
        sandbox = bubblewrap(program=stand_in(folder, 'sleep 1.6; exec /usr/bin/bwrap "$@"'))

        result = await shell(sandbox, "echo done", limits=SandboxLimits(time=1.5))

    assert result.output == b"done\n"
    assert result.wall_seconds < 1.5


@needs_bubblewrap
async def test_many_run_at_once() -> None:
    """Each has its own of everything."""
    sandbox = bubblewrap()

    results = await asyncio.gather(*(shell(sandbox, f"echo {n} > x; cat x; sleep 0.1") for n in range(12)))

    assert [result.output for result in results] == [f"{n}\n".encode() for n in range(12)]


@needs_bubblewrap
async def test_nothing_is_left_open() -> None:
    """A thousand answers would use up the descriptors of a process."""
    sandbox = bubblewrap()
    await shell(sandbox, "true")
    before = _descriptors()

    for limits in (SandboxLimits(), SandboxLimits(time=0.05)):
        await shell(sandbox, "sleep 0.1", limits=limits)
    with pytest.raises(SandboxError):
        await shell(sandbox, "true", read_only=(Path("/no-such-place"),))

    assert _descriptors() == before


@needs_bubblewrap
async def test_a_second_cancellation_changes_nothing() -> None:
    """Whoever is impatient must not leave a process behind either."""
    running = asyncio.create_task(shell(bubblewrap(), "sleep 600"))
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.sleep(0)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running


@needs_bubblewrap
async def test_a_probe_tries_everything_and_is_kept() -> None:
    """It takes a tenth of a second, once in a process."""
    sandbox = bubblewrap()

    probe = await sandbox.probe()

    assert probe.is_usable, probe
    assert probe.version
    assert len(probe.findings) == 9
    assert await bubblewrap().probe() is probe


@needs_bubblewrap
async def test_namespaces_are_forbidden_by_the_filter_where_bwrap_cannot_forbid_them() -> None:
    """Some containers do not let it write the switch; it is tried again without, and only then."""
    complaint = "bwrap: cannot open /proc/sys/user/max_user_namespaces: Read-only file system"
    script = (
        f"if grep -qz -- --disable-userns /proc/self/fd/$2; then echo '{complaint}' >&2; exit 1; fi\n"
        'exec /usr/bin/bwrap "$@"'
    )
    with readable_folder() as folder:
        sandbox = bubblewrap(program=stand_in(folder, script))

        result = await shell(sandbox, "unshare --user true || echo refused")

        assert result.output == b"refused\n"
        assert (await sandbox.probe()).is_usable


@needs_bubblewrap
async def test_a_sandbox_that_does_not_hold_is_not_usable() -> None:
    """Here one that shares the network and this machine's files; the probe names each promise that is broken."""
    options = (
        "--unshare-user --unshare-pid --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib"
        " --symlink usr/lib64 /lib64 --proc /proc --dev /dev --bind /tmp /tmp --tmpfs /sandbox"
    )
    # Keeps of what it is told only what goes on with us.
    script = (
        'told=$2; shift 3; number=$(tr "\\0" "\\n" < /proc/self/fd/$told | grep -A1 info-fd | tail -1)\n'
        f'exec /usr/bin/bwrap {options} --info-fd $number -- "$@"'
    )
    with readable_folder() as folder:
        probe = await bubblewrap(program=stand_in(folder, script)).probe()

    broken = {finding.name for finding in probe.findings if not finding.is_held}
    assert {"no network", "files outside are not seen", "calls of the kernel are filtered"} <= broken
    assert not probe.is_usable
    assert all(name in probe.remedy for name in broken)


@pytest.mark.parametrize("complaint", REMEDIES)
async def test_a_complaint_is_answered_with_a_remedy(complaint: str) -> None:
    """People see what to do, and not only what was wrong."""
    with readable_folder() as folder:
        probe = await bubblewrap(program=stand_in(folder, f'echo "{complaint}" >&2; exit 1')).probe()

    assert not probe.is_usable
    assert complaint in probe.findings[0].detail
    assert REMEDIES[complaint] in probe.remedy


async def test_where_there_is_no_bubblewrap_the_probe_says_how_to_get_it() -> None:
    """It raises nothing; running a command does."""
    sandbox = bubblewrap(program="no-such-bwrap")

    probe = await sandbox.probe()

    assert not probe.is_usable
    assert "install bubblewrap" in probe.remedy
    with pytest.raises(SandboxError, match="no-such-bwrap"):
        await shell(sandbox, "true")


async def test_a_program_that_may_not_be_run_is_an_error() -> None:
    """Not an exit status, and not a traceback."""
    with readable_folder() as folder:
        program = stand_in(folder, "", first="no program at all")

        with pytest.raises(SandboxError, match="could not be started"):
            await shell(bubblewrap(program=program), "true")


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_for_a_sandbox_cannot_be_changed_in_it() -> None:
    """They are memory that no limit sees."""
    with Descriptors() as ways:
        descriptor = ways.file(b"filter")

        with pytest.raises(PermissionError):
            os.write(descriptor, b"more")
        assert os.read(descriptor, 10) == b"filter"


def test_the_interpreter_of_the_tests_is_not_the_one_inside() -> None:
    """Tests of what is inside must not pass because they ran outside."""
    assert sys.executable != PYTHON
