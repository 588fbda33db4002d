"""Takes memory that belongs to no process, so that no list of processes shows it."""

import ctypes
import os

from attacking import attempt, call

attempt(
    {
        "memfd_create": lambda: os.memfd_create("much"),
        "memfd_secret": lambda: call(447, 447, ctypes.c_long(0)),
        "shmget": lambda: call(29, 194, ctypes.c_long(0), ctypes.c_long(1 << 30), ctypes.c_long(0o1600)),
        "msgget": lambda: call(68, 186, ctypes.c_long(0), ctypes.c_long(0o1600)),
        "mq_open": lambda: call(240, 180, b"queue", ctypes.c_long(0o102), ctypes.c_long(0o600), None),
    }
)
