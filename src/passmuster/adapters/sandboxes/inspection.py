"""Tries from within what a sandbox should hold back; runs inside, with the standard library only.

It is asked with JSON on standard input: a port on which somebody listens outside, a file that lies outside, the
number of processes that are allowed, and the names of variables that may be there. It answers with JSON: for each thing
that was tried whether it was held back, and what was seen.
"""

import errno
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

UNROUTED = ("192.0.2.1", 9)
"""An address that nobody may have (RFC 5737)."""

PLACES = ("/", "/usr", "/etc", "/dev", "/proc/sys/kernel", "/var", "/home", "/root", "/opt")
"""Nowhere here may anything be written."""

SWITCH = Path("/proc/sys/kernel/core_pattern")
"""Whoever can write this file can have the kernel run a program as root, outside."""

MORE = 40
"""So many processes above the limit are tried."""

Seen = tuple[bool, str]


def network(question: dict[str, Any]) -> Seen:
    """Reach a port of the machine, and an address elsewhere."""
    for place in (("127.0.0.1", int(question["port"])), UNROUTED):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as asking:
            asking.settimeout(1)
            try:
                asking.connect(place)
            except TimeoutError:
                return False, f"packets to {place[0]} were sent"
            except OSError as error:
                if error.errno not in (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EPERM, errno.EACCES):
                    return False, f"{place[0]}: {error.strerror}"
                continue
            return False, f"{place[0]} was reached"
    return True, "neither this machine's loopback nor any other address is reached"


def files(question: dict[str, Any]) -> Seen:
    """Read a file that lies outside."""
    readable = Path(question["canary"]).exists()
    return not readable, "a file of this machine was seen" if readable else "a file of this machine is not seen"


def writing(question: dict[str, Any]) -> Seen:
    """Write outside the folders that are meant for it."""
    del question
    written = [place for place in PLACES if _can_write(Path(place) / "passmuster-canary")]
    if _can_write(SWITCH, kept=True):
        written.append(str(SWITCH))
    if written:
        return False, f"files can be written in {', '.join(written)}"
    return True, "files can be written in two folders of limited size only"


def environment(question: dict[str, Any]) -> Seen:
    """Find variables that nobody has given, in any process."""
    allowed = {*question["variables"], "LC_CTYPE", "PWD", "SHLVL", "_"}
    found: set[str] = set()
    for listing in Path("/proc").glob("[0-9]*/environ"):
        try:
            entries = listing.read_bytes().split(b"\0")
        except OSError:
            continue
        found |= {entry.partition(b"=")[0].decode("utf-8", "replace") for entry in entries if entry}
    foreign = sorted(found - allowed)
    return not foreign, f"variables were found: {', '.join(foreign)[:200]}" if foreign else "it is empty"


def user(question: dict[str, Any]) -> Seen:
    """Be root."""
    del question
    held = os.getuid() != 0 and os.geteuid() != 0
    return held, f"the command runs as the user {os.getuid()}"


def processes(question: dict[str, Any]) -> Seen:
    """See processes of the machine."""
    seen = [entry for entry in os.listdir("/proc") if entry.isdigit()]  # noqa: PTH208 - names are all that is wanted
    held = int(question["process"]) not in map(int, seen) or len(seen) < int(question["fewest"])
    return held, f"{len(seen)} processes are seen"


def multiplying(question: dict[str, Any]) -> Seen:
    """Start more processes than are allowed."""
    most = int(question["processes"])
    started: list[int] = []
    try:
        while len(started) < most + MORE:
            child = os.fork()
            if not child:
                signal.pause()
            started.append(child)
    except OSError:
        pass
    finally:
        for child in started:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    held = len(started) <= most
    return held, f"{len(started)} further processes could be started where {most} are allowed"


def calls(question: dict[str, Any]) -> Seen:
    """Make a call of the kernel that is to be refused."""
    del question
    try:
        os.close(os.memfd_create("canary"))
    except PermissionError:
        return True, "calls of the kernel are filtered"
    return False, "calls of the kernel are not filtered"


TRIED: dict[str, Callable[[dict[str, Any]], Seen]] = {
    "no network": network,
    "files outside are not seen": files,
    "nothing is written outside": writing,
    "no variables of whoever runs it": environment,
    "not as root": user,
    "processes outside are not seen": processes,
    "processes are limited": multiplying,
    "calls of the kernel are filtered": calls,
}


def _can_write(place: Path, *, kept: bool = False) -> bool:
    try:
        with place.open("ab"):
            pass
        if not kept:
            place.unlink()
    except OSError:
        return False
    return True


def main() -> None:
    """Try everything that is asked for."""
    question = json.load(sys.stdin)
    answer: dict[str, Seen] = {}
    for name in question["tried"]:
        try:
            answer[name] = TRIED[name](question)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known to be held back
            answer[name] = (False, f"it could not be tried: {type(error).__name__}: {error}")
    with os.fdopen(int(os.environ["PASSMUSTER_RESULTS"]), "w") as results:
        json.dump(answer, results)


if __name__ == "__main__":
    main()
