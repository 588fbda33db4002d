"""Connects to a socket of the machine that lies in a folder everybody may read, such as those of engines."""

import socket

from attacking import attempt, question

PLACES = [question()["socket"], "/var/run/docker.sock", "/run/dbus/system_bus_socket"]


def connect(place: str) -> str:
    """Connect."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(place)
    return "connected"


attempt({place: (lambda place=place: connect(place)) for place in PLACES})
