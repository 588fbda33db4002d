"""Seconds and memory of one whole run over ten thousand cases: routed, scored, stored, judged and reported.

The cases are the project's own requests, each made different by a number, so that nothing is answered twice. The
physical limit beside it is the time that the router alone needs for the same requests.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path

from passmuster.components import BuildContext
from passmuster.domain.cases import Request

ROOT = Path(__file__).parent.parent
CASES = 10_000
SUITE = """\
name: large
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ./cases.jsonl}]
subjects: {lexical: {use: routed, router: {use: lexical}}}
store: {use: sqlite, location: ./runs.sqlite}
reports_location: ./reports
"""


def requests() -> list[dict[str, object]]:
    """Return the cases."""
    text = (ROOT / "datasets" / "software_team" / "routing.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    rounds = range(CASES // len(lines) + 1)
    every = (
        {**line, "identifier": f"{line['identifier']}-{number}", "request": f"{line['request']} (ticket {number})"}
        for number in rounds
        for line in lines
    )
    return list(islice(every, CASES))


def command(folder: Path, *arguments: str) -> tuple[float, int]:
    """Run the command line; return its seconds and exit status."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "passmuster.cli", *arguments], cwd=folder, check=False, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began, done.returncode


def router_alone(cases: list[dict[str, object]]) -> float:
    """Return the seconds that the router needs for the same requests, index included."""
    [loader] = entry_points(group="passmuster.roster_loaders", name="claude_code")
    [router] = entry_points(group="passmuster.routers", name="lexical")
    agents = ROOT / "evals" / "software_team" / "agents"
    part = loader.load()
    roster = part.build(part.options(location=str(agents)), BuildContext(folder=ROOT)).load(agents)
    began = time.perf_counter()
    built = router.load().build(router.load().options(), BuildContext(folder=ROOT, roster=roster))

    async def every() -> None:
        for case in cases:
            await built.route(Request(text=str(case["request"])))

    asyncio.run(every())
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    cases = requests()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "evals" / "software_team" / "agents", folder / "agents")
        (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
        (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)) + "\n", encoding="utf-8")
        alone = router_alone(cases)
        figures = {
            "run, without reports": command(folder, "run", "suite.yaml", "--no-report"),
            "report of the stored run": command(folder, "report", "suite.yaml"),
            "accept": command(folder, "accept", "suite.yaml"),
            "run again, with reports": command(folder, "run", "suite.yaml"),
        }
        sizes = {path.name: path.stat().st_size / 1e6 for path in (folder / "reports" / "large").glob("report.*")}
        sizes["runs.sqlite (2 runs)"] = (folder / "runs.sqlite").stat().st_size / 1e6
    print(f"{'what':28} {'seconds':>8} {'÷ router alone':>15} {'exit':>5}")
    print(f"{'router alone':28} {alone:8.1f} {1:15.2f}")
    for what, (seconds, status) in figures.items():
        print(f"{what:28} {seconds:8.1f} {seconds / alone:15.2f} {status:5}")
    print(f"peak memory of a command: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")
    for what, size in sizes.items():
        print(f"{what}: {size:.1f} MB")


if __name__ == "__main__":
    main()
