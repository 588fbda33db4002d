"""The world around an attack: what it would reach without a sandbox, and how its outcome is read."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from passmuster.domain.sandboxes import CommandResult, Limit, SandboxCommand, SandboxLimits
from passmuster.ports import Sandbox

SCRIPTS = Path(__file__).parent / "scripts"
MEBIBYTE = 1_048_576
LIMITS = SandboxLimits(time=20, memory=512 * MEBIBYTE, disk=64 * MEBIBYTE, processes=64, output=MEBIBYTE)
SHORT = SandboxLimits(time=1.5, memory=512 * MEBIBYTE, disk=64 * MEBIBYTE, processes=64, output=MEBIBYTE)
NOBODY = 65_534


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack.

    Attributes:
        name: The script's name.
        tries: What it tries, in a few words.
        limits: What it may use.
        ended_by: The limit that must end it; ``None`` if it ends by itself, and tells what it could break.
        is_harmless: Whether it can be made without a sandbox, to see that it works there.
    """

    name: str
    tries: str
    limits: SandboxLimits = LIMITS
    ended_by: Limit | None = None
    is_harmless: bool = False


ATTACKS = (
    Attack(name="other_machines", tries="connect to other machines"),
    Attack(name="loopback_of_host", tries="connect to a server on the machine's loopback", is_harmless=True),
    Attack(name="abstract_socket", tries="connect to an abstract socket of the machine", is_harmless=True),
    Attack(name="socket_file", tries="connect to a socket file of the machine", is_harmless=True),
    Attack(name="write_outside", tries="write outside its folders"),
    Attack(name="read_secrets", tries="read files of the machine", is_harmless=True),
    Attack(name="read_environment", tries="find a secret in any environment", is_harmless=True),
    Attack(name="signal_host", tries="send signals to processes outside"),
    Attack(name="trace", tries="trace processes, and read their memory and descriptors"),
    Attack(name="mount", tries="mount file systems"),
    Attack(name="change_root", tries="change the root folder"),
    Attack(name="new_namespace", tries="make a namespace of users"),
    Attack(name="kernel_programs", tries="load programs and modules into the kernel"),
    Attack(name="io_uring", tries="make an io_uring"),
    Attack(name="memory_one", tries="take 6 GB in one process", ended_by=Limit.MEMORY),
    Attack(name="memory_many", tries="take 400 MB in each of 12 processes", ended_by=Limit.MEMORY),
    Attack(name="fork_bomb", tries="start 1,500 processes"),
    Attack(name="fill_disk", tries="fill every folder"),
    Attack(name="endless_loop", tries="compute for ever", limits=SHORT, ended_by=Limit.TIME),
    Attack(name="endless_sleep", tries="sleep for ever, deaf to signals", limits=SHORT, ended_by=Limit.TIME),
    Attack(name="daemon", tries="leave a process behind"),
)
"""The 21 of the design, in its order."""

FURTHER = (
    Attack(name="kernel_switches", tries="change how the kernel works"),
    Attack(name="keyring", tries="read the keys of whoever runs it"),
    Attack(name="memory_of_nobody", tries="take memory that belongs to no process"),
    Attack(name="fork_storm", tries="multiply for ever", limits=SHORT, ended_by=Limit.TIME),
    Attack(name="flood_output", tries="write 10 GB to standard output", ended_by=Limit.OUTPUT),
    Attack(name="flood_results", tries="write 10 GB as results", ended_by=Limit.OUTPUT),
    Attack(name="type_into_terminal", tries="type into the terminal"),
    Attack(name="other_calls", tries="make calls of another kind of machine"),
    Attack(name="links_and_pipes", tries="leave links, pipes and devices"),
)
"""Others that were thought of since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an attack.

    Attributes:
        result: What the sandbox says of it.
        broken: What it broke, by name.
        held: What it saw instead.
        left: Processes that bear its mark after its end.
    """

    result: CommandResult
    broken: dict[str, str]
    held: str
    left: int


async def make(attack: Attack, sandbox: Sandbox, *, python: str = "/usr/bin/python3") -> Outcome:
    """Make an attack in a sandbox, in a world that holds what it looks for."""
    with _world(attack) as question:
        command = SandboxCommand(
            arguments=(python, f"{attack.name}.py"),
            files={name: (SCRIPTS / name).read_bytes() for name in ("attacking.py", f"{attack.name}.py")},
            input=json.dumps(question).encode(),
            limits=attack.limits,
        )
        result = await sandbox.run(command)
        broken, held = _told(result)
        return Outcome(result=result, broken=broken, held=held, left=len(processes_with(str(question["mark"]))))


def _told(result: CommandResult) -> tuple[dict[str, str], str]:
    """Return what an attack has told; one that was ended has told nothing."""
    if not result.results.startswith(b"{"):
        return {}, ""
    told = json.loads(result.results)
    return told["broken"], told["held"]


@contextmanager
def _world(attack: Attack) -> Iterator[dict[str, object]]:
    secret, mark = secrets.token_hex(16), f"mark-{secrets.token_hex(8)}"
    with ExitStack() as stack:
        shared = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passmuster-attacked-")))
        shared.chmod(0o777)
        canary = shared / "canary"
        canary.write_text(secret, encoding="utf-8")
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        _unix(stack, f"\0{mark}")
        _unix(stack, str(shared / "socket"))
        (shared / "socket").chmod(0o777)
        # Planted where it would be inherited: this is what a key of a service looks like to a sandbox.
        os.environ["PASSMUSTER_PLANTED"] = secret
        stack.callback(os.environ.pop, "PASSMUSTER_PLANTED")
        yield {
            "port": listening.getsockname()[1],
            "abstract": mark,
            "socket": str(shared / "socket"),
            "shared": str(shared),
            "canary": str(canary),
            "secret": secret,
            "mark": mark,
            "victim": stack.enter_context(_victim()).pid,
            "process": os.getpid(),
            "processes": attack.limits.processes,
            "disk": attack.limits.disk,
        }


def _unix(stack: ExitStack, address: str) -> None:
    listening = stack.enter_context(socket.socket(socket.AF_UNIX))
    listening.bind(address)
    listening.listen()


@contextmanager
def _victim() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process outside that belongs to the very user who commands run as."""
    user = NOBODY if os.geteuid() == 0 else None
    with subprocess.Popen(
        ["/bin/sleep", "600"], user=user, env={"PASSMUSTER_PLANTED": os.environ["PASSMUSTER_PLANTED"]}
    ) as victim:
        yield victim
        assert victim.poll() is None, "the attack has ended a process outside"
        victim.send_signal(signal.SIGKILL)


def processes_with(mark: str) -> list[int]:
    """Return the processes whose arguments or environment bear a mark."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        if int(place.name) == os.getpid():
            continue
        try:
            bears = any(mark.encode() in (place / kind).read_bytes() for kind in ("cmdline", "environ"))
        except OSError:
            continue
        if bears and not (place / "stat").read_text(encoding="utf-8").rpartition(")")[2].strip().startswith("Z"):
            found.append(int(place.name))
    return found


PYTHON = sys.executable
"""The interpreter of the tests, for attacks without a sandbox."""
