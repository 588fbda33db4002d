"""A run whose trials are made by other processes: the same decisions, and each trial once, whoever is killed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from .conftest import PATIENCE, SUITE, Repository, case_line, clean_environment, stored_trials, wait_for

CASES = 40

HELD_ROUTER = '''
import asyncio
import os

async def route(request, roster):
    """Say who was asked; all but the first few wait for as long as the marker file is there."""
    with open("asked", "a") as asked:
        asked.write(f"{os.getpid()} {request.text}\\n")
    if request.text >= "request 0010":
        while os.path.exists("hold"):
            await asyncio.sleep(0.01)
    return None
'''


@pytest.fixture
def held(repository: Repository) -> Repository:
    """A repository whose router stops after a few of its requests while a file named `hold` is there."""
    (repository.suite.parent / "held.py").write_text(HELD_ROUTER, encoding="utf-8")
    text = SUITE.replace("router: {use: lexical}", "router: {use: callable, target: './held.py:route'}")
    repository.suite.write_text(text, encoding="utf-8")
    repository.write_cases([case_line(f"case-{number}", f"request {number:04}", None) for number in range(CASES)])
    (repository.folder / "hold").touch()
    return repository


def executing(repository: Repository, how: str) -> None:
    """Have the suite's trials made in some way."""
    text = repository.suite.read_text(encoding="utf-8")
    repository.suite.write_text(f"{text}execution: {how}\n", encoding="utf-8")


def asked(repository: Repository) -> list[tuple[int, str]]:
    """Return who was asked what, in order."""
    file = repository.folder / "asked"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [(int(line.split(" ", 1)[0]), line.split(" ", 1)[1]) for line in lines]


def each_once(repository: Repository) -> bool:
    """Whether the store has each case once."""
    with closing(sqlite3.connect(repository.store, timeout=PATIENCE)) as connection:
        query = "SELECT count(*), count(DISTINCT cell) FROM trial WHERE is_finished"
        return connection.execute(query).fetchone() == (CASES, CASES)


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Python module; it is killed when the block ends."""
    process = subprocess.Popen(  # noqa: S603 - our own program, or Dask's
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(PATIENCE)


def test_processes_decide_as_one_does(repository: Repository) -> None:
    """Decisions, metrics and verdict are equal to those of a run in one process."""
    alone = json.loads(repository.passmuster("run", "--no-report", "--json").output)
    executing(repository, "{use: processes, workers: 2, shard: 3}")

    made = repository.passmuster("run", "--no-report", "--json")

    several = json.loads(made.output)
    assert made.status == 4, made.screen
    assert several.pop("run") != alone.pop("run")
    assert several == alone


def test_a_killed_driver_takes_its_processes_along(held: Repository) -> None:
    """No worker lives on unseen, and the run is finished later, each trial once."""
    executing(held, "{use: processes, workers: 2, shard: 5}")
    with started(held.folder, "passmuster.cli", "run", "--no-report") as driver:
        wait_for(lambda: is_under_way(held, driver))
        workers = {process for process, _ in asked(held)}
        os.kill(driver.pid, signal.SIGKILL)

    wait_for(lambda: not any(is_alive(process) for process in workers))
    (held.folder / "hold").unlink()
    finished = held.passmuster("run", "--resume", "--no-report")

    assert finished.status == 4, finished.screen
    assert each_once(held)


def test_a_killed_worker_of_a_cluster_costs_no_trial(held: Repository) -> None:
    """Its shards are made by the other worker, each trial is there once, and little is asked again."""
    place = held.folder / "scheduler.json"
    where = ("--scheduler-file", str(place))
    worker = ("distributed.cli.dask_worker", *where, "--nthreads", "1", "--no-nanny", "--no-dashboard")
    scheduler = ("distributed.cli.dask_scheduler", *where, "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    executing(held, "{use: dask, shard: 5}")
    with started(held.folder, *scheduler) as _, started(held.folder, *worker) as _, started(held.folder, *worker) as _:
        wait_for(lambda: address_in(place) != "")
        run = ("passmuster.cli", "run", "--no-report", "--scheduler", address_in(place))
        with started(held.folder, *run) as driver:
            wait_for(lambda: is_under_way(held, driver))
            victim, _ = asked(held)[-1]
            os.kill(victim, signal.SIGKILL)
            (held.folder / "hold").unlink()

            status = driver.wait(PATIENCE)

    assert victim != driver.pid
    assert status == 4
    assert each_once(held)
    assert len(asked(held)) <= CASES + 4 * 5


def test_budgets_and_clusters_are_refused_together(repository: Repository) -> None:
    """Nobody would keep the budget, so it is said where it is written, and nothing is begun."""
    executing(repository, "{use: processes, workers: 2}")

    both = repository.passmuster("run", "--budget", "5 requests")
    against = repository.passmuster("run", "--scheduler", "tcp://127.0.0.1:1", "--against", "HEAD")
    nowhere = repository.passmuster("run", "--scheduler", "127.0.0.1")

    assert (both.status, against.status, nowhere.status) == (2, 2, 2)
    assert "a budget is kept by one process" in both.screen
    assert "suite.yaml" in both.screen
    assert "leave --scheduler out" in against.screen
    assert "--scheduler" in nowhere.screen
    assert not stored_trials(repository)


def is_under_way(repository: Repository, driver: subprocess.Popen[bytes]) -> bool:
    """Whether some trials are stored, and others have been begun that cannot end yet."""
    assert driver.poll() is None, "the driver ended before it was killed"
    return stored_trials(repository) >= 5 and len(asked(repository)) > 10


def address_in(place: Path) -> str:
    """Return the address that a scheduler has written down; empty yet."""
    try:
        return str(json.loads(place.read_text(encoding="utf-8"))["address"])
    except (FileNotFoundError, ValueError):
        return ""


def is_alive(process: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
