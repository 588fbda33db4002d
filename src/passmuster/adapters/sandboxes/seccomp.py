"""The filter of system calls, as a program for the kernel (classic BPF; see its documentation of seccomp filters).

Refused calls fail with EPERM, so that programs which try them can go on. Calls of another kind of machine end the
process. ``clone3`` fails as if the kernel did not know it, since its flags lie where no filter can read them, and every
library then falls back to ``clone``, whose flags are read. Sockets are made of four families only: others, such as
that of virtual machines and their hosts (AF_VSOCK), know no namespaces of networks.
"""

import errno
import struct
from dataclasses import dataclass
from typing import Final

from passmuster.adapters.sandboxes.system_calls import MACHINES, Machine

LOAD: Final = 0x20
"""``BPF_LD | BPF_W | BPF_ABS``: take a word of the call's description."""
EQUAL: Final = 0x15
AT_LEAST: Final = 0x35
ANY_BIT: Final = 0x45
RETURN: Final = 0x06

NUMBER_AT: Final = 0
MACHINE_AT: Final = 4
ARGUMENTS_AT: Final = 16
"""Each has eight bytes, the lower four first on both kinds of machine."""

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
FAIL: Final = 0x00050000

NAMESPACE_FLAGS: Final = 0x7E020000
"""CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID and -NET; a new one of time cannot be had by ``clone``."""

FAMILIES: Final = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
TYPING_CONTROLS: Final = {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C}
"""They type into the terminal of whoever runs us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One instruction, whose jumps name the steps that they go to; no name is the next step."""

    code: int
    value: int
    then: str = ""
    otherwise: str = ""
    name: str = ""


def filter_for(machine: str) -> bytes | None:
    """Return the filter for a kind of machine by its name in ``uname``; ``None`` if its numbers are not known."""
    known = MACHINES.get(machine)
    return None if known is None else _assembled(_steps(known))


def _steps(machine: Machine) -> list[_Step]:
    foreign = [] if machine.foreign is None else [_Step(code=AT_LEAST, value=machine.foreign, then="kill")]
    return [
        _Step(code=LOAD, value=MACHINE_AT),
        _Step(code=EQUAL, value=machine.audit, otherwise="kill"),
        _Step(code=LOAD, value=NUMBER_AT),
        *foreign,
        _Step(code=EQUAL, value=machine.clone, then="clone"),
        _Step(code=EQUAL, value=machine.clone3, then="unknown"),
        _Step(code=EQUAL, value=machine.socket, then="socket"),
        _Step(code=EQUAL, value=machine.ioctl, then="ioctl"),
        *[_Step(code=EQUAL, value=number, then="deny") for number in sorted(machine.denied.values())],
        _Step(code=RETURN, value=ALLOW),
        _Step(code=LOAD, value=ARGUMENTS_AT, name="clone"),
        _Step(code=ANY_BIT, value=NAMESPACE_FLAGS, then="deny", otherwise="allow"),
        _Step(code=LOAD, value=ARGUMENTS_AT, name="socket"),
        *[_Step(code=EQUAL, value=family, then="allow") for family in FAMILIES.values()],
        _Step(code=RETURN, value=FAIL | errno.EAFNOSUPPORT),
        _Step(code=LOAD, value=ARGUMENTS_AT + 8, name="ioctl"),
        *[_Step(code=EQUAL, value=control, then="deny") for control in TYPING_CONTROLS.values()],
        _Step(code=RETURN, value=ALLOW, name="allow"),
        _Step(code=RETURN, value=FAIL | errno.EPERM, name="deny"),
        _Step(code=RETURN, value=FAIL | errno.ENOSYS, name="unknown"),
        _Step(code=RETURN, value=KILL, name="kill"),
    ]


def _assembled(steps: list[_Step]) -> bytes:
    places = {step.name: place for place, step in enumerate(steps) if step.name}

    def distance(place: int, name: str) -> int:
        return places[name] - place - 1 if name else 0

    return b"".join(
        struct.pack("<HBBI", step.code, distance(place, step.then), distance(place, step.otherwise), step.value)
        for place, step in enumerate(steps)
    )
