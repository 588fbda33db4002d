"""How often gates block harmless changes, and how many real drops they catch; ours through the product's own code.

Every gate sees the same data: ten kept trials of the baseline, and one, three or five of the candidate. A harmless
change changes nothing; a drop breaks random cases until the mean has fallen by that much. `--write` puts the table and
the plot into the documentation.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from adaptive_gate import adaptive_verdict
from simulated_gates import PEERS, Arms, Numbers, counted, own
from worlds import broken, mixed_world, shares, stable_world

from passmuster.domain.verdicts import GateOutcome

WORLDS: Mapping[str, Callable[[int, int, np.random.Generator], Numbers]] = {
    "mixed": mixed_world,
    "stable": stable_world,
}
CASES = (50, 200, 1000)
TRIALS = (1, 3, 5)
ADAPTIVE = 0
"""In the place of a number of trials."""

DROPS = (0.0, 0.02, 0.05, 0.1)
KEPT = 10
PEER_CHANGES = 4000
CHANGES = {50: 2000, 200: 1000, 1000: 300}
"""Simulated changes for our own gate, by the number of cases: the more cases, the longer each takes."""

RESULTS = Path(__file__).parent / "results" / "gate_calibration.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One cell of the table; ``trials`` is 0 where they are spent as needed."""

    world: str
    cases: int
    trials: int
    drop: float

    @property
    def seed(self) -> tuple[int, int, int, int]:
        """Four numbers that no other cell has."""
        return (list(WORLDS).index(self.world), self.cases, self.trials, round(self.drop * 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What gates did in one cell.

    Attributes:
        setting: The cell.
        peers: The share of changes that each other gate blocked.
        failed: The share that ours failed.
        unsure: The share of which ours said that it cannot tell.
        passed: The share that ours passed.
        spent: The candidate's trials per case.
        changes: How many were simulated for ours.
    """

    setting: Setting
    peers: Mapping[str, float]
    failed: float
    unsure: float
    passed: float
    spent: float
    changes: int


def simulate(setting: Setting) -> Result:
    """Simulate one cell."""
    generator = np.random.default_rng(setting.seed)
    changes = CHANGES[setting.cases]
    peers = _peers(setting, generator) if setting.trials else {}
    before = WORLDS[setting.world](changes, setting.cases, generator)
    after = broken(before, setting.drop, generator) if setting.drop else before
    verdicts: Counter[GateOutcome] = Counter()
    spent = 0.0
    for rates, now in zip(before, after, strict=True):
        baseline = counted(generator.binomial(KEPT, rates), KEPT)
        if setting.trials:
            verdict = own(baseline, counted(generator.binomial(setting.trials, now), setting.trials))
            spent += setting.trials
        else:
            verdict, trials = adaptive_verdict(baseline, now, generator)
            spent += trials
        verdicts[verdict] += 1
    return Result(
        setting=setting,
        peers=peers,
        failed=verdicts[GateOutcome.FAILED] / changes,
        unsure=verdicts[GateOutcome.INCONCLUSIVE] / changes,
        passed=(verdicts[GateOutcome.PASSED] + verdicts[GateOutcome.EQUAL]) / changes,
        spent=spent / changes,
        changes=changes,
    )


def _peers(setting: Setting, generator: np.random.Generator) -> dict[str, float]:
    before = WORLDS[setting.world](PEER_CHANGES, setting.cases, generator)
    after = broken(before, setting.drop, generator) if setting.drop else before
    arms = Arms(baseline=shares(before, KEPT, generator), candidate=shares(after, setting.trials, generator))
    return {name: float(gate(arms).mean()) for name, gate in PEERS.items()}


def settings() -> Iterator[Setting]:
    """Yield every cell, the longest first."""
    for cases in sorted(CASES, reverse=True):
        for world in WORLDS:
            for trials in (ADAPTIVE, *TRIALS):
                for drop in DROPS:
                    yield Setting(world=world, cases=cases, trials=trials, drop=drop)


def main() -> int:
    """Simulate, print the table, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only-cases", type=int, choices=CASES)
    parser.add_argument("--write", action="store_true", help="keep the results, the table and the plot")
    wish = parser.parse_args()
    began = time.perf_counter()
    chosen = [setting for setting in settings() if wish.only_cases in {None, setting.cases}]
    with ProcessPoolExecutor(wish.processes) as pool:
        results = []
        for number, result in enumerate(pool.map(simulate, chosen), start=1):
            results.append(result)
            print(f"\r{number} of {len(chosen)} cells", end="", file=sys.stderr, flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s", file=sys.stderr)
    order = {setting: place for place, setting in enumerate(settings())}
    results.sort(key=lambda result: (result.setting.world, result.setting.cases, order[result.setting]))
    if wish.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(results)))
    return 0


def table(results: list[Result]) -> Iterator[str]:
    """Yield the lines of the table in Markdown: percentages of changes."""
    heads = ("world", "cases", "trials", "drop", *PEERS, "ours: failed", "cannot tell", "passed")
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for result in results:
        setting = result.setting
        trials = str(setting.trials) if setting.trials else f"adaptive, {result.spent:.1f}"
        peers = [f"{100 * result.peers[name]:.1f}" if result.peers else "" for name in PEERS]
        shown = [f"{100 * share:.1f}" for share in (result.failed, result.unsure, result.passed)]
        drop = f"{100 * setting.drop:.0f}" if setting.drop else "none"
        yield f"| {' | '.join([setting.world, str(setting.cases), trials, drop, *peers, *shown])} |"


if __name__ == "__main__":
    raise SystemExit(main())
