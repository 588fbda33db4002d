"""Results of other tools: how fast logs are checked, stored and written, in how much memory, beside Inspect itself.

Run it as ``python benchmarks/run_files.py [--samples 10000] [--log LOG.eval] [--inspect PYTHON]``. Without a log, one
is made of a run; with ``--inspect``, the interpreter of an environment that has Inspect reads the same log by
``read_eval_log``. Each figure is of a process of its own, so that its memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from passmuster.adapters.run_files.inspect import InspectFiles, InspectOptions
from passmuster.adapters.run_files.promptfoo import PromptfooFiles, PromptfooOptions
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.application.importing import Home, import_run
from passmuster.domain.answers import Answer
from passmuster.domain.results import Run, Trial
from passmuster.exchanging import RunFiles
from passmuster.testing.factories import MOMENT, a_case, a_completion, a_key, a_rubric, a_run, a_score

PEER: Final = """
import json, resource, sys, time
from inspect_ai.log import read_eval_log
began = time.perf_counter()
count = len(read_eval_log(sys.argv[1]).samples)
seconds = time.perf_counter() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"trials": count, "seconds": seconds, "megabytes": memory}))
"""
CASES: Final = 1_000
TEXT: Final = "The query plan shows a sequential scan, so that an index on both columns is missing. " * 6


def main() -> None:
    """Measure, each step in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--inspect", type=Path)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step](given.folder, given.samples)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        names = [name for name in STEPS if given.log is None or name.endswith("inspect log")]
        if given.log is not None:
            (folder / "run.eval").symlink_to(given.log.resolve())
            names.remove("write an inspect log")
        for name in names:
            own = [sys.executable, __file__, "--step", name, "--folder", made, "--samples", str(given.samples)]
            _tell(name, own)
        if given.inspect is not None:
            _tell("read_eval_log of Inspect", [str(given.inspect), "-c", PEER, str(folder / "run.eval")])


def _tell(name: str, command: list[str]) -> None:
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - commands of our own
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["trials"] / found["seconds"]
    print(f"{name:32} {found['trials']:8,} trials {rate:10,.0f} a second {found['megabytes']:8,.0f} MB", flush=True)


def _run(samples: int) -> Run:
    """Return a run without trials."""
    cases = tuple(a_case(f"case-{number}", rubric=a_rubric()) for number in range(min(CASES, samples)))
    return a_run(next(_trials(1)), cases=cases, planned=samples)


def _trials(samples: int) -> Iterator[Trial]:
    for number in range(samples):
        yield Trial(
            key=a_key(f"case-{number % CASES}", repetition=number // CASES),
            answer=Answer(completion=a_completion(f"{number}: {TEXT}")),
            outcomes=(a_score(value=number % 3 / 2),),
            started_at=MOMENT,
            duration=1.0,
        )


def _timed(work: Callable[[], int]) -> Mapping[str, float]:
    began = time.perf_counter()
    count = work()
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"trials": count, "seconds": seconds, "megabytes": memory}


def _write(files: RunFiles) -> Callable[[Path, int], Mapping[str, float]]:
    def step(folder: Path, samples: int) -> Mapping[str, float]:
        return _timed(lambda: files.write(_run(samples), _trials(samples), folder / f"run{files.ending}"))

    return step


def _check(files: RunFiles) -> Callable[[Path, int], Mapping[str, float]]:
    def step(folder: Path, _samples: int) -> Mapping[str, float]:
        return _timed(lambda: files.read(folder / f"run{files.ending}").count)

    return step


def _import(files: RunFiles) -> Callable[[Path, int], Mapping[str, float]]:
    def step(folder: Path, _samples: int) -> Mapping[str, float]:
        def work() -> int:
            store = SqliteStore(folder / f"store-of{files.ending}.sqlite")
            home = Home(suite="team", cases=(), versions={})
            foreign = files.read(folder / f"run{files.ending}")
            trials = import_run(store, home, foreign, lambda _done, _total: None).trials
            store.close()
            return trials

        return _timed(work)

    return step


INSPECT: Final = InspectFiles(InspectOptions())
PROMPTFOO: Final = PromptfooFiles(PromptfooOptions())
STEPS: Final[Mapping[str, Callable[[Path, int], Mapping[str, float]]]] = {
    "write an inspect log": _write(INSPECT),
    "check an inspect log": _check(INSPECT),
    "import an inspect log": _import(INSPECT),
    "write promptfoo results": _write(PROMPTFOO),
    "check promptfoo results": _check(PROMPTFOO),
    "import promptfoo results": _import(PROMPTFOO),
}

if __name__ == "__main__":
    main()
