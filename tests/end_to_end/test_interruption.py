"""Interrupted while running: nothing acknowledged is lost, nothing half written is read, and it can go on."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from .conftest import PATIENCE, SUITE, Repository, case_line, clean_environment, stored_trials, wait_for

SLOW_ROUTER = '''
import asyncio
import os

async def route(request, roster):
    """Let forty requests through, then wait for as long as the marker file is there."""
    with open("asked", "a") as asked:
        asked.write(request.text + "\\n")
    if request.text >= "request 0040":
        while os.path.exists("hold"):
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                open("cancelled", "w").close()
                if os.path.exists("clings"):
                    continue
                raise
    return None
'''


@pytest.fixture
def slow(repository: Repository) -> Repository:
    """A repository whose router stops after forty of a hundred requests while a file named `hold` is there."""
    (repository.suite.parent / "slow.py").write_text(SLOW_ROUTER, encoding="utf-8")
    repository.suite.write_text(
        SUITE.replace("{use: lexical}", "{use: callable, target: ./slow.py:route, deterministic: true}")
        + "execution: {use: local, concurrency: 16}\n",
        encoding="utf-8",
    )
    repository.write_cases([case_line(f"case-{at:04}", f"request {at:04}", None) for at in range(100)])
    (repository.folder / "hold").touch()
    return repository


def begun(slow: Repository) -> subprocess.Popen[bytes]:
    """Begin a run, and wait until forty trials are stored."""
    process = subprocess.Popen(
        [sys.executable, "-m", "passmuster.cli", "run", "--no-report"],
        cwd=slow.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for(lambda: stored_trials(slow) >= 40)
    return process


def endings(slow: Repository) -> list[str]:
    with closing(sqlite3.connect(slow.store, timeout=PATIENCE)) as connection:
        return [row[0] for row in connection.execute("SELECT ending FROM segment ORDER BY started_at")]


def finished(slow: Repository) -> None:
    """Resume, and check that everything is there and was asked for no oftener than need be."""
    (slow.folder / "hold").unlink()
    outcome = slow.passmuster("run", "--resume", "--no-report")
    asked = (slow.folder / "asked").read_text(encoding="utf-8").splitlines()

    assert outcome.status == 4, outcome.screen
    assert stored_trials(slow) == 100
    assert len(set(asked)) == 100
    assert [request for request in asked[:40] if asked.count(request) > 1] == []


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_run_is_resumed(slow: Repository, kind: signal.Signals) -> None:
    """Ctrl-C, a polite request to end and kill -9 all keep every finished trial; --resume makes only the rest."""
    process = begun(slow)
    os.kill(process.pid, kind)
    _, errors = process.communicate(timeout=PATIENCE)

    assert stored_trials(slow) == 40
    if kind is not signal.SIGKILL:
        assert process.returncode == 130
        assert b"--resume" in errors
        assert endings(slow) == ["interrupted"]
    finished(slow)
    assert endings(slow)[-1] == "finished"


def test_a_second_interruption_ends_what_does_not_end(slow: Repository) -> None:
    """Whatever clings to its request after the first Ctrl-C is left behind by the second; the store is sound."""
    (slow.folder / "clings").touch()
    process = begun(slow)
    os.kill(process.pid, signal.SIGINT)
    wait_for((slow.folder / "cancelled").exists)
    time.sleep(0.5)  # a second press within a quarter of a second is the same one
    assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert b"left at once" in errors
    assert stored_trials(slow) == 40
    finished(slow)
