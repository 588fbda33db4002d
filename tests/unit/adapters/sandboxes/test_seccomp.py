"""The filter of system calls, interpreted for both kinds of machine."""

import errno
import struct

import pytest
from tests.unit.adapters.sandboxes.filter_machine import ALLOWED, FAILS, KILLED, answer

from passmuster.adapters.sandboxes.seccomp import filter_for
from passmuster.adapters.sandboxes.system_calls import MACHINES

EVERY = pytest.mark.parametrize("name", sorted(MACHINES))
REFUSED = FAILS | errno.EPERM
ORDINARY = {
    "x86_64": {"read": 0, "write": 1, "mmap": 9, "execve": 59, "fork": 57, "kill": 62, "openat": 257, "seccomp": 317},
    "aarch64": {"read": 63, "write": 64, "mmap": 222, "execve": 221, "kill": 129, "openat": 56, "seccomp": 277},
}
"""What every program needs, from the kernel's tables."""

LIBRARY_NUMBERS = {
    "x86_64": {"ptrace": 101, "mount": 165, "bpf": 321, "keyctl": 250, "io_uring_setup": 425, "memfd_create": 319},
    "aarch64": {"ptrace": 117, "mount": 40, "bpf": 280, "keyctl": 219, "io_uring_setup": 425, "memfd_create": 279},
}
"""Copied a second time from the same tables, since a wrong number would let a call through silently."""


def program(name: str) -> bytes:
    found = filter_for(name)
    assert found is not None
    return found


@EVERY
def test_every_listed_call_is_refused(name: str) -> None:
    """Each fails with EPERM, so that a program which tries it can go on."""
    machine = MACHINES[name]

    answers = {call: answer(program(name), machine.audit, number) for call, number in machine.denied.items()}

    assert answers == dict.fromkeys(machine.denied, REFUSED)
    assert len(answers) > 50


@EVERY
def test_numbers_are_those_of_the_machine(name: str) -> None:
    """Two kinds of machine number the same call differently."""
    listed = {call: MACHINES[name].denied[call] for call in LIBRARY_NUMBERS[name]}

    assert listed == LIBRARY_NUMBERS[name]


@EVERY
def test_what_every_program_needs_is_allowed(name: str) -> None:
    """Reading, writing, starting and so on."""
    machine = MACHINES[name]

    answers = {call: answer(program(name), machine.audit, number) for call, number in ORDINARY[name].items()}

    assert answers == dict.fromkeys(ORDINARY[name], ALLOWED)


@EVERY
def test_a_call_of_another_machine_ends_the_process(name: str) -> None:
    """Its numbers mean something else, so that the list would be passed by."""
    others = [0x40000003, *(machine.audit for other, machine in MACHINES.items() if other != name)]

    assert {answer(program(name), audit, ORDINARY[name]["read"]) for audit in others} == {KILLED}


def test_a_call_of_the_kind_x32_ends_the_process() -> None:
    """It bears the same mark as the machine's own, and other numbers."""
    machine = MACHINES["x86_64"]

    assert answer(program("x86_64"), machine.audit, 0x40000000 + 101) == KILLED


@EVERY
@pytest.mark.parametrize("flag", [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000])
def test_processes_come_without_namespaces_of_their_own(name: str, flag: int) -> None:
    """Ordinary flags are allowed, those of any namespace are not."""
    machine = MACHINES[name]
    thread = 0x003D0F00

    assert answer(program(name), machine.audit, machine.clone, [thread]) == ALLOWED
    assert answer(program(name), machine.audit, machine.clone, [17 | flag]) == REFUSED


@EVERY
def test_the_newer_call_for_processes_is_not_known(name: str) -> None:
    """Libraries then fall back to the older one, whose flags can be read."""
    machine = MACHINES[name]

    assert answer(program(name), machine.audit, machine.clone3) == FAILS | errno.ENOSYS


@EVERY
def test_sockets_are_of_known_families_only(name: str) -> None:
    """A namespace of networks does not hold those of virtual machines (40) or of the kernel's ciphers (38)."""
    machine = MACHINES[name]

    answers = {family: answer(program(name), machine.audit, machine.socket, [family]) for family in range(46)}

    assert {family for family, found in answers.items() if found == ALLOWED} == {1, 2, 10, 16}
    assert {found for found in answers.values() if found != ALLOWED} == {FAILS | errno.EAFNOSUPPORT}


@EVERY
def test_nothing_is_typed_into_a_terminal(name: str) -> None:
    """Other controls of devices are allowed."""
    machine = MACHINES[name]

    answers = [answer(program(name), machine.audit, machine.ioctl, [0, what]) for what in (0x5412, 0x541C, 0x5413)]

    assert answers == [REFUSED, REFUSED, ALLOWED]


def test_upper_halves_of_arguments_change_nothing() -> None:
    """The kernel reads only the lower half of a family and of a control."""
    machine = MACHINES["x86_64"]

    assert answer(program("x86_64"), machine.audit, machine.ioctl, [0, 0x5412 | 1 << 40]) == REFUSED


def test_a_machine_whose_numbers_are_not_known_has_no_filter() -> None:
    """A filter with wrong numbers would be worse than none."""
    assert filter_for("riscv64") is None


@EVERY
def test_a_filter_is_one_that_the_kernel_takes(name: str) -> None:
    """At most 4,096 steps of eight bytes, the last of which returns, and no jump leads out."""
    steps = [struct.unpack_from("<HBBI", program(name), place) for place in range(0, len(program(name)), 8)]

    assert len(steps) <= 4_096
    assert steps[-1][0] == 0x06
    assert all(
        place + 1 + max(then, otherwise) < len(steps) for place, (_, then, otherwise, _) in enumerate(steps[:-1])
    )
