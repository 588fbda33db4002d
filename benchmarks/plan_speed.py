"""Seconds and memory of `passmuster plan` for ten thousand cases of two subjects, with and without runs to rest on.

The cases are the project's own requests, each made different by a number; one subject is the lexical router, the other
varies. The physical limit beside it is `dataset check`, which reads the same suite and looks at every case once.
"""

import json
import os
import random
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

from passmuster.application.evaluating import EvaluateSuite
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Answer, RoutingDecision
from passmuster.domain.results import Trial
from passmuster.domain.values import Usage

ROOT = Path(__file__).parent.parent
CASES = 10_000
RATE = 0.8
SUITE = """\
name: large
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ./cases.jsonl}]
subjects:
  lexical: {use: routed, router: {use: lexical}}
  varying: {use: routed, router: {use: callable, target: "./model.py:choose"}}
store: {use: sqlite, location: ./runs.sqlite}
"""


def cases() -> list[dict[str, object]]:
    """Return the cases."""
    text = (ROOT / "datasets" / "software_team" / "routing.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    every = (
        {**line, "identifier": f"{line['identifier']}-{number}", "request": f"{line['request']} (ticket {number})"}
        for number in range(CASES // len(lines) + 1)
        for line in lines
    )
    return list(islice(every, CASES))


def command(folder: Path, *arguments: str) -> tuple[float, float, float, int]:
    """Run the command line; return its seconds, those of the processor, its megabytes at most, and its status."""
    began = time.perf_counter()
    process = os.fork()
    if not process:
        os.chdir(folder)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.execv(sys.executable, [sys.executable, "-m", "passmuster.cli", *arguments])  # noqa: S606 - our own program
    _, status, used = os.wait4(process, 0)
    busy = used.ru_utime + used.ru_stime
    return time.perf_counter() - began, busy, used.ru_maxrss / 1e3, os.waitstatus_to_exitcode(status)


def store_run(folder: Path, seed: int) -> None:
    """Keep a run as if its trials had been made, four in five of them right."""
    generator = random.Random(seed)  # noqa: S311 - nothing is kept secret
    bench = Workbench(folder / "suite.yaml", Settings())
    evaluate = EvaluateSuite(parts=bench.parts())
    planned = evaluate.start()
    bench.store.begin(planned.manifest, bench.roster, bench.cases)
    used = Usage(input_tokens=400, output_tokens=10, cost=Decimal("0.001"))
    trials = [
        Trial(
            key=plan.key,
            answer=Answer(
                routing=RoutingDecision(
                    chosen=plan.case.expectation.preferred if generator.random() < RATE else None,
                    usage=replace(used, output_tokens=generator.randrange(5, 50)),
                )
            ),
            outcomes=(),
            started_at=planned.manifest.started_at,
            duration=generator.random(),
        )
        for plan in planned.missing
    ]
    bench.store.append(planned.manifest.identifier, trials)
    bench.close()


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "evals" / "software_team" / "agents", folder / "agents")
        (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
        (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, cases())) + "\n", encoding="utf-8")
        (folder / "model.py").write_text("def choose(request, roster):\n    return None\n", encoding="utf-8")
        rows = {
            "dataset check": command(folder, "dataset", "check", "suite.yaml"),
            "plan, without a run": command(folder, "plan", "suite.yaml"),
        }
        store_run(folder, 1)
        rows["plan, after a run"] = command(folder, "plan", "suite.yaml")
        command(folder, "accept", "suite.yaml")
        rows["plan, against a baseline"] = command(folder, "plan", "suite.yaml")
        for seed in (2, 3):
            store_run(folder, seed)
        rows["plan, after three runs"] = command(folder, "plan", "suite.yaml")
    limit = rows["dataset check"][1]
    print(f"{'what':26} {'seconds':>8} {'of processor':>13} {'÷ dataset check':>16} {'MB':>6} {'exit':>5}")
    for what, (seconds, busy, memory, status) in rows.items():
        print(f"{what:26} {seconds:8.2f} {busy:13.2f} {busy / limit:16.1f} {memory:6.0f} {status:5}")


if __name__ == "__main__":
    main()
