"""What the rules of a gate judge, and how they say it: shared by every kind of rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from passmuster.analysis.observing import Key, weights_of
from passmuster.analysis.slicing import ALL, changes_by_slice
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison
from passmuster.domain.observations import Aspect, CaseObservation, Snapshot
from passmuster.domain.reports import SubjectReport
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, Quarantine, SubjectKind

NOT_COMPARED = frozenset({ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.EDITED, ChangeKind.LEFT_OUT})
"""What became of cases that one side lacks, or that are not the same on both."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a gate judges of one run.

    Attributes:
        policy: The suite's.
        subjects: The results of each subject.
        comparison: What differs from the baseline; ``None`` without one.
        cases: The run's cases, by name.
        observed: What was observed of the run.
        looks: How often the gate may look at growing data; the error rate is split over them.
    """

    policy: GatePolicy
    subjects: Sequence[SubjectReport]
    comparison: Comparison | None
    cases: Mapping[CaseIdentifier, Case]
    observed: Sequence[CaseObservation]
    looks: int

    @cached_property
    def _gated(self) -> Mapping[tuple[SubjectName, Aspect], Sequence[CaseChange]]:
        found: dict[tuple[SubjectName, Aspect], list[CaseChange]] = {}
        for change in self.comparison.cases if self.comparison else ():
            if self.is_gated(change.subject, change.case):
                found.setdefault((change.subject, change.aspect), []).append(change)
        return found

    @cached_property
    def weights(self) -> Mapping[Key, float]:
        """For how many cases each of a sample stands."""
        return weights_of(self.observed)

    def is_gated(self, subject: SubjectName, case: CaseIdentifier) -> bool:
        """Whether the gate counts a case: neither a control, which tests the harness, nor one in quarantine."""
        known = self.cases.get(case)
        is_control = known is not None and known.is_control
        return not is_control and not any(item.covers(subject, case) for item in self.policy.quarantines)

    def changes(self, subject: SubjectName, *aspects: Aspect) -> Sequence[CaseChange]:
        """Return the changes of a subject that the gate counts; of both aspects if none is named."""
        return [change for aspect in aspects or Aspect for change in self._gated.get((subject, aspect), ())]

    def barred(self, subject: SubjectName, *aspects: Aspect) -> Sequence[str]:
        """Return why a subject's choices or outputs are not compared, in sentences; of both aspects if none is named.

        Empty where they are, and without a baseline.
        """
        found = self.comparison.incomparable if self.comparison else ()
        return [item.reason for item in found if item.subject == subject and item.aspect in (aspects or Aspect)]

    def is_left_out(self, subject: SubjectName) -> bool:
        """Whether this machine could judge none of a subject's outputs, so that no rule can be about them."""
        judged = [item for item in self.observed if item.subject == subject and item.rubric and item.was_asked]
        return any(item.left_out for item in judged) and not any(item.passed for item in judged)

    def slices(self, subject: SubjectName, aspect: Aspect, subset: str | None) -> Mapping[str, Sequence[CaseChange]]:
        """Return the changes of the subsets that a rule is for: all cases, one subset, or each of a dimension."""
        changes = self.changes(subject, aspect)
        if subset is None:
            return {ALL: changes}
        found = changes_by_slice(changes, self.cases)
        if not subset.endswith("=*"):
            return {subset: found.get(subset, ())}
        return {name: own for name, own in found.items() if name.startswith(subset[:-1])}

    def significance(self, rule: GateRule) -> float:
        """Return the error rate that a rule may spend on this look.

        An equal share for each look keeps the whole within the rate, whatever the looks have in common (Bonferroni).
        """
        return rule.significance / self.looks


def outside(snapshot: Snapshot, quarantines: Sequence[Quarantine]) -> Snapshot:
    """Return what was observed outside of quarantine."""
    kept = [
        item for item in snapshot.observations if not any(one.covers(item.subject, item.case) for one in quarantines)
    ]
    return replace(snapshot, observations=tuple(kept))


def concerns(rule: GateRule, record: SubjectRecord) -> bool:
    """Whether a rule is for a subject."""
    kind = SubjectKind.DETERMINISTIC if record.is_deterministic else SubjectKind.VARYING
    return rule.subject in {None, record.name} and rule.applies_to in {None, kind}


def no_baseline(rule: GateRule, subject: SubjectName) -> GateFinding:
    """Say that there is nothing to compare with."""
    sentence = f"{subject}: there is no accepted baseline to compare with; make one with `passmuster accept`"
    return GateFinding(rule=rule, subject=subject, outcome=GateOutcome.INCONCLUSIVE, sentence=sentence)


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def cases_of(changes: Iterable[CaseChange]) -> set[CaseIdentifier]:
    """Return the cases of changes; one that broke in both aspects is one case."""
    return {change.case for change in changes}


def names(changes: Sequence[CaseChange], shown: int = 5) -> str:
    """Name some cases, and count the rest."""
    found = list(dict.fromkeys(change.case for change in changes))
    more = f" and {len(found) - shown} more" if len(found) > shown else ""
    return ", ".join(found[:shown]) + more


def too_few(size: int, needed: int) -> str:
    """Say how many cases there are of how many that a rule needs."""
    return f"{count(size, 'case')} of the {needed} that the rule needs"
