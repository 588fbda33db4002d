"""What a night says of a model whose drift is known: false alarms without any, and finds at 5 and 10 points.

A side asks 200 cases in the mixed world of worlds.py, once or three times. A drop wears every case that can lose, or
breaks random ones for good. Both sides go through the product's own function, from observations to what is shown.
"""

import argparse
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from worlds import broken, mixed_world, worn

from passmuster.analysis.drifting import FALSE_ALARMS, shifts
from passmuster.domain.observations import RoutingOutcome, Snapshot
from passmuster.testing.factories import a_snapshot, a_subject_record, an_observation

PERCENT = 100
Numbers = NDArray[np.float64]


def side(rates: Numbers, trials: int, generator: np.random.Generator) -> Snapshot:
    """Ask every case so many times."""
    rights = generator.random((trials, len(rates))) < rates
    observations = [
        an_observation(
            f"case-{number}",
            outcomes=tuple(RoutingOutcome.PREFERRED if right else RoutingOutcome.WRONG for right in own),
        )
        for number, own in enumerate(rights.T)
    ]
    return a_snapshot(*observations, subjects=(a_subject_record(is_deterministic=False),))


def shown(before: Numbers, after: Numbers, trials: int, generator: np.random.Generator) -> float:
    """Return the share of nights that show a difference, in percent."""
    found = [
        shifts(side(one, trials, generator), side(other, trials, generator), ())[0].is_shown
        for one, other in zip(before, after, strict=True)
    ]
    return PERCENT * sum(found) / len(found)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=200)
    given = parser.parse_args()
    begun = perf_counter()
    print(f"{given.nights} nights of {given.cases} cases; wanted false alarms: at most {PERCENT * FALSE_ALARMS:g} %")
    print("| trials on each side | no change | -5 points, worn | -5, broken | -10, worn | -10, broken |")
    print("|---|---|---|---|---|---|")
    for trials in (1, 2, 3):
        generator = np.random.default_rng(trials)
        before = mixed_world(given.nights, given.cases, generator)
        worlds = [before, worn(before, 0.05), broken(before, 0.05, generator)]
        worlds += [worn(before, 0.10), broken(before, 0.10, generator)]
        cells = [f"{shown(before, after, trials, generator):.1f}" for after in worlds]
        print(f"| {trials} | {' | '.join(cells)} |")
    print(f"{perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
