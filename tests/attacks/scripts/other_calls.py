"""Makes calls in the ways of another kind of machine, which have other numbers."""

import ctypes
import os
import platform
import signal

from attacking import LIBRARY, tell

X32 = 0x40000000


def how_it_ends() -> int:
    """Return how a process ends that makes a call of the kind x32."""
    child = os.fork()
    if not child:
        os._exit(0 if LIBRARY.syscall(ctypes.c_long(X32 + 39)) > 0 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if platform.machine() == "x86_64":
    ending = how_it_ends()
    held = ending in (-signal.SIGSYS, 1)
    tell({} if held else {"x32": str(ending)}, f"the process ended with {ending}")
else:
    tell({}, "there is no such kind here")
