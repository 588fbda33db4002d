"""Use case: what a night's runs show together: the verdict, its control, drift or edit, change points, flaky cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.drifting import Origin, Shift, halves, origin_of, shifts
from passmuster.analysis.ledger import CaseHistory, of_classes
from passmuster.analysis.observing import observe
from passmuster.analysis.stability import Stability
from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.history import History
from passmuster.application.ledger import Steadiness
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Run
from passmuster.domain.verdicts import GateOutcome, Quarantine

FROZEN = "@frozen"
"""Follows the suite's name in the runs of its frozen agents: no suite can be called so."""

TWICE = 2
"""Every case is asked so many times as often as the suite says, and the halves are the night's control."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenNight:
    """What the frozen agents showed.

    Attributes:
        revision: The git revision that they are of.
        run: Tonight's run of them.
        reference: The first run of them; ``None`` if tonight's is the first.
        edits: The agents as they are less the frozen ones.
        drift: The frozen ones tonight less those of the first run; ``None`` without one.
    """

    revision: str
    run: Run
    reference: Run | None
    edits: tuple[Shift, ...]
    drift: tuple[Shift, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a night showed.

    Attributes:
        report: Of tonight's run; its verdict counts the control.
        again: The control: the second half of the repetitions less the first one.
        frozen: What the frozen agents showed; ``None`` where the suite has none.
        history: The stored runs, and where they changed.
        proposals: Flaky cases that are in no quarantine.
    """

    report: Report
    again: tuple[Shift, ...]
    frozen: FrozenNight | None
    history: History
    proposals: tuple[CaseHistory, ...]

    @property
    def is_void(self) -> bool:
        """Whether the control showed a difference where there is none."""
        return any(shift.is_shown for shift in self.again)

    @property
    def origin(self) -> Origin:
        """What moved the results."""
        if self.frozen is None or self.is_void:
            return Origin.UNKNOWN
        return origin_of(self.frozen.edits, self.frozen.drift)


def again_of(report: Report) -> tuple[Shift, ...]:
    """Hold the second half of a run's repetitions against the first one."""
    first, second = halves(report.cases)
    records = tuple(subject.record for subject in report.subjects)
    sides = [
        Snapshot(suite=report.manifest.suite, agents=(), subjects=records, observations=half)
        for half in (first, second)
    ]
    cases = list({item.case.identifier: item.case for item in report.cases}.values())
    return shifts(sides[0], sides[1], cases)


def controlled(report: Report, again: Sequence[Shift]) -> Report:
    """Return a report whose verdict is void where the control shows a difference between equals."""
    shown = [shift for shift in again if shift.is_shown]
    if not shown:
        return report
    reasons = tuple(
        f"{shift.subject}: the same agents, asked twice in this night, differ by {shift.estimate.value * 100:+.1f} "
        "points: the set-up does not repeat itself, and the night says nothing about the agents"
        for shift in shown
    )
    verdict = replace(report.verdict, outcome=GateOutcome.INCONCLUSIVE, reasons=(*reasons, *report.verdict.reasons))
    return replace(report, verdict=verdict)


def frozen_night(run: Run, reference: Run | None, tonight: Run, revision: str) -> FrozenNight:
    """Hold tonight's agents against the frozen ones, and these against what they were in their first night."""
    frozen = observe(run)
    drift = None if reference is None else shifts(observe(reference), frozen, run.cases)
    edits = shifts(frozen, observe(tonight), run.cases)
    return FrozenNight(revision=revision, run=run, reference=reference, edits=edits, drift=drift)


def reference_of(evaluate: EvaluateSuite, tonight: Run) -> Run | None:
    """Return the first whole run of the same frozen agents, cases and subjects; ``None`` if there is none."""
    others = [item.identifier for item in evaluate.former() if item.identifier != tonight.manifest.identifier]
    for identifier in reversed(others):
        run = evaluate.parts.store.load(identifier)
        if run.is_complete:
            return run
    return None


def proposals_of(found: Steadiness, quarantines: Sequence[Quarantine]) -> tuple[CaseHistory, ...]:
    """Return the flaky cases that no quarantine covers."""
    flaky = of_classes(found.histories, Stability.FLAKY)
    return tuple(item for item in flaky if not any(one.covers(item.subject, item.case) for one in quarantines))


def origin_sentence(night: Night) -> str:
    """Say what moved the results, and by which test that is known."""
    if night.is_void:
        return "nothing can be said: the night's control failed"
    frozen = night.frozen
    if frozen is None:
        return (
            "the suite names no frozen agents (`nightly: {frozen: REVISION}`), so drift and edits cannot be told apart"
        )
    said = {
        Origin.DRIFT: "the frozen agents moved, which nobody edited: the model drifted",
        Origin.EDIT: f"the agents differ from those of {frozen.revision}, asked in the same night: edits did it",
        Origin.BOTH: "the frozen agents moved, so the model drifted; and edits moved the agents besides",
        Origin.STEADY: "neither the frozen agents nor the edited ones moved",
        Origin.UNKNOWN: "too few cases to tell"
        if frozen.drift is not None
        else "the first night of these frozen agents: drift is told from the next one on",
    }[night.origin]
    details = "; ".join(_details(frozen))
    return f"{said} ({details})" if details else said


def _details(frozen: FrozenNight) -> Iterator[str]:
    for name, found in (("drift", frozen.drift or ()), ("edits", frozen.edits)):
        for shift in found:
            if shift.is_shown:
                yield f"{name}: {shift.subject} {shift.aspect} {shift.estimate.value * 100:+.1f} points"
