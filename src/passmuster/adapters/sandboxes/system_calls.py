"""Numbers of the kernel's calls that nobody in a sandbox may make, for two kinds of machine.

From the kernel's own tables, ``asm/unistd_64.h`` for x86-64 and ``asm-generic/unistd.h`` for aarch64.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_EVERYWHERE: Final[Mapping[str, tuple[int, int]]] = {
    # Looking into other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # File systems and namespaces.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # Parts of the kernel that have often been broken into.
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "nfsservctl": (180, 42),
    "lookup_dcookie": (212, 18),
    "personality": (135, 92),
    # The keys of whoever runs us.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # The machine itself.
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "acct": (163, 89),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    # Memory that belongs to no process, so that no watch over processes finds it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}

_OLD: Final[Mapping[str, int]] = {
    "iopl": 172,
    "ioperm": 173,
    "modify_ldt": 154,
    "uselib": 134,
    "_sysctl": 156,
    "create_module": 174,
    "get_kernel_syms": 177,
    "query_module": 178,
}
"""Only on x86-64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A kind of machine, as the kernel's filters see it.

    Attributes:
        audit: The number that a filter is given for it (``AUDIT_ARCH_…``).
        denied: The calls that are refused, by name.
        clone: The call that makes processes and threads.
        clone3: Its successor, whose arguments no filter can read.
        socket: The call that makes sockets.
        ioctl: The call for everything else.
        foreign: From this number on, calls are of another kind of program (x32); ``None`` where there is no such.
    """

    audit: int
    denied: Mapping[str, int]
    clone: int
    clone3: int
    socket: int
    ioctl: int
    foreign: int | None = None


MACHINES: Final[Mapping[str, Machine]] = {
    "x86_64": Machine(
        audit=0xC000003E,
        denied={**{name: numbers[0] for name, numbers in _EVERYWHERE.items()}, **_OLD},
        clone=56,
        clone3=435,
        socket=41,
        ioctl=16,
        foreign=0x40000000,
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        denied={name: numbers[1] for name, numbers in _EVERYWHERE.items()},
        clone=220,
        clone3=435,
        socket=198,
        ioctl=29,
    ),
}
"""By the names that ``uname`` has for them."""
