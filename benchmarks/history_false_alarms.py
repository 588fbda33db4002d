"""What the page of `passmuster history` says of histories whose truth is known: false alarms, finds, milliseconds.

A run asks 200 cases of 20 agents once, in the mixed world of worlds.py, so that the accuracy of equal runs varies by
about 1.9 points. In a drop, random cases break for good from some run on, until the accuracy has fallen by 3 points.
Everything goes through the product's own functions, from the results of cases to the page: the accuracy and the macro
F1 of one subject, and the recalls of 20 agents. Then single series whose values are mostly equal, as those of subjects
without noise are: random outliers among them must raise no alarm either.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from worlds import broken, mixed_world

from passmuster.analysis.histories import LevelChange, Series, find_changes, series_of
from passmuster.analysis.past_runs import CaseResult, PastRun
from passmuster.domain.metric_names import ROUTING_ACCURACY
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import UNKNOWN, CaseIdentifier, SubjectName, fingerprint_of
from passmuster.testing.factories import a_manifest

CASES, AGENTS = 200, 20
SUBJECT = SubjectName("model")
DROP = 0.03
NEAR = 10
EDGE = 20
"""A drop lies so many runs from both ends, or a quarter of a short history."""

Draw = Callable[[np.random.Generator, int], Sequence[float]]
"""Draws the values of an unchanged series of some length."""

LENGTHS = (20, 50, 200)
PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was found in many histories: shares of them, in percent, and milliseconds for each."""

    overall: float
    agents: float
    anywhere: float
    found: float
    milliseconds: float
    noise: float


def drawn(generator: np.random.Generator, length: int, drop_at: int) -> NDArray[np.bool_]:
    """Draw a history: for each run and case, whether the choice was right."""
    before = mixed_world(1, CASES, generator)
    is_after = np.arange(length)[:, None] >= drop_at
    rates = np.where(is_after, broken(before, DROP, generator), before)
    return np.asarray(generator.random((length, CASES)) < rates)


def page_of(rights: NDArray[np.bool_]) -> tuple[Series, ...]:
    """Return the series of a history, as the product makes them of stored runs."""
    names = [CaseIdentifier(f"case-{number:03}") for number in range(CASES)]
    known = [[result(number, is_right=is_right) for is_right in (False, True)] for number in range(CASES)]
    manifest, snapshot = a_manifest(), Snapshot(suite="example", agents=(), subjects=(), observations=())
    runs = [
        PastRun(
            manifest=manifest,
            snapshot=snapshot,
            results={SUBJECT: {name: known[at][int(row[at])] for at, name in enumerate(names)}},
        )
        for row in rights
    ]
    return series_of(runs)


def result(number: int, *, is_right: bool) -> CaseResult:
    """Return what a run shows of one case; a wrong choice is always the same other agent."""
    agent, rival = f"agent-{number % AGENTS:02}", f"agent-{(number * 7 + 1) % AGENTS:02}"
    return CaseResult(
        fingerprint=fingerprint_of(number),
        rubric=UNKNOWN,
        expected=agent,
        chosen=agent if is_right else rival,
        right=float(is_right),
        passed=None,
        failures=0,
        asked=1,
    )


def tally(histories: int, length: int, *, drops: bool, only: str | None = None) -> Tally:
    """Simulate histories and look at the page of each, or at one series of it."""
    generator = np.random.default_rng([20_260_201, length, int(drops)])
    overall = agents = anywhere = found = 0
    taken = noise = 0.0
    edge = min(EDGE, length // 4)
    for _ in range(histories):
        place = int(generator.integers(edge, length - edge + 1)) if drops else length
        rights = drawn(generator, length, place)
        began = perf_counter()
        series = [item for item in page_of(rights) if only in {None, item.metric}]
        changes = find_changes(series)
        taken += perf_counter() - began
        noise += float(np.std(rights[:place].mean(axis=1), ddof=1))
        overall += any(not change.series.agent for change in changes)
        agents += any(change.series.agent for change in changes)
        anywhere += bool(changes)
        found += any(is_near(change, place) for change in changes)
    share = PERCENT / histories
    return Tally(
        overall=overall * share,
        agents=agents * share,
        anywhere=anywhere * share,
        found=found * share,
        milliseconds=taken / histories * 1000,
        noise=noise * share,
    )


def is_near(change: LevelChange, place: int) -> bool:
    """Whether a change of the accuracy was found within ten runs of where it is."""
    is_drop = change.series.metric == ROUTING_ACCURACY and change.point.size < 0
    return is_drop and abs(change.point.index - place) <= NEAR


def mostly_equal(histories: int, length: int, draw: Draw) -> float:
    """Return the percentage of unchanged series with an alarm."""
    generator = np.random.default_rng([20_260_202, length])
    alarms = 0
    for _ in range(histories):
        values = tuple(float(value) for value in draw(generator, length))
        series = Series(
            subject=SUBJECT,
            metric=ROUTING_ACCURACY,
            agent="",
            places=tuple(range(length)),
            values=values,
            cases=CASES,
        )
        alarms += bool(find_changes([series]))
    return alarms / histories * PERCENT


def outliers(share: float, usual: float, other: float) -> Draw:
    """Return what draws one value, and another in a share of runs."""
    return lambda generator, length: np.where(generator.random(length) < share, other, usual).tolist()


def bursts(share: float) -> Draw:
    """Return what draws zero, and anything in a share of runs."""
    return lambda generator, length: np.where(generator.random(length) < share, generator.random(length), 0.0).tolist()


TIES: dict[str, Draw] = {
    "all equal": lambda _generator, length: [0.815] * length,
    "one run in 20 lower": outliers(1 / 20, 0.815, 0.795),
    "one run in 3 lower": outliers(1 / 3, 0.815, 0.81),
    "by turns": lambda _generator, length: [0.815, 0.8] * (length // 2),
    "rare bursts of failures": bursts(1 / 30),
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=200, help="histories for each line")
    histories = parser.parse_args().histories
    print(f"{histories} histories a line; alarms and finds in percent of them")
    print(" runs page         truth       noise  overall  agents    any  found      ms")
    for length in LENGTHS:
        for only in (None, ROUTING_ACCURACY):
            for drops in (False, True):
                told = tally(histories, length, drops=drops, only=only)
                truth = "-3 points" if drops else "unchanged"
                found = f"{told.found:6.1f}" if drops else " " * 6
                print(
                    f"{length:5} {'22 series' if only is None else 'accuracy':12} {truth:10} {told.noise:6.2f} "
                    f"{told.overall:8.1f} {told.agents:7.1f} {told.anywhere:6.1f} {found} {told.milliseconds:7.1f}"
                )
    print("\nsingle series of mostly equal values: alarms in percent")
    for name, draw in TIES.items():
        shown = "  ".join(f"{length} runs {mostly_equal(histories, length, draw):4.1f}" for length in LENGTHS)
        print(f"{name:26} {shown}")


if __name__ == "__main__":
    main()
