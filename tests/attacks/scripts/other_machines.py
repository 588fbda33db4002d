"""Sends to addresses of other machines."""

import socket

from attacking import attempt


def connect(kind: socket.AddressFamily, address: tuple[str, int]) -> str:
    """Connect."""
    with socket.socket(kind, socket.SOCK_STREAM) as asking:
        asking.settimeout(2)
        asking.connect(address)
    return "connected"


def send() -> int:
    """Send a packet that nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        return sending.sendto(b"secret", ("192.0.2.1", 53))


attempt(
    {
        "TCP": lambda: connect(socket.AF_INET, ("192.0.2.1", 80)),
        "TCP, version 6": lambda: connect(socket.AF_INET6, ("2001:db8::1", 80)),
        "UDP": send,
        "names": lambda: socket.getaddrinfo("example.org", 80),
        "raw packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
        "the host of a virtual machine": lambda: socket.socket(40, socket.SOCK_STREAM),
    }
)
