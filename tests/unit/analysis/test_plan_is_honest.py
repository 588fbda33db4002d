"""What a plan promises, held against the product's own gate in made-up suites."""

from collections.abc import Sequence

import numpy as np
import pytest

from passmuster.analysis.gating import judge
from passmuster.analysis.sensitivity import Outlook, noise_of
from passmuster.analysis.stakes import Stake
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison, RosterChange
from passmuster.domain.metric_names import ROUTING_ACCURACY
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import ConfusionMatrix, SubjectReport
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import a_case, a_subject_record

from .simulated_worlds import WORLDS, Numbers, broken, shares

SUITES, RUNS = 40, 10
"""How many suites are made up, and how many runs of each."""

SLACK = 0.08
"""Four standard errors, about; what the formula and the estimated noise get wrong is in it as well."""

RECORD = a_subject_record("ours", is_deterministic=False)
SUBJECT = SubjectReport(record=RECORD, metrics=(), agents=(), confusion=ConfusionMatrix(labels=(), counts=()))
DESIGNS = [(60, 3, 10), (60, 1, 1), (200, 1, 10), (200, 3, 3)]
"""Cases, trials, and trials of the baseline."""

CASES = tuple(a_case(f"case-{number}") for number in range(200))


def planned(rates: Numbers, design: tuple[int, int, int], generator: np.random.Generator) -> Outlook:
    """Return what a plan knows of a suite from five trials of each case."""
    known = (generator.random((len(rates), 5)) < rates[:, None]).astype(float)
    return Outlook(
        record=RECORD,
        aspect=Aspect.ROUTING,
        cases=CASES[: design[0]],
        repetitions=design[1],
        baseline_trials=design[2],
        noise=noise_of(known.tolist()),
        owners={},
    )


def outcome(rule: GateRule, outlook: Outlook, before: Sequence[float], after: Sequence[float]) -> GateOutcome:
    """Return what the gate says of one run."""
    changes = tuple(
        CaseChange(
            subject=RECORD.name,
            case=case.identifier,
            aspect=Aspect.ROUTING,
            kind=ChangeKind.UNCHANGED,
            baseline_rate=former,
            candidate_rate=now,
            baseline_trials=outlook.baseline_trials or 0,
            candidate_trials=outlook.repetitions,
            difference=now - former,
        )
        for case, former, now in zip(outlook.cases, before, after, strict=True)
    )
    roster = RosterChange(added=(), removed=(), description_edited=(), otherwise_edited=())
    comparison = Comparison(roster=roster, cases=changes, metrics=(), warnings=(), is_equal=False)
    return judge(GatePolicy(rules=(rule,)), [SUBJECT], comparison, cases=outlook.cases).outcome


def share_of(wanted: GateOutcome, margin: float, outlook: Outlook, sides: tuple[Numbers, Numbers], seed: int) -> float:
    """Return how many runs of a suite end as wanted, each with its own trials on both sides."""
    generator = np.random.default_rng(seed)
    rule = GateRule(metric=ROUTING_ACCURACY, maximum_drop=margin)
    before = shares(np.tile(sides[0], (RUNS, 1)), outlook.baseline_trials or 0, generator)
    after = shares(sides[1], outlook.repetitions, generator)
    found = [outcome(rule, outlook, *pair) for pair in zip(before.tolist(), after.tolist(), strict=True)]
    return found.count(wanted) / RUNS


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize("design", DESIGNS)
def test_the_smallest_drop_is_caught_in_four_of_five_runs(world: str, design: tuple[int, int, int]) -> None:
    """By the rule ``maximum_drop``, with the drop as the margin; other cases break in each run."""
    generator = np.random.default_rng(20260301)
    caught = []
    for seed, rates in enumerate(WORLDS[world](SUITES, design[0], generator)):
        outlook = planned(rates, design, generator)

        drop = outlook.sight(Stake()).smallest

        assert drop is not None
        lost = broken(np.tile(rates, (RUNS, 1)), drop, generator)
        caught.append(share_of(GateOutcome.FAILED, drop, outlook, (rates, lost), seed))
    assert sum(caught) / SUITES == pytest.approx(0.8, abs=SLACK)


@pytest.mark.parametrize("world", ["mixed", "stable"])
@pytest.mark.parametrize("design", DESIGNS[::2])
def test_an_unchanged_roster_passes_as_often_as_foretold(world: str, design: tuple[int, int, int]) -> None:
    """With the default margin of five points."""
    generator = np.random.default_rng(20260303)
    foretold, passed = [], []
    for seed, rates in enumerate(WORLDS[world](SUITES, design[0], generator)):
        outlook = planned(rates, design, generator)

        foretold.append(outlook.sight(Stake(margin=0.05)).unchanged_passes or 0.0)

        same = np.tile(rates, (RUNS, 1))
        passed.append(share_of(GateOutcome.PASSED, 0.05, outlook, (rates, same), seed))
    assert sum(passed) / SUITES == pytest.approx(sum(foretold) / SUITES, abs=SLACK)
