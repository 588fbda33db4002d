"""SQLite and PostgreSQL side by side: rows per second, kills, several at once, a large run, a history, and pruning.

Run it as ``python benchmarks/stores.py [--parts writing killing together large history] [--trials 1000000]``. The
PostgreSQL server is one of its own, on loopback, with the settings of the tests; where none can be had, its column is
left out. Beside the commits per second stands what the disk allows: appended bytes, synced one by one.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from passmuster.adapters.revisions.git import GitRevisions
from passmuster.adapters.stores.housekept import HousekeptRelationalStore
from passmuster.adapters.stores.postgresql import PostgresqlStore
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.analysis.frames import trials_frame
from passmuster.analysis.past_runs import past_run
from passmuster.application.history import Selection, history_of
from passmuster.application.reusing import Track
from passmuster.application.summarizing import keep_reduced
from passmuster.domain.answers import Answer
from passmuster.domain.cases import Case
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_decision,
    a_manifest,
    a_roster,
    a_score,
    a_subject_record,
    a_trial,
)

ROOT: Final = Path(__file__).resolve().parents[1]
PARTS: Final = ("writing", "killing", "together", "large", "history")
REPETITIONS: Final = 10
COMMITS: Final = (50, 500)
SAMPLE: Final = 20_000
KILLS: Final = 10
CHILD: Final = "--child"
SHARES: Final = """
    SELECT cell, avg(CASE WHEN chosen = 'debugger' THEN 1.0 ELSE 0.0 END) AS share
    FROM trial WHERE run = ? GROUP BY cell"""
COMPARED: Final = f"""
    SELECT count(*), sum(CASE WHEN one.share <> other.share THEN 1 ELSE 0 END)
    FROM ({SHARES}) AS one JOIN ({SHARES}) AS other ON other.cell = one.cell"""  # noqa: S608 - words of our own


def opened(location: str) -> HousekeptRelationalStore:
    """Open a store by its file or URL."""
    return PostgresqlStore(location) if "://" in location else SqliteStore(Path(location))


def cases_of(number: int) -> tuple[Case, ...]:
    """Make cases."""
    return tuple(a_case(f"case-{at:07}", text=f"Why does test {at} fail?") for at in range(number))


def trials_of(first: int, number: int, chance: random.Random) -> list[Trial]:
    """Make trials as a router's are: a decision of its own kind, and one judgement."""
    return [
        a_trial(
            f"case-{at // REPETITIONS:07}",
            repetition=at % REPETITIONS,
            answer=Answer(routing=a_decision(chance.choice(("debugger", "code-reviewer")), rationale=f"said {at}")),
            outcomes=(a_score(value=chance.random()),),
        )
        for at in range(first, first + number)
    ]


def begin(
    store: HousekeptRelationalStore, name: str, cases: Sequence[Case], planned: int, at: int = 0
) -> RunIdentifier:
    """Begin a run."""
    record = a_subject_record(is_deterministic=False)
    manifest = a_manifest(name, started_at=MOMENT + timedelta(hours=at), planned=planned, subjects=(record,))
    store.begin(manifest, a_roster(), cases)
    return manifest.identifier


def fill(store: HousekeptRelationalStore, run: RunIdentifier, trials: int, at_once: int) -> float:
    """Append trials, and return the seconds that the store took."""
    chance, taken = random.Random(run), 0.0  # noqa: S311 - nothing secret
    for first in range(0, trials, at_once):
        made = trials_of(first, min(at_once, trials - first), chance)
        began = time.perf_counter()
        store.append(run, made)
        taken += time.perf_counter() - began
    return taken


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that something takes, and what it returns."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def disk(folder: Path) -> Iterator[str]:
    """Yield how many synced appends the disk does in a second: no database commits more often by itself."""
    with (folder / "synced").open("wb", buffering=0) as file:
        began, number = time.perf_counter(), 300
        for _ in range(number):
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
        yield f"disk: {number / (time.perf_counter() - began):,.0f} synced writes of 4 KiB per second"


def writing(location: str, sample: int, _runs: int) -> Iterator[str]:
    """Yield rows per second by the size of a commit."""
    with closing(opened(location)) as store:
        for at_once in COMMITS:
            run = begin(store, f"writing-{at_once}", cases_of(1), sample)
            seconds = fill(store, run, sample, at_once)
            commits = sample / at_once / seconds
            yield f"{at_once} per commit: {sample / seconds:,.0f} trials per second, {commits:,.0f} commits per second"


def child(location: str, name: str, trials: int, at_once: int) -> None:
    """Append trials, and say after each commit how many are kept, and how long it took."""
    with closing(opened(location)) as store:
        chance = random.Random(name)  # noqa: S311 - nothing secret
        for first in range(0, trials, at_once):
            made = trials_of(first, at_once, chance)
            seconds, _ = timed(partial(store.append, RunIdentifier(name), made))
            print(first + at_once, seconds, flush=True)


def started(location: str, name: str, trials: int, at_once: int) -> subprocess.Popen[str]:
    """Start a process that appends trials to a run."""
    command = (sys.executable, __file__, CHILD, location, name, str(trials), str(at_once))
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this script


def killing(location: str, sample: int, _runs: int) -> Iterator[str]:
    """Yield what is lost when a writer is killed after a random number of commits."""
    chance, lost, told = random.Random(9), 0, 0  # noqa: S311 - nothing secret
    with closing(opened(location)) as store:
        for number in range(KILLS):
            run = begin(store, f"killed-{number}", cases_of(1), sample)
            acknowledged, wanted = 0, chance.randrange(1, 20)
            with started(location, run, sample * 10, COMMITS[0]) as writer:
                for commits, line in enumerate(writer.stdout or (), 1):
                    acknowledged = int(line.split()[0])
                    if commits == wanted:
                        writer.send_signal(signal.SIGKILL)
                        break
            kept = len(store.finished(run))
            lost += max(acknowledged - kept, 0)
            told += acknowledged
    yield f"kill -9, {KILLS} times: {lost} of {told:,} acknowledged trials lost"


def together(location: str, sample: int, _runs: int) -> Iterator[str]:
    """Yield what two writers and a reader get at one time."""
    with closing(opened(location)) as store:
        names = [begin(store, f"together-{number}", cases_of(1), sample) for number in range(2)]
        began = time.perf_counter()
        writers = [started(location, name, sample, COMMITS[0]) for name in names]
        reads = []
        while any(writer.poll() is None for writer in writers):
            # What a commit prints is far less than a pipe holds only for small samples, so it is read as it comes.
            reads.append(timed(lambda: store.finished(names[0]))[0])
            if len(reads) * COMMITS[0] > sample * REPETITIONS:
                break
            time.sleep(0.02)
        lines = [writer.communicate()[0].splitlines() for writer in writers]
        seconds = time.perf_counter() - began
    for number, own in enumerate(lines, 1):
        waits = sorted(float(line.split()[1]) for line in own)
        slow = waits[int(len(waits) * 0.99)]
        yield f"writer {number} of 2: {sample / seconds:,.0f} trials per second, 99 % of commits within {slow:.3f} s"
    yield f"reader: {len(reads):,} times, the slowest {max(reads):.3f} s"


def large(location: str, sample: int, _runs: int) -> Iterator[str]:
    """Yield what two runs of many trials take: room, reading, comparing, counting, removing."""
    with closing(opened(location)) as store:
        before = store.contents().size
        cases = cases_of(-(-sample // REPETITIONS))
        names = [begin(store, f"large-{number}", cases, sample, at=number) for number in range(2)]
        seconds = sum(fill(store, name, sample, COMMITS[-1]) for name in names)
        size = store.contents().size - before
        yield f"2 × {sample:,} trials: {2 * sample / seconds:,.0f} per second, {size / 2 / sample:,.0f} bytes each"
        seconds, run = timed(lambda: store.load(names[0]))
        yield f"read: {seconds:.1f} s"
        seconds, frame = timed(partial(trials_frame, run))
        yield f"to pandas: {seconds:.1f} s for {len(frame):,} rows"
        del frame, run
        with store._database.reading() as connection:  # noqa: SLF001 - what people ask with SQL
            numbers = connection.execute("SELECT number FROM run WHERE identifier LIKE 'large-' || ?", ("_",))
            pair = tuple(number for (number,) in numbers)
            seconds, row = timed(lambda: connection.execute(COMPARED, pair).fetchone())
        yield f"compared in SQL: {seconds:.2f} s, {row[1]:,} of {row[0]:,} cells differ"
        seconds, _ = timed(store.contents)
        yield f"store stats: {seconds:.2f} s"
        began, longest = time.perf_counter(), 0.0
        store.remove(names[0])
        last = time.perf_counter()
        for _ in store.sweep():
            longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
        yield f"store prune: {time.perf_counter() - began:.1f} s, the longest step {longest:.2f} s"
        seconds, _ = timed(store.give_back)
        left = store.contents().size - before
        yield f"room given back: {seconds:.1f} s; {size / 1e6:,.0f} MB before, {left / 1e6:,.0f} after"


def history(location: str, sample: int, runs: int) -> Iterator[str]:
    """Yield what a history takes at first, from trials and from summaries."""
    each = max(sample // runs, 1)
    cases = cases_of(each)
    track = Track(revisions=GitRevisions(), folder=ROOT, paths=(ROOT,))

    def read(limit: int) -> object:
        return history_of(store, "example", limit, Selection(), track, lambda _done, _all: None).series

    with closing(opened(location)) as store:
        reducing = 0.0
        for number in range(runs):
            name = begin(store, f"history-{number:04}", cases, each, at=1_000 + number)
            chance = random.Random(number)  # noqa: S311 - nothing secret
            chosen = ("debugger", "debugger", "debugger", "code-reviewer")
            trials = tuple(
                a_trial(case.identifier, answer=Answer(routing=a_decision(chance.choice(chosen)))) for case in cases
            )
            store.append(name, trials)
            if number >= runs // REPETITIONS:
                manifest = store.history("example", limit=1)[0]
                run = Run(manifest=manifest, roster=a_roster(), cases=cases, trials=trials)
                began = time.perf_counter()
                keep_reduced(store, past_run(run), trials=each)
                reducing += time.perf_counter() - began
        few = runs // REPETITIONS
        seconds, _ = timed(lambda: [store.load(RunIdentifier(f"history-{number:04}")) for number in range(few)])
        yield f"{runs} runs × {each:,} trials: reading trials takes {seconds / few * runs:.1f} s (from {few} runs)"
        yield f"a summary at the end of a run: {reducing / (runs - few):.3f} s"
        # The first call also makes the summaries that are lacking.
        read(runs)
    with closing(opened(location)) as store:
        seconds, found = timed(lambda: read(runs))
        yield f"history, with nothing in any cache: {seconds:.1f} s, {len(found)} series"


WORK: Final = dict(zip(PARTS, (writing, killing, together, large, history), strict=True))


def main() -> None:
    """Print a table for each part."""
    if sys.argv[1:2] == [CHILD]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--trials", type=int, default=1_000_000, help="of a large run, and of all runs of the history")
    parser.add_argument("--runs", type=int, default=200, help="of the history")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="trials of the smaller parts")
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.postgresql_cluster import ClusterUnavailableError, cluster  # noqa: PLC0415 - of the tests

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = {"SQLite": str(folder / "runs.sqlite")}
        try:
            stores["PostgreSQL"] = stack.enter_context(cluster())
        except ClusterUnavailableError as error:
            print(error)
        print(*disk(folder), sep="\n")
        for part in chosen.parts:
            for kind, location in stores.items():
                size = chosen.trials if part in {"large", "history"} else chosen.sample
                for line in WORK[part](location, size, chosen.runs):
                    print(f"{part:9} {kind:11} {line}", flush=True)


if __name__ == "__main__":
    main()
