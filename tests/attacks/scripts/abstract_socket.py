"""Connects to a socket of the machine that has a name without a file."""

import socket

from attacking import attempt, question

NAME = question()["abstract"]


def connect() -> str:
    """Connect."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(b"\0" + NAME.encode())
    return "connected"


attempt({"abstract": connect})
