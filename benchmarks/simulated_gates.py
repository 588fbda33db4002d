"""Gates to be calibrated: the ones in use elsewhere, in numpy; and the product's own, through its own code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import judge
from passmuster.analysis.proportions import mcnemar_mid_p
from passmuster.domain.observations import CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.reports import ConfusionMatrix, SubjectReport
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import AgentName, CaseIdentifier, Fingerprint, SubjectName
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

MARGIN = 0.05
SIGNIFICANCE = 0.05
THRESHOLD = 0.02
HALF = 0.5

RECORD = SubjectRecord(
    name=SubjectName("simulated"), description="", is_deterministic=False, fingerprint=Fingerprint("simulated")
)
REPORT = SubjectReport(record=RECORD, metrics=(), agents=(), confusion=ConfusionMatrix(labels=(), counts=()))
POLICY = GatePolicy(
    rules=(GateRule(metric="routing_accuracy", maximum_drop=MARGIN, significance=SIGNIFICANCE),),
)
CASE = Fingerprint("case")
RIGHT, WRONG = RoutingOutcome.PREFERRED, RoutingOutcome.WRONG
CHOSEN = {True: AgentName("owner"), False: AgentName("other")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Shares of trials that passed, one row for each simulated change, one column for each case."""

    baseline: Numbers
    candidate: Numbers


def naive(arms: Arms) -> NDArray[np.bool_]:
    """Block any drop of the mean."""
    return arms.candidate.mean(axis=1) < arms.baseline.mean(axis=1)


def threshold(arms: Arms) -> NDArray[np.bool_]:
    """Block a drop of the mean by more than two points."""
    return arms.candidate.mean(axis=1) < arms.baseline.mean(axis=1) - THRESHOLD


def any_flip(arms: Arms) -> NDArray[np.bool_]:
    """Block if any case that mostly passed mostly fails now."""
    return ((arms.baseline > HALF) & (arms.candidate <= HALF)).any(axis=1)


def mcnemar(arms: Arms) -> NDArray[np.bool_]:
    """Block if McNemar's mid-p test of the cases' majorities says that the candidate is worse."""
    before, after = arms.baseline > HALF, arms.candidate > HALF
    lost, gained = (before & ~after).sum(axis=1), (~before & after).sum(axis=1)
    pairs = zip(lost.tolist(), gained.tolist(), strict=True)
    return np.array([one > other and mcnemar_mid_p(one, other) / 2 <= SIGNIFICANCE for one, other in pairs])


PEERS: Mapping[str, Callable[[Arms], NDArray[np.bool_]]] = {
    "naive": naive,
    "threshold": threshold,
    "any case": any_flip,
    "McNemar": mcnemar,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a side showed of one case: whether each trial passed, and the chance that the case had to be asked."""

    passes: Sequence[bool]
    inclusions: Sequence[float] = ()


def snapshot(cases: Sequence[Seen], rounds: int = 0) -> Snapshot:
    """Return one side as the product keeps it."""
    observations = tuple(
        CaseObservation(
            subject=RECORD.name,
            case=CaseIdentifier(f"case-{number}"),
            fingerprint=CASE,
            chosen=tuple(CHOSEN[passed] for passed in seen.passes),
            outcomes=tuple(RIGHT if passed else WRONG for passed in seen.passes),
            inclusions=tuple(seen.inclusions),
            rounds=rounds,
        )
        for number, seen in enumerate(cases)
    )
    return Snapshot(suite="simulated", agents=(), subjects=(RECORD,), observations=observations)


def counted(passes: Counts, trials: int) -> Snapshot:
    """Return a side of which only the number of passes matters."""
    patterns = [Seen(passes=(True,) * number + (False,) * (trials - number)) for number in range(trials + 1)]
    return snapshot([patterns[number] for number in passes.tolist()])


def own(baseline: Snapshot, candidate: Snapshot, looks: int = 1) -> GateOutcome:
    """Return the verdict of the product's own gate."""
    return judge(POLICY, [REPORT], compare(baseline, candidate), looks=looks).outcome
