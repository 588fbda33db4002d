"""passmuster beside other tools for evaluation, on a server of this machine that answers after 100 ms.

    make bench-peers
    python benchmarks/peers.py [--cases 1000 5000] [--concurrency 64 256] [--rounds 3] [--only NAME …]

Every tool asks the same questions once each and checks each answer for a word, as a whole command with all that it
does by itself: start, answers, scores, what it keeps. The tools' runs are shuffled, and the best of the rounds counts.

* wall: seconds of the command over the ideal, which is ⌈cases ÷ concurrency⌉ × 100 ms.
* window: the same from the first request to the last answer, as the server saw them.
* CPU: user and system time of the process and its children, start included, over the cases.
* peak: the largest process's memory.

Writes benchmarks/results/peers.json and peers.md. A tool that is not installed is left out, and that is said.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from tools import TOOLS, Tool, Wish, bytecode, environment

DELAY = 0.1
LONG = 2_000
"""Cases from which on a round takes minutes."""

RESULTS = Path(__file__).parent / "results"
SERVER = Path(__file__).parent / "peers" / "stub_server.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run took.

    Attributes:
        tool: Whose.
        cases: How many questions.
        concurrency: How many at once.
        wall: Seconds of the command.
        window: Seconds from the first request to the last answer.
        processor: Seconds of processor time.
        peak: Megabytes.
        most_under_way: Requests that were under way at once.
    """

    tool: str
    cases: int
    concurrency: int
    wall: float
    window: float
    processor: float
    peak: float
    most_under_way: int

    @property
    def ideal(self) -> float:
        """The seconds that the server alone would take."""
        return ceil(self.cases / self.concurrency) * DELAY


@contextmanager
def stub_server() -> Iterator[int]:
    """Run the server in a process of its own, and give its port."""
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(SERVER), str(DELAY)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # noqa: S101 - asked for above
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def asked(port: int, target: str) -> Mapping[str, float]:
    """Ask the server for its counts."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{target}") as answer:
        counts: Mapping[str, float] = json.load(answer)
    return counts


def measured(tool: Tool, port: int, cases: int, concurrency: int, kept: Path) -> Figures:
    """Make one run of a tool in an empty folder.

    Raises:
        RuntimeError: If the tool fails, or asks anything but every question once.
    """
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        wish = Wish(address=f"http://127.0.0.1:{port}/v1", cases=cases, concurrency=concurrency, folder=folder)
        command = tool.prepare(wish)
        variables = {**environment(tool, folder), **bytecode(kept)}
        asked(port, "reset")
        with (folder / "output.txt").open("wb") as output:
            began = perf_counter()
            status, usage = _run(command, folder, variables, output.fileno())
            wall = perf_counter() - began
        counts = asked(port, "counts")
        if status != 0 or counts["requests"] != cases:
            said = (folder / "output.txt").read_text(errors="replace")[-2000:]
            message = f"{tool.name} left with {status} after {counts['requests']:.0f} of {cases} requests: {said}"
            raise RuntimeError(message)
        return Figures(
            tool=tool.name,
            cases=cases,
            concurrency=concurrency,
            wall=wall,
            window=counts["last"] - counts["first"],
            processor=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss / 1024,
            most_under_way=int(counts["most_under_way"]),
        )


def _run(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], output: int
) -> tuple[int, resource.struct_rusage]:
    process = subprocess.Popen(  # noqa: S603 - the tools of this benchmark
        command, cwd=folder, env=dict(variables), stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def all_runs(
    tools: Sequence[Tool], sizes: Sequence[tuple[int, int]], rounds: int, long_rounds: int
) -> list[tuple[Tool, int, int]]:
    """Return every run of every round; each round is shuffled, so that a busy moment hits no tool alone."""
    chance = random.Random(5)  # noqa: S311 - the order of a benchmark
    found: list[tuple[Tool, int, int]] = []
    for number in range(max(rounds, long_rounds)):
        once = [
            (tool, cases, concurrency)
            for tool in tools
            for cases, concurrency in sizes
            if number < (long_rounds if cases > LONG else rounds)
        ]
        chance.shuffle(once)
        found += once
    return found


def best(runs: Sequence[Figures]) -> list[Figures]:
    """Return for each tool and size the figures of its best rounds, each figure by itself."""
    grouped: dict[tuple[str, int, int], list[Figures]] = {}
    for run in runs:
        grouped.setdefault((run.tool, run.cases, run.concurrency), []).append(run)
    return [
        Figures(
            tool=tool,
            cases=cases,
            concurrency=concurrency,
            wall=min(run.wall for run in several),
            window=min(run.window for run in several),
            processor=min(run.processor for run in several),
            peak=min(run.peak for run in several),
            most_under_way=max(run.most_under_way for run in several),
        )
        for (tool, cases, concurrency), several in grouped.items()
    ]


def table(figures: Sequence[Figures], order: Sequence[str]) -> str:
    """Return the tables as Markdown: one for each number of cases."""
    lines: list[str] = []
    single = {item.tool: item for item in figures if item.cases == 1}
    for cases in sorted({item.cases for item in figures} - {1}):
        found = {(item.tool, item.concurrency): item for item in figures if item.cases == cases}
        levels = sorted({concurrency for _, concurrency in found})
        heads = [f"C = {level}: wall ÷ ideal | window ÷ ideal | CPU ms a case | peak MB" for level in levels]
        lines += [f"### {cases:,} cases", "", f"| tool | {' | '.join(heads)} | one case, s |"]
        lines.append("|---" * (2 + 4 * len(levels)) + "|")
        for name in order:
            cells = [_cells(found.get((name, level))) for level in levels]
            alone = f"{single[name].wall:.2f}" if name in single else "–"
            lines.append(f"| {name} | {' | '.join(cells)} | {alone} |")
        lines.append("")
    return "\n".join(lines)


def _cells(item: Figures | None) -> str:
    if item is None:
        return "– | – | – | –"
    processor = 1000 * item.processor / item.cases
    return f"{item.wall / item.ideal:.2f} | {item.window / item.ideal:.2f} | {processor:.2f} | {item.peak:.0f}"


def main() -> int:
    """Measure what was asked for, and write it down; the exit status is 1 if a tool failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, nargs="*", default=[1000, 5000])
    parser.add_argument("--concurrency", type=int, nargs="*", default=[64, 256])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long-rounds", type=int, default=3, help=f"Rounds of more than {LONG} cases.")
    parser.add_argument("--only", nargs="*", help="Only tools with one of these words in their names.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    wanted = [tool for tool in TOOLS if not options.only or any(word in tool.name for word in options.only)]
    tools = [tool for tool in wanted if tool.needs.exists()]
    for tool in wanted:
        if tool not in tools:
            print(f"{tool.name} is not installed and left out: make bench-peers installs it")
    sizes = [(1, 1), *((cases, level) for cases in options.cases for level in options.concurrency)]
    runs, has_failed = [], False
    with stub_server() as port, tempfile.TemporaryDirectory(prefix="peers-bytecode-") as kept:
        for tool in tools:
            measured(tool, port, 1, 1, Path(kept))
        for tool, cases, concurrency in all_runs(tools, sizes, options.rounds, options.long_rounds):
            try:
                runs.append(measured(tool, port, cases, concurrency, Path(kept)))
            except RuntimeError as error:
                has_failed = True
                print(error)
                continue
            last = runs[-1]
            print(f"{tool.name:24} {cases:5} at {concurrency:3}: {last.wall:6.2f} s, {last.peak:4.0f} MB", flush=True)
    found = best(runs)
    text = table(found, [tool.name for tool in tools])
    print(text)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "peers.md").write_text(text, encoding="utf-8")
    (options.results / "peers.json").write_text(
        json.dumps([asdict(item) for item in found], indent=1) + "\n", encoding="utf-8"
    )
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())
