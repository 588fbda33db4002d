"""Looks for keys of whoever runs the sandbox, which namespaces do not part."""

import ctypes

from attacking import attempt, call

attempt(
    {
        "keyctl": lambda: call(250, 219, ctypes.c_long(0), ctypes.c_long(-4), ctypes.c_long(0)),
        "add_key": lambda: call(248, 217, b"user", b"name", b"value", ctypes.c_long(5), ctypes.c_long(-4)),
        "request_key": lambda: call(249, 218, b"user", b"name", None, ctypes.c_long(-4)),
    }
)
