"""Writes ten gigabytes."""

import sys

piece = b"x" * (1 << 20)
for _ in range(10_000):
    sys.stdout.buffer.write(piece)
