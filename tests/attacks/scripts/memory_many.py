"""Takes far more memory than is allowed, in many processes that each stay within."""

import os
import time

for _ in range(12):
    if not os.fork():
        taken = bytearray(400_000_000)
        time.sleep(30)
        os._exit(len(taken) % 2)
time.sleep(30)
