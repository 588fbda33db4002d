"""``kill -9`` at random moments of a run against a stub server, then ``--resume``: what is lost, what is paid twice.

Run it as ``python benchmarks/kill_and_resume.py [--kills 20] [--cases 2000]``. Each kill has a run of its own: the real
command line is started, killed as a whole when the server has been asked a random number of times, and started again
with ``--resume``. What the store showed to others right after the kill counts as acknowledged.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STUB: Final = Path(__file__).parent / "peers" / "stub_server.py"
ANSWER_SECONDS: Final = "0.05"
COMMAND: Final = (sys.executable, "-m", "passmuster.cli", "run", ".", "--no-report")
CANNOT_TELL: Final = 4

SUITE: Final = """\
name: killed
roster: {{use: claude_code, location: ./agents}}
datasets:
  - {{use: files, location: ./cases.jsonl}}
backends:
  stub: {{use: openai_compatible, base_url: "http://127.0.0.1:{port}/v1", model: stub}}
subjects:
  model: {{use: routed, router: {{use: lexical}}, backend: stub, writer: assigned}}
cache: {cache}
"""
AGENT: Final = "---\nname: gardener\ndescription: Knows fruit.\n---\nName the fruit.\n"


@dataclass(frozen=True)
class Kept:
    """What a store shows to others.

    Attributes:
        trials: When each trial began, by case.
        double: How many trials are there twice.
    """

    trials: dict[str, str]
    double: int


def write_suite(folder: Path, port: int, cases: int, *, has_cache: bool) -> None:
    """Write a suite that asks the stub once for each case."""
    (folder / "agents").mkdir()
    (folder / "agents" / "gardener.md").write_text(AGENT, encoding="utf-8")
    lines = (
        json.dumps(
            {
                "identifier": f"case-{number:05}",
                "request": f"Which fruit is number {number}?",
                "expect": {"agent": "gardener"},
                "rubric": {"criteria": [{"use": "contains", "text": "pineapple"}]},
            }
        )
        for number in range(cases)
    )
    (folder / "cases.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(port=port, cache=str(has_cache).lower()), encoding="utf-8")


@contextmanager
def stub() -> Iterator[int]:
    """Start the server, and yield its port."""
    command = [sys.executable, str(STUB), ANSWER_SECONDS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - a file beside this one
        try:
            yield int(server.stdout.readline() if server.stdout else 0)
        finally:
            server.terminate()


def asked(port: int, what: str) -> dict[str, float]:
    """Ask the stub for its counts, or to begin them anew."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{what}", timeout=10) as answer:
        text = answer.read().decode()
    return dict(json.loads(text)) if text.strip().startswith("{") else {}


def kept_in(store: Path) -> Kept:
    """Read a store as another process would."""
    if not store.exists():
        return Kept({}, 0)
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        query = "SELECT case_identifier, started_at FROM trial JOIN cell ON cell.number = trial.cell WHERE is_finished"
        try:
            rows = connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return Kept({}, 0)
    return Kept(dict(rows), len(rows) - len(dict(rows)))


def started(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start the command line in a process group of its own."""
    environment = {
        **os.environ,
        "PASSMUSTER_STORE": str(folder / "runs.sqlite"),
        "PASSMUSTER_CACHE": str(folder / "cache"),
    }
    return subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, *more],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finished(folder: Path, *more: str) -> float:
    """Run to the end, and return the seconds."""
    begun = time.perf_counter()
    process = started(folder, *more)
    _, errors = process.communicate()
    if process.returncode != CANNOT_TELL:
        raise RuntimeError(errors.decode())
    return time.perf_counter() - begun


def killed(folder: Path, port: int, requests: int) -> None:
    """Start a run and kill it once the server has been asked so often."""
    process = started(folder)
    while process.poll() is None and asked(port, "counts")["requests"] < requests:
        time.sleep(0.003)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--cases", type=int, default=2_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--cache", action="store_true", help="Keep answers as they come, beside the store.")
    wanted = arguments.parse_args()
    draw = random.Random(wanted.seed)  # noqa: S311 - moments, and no secrets
    lost = again = worst = double = 0
    with stub() as port, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_suite(folder, port, wanted.cases, has_cache=wanted.cache)
        store = folder / "runs.sqlite"
        print(f"undisturbed: {finished(folder):.1f} s, {asked(port, 'counts')['requests']:.0f} requests")
        print(f"{'killed after':>12} {'acknowledged':>13} {'lost':>5} {'twice':>6} {'requests':>9} {'paid again':>11}")
        for _ in range(wanted.kills):
            for file in folder.glob("runs.sqlite*"):
                file.unlink()
            shutil.rmtree(folder / "cache", ignore_errors=True)
            asked(port, "reset")
            after = draw.randrange(1, wanted.cases)
            killed(folder, port, after)
            before = kept_in(store)
            finished(folder, *(["--resume"] if has_run(store) else []))
            ended = kept_in(store)
            if len(ended.trials) != wanted.cases:
                message = f"{len(ended.trials)} trials of {wanted.cases} cases"
                raise RuntimeError(message)
            gone = sum(ended.trials.get(case) != moment for case, moment in before.trials.items())
            requests = int(asked(port, "counts")["requests"])
            paid = requests - wanted.cases
            print(f"{after:>12} {len(before.trials):>13} {gone:>5} {ended.double:>6} {requests:>9} {paid:>11}")
            lost, double, again, worst = lost + gone, double + ended.double, again + paid, max(worst, paid)
    total = wanted.kills * wanted.cases
    print(
        f"{wanted.kills} kills: {lost} acknowledged trials lost, {double} kept twice; {again} of {total} requests were"
    )
    print(f"sent again, {worst} at the most after one kill; each case was judged exactly once.")
    return 0


def has_run(store: Path) -> bool:
    """Whether a run was begun at all."""
    if not store.exists():
        return False
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        try:
            return bool(connection.execute("SELECT count(*) FROM run").fetchone()[0])
        except sqlite3.OperationalError:
            return False


if __name__ == "__main__":
    sys.exit(main())
