"""Leaves a process behind that has cut all ties, bears a mark, and hears no signal."""

import os
import signal
import sys

from attacking import question, tell

MARK = question()["mark"]
if not os.fork():
    os.setsid()
    if not os.fork():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        os.close(int(os.environ["PASSMUSTER_RESULTS"]))
        sleeping = [sys.executable, "-c", "import time; time.sleep(600)", MARK]
        os.execv(sys.executable, sleeping)  # noqa: S606 - without a shell that would bear the mark as well
    os._exit(0)
os.wait()
tell({}, "whether it is gone is looked up outside")
