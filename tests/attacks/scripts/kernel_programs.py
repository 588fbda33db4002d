"""Loads programs and modules into the kernel, or measures it."""

import ctypes

from attacking import attempt, call

BUFFER = ctypes.create_string_buffer(128)

attempt(
    {
        "bpf": lambda: call(321, 280, ctypes.c_long(0), BUFFER, ctypes.c_long(128)),
        "perf_event_open": lambda: call(298, 241, BUFFER, *map(ctypes.c_long, (0, -1, -1, 0))),
        "userfaultfd": lambda: call(323, 282, ctypes.c_long(1)),
        "init_module": lambda: call(175, 105, BUFFER, ctypes.c_long(128), b""),
        "kexec_load": lambda: call(246, 104, *map(ctypes.c_long, (0, 0, 0, 0))),
        "syslog": lambda: call(103, 116, ctypes.c_long(3), BUFFER, ctypes.c_long(128)),
    }
)
