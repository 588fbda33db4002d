"""Connects to a server that listens on the machine's own loopback."""

import socket

from attacking import attempt, question

PORT = question()["port"]
attempt({"loopback": lambda: socket.create_connection(("127.0.0.1", PORT), timeout=2)})
