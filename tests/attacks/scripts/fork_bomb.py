"""Multiplies as fast as it can, and counts how far it gets."""

import os
import signal

from attacking import question, tell

MOST = question()["processes"]
started = []
try:
    while len(started) < 1_500:
        child = os.fork()
        if not child:
            signal.pause()
        started.append(child)
except OSError:
    pass
for child in started:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
tell({} if len(started) <= MOST else {"processes": str(len(started))}, f"{len(started)} processes beside it")
