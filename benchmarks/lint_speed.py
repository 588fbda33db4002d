"""How long `lint` takes, and what it finds on rosters of the shared data.

    python benchmarks/lint_speed.py [FOLDER OF ROSTERS]

Prints for each roster the seconds to load, to read and route, and to check, and the findings by rule; then the same for
200 agents that differ from one another as little as those of one team do.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

from passmuster.application.linting import LintPolicy, LintReport, lint_roster, route_own_requests
from passmuster.composition.building import load_roster
from passmuster.composition.linting import lint_router, material_of

SHARED = Path(__file__).parents[2] / "shared" / "data" / "rosters"
AGENTS = 200
SUBJECTS = ("indexes", "invoices", "widgets", "trees", "queues", "reports", "schemas", "tickets", "caches", "routes")
ACTS = ("Reviews", "Migrates", "Tunes", "Documents", "Tests", "Deploys", "Monitors", "Designs", "Repairs", "Plans")


def timed(folder: Path) -> tuple[LintReport, dict[str, float]]:
    """Lint one folder and return what was found, and the seconds of each step."""
    began = perf_counter()
    roster = load_roster(folder, "claude_code")
    loaded = perf_counter()
    material = material_of(roster)
    routed = asyncio.run(route_own_requests(lint_router(roster), roster))
    asked = perf_counter()
    report = lint_roster(material, LintPolicy(), routed)
    ended = perf_counter()
    return report, {"load": loaded - began, "route": asked - loaded, "check": ended - asked, "all": ended - began}


def made_up(folder: Path) -> None:
    """Write agents with a description of 60 words, an example and a body of 400 lines each."""
    for number in range(AGENTS):
        act, subject = ACTS[number % 10], SUBJECTS[number // 10 % 10]
        words = " ".join(f"{subject[:-1]}{(number * step) % 97}" for step in range(1, 50))
        (folder / f"{number}.md").write_text(
            f"---\nname: agent-{number}\ndescription: |\n  {act} {subject} number {number}: {words}.\n"
            f'  <example>user: "{act} the {subject} {number}"</example>\n---\n'
            + f"You work on {subject}. Keep to the rules of step {number}.\n"
            * 400,
            encoding="utf-8",
        )


def show(name: str, report: LintReport, seconds: dict[str, float]) -> None:
    """Print one roster's line, and its findings by rule."""
    steps = "  ".join(f"{step} {taken:.2f} s" for step, taken in seconds.items())
    pairs = sum(group.pairs for group in report.twins)
    print(f"{name:45} {steps}  twins {pairs}")
    for rule, count in sorted(Counter(finding.rule for finding in report.findings).items()):
        print(f"    {rule:30} {count:5}")


def main() -> None:
    """Lint every roster once, and 200 agents."""
    rosters = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    for folder in sorted(rosters.iterdir()) if rosters.is_dir() else ():
        show(folder.name, *timed(folder))
    with tempfile.TemporaryDirectory() as temporary:
        made_up(Path(temporary))
        show(f"{AGENTS} made-up agents", *timed(Path(temporary)))


if __name__ == "__main__":
    main()
