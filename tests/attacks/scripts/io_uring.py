"""Makes a ring of requests to the kernel, by which filters of calls are passed by."""

import ctypes

from attacking import attempt, call

BUFFER = ctypes.create_string_buffer(256)

attempt({"io_uring_setup": lambda: call(425, 425, ctypes.c_long(8), BUFFER)})
