"""Critical cases: each stops a merge alone, once it is broken and stays so when both sides are repeated."""

from collections.abc import Iterator, Sequence
from math import comb

from passmuster.analysis.judging import Evidence, count, names, no_baseline
from passmuster.analysis.multiplicity import holm
from passmuster.domain.reports import SubjectReport
from passmuster.domain.verdicts import CaseChange, ChangeKind, GateFinding, GateOutcome, GateRule

HALF = 0.5
MOST_ADVISED = 100


def judge_critical(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> Iterator[GateFinding]:
    """Judge the critical cases; nothing is said where there are none.

    A subject without noise is taken at its word. For one that varies, a case is broken when it passes less often than
    in the baseline by Fisher's exact test, with the error rate kept over all critical cases (Holm).
    """
    name = subject.record.name
    if not any(case.is_critical for case in evidence.cases.values()):
        return
    if evidence.comparison is None:
        yield no_baseline(rule, name)
        return
    changes = [
        change
        for change in evidence.changes(name)
        if change.kind is not ChangeKind.REMOVED and change.case in evidence.cases
    ]
    own = [change for change in changes if evidence.cases[change.case].is_critical]
    broken = [change for change in own if change.kind is ChangeKind.BROKEN]
    unmeasured = [change for change in own if change.kind is ChangeKind.UNMEASURED]
    surely = broken
    if not subject.record.is_deterministic:
        chances = holm([fisher_probability(change) for change in broken])
        limit = evidence.significance(rule)
        surely = [change for change, chance in zip(broken, chances, strict=True) if chance <= limit]
    doubtful = [change for change in broken if change not in surely and (change.candidate_rate or 0.0) < HALF]
    outcome, sentence = _verdict(rule, surely, doubtful, unmeasured, len(own))
    if outcome is GateOutcome.INCONCLUSIVE and doubtful:
        sentence += f": {_advice(doubtful, evidence.significance(rule), len(broken))}"
    yield GateFinding(rule=rule, subject=name, outcome=outcome, sentence=f"{name}: {sentence}")


def fisher_probability(change: CaseChange) -> float:
    """Return how probable so uneven a split of a case's passes is, or one more to the candidate's cost, by chance.

    Source: R. A. Fisher, "The logic of inductive inference", Journal of the Royal Statistical Society 98 (1935), 39-82.
    """
    before, after = change.baseline_trials, change.candidate_trials
    former = round((change.baseline_rate or 0.0) * before)
    now = round((change.candidate_rate or 0.0) * after)
    passes, total = former + now, before + after
    ways = sum(comb(after, kept) * comb(before, passes - kept) for kept in range(now + 1) if passes - kept >= 0)
    return ways / comb(total, passes)


def _verdict(
    rule: GateRule,
    surely: Sequence[CaseChange],
    doubtful: Sequence[CaseChange],
    unmeasured: Sequence[CaseChange],
    size: int,
) -> tuple[GateOutcome, str]:
    if len(surely) > (rule.maximum or 0):
        return GateOutcome.FAILED, f"{count(len(surely), 'critical case')} broke and stayed broken ({names(surely)})"
    if doubtful:
        return GateOutcome.INCONCLUSIVE, f"{count(len(doubtful), 'critical case')} may be broken ({names(doubtful)})"
    if unmeasured:
        found = f"{count(len(unmeasured), 'critical case')} could not be measured on both sides ({names(unmeasured)})"
        return GateOutcome.INCONCLUSIVE, found
    return GateOutcome.PASSED, f"none of {count(size, 'critical case')} broke"


def _advice(doubtful: Sequence[CaseChange], significance: float, tests: int) -> str:
    """Say how often the candidate must fail before chance is out of the question, with the baseline as it is."""
    before = max(change.baseline_trials for change in doubtful)
    needed = next((size for size in range(1, MOST_ADVISED) if 1 / comb(before + size, size) * tests <= significance), 0)
    most = max(change.candidate_trials for change in doubtful)
    if needed <= most:
        return "repeat both sides more often"
    return f"repeat the candidate's {needed} times; with {count(before, 'trial')} of the baseline fewer cannot show it"
