"""Mounts something, in the old way and in the new."""

import ctypes

from attacking import attempt, call

attempt(
    {
        "proc": lambda: call(165, 40, b"proc", b"/tmp", b"proc", ctypes.c_long(0), None),
        "writable again": lambda: call(165, 40, None, b"/usr", None, ctypes.c_long(32 | 4096), None),
        "unmounting": lambda: call(166, 39, b"/usr", ctypes.c_long(2)),
        "a new file system": lambda: call(430, 430, b"tmpfs", ctypes.c_long(0)),
        "a copy of a tree": lambda: call(428, 428, ctypes.c_long(-100), b"/", ctypes.c_long(1)),
    }
)
