"""How far the choices of the embedded routers stay when a request is reworded and nothing changes that should matter.

For each subject of a suite that answers equally, every case is asked as it is and as each perturbation rewrites it. The
table has the share of choices that changed, beside the accuracy before and after::

    python benchmarks/perturbation_table.py evals/software_team/suite.yaml path/to/other/agents
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from passmuster.analysis.perturbations.packs import PACKS
from passmuster.analysis.perturbations.rosters import among_distractors, in_another_order, with_neutral_names
from passmuster.application.asking import Asking, Means
from passmuster.application.invariance import DISTRACTORS, NAMES, ORDER, Invariance, Plan, RosterPack, measure
from passmuster.composition.building import Workbench, load_roster
from passmuster.configuration.settings import Settings
from passmuster.domain.values import SubjectName

SUITE = Path(__file__).parents[1] / "evals" / "software_team" / "suite.yaml"
DISTRACTOR_COUNT = 10


def roster_packs(bench: Workbench, others: Path | None) -> Iterator[RosterPack]:
    """Yield the perturbations of the suite's roster."""
    seed = bench.configuration.seed
    yield RosterPack(name=ORDER, summary="", changed=in_another_order(bench.roster, seed=seed))
    yield RosterPack(name=NAMES, summary="", changed=with_neutral_names(bench.roster, seed=seed))
    if others is not None:
        changed = among_distractors(bench.roster, load_roster(others), number=DISTRACTOR_COUNT, seed=seed)
        yield RosterPack(name=DISTRACTORS, summary="", changed=changed)


def measured(bench: Workbench, name: SubjectName, packs: Sequence[RosterPack]) -> tuple[Invariance, ...]:
    """Return what every pack does to one subject."""
    plan = Plan(
        roster=bench.roster,
        cases=bench.cases,
        packs=PACKS,
        roster_packs=packs,
        is_deterministic=True,
        seed=bench.configuration.seed,
    )
    means = Means(
        build=lambda roster: bench.subjects([name], roster)[0],
        executor=bench.executor,
        clock=bench.clock,
        budget=plan.calls,
    )
    return asyncio.run(measure(plan, Asking(means, lambda _done, _expected: None)))


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, nargs="?", default=SUITE)
    parser.add_argument("others", type=Path, nargs="?", help="a folder of agents that compete as well")
    given = parser.parse_args(arguments)
    bench = Workbench(given.suite, Settings())
    packs = tuple(roster_packs(bench, given.others))
    for planned in bench.subjects():
        if not planned.record.is_deterministic:
            continue
        began = time.perf_counter()
        rows = measured(bench, planned.record.name, packs)
        print(f"{planned.record.name}, {len(bench.cases)} cases, {time.perf_counter() - began:.0f} s")
        print(f"{'perturbation':<18}{'cases':>6}{'changed':>9}{'95 % interval':>17}{'right':>8}{'after':>8}")
        for row in rows:
            kept, (before, after) = row.unchanged, row.accuracy
            if row.obstacle:
                print(f"{row.pack:<18}  {row.obstacle}")
            if kept is not None:
                interval = f"[{1 - kept.upper:.3f}, {1 - kept.lower:.3f}]"
                print(
                    f"{row.pack:<18}{len(row.pairs):>6}{1 - kept.value:>9.3f}{interval:>17}{before:>8.3f}{after:>8.3f}"
                )
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
