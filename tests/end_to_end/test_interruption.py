"""Interrupted while running: nothing acknowledged is lost, nothing half written is read, and it can go on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from .conftest import SUITE, Repository, case_line, clean_environment, stored_trials

SLOW_ROUTER = '''
import asyncio
import os

async def route(request, roster):
    """Let forty requests through, then wait for as long as the marker file is there."""
    if request.text >= "request 0040":
        while os.path.exists("hold"):
            await asyncio.sleep(0.01)
    return None
'''


@pytest.fixture
def slow(repository: Repository) -> Repository:
    """A repository whose router stops after forty of a hundred requests while a file named `hold` is there."""
    (repository.suite.parent / "slow.py").write_text(SLOW_ROUTER, encoding="utf-8")
    repository.suite.write_text(
        SUITE.replace("{use: lexical}", "{use: callable, target: ./slow.py:route, deterministic: true}"),
        encoding="utf-8",
    )
    repository.write_cases([case_line(f"case-{at:04}", f"request {at:04}", None) for at in range(100)])
    (repository.folder / "hold").touch()
    return repository


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_is_resumed(slow: Repository, kind: signal.Signals) -> None:
    """Ctrl-C and kill -9 both keep every finished trial; --resume makes only the rest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "passmuster.cli", "run", "--no-report"],
        cwd=slow.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while stored_trials(slow) < 40 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, kind)
    _, errors = process.communicate(timeout=60)
    kept = stored_trials(slow)

    assert kept == 40
    if kind is signal.SIGINT:
        assert process.returncode == 130
        assert b"--resume" in errors
    (slow.folder / "hold").unlink()
    outcome = slow.passmuster("run", "--resume", "--no-report")
    assert outcome.status == 4, outcome.screen
    assert stored_trials(slow) == 100
