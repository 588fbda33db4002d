"""The same suite at once and in shards: whether verdict, tables and reports are the same, byte by byte.

Run it as ``python benchmarks/shards.py [--shards 2 4 7] [--suite software_team]``. The suite is copied, one agent's
description is widened, so that there is something to find, and it is run at once and then in so many shards, each into
a store of its own, which ``merge`` puts together. What tells one run from another is left out of what is compared: its
name, the moments and seconds of its trials, and the sentence that says of which shards it was put together.
"""

import argparse
import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parents[1]
OF_THE_RUN: Final = frozenset({"identifier", "started_at", "duration", "latency", "seconds", "run"})
"""Keys and columns whose values differ from run to run."""
PUT_TOGETHER: Final = "The run was put together of"
WIDENED: Final = " Use it for anything that has to do with Django, Python, SQL, tests, security or documentation."


def passmuster(folder: Path, store: Path, *arguments: str) -> int:
    """Run the command line with a store of its own, and return its exit status."""
    environment = {**os.environ, "PASSMUSTER_STORE": str(store)}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "passmuster.cli", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode in {2, 3}:
        sys.exit(f"{arguments}: {done.stdout}{done.stderr}")
    return done.returncode


def without_the_run(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a document without what tells one run from another."""
    if isinstance(value, dict):
        return {key: without_the_run(item) for key, item in value.items() if key not in OF_THE_RUN}
    if isinstance(value, list):
        return [without_the_run(item) for item in value if not str(item).startswith(PUT_TOGETHER)]
    return value


def judged(folder: Path, store: Path, suite: str, reports: Path) -> dict[str, str]:
    """Return the fingerprints of everything that is said about the latest run, by what it is."""
    report = json.loads((reports / "report.json").read_text(encoding="utf-8"))
    parts = {name: json.dumps(without_the_run(report[name]), sort_keys=True) for name in report if name != "run"}
    for rows in ("trials", "cases", "scores"):
        file = folder / f"{rows}.csv"
        passmuster(folder, store, "export", str(file), "--suite", suite, "--rows", rows)
        table = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
        kept = [column for column in table.fieldnames or () if not OF_THE_RUN & set(column.split("_"))]
        kept = [column for column in kept if not column.endswith(("latency", "started_at"))]
        parts[f"{rows}.csv"] = "\n".join(",".join(row[column] for column in kept) for row in table)
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in parts.items()}


def main() -> None:
    """Compare, and print what is alike and what is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, nargs="+", default=[2, 4, 7])
    parser.add_argument("--suite", default="software_team")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "team"
        for part in ("evals", "datasets", "docs/schemas"):
            shutil.copytree(HERE / part, folder / part)
        agent = min((folder / "evals" / wanted.suite / "agents").glob("*django*.md"))
        lines = agent.read_text(encoding="utf-8").splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith("description:"))
        lines[place] += WIDENED
        agent.write_text("\n".join(lines) + "\n", encoding="utf-8")
        reports = folder / "reports" / wanted.suite
        whole = folder / "whole.sqlite"
        status = passmuster(folder, whole, "run", wanted.suite)
        at_once = judged(folder, whole, wanted.suite, reports)
        print(f"at once: exit status {status}; {len(at_once)} parts compared")
        for count in wanted.shards:
            stores = [folder / f"shard-{number}-of-{count}.sqlite" for number in range(1, count + 1)]
            for number, store in enumerate(stores, start=1):
                passmuster(folder, store, "run", wanted.suite, "--shard", f"{number}/{count}")
            merged = folder / f"merged-{count}.sqlite"
            again = passmuster(folder, merged, "merge", *map(str, stores), "--suite", wanted.suite)
            apart = judged(folder, merged, wanted.suite, reports)
            other = sorted(name for name in at_once.keys() | apart.keys() if at_once.get(name) != apart.get(name))
            print(f"{count} shards: exit status {again}; {'all alike' if not other else f'different: {other}'}")


if __name__ == "__main__":
    main()
