"""Seconds, seconds of the processor, and peak memory for a million rows: checked, counted, converted, and routed.

The rows are the project's own requests, each made different by a number. Every command runs in a process of its own, so
that the peak is its own; routing takes the cases from the stream in batches, and keeps none. Where the router has no
batches, a sample is routed one by one and the rest extrapolated, which the table then says.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path

from passmuster.components import BuildContext
from passmuster.composition.dataset_places import loose_dataset
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.ports import BatchRouter, Router

ROOT = Path(__file__).parent.parent
AGENTS = ROOT / "evals" / "software_team" / "agents"
ROWS = 1_000_000
BATCH = 1_000
SAMPLE = 20_000
MEBIBYTE = 1024


def write_rows(path: Path, rows: int) -> None:
    """Write the cases, never holding more than one."""
    text = (ROOT / "datasets" / "software_team" / "routing.jsonl").read_text(encoding="utf-8")
    lines = [line for line in map(json.loads, text.splitlines()) if not line.get("control")]
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            line = lines[number % len(lines)]
            case = {**line, "identifier": f"{line['identifier']}-{number}", "request": f"{line['request']} ({number})"}
            file.write(json.dumps(case, ensure_ascii=False) + "\n")


def command(*arguments: str) -> tuple[float, float, float, int]:
    """Run the command line; return its seconds, those of the processor, its peak in MiB and its exit status."""
    began = time.perf_counter()
    script = (
        "import resource, sys\n"
        "from passmuster.cli import leaving\n"
        "from passmuster.cli.__main__ import app\n"
        "status = leaving.guarded(app)\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True
    )
    processor, peak = map(float, done.stderr.strip().splitlines()[-1].split())
    return time.perf_counter() - began, processor, peak / MEBIBYTE, done.returncode


def build_router() -> Router:
    """Build the lexical router as the product finds it."""
    [loader] = entry_points(group="passmuster.roster_loaders", name="claude_code")
    [lexical] = entry_points(group="passmuster.routers", name="lexical")
    part = loader.load()
    roster = part.build(part.options(location=str(AGENTS)), BuildContext(folder=ROOT)).load(AGENTS)
    router: Router = lexical.load().build(lexical.load().options(), BuildContext(folder=ROOT, roster=roster))
    return router


def batches(path: Path) -> Iterator[list[Request]]:
    """Yield the requests of a dataset in batches."""
    requests = (case.request for case in loose_dataset(str(path)).stream())
    while batch := list(islice(requests, BATCH)):
        yield batch


def route(path: Path, rows: int) -> None:
    """Route every request, and print seconds, peak and how."""
    began = time.perf_counter()
    router = build_router()
    chosen = 0
    if isinstance(router, BatchRouter):
        for batch in batches(path):
            chosen += sum(decision.chosen is not None for decision in router.route_all(batch))
        seconds, way = time.perf_counter() - began, "in batches"
    else:
        sample = list(islice((request for batch in batches(path) for request in batch), min(SAMPLE, rows)))
        chosen = sum(decision.chosen is not None for decision in asyncio.run(one_by_one(router, sample)))
        seconds = (time.perf_counter() - began) * rows / len(sample)
        way = f"extrapolated from {len(sample):,}"
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{seconds:.1f} {used.ru_utime + used.ru_stime:.1f} {used.ru_maxrss / MEBIBYTE:.0f} {way}, {chosen:,} chosen")


async def one_by_one(router: Router, requests: Sequence[Request]) -> list[RoutingDecision]:
    """Route requests one after another."""
    return [await router.route(request) for request in requests]


def row(name: str, figures: Sequence[float], rows: int, note: str = "") -> None:
    """Print one line of the table: seconds, seconds of the processor, and the peak."""
    seconds, processor, peak = figures
    print(f"{name:<34}{seconds:>9.1f}{processor:>11.1f}{rows / processor:>12,.0f}{peak:>11.0f}  {note}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="how many rows; a million if left out")
    parser.add_argument("--route", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.route is not None:
        route(given.route, given.rows)
        return 0
    with tempfile.TemporaryDirectory() as name:
        lines, columns = Path(name) / "rows.jsonl", Path(name) / "rows.parquet"
        write_rows(lines, given.rows)
        print(f"{given.rows:,} rows, {lines.stat().st_size / 1024 / 1024:,.0f} MiB of JSON Lines")
        print(f"{'':<34}{'seconds':>9}{'processor':>11}{'rows/s':>12}{'peak MiB':>11}")
        wanted = {
            "start alone (--version)": ("--version",),
            "dataset check --roster": ("dataset", "check", str(lines), "--roster", str(AGENTS)),
            "dataset stats": ("dataset", "stats", str(lines), "--json"),
            "dataset convert to Parquet": ("dataset", "convert", str(lines), str(columns)),
            "dataset check of Parquet": ("dataset", "check", str(columns)),
        }
        statuses = []
        for title, words in wanted.items():
            *figures, status = command(*words)
            statuses.append(int(status))
            row(title, figures, given.rows, "" if status == 0 else f"exit status {status}")
        done = subprocess.run(  # noqa: S603 - this very script
            [sys.executable, __file__, "--route", str(lines), "--rows", str(given.rows)],
            check=True,
            capture_output=True,
            text=True,
        )
        *texts, note = done.stdout.strip().split(" ", 3)
        row("read and routed, lexical", [float(text) for text in texts], given.rows, note)
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
