"""Types a command into the terminal of whoever runs it."""

import fcntl
import os

from attacking import attempt


def type_letter() -> object:
    """Put a letter into the terminal's input."""
    return fcntl.ioctl(0, 0x5412, b"x")


attempt({"TIOCSTI": type_letter, "the terminal": lambda: os.open("/dev/tty", os.O_RDWR)})
