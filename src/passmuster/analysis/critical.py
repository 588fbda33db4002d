"""Critical cases: each stops a merge alone, once it is broken and stays so when both sides are repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

from passmuster.analysis.judging import NOT_COMPARED, Evidence, cases_of, count, names, no_baseline, too_few
from passmuster.analysis.multiplicity import holm
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateRule

HALF = 0.5
MOST_ADVISED = 100
"""More repetitions of a case than anybody would make for one verdict."""


def judge_critical(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[GateFinding]:
    """Judge the critical cases; nothing is said where there are none.

    A subject without noise is taken at its word. For one that varies, a case is broken when it passes less often than
    in the baseline by Fisher's exact test, with the error rate kept over all critical cases (Holm).
    """
    name = subject.record.name
    critical = {item.identifier for item in evidence.cases.values() if item.is_critical}
    if not any(evidence.is_gated(name, case) for case in critical):
        return
    if evidence.comparison is None:
        yield no_baseline(rule, name)
        return
    changes = [change for change in evidence.changes(name) if change.case in critical]
    judged = _Critical(
        compared=[change for change in changes if change.kind not in NOT_COMPARED],
        left_out=[change for change in changes if change.kind is ChangeKind.LEFT_OUT],
        is_steady=subject.record.is_deterministic,
        significance=evidence.significance(rule),
    )
    outcome, sentence = judged.verdict(rule.maximum or 0, rule.minimum_sample or 1)
    barred = evidence.barred(name)
    if barred and outcome is not GateOutcome.FAILED:
        yield GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence="; ".join(barred))
    else:
        yield GateFinding(rule=rule, subject=name, outcome=outcome, sentence=f"{name}: {sentence}")


def fisher_probability(change: CaseChange) -> float:
    """Return how probable so uneven a split of a case's passes is, or one more to the candidate's cost, by chance.

    Source: R. A. Fisher, "The logic of inductive inference", Journal of the Royal Statistical Society 98 (1935), 39-82.
    """
    before, after = change.baseline_trials, change.candidate_trials
    former = round((change.baseline_rate or 0.0) * before)
    return fisher_tail(former, before, round((change.candidate_rate or 0.0) * after), after)


def fisher_tail(former: int, before: int, now: int, after: int) -> float:
    """Return how probable so few passes now, or fewer, are by chance, given all passes of both sides.

    Source: as of :func:`fisher_probability`.

    Args:
        former: Passes before.
        before: Trials before.
        now: Passes now.
        after: Trials now.
    """
    passes = former + now
    ways = sum(comb(after, kept) * comb(before, passes - kept) for kept in range(now + 1) if passes >= kept)
    return ways / comb(before + after, passes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Critical:
    """A subject's critical cases, each by its choice and by its output."""

    compared: Sequence[CaseChange]
    left_out: Sequence[CaseChange]
    is_steady: bool
    significance: float

    def verdict(self, allowed: float, needed: int) -> tuple[GateOutcome, str]:
        broken = [change for change in self.compared if change.kind is ChangeKind.BROKEN]
        surely = broken if self.is_steady else self._surely_broken()
        doubtful = [change for change in broken if change not in surely and (change.candidate_rate or 0.0) < HALF]
        unmeasured = [change for change in self.compared if change.kind is ChangeKind.UNMEASURED]
        if len(cases_of(surely)) > allowed:
            return GateOutcome.FAILED, self._broke(surely)
        if len(cases_of([*surely, *doubtful])) > allowed:
            return GateOutcome.INCONCLUSIVE, f"{_cases(doubtful, 'may be broken')}: {self._advice(doubtful)}"
        if unmeasured:
            return GateOutcome.INCONCLUSIVE, _cases(unmeasured, "could not be measured on both sides")
        if self.left_out:
            return GateOutcome.INCONCLUSIVE, _cases(
                self.left_out, "was left out of the run", "were left out of the run"
            )
        size = len(cases_of(self.compared))
        if size < needed:
            known = too_few(size, needed)
            return GateOutcome.INCONCLUSIVE, f"of the critical cases the baseline has {known} as they are now"
        if surely:
            return GateOutcome.PASSED, f"{self._broke(surely)}; {allowed:g} may"
        passed = f"none of {count(size, 'critical case')} broke"
        chance = "; less often right than before, but no more than chance explains"
        return GateOutcome.PASSED, f"{passed}{chance}: {names(broken)}" if broken else passed

    def _surely_broken(self) -> list[CaseChange]:
        # The correction is for all that could have seemed broken by chance, not for what did.
        chances = holm([fisher_probability(change) for change in self.compared])
        pairs = zip(self.compared, chances, strict=True)
        return [item for item, chance in pairs if item.kind is ChangeKind.BROKEN and chance <= self.significance]

    def _broke(self, surely: Sequence[CaseChange]) -> str:
        reasons = "; ".join(dict.fromkeys(change.explanation for change in surely if change.explanation))
        told = _cases(surely, "broke" if self.is_steady else "broke, and not by chance")
        return f"{told}: {reasons}" if reasons else told

    def _advice(self, doubtful: Sequence[CaseChange]) -> str:
        """Say how often the candidate must be asked before chance is ruled out, if it goes on as it began."""
        needed = [self._repetitions(change) for change in doubtful]
        known = [number for number in needed if number is not None]
        if len(known) < len(needed):
            return "repeat both sides more often; with so few trials of the baseline no number of the candidate's tells"
        return f"repeat the candidate's; if it goes on like this, {max(known)} trials of each show that it is no chance"

    def _repetitions(self, change: CaseChange) -> int | None:
        before, rate = change.baseline_trials, change.candidate_rate or 0.0
        former = round((change.baseline_rate or 0.0) * before)
        limit = self.significance / len(self.compared)
        sizes = range(change.candidate_trials + 1, MOST_ADVISED + 1)
        return next((size for size in sizes if fisher_tail(former, before, round(rate * size), size) <= limit), None)


def _cases(changes: Sequence[CaseChange], one: str, several: str | None = None) -> str:
    size = len(cases_of(changes))
    return f"{count(size, 'critical case')} {one if size == 1 else several or one} ({names(changes)})"
