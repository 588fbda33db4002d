"""What failures of a service cost: the same suite against a made-up service that is well, and one that is not.

The whole command is run each time, with store and verdict; the service answers after 100 ms, in a process of its own.
The ideal is the number of cases over the requests under way, times 100 ms::

    python benchmarks/faults.py [--cases 1000] [--concurrency 64]
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Failure
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import FAULTS, WELL, Asked, Delivery, Script, at_first, at_random, well

DELAY = 0.1
BROKEN = 50
"""One of so many cases fails for ever in the last row."""


def _for_ever(asked: Asked) -> Delivery:
    return FAULTS["500"]() if asked.key.isdigit() and int(asked.key) % BROKEN == 0 else WELL


def _once_in_twenty(name: str) -> Script:
    def deliver(asked: Asked) -> Delivery:
        return at_first(name)(asked) if asked.key.isdigit() and int(asked.key) % 20 == 0 else WELL

    return deliver


SCRIPTS: Mapping[str, Script] = {
    "nothing fails": well,
    "5 % of 500s and 5 % of 429s, of all attempts": at_random({"500": 0.05, "429-seconds": 0.05}, seed=1),
    "500 once on 5 %": _once_in_twenty("500"),
    "429 once on 5 %, Retry-After": _once_in_twenty("429-seconds"),
    "reset once on 5 %": _once_in_twenty("reset-in-body"),
    "500 for ever on 2 %": _for_ever,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One run.

    Attributes:
        seconds: The whole command.
        answered: Cases with an answer.
        failed: Cases with a failure, by its name.
        requests: How many requests were sent.
    """

    seconds: float
    answered: int
    failed: Mapping[str, int]
    requests: int


@contextmanager
def served(name: str) -> Iterator[tuple[str, Connection]]:
    """Serve in a process of its own; yields the address, and a connection that tells the number of requests."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(name, theirs))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send("stop")
        process.join()


def _serve(name: str, connection: Connection) -> None:
    with FaultServer(SCRIPTS[name], delay=DELAY, forgets=True) as server:
        connection.send(server.address)
        while connection.recv() != "stop":
            connection.send(server.counts.total())


def measure(name: str, cases: int, concurrency: int) -> Outcome:
    """Run the command once, in a folder of its own."""
    with TemporaryDirectory() as place, served(name) as (address, connection):
        folder = Path(place)
        _write_suite(folder, address, cases, concurrency)
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "passmuster.cli", "run", folder / "suite.yaml", "--no-report"],
            env={**os.environ, "PASSMUSTER_CACHE": str(folder / "cache")},
            capture_output=True,
            check=False,
            text=True,
        )
        seconds = time.perf_counter() - began
        if done.returncode not in {0, 1, 4}:
            raise SystemExit(done.stderr)
        connection.send("count")
        requests = connection.recv()
        bench = Workbench(folder / "suite.yaml", Settings())
        run = bench.store.load(bench.store.history("faults", limit=1)[0].identifier)
        bench.close()
    answers = [trial.answer.completion for trial in run.trials]
    failed = Counter(answer.kind for answer in answers if isinstance(answer, Failure))
    return Outcome(seconds=seconds, answered=len(answers) - failed.total(), failed=failed, requests=requests)


def _write_suite(folder: Path, address: str, cases: int, concurrency: int) -> None:
    limits = {"concurrency": concurrency, "attempts": 6}
    backend = {"use": "openai_compatible", "base_url": f"{address}/v1", "model": "made-up", "limits": limits}
    suite = {
        "name": "faults",
        "roster": {"use": "claude_code", "location": "./agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl"}],
        "store": {"use": "sqlite", "location": "runs.sqlite"},
        "backends": {"made-up": backend},
        "subjects": {"made-up": {"use": "routed", "router": {"use": "lexical"}, "backend": "made-up"}},
    }
    rubric = {"criteria": [{"use": "contains", "text": "I have read"}]}
    lines = [
        json.dumps({"identifier": f"c-{at}", "request": str(at), "expect": {"agent": "writer"}, "rubric": rubric})
        for at in range(cases)
    ]
    (folder / "agents").mkdir()
    (folder / "agents" / "writer.md").write_text("---\nname: writer\ndescription: Writes.\n---\nWrite.\n")
    (folder / "suite.yaml").write_text(json.dumps(suite))
    (folder / "cases.jsonl").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Print a table; each row is the middle one of three runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    wish = parser.parse_args()
    ideal = -(-wish.cases // wish.concurrency) * DELAY
    print(f"{wish.cases} cases, {wish.concurrency} at once, answers after {DELAY * 1000:.0f} ms; ideal {ideal:.2f} s\n")
    print("| what fails | answered | named failures | requests | seconds | to ideal | to undisturbed |")
    print("|---|---|---|---|---|---|---|")
    undisturbed = 0.0
    for name in SCRIPTS:
        runs = [measure(name, wish.cases, wish.concurrency) for _ in range(wish.runs)]
        seconds = statistics.median(run.seconds for run in runs)
        undisturbed = undisturbed or seconds
        last = runs[-1]
        failed = ", ".join(f"{count} {kind}" for kind, count in last.failed.items()) or "0"
        ratios = f"{seconds / ideal:.2f} | {seconds / undisturbed:.2f}"
        print(f"| {name} | {last.answered} | {failed} | {last.requests} | {seconds:.2f} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
