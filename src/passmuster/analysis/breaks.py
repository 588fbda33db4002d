"""Rules that count cases: what broke without being accepted, and what came closer to it."""

from collections.abc import Sequence
from dataclasses import replace

from passmuster.analysis.judging import NOT_COMPARED, Evidence, cases_of, count, names, no_baseline, too_few
from passmuster.analysis.narrowing import narrowed, narrowing_sentence
from passmuster.analysis.proportions import clopper_pearson
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import SubjectReport
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GateRule

SURE = 0.95
"""How sure the bound is on what an audit of the cases left out may have missed."""


def judge_breaks(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> GateFinding:
    """Judge how many cases broke that nobody has accepted."""
    name = subject.record.name
    if evidence.comparison is None:
        return no_baseline(rule, name)
    outcome, sentence = _breaks(rule, evidence.changes(name))
    barred = evidence.barred(name)
    if barred and outcome is not GateOutcome.FAILED:
        return GateFinding(rule=rule, subject=name, outcome=GateOutcome.INCONCLUSIVE, sentence="; ".join(barred))
    sentence += _left_out(name, evidence) if outcome is GateOutcome.PASSED else ""
    return GateFinding(rule=rule, subject=name, outcome=outcome, sentence=f"{name}: {sentence}")


def judge_narrowing(rule: GateRule, subject: SubjectReport, evidence: Evidence) -> GateFinding:
    """Judge how many right choices lost their lead."""
    name = subject.record.name
    if evidence.comparison is None:
        return no_baseline(rule, name)
    gated = replace(evidence.comparison, cases=tuple(evidence.changes(name, Aspect.ROUTING)))
    narrower = narrowed(gated, name)
    known = [change for change in gated.cases if change.margin_change is not None]
    allowed, needed = rule.maximum or 0, rule.minimum_sample or 1
    barred = evidence.barred(name, Aspect.ROUTING)
    if len(narrower) > allowed:
        outcome, sentence = GateOutcome.FAILED, f"{narrowing_sentence(gated, name)}; {allowed:g} may"
    elif barred:
        outcome, sentence = GateOutcome.INCONCLUSIVE, barred[0]
    elif len(known) < needed:
        lack = f"the lead of {too_few(len(known), needed)} is known on both sides"
        outcome, sentence = GateOutcome.INCONCLUSIVE, f"{name}: {lack}"
    else:
        said = narrowing_sentence(gated, name) or f"{name}: no right choice lost a quarter of its lead"
        outcome, sentence = GateOutcome.PASSED, f"{said}; {allowed:g} may"
    return GateFinding(rule=rule, subject=name, outcome=outcome, sentence=sentence)


def _breaks(rule: GateRule, changes: Sequence[CaseChange]) -> tuple[GateOutcome, str]:
    broken = [change for change in changes if change.kind is ChangeKind.BROKEN]
    unmeasured = [change for change in changes if change.kind is ChangeKind.UNMEASURED]
    compared = cases_of([change for change in changes if change.kind not in NOT_COMPARED])
    allowed = rule.maximum or 0
    if len(cases_of(broken)) > allowed:
        return GateOutcome.FAILED, broken_sentence(broken)
    if unmeasured:
        unknown = f"{count(len(cases_of(unmeasured)), 'case')} could not be measured on both sides"
        return GateOutcome.INCONCLUSIVE, f"{unknown}, so nobody can tell what broke ({names(unmeasured)})"
    needed = rule.minimum_sample or 1
    if len(compared) < needed:
        return GateOutcome.INCONCLUSIVE, f"the baseline has {too_few(len(compared), needed)} as they are now"
    fixed = cases_of([change for change in changes if change.kind is ChangeKind.FIXED])
    moved = cases_of([change for change in changes if change.kind is ChangeKind.MOVED])
    broke = f"{broken_sentence(broken)}; {allowed:g} may" if broken else "no case broke"
    return GateOutcome.PASSED, f"{broke}; {len(fixed)} fixed, {len(moved)} moved without becoming right or wrong"


def _left_out(subject: SubjectName, evidence: Evidence) -> str:
    """Say how many cases were left out, and what the random sample among the others says of them."""
    changes = evidence.changes(subject)
    left = cases_of([change for change in changes if change.kind is ChangeKind.LEFT_OUT])
    if not left:
        return ""
    # Later rounds ask again what the first one asked; what the first one took by chance stands for the rest.
    drawn = {
        item.case for item in evidence.observed if item.subject == subject and min(item.inclusions[:1], default=1) < 1
    }
    audited = cases_of([change for change in changes if change.case in drawn and change.kind not in NOT_COMPARED])
    said = f"; {count(len(left), 'case')} of {len(cases_of(changes))} were left out"
    if not audited:
        return f"{said}, and nothing is known of them"
    broken = cases_of([change for change in changes if change.case in audited and change.kind is ChangeKind.BROKEN])
    upper = clopper_pearson(len(broken), len(audited), confidence=2 * SURE - 1)[1]
    sample = f"of {count(len(audited), 'case')} drawn among such {len(broken)} broke"
    return f"{said}: {sample}, so with {SURE:.0%} certainty at most {upper:.0%} of them did"


def broken_sentence(broken: Sequence[CaseChange]) -> str:
    """Say what broke, and who took what from whom."""
    stolen: dict[str, list[CaseChange]] = {}
    lost: dict[str, list[CaseChange]] = {}
    for change in broken:
        if change.stolen_by:
            stolen.setdefault(change.stolen_by, []).append(change)
        elif change.lost_to:
            lost.setdefault(change.was, []).append(change)
    parts = [f"{count(len(cases_of(broken)), 'case')} broke"]
    for thief, changes in sorted(stolen.items(), key=lambda item: (-len(item[1]), item[0])):
        victims = sorted({change.was for change in changes})
        parts.append(f"{thief} stole {len(changes)} from {', '.join(victims)} ({names(changes)})")
    for owner, changes in sorted(lost.items(), key=lambda item: (-len(item[1]), item[0])):
        takers = sorted({change.now for change in changes})
        parts.append(f"{owner} lost {len(changes)} to {', '.join(takers)} ({names(changes)})")
    rest = [change for change in broken if not change.stolen_by and not change.lost_to]
    if rest and len(parts) > 1:
        parts.append(f"{len(cases_of(rest))} otherwise ({names(rest)})")
    elif rest:
        parts[0] += f" ({names(rest)})"
    return "; ".join(parts)
