"""A report as data: everything computed, nothing drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, Comparison
from passmuster.domain.endpoints import EndpointRecord
from passmuster.domain.judging import JudgedRate
from passmuster.domain.observations import CaseObservation, Estimate, Snapshot
from passmuster.domain.pasts import Past
from passmuster.domain.results import RunManifest, SubjectRecord, Trial
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateVerdict, Quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """How one agent fared with one subject.

    Recall: among the cases that prefer this agent, the share of right choices. Precision: among the cases in which
    it was chosen, the share of right choices. ``None`` where there are no such cases.

    Attributes:
        agent: Its name.
        expected: Cases that prefer it.
        chosen: Cases in which it was chosen.
        precision: With its interval.
        recall: With its interval.
        f1: Harmonic mean of the two.
    """

    agent: str
    expected: int
    chosen: int
    precision: Estimate | None
    recall: Estimate | None
    f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMatrix:
    """Who was expected (rows) against who was chosen (columns), as counts of cases.

    Attributes:
        labels: Agents in order of name, then nobody.
        counts: ``counts[i][j]`` cases expected ``labels[i]`` and got ``labels[j]``.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of one subject over one subset.

    Attributes:
        name: Such as ``routing_accuracy``.
        subset: ``all``, or ``dimension=value`` such as ``stratum=implicit``.
        estimate: Its value and interval.
    """

    name: str
    subset: str
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectReport:
    """One subject's results."""

    record: SubjectRecord
    metrics: tuple[Metric, ...]
    agents: tuple[AgentRow, ...]
    confusion: ConfusionMatrix

    def metric(self, name: str, subset: str = "all") -> Estimate | None:
        """Return one metric's estimate, or ``None``."""
        found = (item.estimate for item in self.metrics if item.name == name and item.subset == subset)
        return next(found, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """One case of one subject, for a person to look at.

    Attributes:
        case: The case as curated.
        trials: What happened, one per repetition.
        observation: The trials, reduced.
        changes: Its changes against the baseline; empty without one.
        deciding_words: For a request that moved, the words by which its taker beats its former owner now, the
            weightiest first; empty where the router cannot tell.
        is_reduced: Whether the trials are there to be counted only, without texts, since the run has too many.
    """

    subject: SubjectName
    case: Case
    trials: Sequence[Trial]
    observation: CaseObservation
    changes: tuple[CaseChange, ...] = ()
    deciding_words: tuple[str, ...] = ()
    is_reduced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a reporter draws; nothing is left to compute.

    Attributes:
        manifest: The run.
        roster: The agents that were tested.
        verdict: May I merge?
        comparison: What got worse? ``None`` without a baseline.
        early_warnings: What has not moved yet and came closer to it, in sentences.
        trust: Can I trust it? Sentences: proxies, authored answers, failures, what was left out.
        subjects: In the suite's order.
        cases: By subject, then in the dataset's order.
        quarantines: Cases that ran outside the gate: the quarantines in force.
        spending: What was had from each service, by all processes that worked at the run.
        spent: The same in one line; empty where nobody was asked.
        left_out: The criteria that the run's machine could not judge, or that count nowhere, by name.
        judged: The rates of criteria that models judged, by subject and criterion.
        before: What the run is compared with, case by case; ``None`` without a baseline.
        roster_before: The agents as they were then, where that is known.
        past: Earlier runs; ``None`` where nobody looked for them.
    """

    manifest: RunManifest
    roster: Roster
    verdict: GateVerdict
    comparison: Comparison | None
    trust: tuple[str, ...]
    subjects: tuple[SubjectReport, ...]
    cases: tuple[CaseReport, ...]
    early_warnings: tuple[str, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    spending: tuple[EndpointRecord, ...] = ()
    spent: str = ""
    left_out: tuple[str, ...] = ()
    judged: tuple[JudgedRate, ...] = ()
    before: Snapshot | None = None
    roster_before: Roster | None = None
    past: Past | None = None
