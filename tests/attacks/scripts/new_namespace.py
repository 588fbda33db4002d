"""Makes a namespace of users, in which it would be root and could reach parts of the kernel that it cannot now."""

import ctypes
import errno
import os

from attacking import attempt, call

NEW_USER = 0x10000000
NEW_ALL = 0x7E020000
CHILD = 17


class Arguments(ctypes.Structure):
    """What ``clone3`` is told."""

    _fields_ = [
        (name, ctypes.c_uint64) for name in ("flags", "fd", "child", "parent", "signal", "stack", "size", "tls")
    ]


def clone3() -> int:
    """Make a process in a namespace of its own, in the way whose flags no filter sees."""
    arguments = Arguments(flags=NEW_USER, signal=CHILD)
    try:
        child = call(435, 435, ctypes.byref(arguments), ctypes.c_long(ctypes.sizeof(arguments)))
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise OSError(errno.EPERM, "as if it were not known") from None
        raise
    if not child:
        os._exit(0)
    return child


def clone() -> int:
    """Make a process in a namespace of its own."""
    child = call(56, 220, ctypes.c_long(NEW_USER | CHILD), None, None, None, None)
    if not child:
        os._exit(0)
    return child


attempt(
    {
        "unshare": lambda: call(272, 97, ctypes.c_long(NEW_USER)),
        "unshare all": lambda: call(272, 97, ctypes.c_long(NEW_ALL)),
        "clone": clone,
        "clone3": clone3,
        "joining": lambda: call(308, 268, os.open("/proc/1/ns/user", os.O_RDONLY), ctypes.c_long(0)),
    }
)
