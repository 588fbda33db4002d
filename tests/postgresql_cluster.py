"""A PostgreSQL server of the tests' own, on loopback, with nothing of the machine's in it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian puts the programs, in a folder for each version."""


class ClusterUnavailableError(Exception):
    """No server can be started here."""


def _program(name: str) -> str:
    found = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found and not shutil.which(name):
        message = f"PostgreSQL is not installed: there is no {name}; scripts/install-debian-packages installs it"
        raise ClusterUnavailableError(message)
    return str(found[-1]) if found else name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster() -> Iterator[str]:
    """Start a server, and stop it afterwards.

    Yields:
        The URL of a database that is empty.

    Raises:
        ClusterUnavailableError: If none can be started; the server refuses the superuser, so that the user
            ``postgres`` must be there where the tests are the superuser's.
    """
    initdb, control = _program("initdb"), _program("pg_ctl")
    user = None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError as error:
            message = "the server refuses the superuser, and there is no user postgres"
            raise ClusterUnavailableError(message) from error
    folder = Path(tempfile.mkdtemp(prefix="passmuster-postgresql-"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(*command: str) -> None:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(  # noqa: S603 - programs of the server, with arguments of our own
            command,
            env=environment,
            cwd=folder,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{command[0]} left with {done.returncode}: {done.stdout}"
            raise ClusterUnavailableError(message)

    data, port = str(folder / "data"), _free_port()
    try:
        run(initdb, "--pgdata", data, "--auth", "trust", "--username", "tests", "--encoding", "UTF8", "--no-sync")
        # Nothing of it is to outlive the tests, but what a commit waits for is the default's.
        settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c max_connections=40"
        log = str(folder / "log")
        run(control, "--pgdata", data, "--log", log, "--wait", "--timeout", "120", "--options", settings, "start")
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            run(control, "--pgdata", data, "--mode", "immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
