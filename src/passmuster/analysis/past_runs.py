"""Stored runs, reduced to what a history needs: what each case showed, and what was tested."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from passmuster.analysis.observing import asked_parts, observe, trials_by_case, usual_choice
from passmuster.analysis.rounds import full_rounds
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE, ROUTING_ACCURACY, RUBRIC_PASS_RATE
from passmuster.domain.observations import NOBODY, Snapshot
from passmuster.domain.results import Run, RunManifest
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName

MACRO_F1 = "macro_f1"
RECALL = "recall"
OVERALL = (ROUTING_ACCURACY, MACRO_F1, RUBRIC_PASS_RATE, HARNESS_FAILURE_RATE)
"""Metrics of a subject; ``recall`` is that of one agent."""

DIGITS = 9
"""Metrics are kept to this many decimals, so that the order of a sum never makes two of them differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What one run showed of one case.

    Attributes:
        fingerprint: The case's.
        rubric: The rubric's; empty without one.
        expected: The preferred agent, or ``(nobody)``.
        chosen: The usual choice; empty where none was measured.
        right: Share of right choices; ``None`` where none was measured.
        passed: Share of answers that passed; ``None`` where none was judged.
        failures: How many parts of answers failed in the harness.
        asked: How many were asked for.
    """

    fingerprint: Fingerprint
    rubric: Fingerprint
    expected: str
    chosen: str
    right: float | None
    passed: float | None
    failures: int
    asked: int


Results = Mapping[CaseIdentifier, CaseResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run, reduced to what a history needs.

    Attributes:
        manifest: The run's.
        snapshot: Its agents and its subjects, with the models that answered; no observations.
        results: By subject and case, for the cases that were asked.
    """

    manifest: RunManifest
    snapshot: Snapshot
    results: Mapping[SubjectName, Results]


def past_run(run: Run) -> PastRun:
    """Reduce a run; of one that grew, only the rounds count that asked every case."""
    run = full_rounds(run)
    snapshot = observe(run)
    trials = trials_by_case(run)
    expected = {case.identifier: case.expectation.preferred or NOBODY for case in run.cases}
    results: dict[SubjectName, dict[CaseIdentifier, CaseResult]] = defaultdict(dict)
    for item in snapshot.observations:
        if item.was_asked:
            results[item.subject][item.case] = CaseResult(
                fingerprint=item.fingerprint,
                rubric=item.rubric,
                expected=expected[item.case],
                chosen=usual_choice(item.chosen),
                right=item.routing_rate,
                passed=item.rubric_rate,
                failures=item.failures,
                asked=sum(asked_parts(trial) for trial in trials[item.subject, item.case]),
            )
    return PastRun(manifest=run.manifest, snapshot=replace(snapshot, observations=()), results=dict(results))


def measured(results: Iterable[CaseResult]) -> dict[tuple[str, str], float]:
    """Return the metrics of one run over some cases, by name and agent; what was not measured is left out."""
    found = list(results)
    routed = [item for item in found if item.right is not None]
    values = {
        (ROUTING_ACCURACY, ""): _mean(item.right for item in routed),
        (MACRO_F1, ""): _macro_f1(routed),
        (RUBRIC_PASS_RATE, ""): _mean(item.passed for item in found),
        (HARNESS_FAILURE_RATE, ""): _share(sum(item.failures for item in found), sum(item.asked for item in found)),
    }
    by_agent: dict[str, list[float | None]] = defaultdict(list)
    for item in routed:
        by_agent[item.expected].append(item.right)
    values |= {(RECALL, agent): _mean(own) for agent, own in sorted(by_agent.items())}
    return {key: round(value, DIGITS) for key, value in values.items() if value is not None}


def _macro_f1(routed: Sequence[CaseResult]) -> float | None:
    """Return the mean F1 over agents and nobody, as :func:`passmuster.analysis.metrics.macro_f1` defines it."""
    if not routed:
        return None
    expected = Counter(item.expected for item in routed)
    chosen = Counter(item.chosen for item in routed)
    # Shares, not counts: a case that was repeated may be right half of the time.
    right_of_expected: dict[str, float] = defaultdict(float)
    right_of_chosen: dict[str, float] = defaultdict(float)
    for item in routed:
        right_of_expected[item.expected] += item.right or 0.0
        right_of_chosen[item.chosen] += item.right or 0.0
    labels = sorted(expected | chosen)
    return fsum(
        _f1(right_of_chosen[label], chosen[label], right_of_expected[label], expected[label]) for label in labels
    ) / len(labels)


def _f1(right_of_chosen: float, chosen: int, right_of_expected: float, expected: int) -> float:
    precision = right_of_chosen / chosen if chosen else 0.0
    recall = right_of_expected / expected if expected else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _mean(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return _share(fsum(found), len(found))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
