"""Two snapshots against each other: what may be compared, and what broke."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passmuster.analysis.attributing import Attribution, attribute, compare_rosters
from passmuster.analysis.costs import cost_of
from passmuster.analysis.leaving_out import all_apart, comparison_sentences, set_apart, without
from passmuster.analysis.observing import DIGITS, usual_choice, weights_of
from passmuster.analysis.slicing import metric_changes
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison, Incomparable, RosterChange
from passmuster.domain.observations import Aspect, CaseObservation, Snapshot
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import MisroutingCost


def compare(
    baseline: Snapshot,
    candidate: Snapshot,
    cases: Sequence[Case] = (),
    costs: Sequence[MisroutingCost] = (),
) -> Comparison:
    """Compare two snapshots, paired by subject and case.

    Rates are compared only over cases that both sides have measured and whose content is the same, and only where
    what chose, or what wrote, was the same; the other cases are listed as added, removed, edited, unmeasured or left
    out.

    Args:
        baseline: What is compared with.
        candidate: What is judged.
        cases: The candidate's cases, for metrics by subset and for costs.
        costs: What wrong choices cost.
    """
    roster, changes = compare_cases(baseline, candidate, cases, costs)
    incomparable = tuple(_incomparable(baseline, candidate))
    warnings = (
        *_missing(baseline, candidate),
        *(item.reason for item in incomparable),
        *comparison_sentences(baseline, candidate),
    )
    return Comparison(
        roster=roster,
        cases=changes,
        metrics=metric_changes(changes, {case.identifier: case for case in cases}, weights_of(candidate.observations)),
        warnings=warnings,
        is_equal=roster.is_empty and not warnings and _by_case(baseline) == _by_case(candidate),
        against=baseline.label,
        incomparable=incomparable,
        apart=all_apart(baseline, candidate),
    )


def compare_cases(
    baseline: Snapshot,
    candidate: Snapshot,
    cases: Sequence[Case] = (),
    costs: Sequence[MisroutingCost] = (),
) -> tuple[RosterChange, tuple[CaseChange, ...]]:
    """Return how the agents differ and what became of each case, without any metric.

    Args:
        baseline: What is compared with.
        candidate: What is judged.
        cases: The candidate's cases, for costs.
        costs: What wrong choices cost.
    """
    roster = compare_rosters(baseline, candidate)
    before, after = _by_case(baseline), _by_case(candidate)
    # A subject that one side lacks is a warning, not a change of each of its cases.
    shared = {record.name for record in baseline.subjects} & {record.name for record in candidate.subjects}
    both = before.keys() & after.keys()
    comparing = _Comparing(
        roster=roster,
        barred=frozenset((item.subject, item.aspect) for item in _incomparable(baseline, candidate)),
        measured=frozenset(_measured(candidate)),
        paired=frozenset(shared - {key[0] for key in both if before[key].inclusions != after[key].inclusions}),
        cases={case.identifier: case for case in cases},
        costs=tuple(costs),
    )
    return roster, tuple(
        change
        for key in (*after, *(key for key in before if key not in after))
        if key[0] in shared
        for change in comparing.changes(before.get(key), after.get(key))
    )


def _by_case(snapshot: Snapshot) -> dict[tuple[SubjectName, CaseIdentifier], CaseObservation]:
    return {(item.subject, item.case): item for item in snapshot.observations}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparing:
    """What comparing one case takes beside its two observations.

    Attributes:
        roster: How the agents differ.
        barred: What may not be compared.
        measured: What the candidate was asked for at all.
        paired: Subjects whose cases were drawn alike on both sides.
        cases: The candidate's cases.
        costs: What wrong choices cost.
    """

    roster: RosterChange
    barred: frozenset[tuple[SubjectName, Aspect]]
    measured: frozenset[tuple[SubjectName, Aspect]]
    paired: frozenset[SubjectName]
    cases: Mapping[CaseIdentifier, Case]
    costs: tuple[MisroutingCost, ...]

    def changes(self, before: CaseObservation | None, after: CaseObservation | None) -> Iterator[CaseChange]:
        known = after or before
        if known is None:
            return
        # What nobody was asked when the baseline was made is new to it.
        is_new = before is None or (not before.was_asked and after is not None and after.was_asked)
        if before is None or after is None or is_new or before.fingerprint != after.fingerprint:
            kind = ChangeKind.ADDED if is_new else ChangeKind.REMOVED if after is None else ChangeKind.EDITED
            yield CaseChange(subject=known.subject, case=known.case, aspect=Aspect.ROUTING, kind=kind)
            return
        if not (before.was_asked or after.was_asked):
            yield from self._left_out(after)
        if (before.outcomes or after.outcomes) and (known.subject, Aspect.ROUTING) not in self.barred:
            yield self._routing(before, after)
        if (
            any(side.passed or side.left_out for side in (before, after))
            and (known.subject, Aspect.OUTPUT) not in self.barred
        ):
            yield self._output(before, after)

    def _left_out(self, after: CaseObservation) -> Iterator[CaseChange]:
        """Yield a case that neither side was asked; where both were drawn alike, those that were stand for it."""
        weight = 0.0 if after.rounds and after.subject in self.paired else None
        for aspect in Aspect:
            is_judged = aspect is Aspect.ROUTING or bool(after.rubric)
            if is_judged and (after.subject, aspect) in self.measured - self.barred:
                yield CaseChange(
                    subject=after.subject,
                    case=after.case,
                    aspect=aspect,
                    kind=ChangeKind.LEFT_OUT,
                    difference=weight,
                    rise_of_cost=weight if aspect is Aspect.ROUTING and self.costs else None,
                )

    def _routing(self, before: CaseObservation, after: CaseObservation) -> CaseChange:
        was, now = usual_choice(before.chosen), usual_choice(after.chosen)
        kind = _kind(before.routing_rate, after, after.routing_rate)
        if kind is ChangeKind.UNCHANGED and was != now:
            kind = ChangeKind.MOVED
        attribution = attribute(was, now, self.roster) if was != now and was and now else Attribution()
        is_broken = kind is ChangeKind.BROKEN
        margin = None
        if was == now and before.margin is not None and after.margin is not None:
            margin = round(after.margin - before.margin, DIGITS)
        former, right = ([float(outcome.is_right) for outcome in side.outcomes] for side in (before, after))
        return CaseChange(
            subject=after.subject,
            case=after.case,
            aspect=Aspect.ROUTING,
            kind=kind,
            baseline_rate=before.routing_rate,
            candidate_rate=after.routing_rate,
            baseline_trials=len(before.outcomes),
            candidate_trials=len(after.outcomes),
            difference=_difference(before, former, after, right),
            rise_of_cost=self._rise_of_cost(before, after),
            was=was,
            now=now,
            # Taking what its former owner had no right to is no theft.
            stolen_by=attribution.stolen_by if is_broken else None,
            lost_to=attribution.lost_to if is_broken else None,
            edited=attribution.edited,
            baseline_margin=before.margin,
            rival=after.rival,
            margin_change=margin,
            explanation=attribution.explanation,
        )

    def _rise_of_cost(self, before: CaseObservation, after: CaseObservation) -> float | None:
        case = self.cases.get(after.case)
        if case is None or not self.costs:
            return None
        former, now = (
            [cost_of(choice, case.expectation, self.costs) for choice in side.chosen] for side in (before, after)
        )
        return _difference(before, former, after, now)

    def _output(self, before: CaseObservation, after: CaseObservation) -> CaseChange:
        # An old baseline does not know its rubrics; one that judged nothing may have had none.
        if before.rubric != after.rubric and (before.rubric or not before.passed):
            return CaseChange(subject=after.subject, case=after.case, aspect=Aspect.OUTPUT, kind=ChangeKind.EDITED)
        apart = set_apart(before, after)
        if apart:
            case = self.cases.get(after.case)
            rubric = None if case is None else case.rubric
            if rubric is None or not rubric.without(apart).criteria:
                return _nothing_left(after)
            before, after = (without(side, rubric, apart) for side in (before, after))
        return _output(before, after)


def _nothing_left(after: CaseObservation) -> CaseChange:
    return CaseChange(
        subject=after.subject,
        case=after.case,
        aspect=Aspect.OUTPUT,
        kind=ChangeKind.LEFT_OUT,
        explanation="no criterion of its rubric was judged by the same means on both sides",
    )


def _measured(snapshot: Snapshot) -> Iterator[tuple[SubjectName, Aspect]]:
    for item in snapshot.observations:
        if item.outcomes:
            yield item.subject, Aspect.ROUTING
        if item.passed or item.left_out:
            yield item.subject, Aspect.OUTPUT


def _output(before: CaseObservation, after: CaseObservation) -> CaseChange:
    kind = _kind(before.rubric_rate, after, after.rubric_rate)
    if kind is ChangeKind.UNCHANGED and before.criteria != after.criteria:
        kind = ChangeKind.MOVED
    names = sorted(before.criteria.keys() & after.criteria.keys())
    lower = [name for name in names if after.criteria[name] < before.criteria[name]]
    explanation = f"scores lower on {', '.join(lower)}" if lower else ""
    if kind is ChangeKind.UNMEASURED:
        explanation = "the output could not be judged on both sides"
    return CaseChange(
        subject=after.subject,
        case=after.case,
        aspect=Aspect.OUTPUT,
        kind=kind,
        baseline_rate=before.rubric_rate,
        candidate_rate=after.rubric_rate,
        baseline_trials=len(before.passed),
        candidate_trials=len(after.passed),
        difference=_difference(before, [*map(float, before.passed)], after, [*map(float, after.passed)]),
        explanation=explanation,
    )


def _kind(before: float | None, after: CaseObservation, now: float | None) -> ChangeKind:
    if not after.was_asked:
        return ChangeKind.LEFT_OUT
    if before is None or now is None:
        return ChangeKind.UNMEASURED
    if now < before:
        return ChangeKind.BROKEN
    return ChangeKind.FIXED if now > before else ChangeKind.UNCHANGED


def _difference(
    before: CaseObservation, former: Sequence[float], after: CaseObservation, now: Sequence[float]
) -> float | None:
    """Return the difference of a case's means, each repetition divided by the chance that the case had to be asked.

    Source: D. G. Horvitz and D. J. Thompson, "A generalization of sampling without replacement from a finite
    universe", Journal of the American Statistical Association 47 (1952), 663-685.

    Args:
        before: The baseline's observation.
        former: Its value in each repetition.
        after: The candidate's observation.
        now: Its value in each repetition.
    """
    if not former:
        return None
    if not after.was_asked:
        # Left out of a random sample, a case weighs nothing, and those that were drawn weigh for it.
        return 0.0 if after.rounds else None
    if not now:
        return None
    # What was asked again because of what had come out is no fair sample of it; the first round is.
    fair = former[:1] if before.inclusions else former
    mean = sum(fair) / len(fair)
    if not after.inclusions:
        return sum(now) / len(now) - mean
    if len(now) != len(after.inclusions):
        # A repetition failed in the harness; nothing is known of its round, so the case cannot stand for others.
        return None
    # Where both sides were asked in the same rounds, each round has its own pair; else the baseline's mean is fixed.
    is_paired = len(former) == len(now) and before.inclusions == after.inclusions
    pairs = zip(now, former if is_paired else [mean] * len(now), after.inclusions, strict=True)
    return sum((one - other) / inclusion for one, other, inclusion in pairs) / after.rounds


def _incomparable(baseline: Snapshot, candidate: Snapshot) -> Iterator[Incomparable]:
    before = {record.name: record for record in baseline.subjects}
    for record in candidate.subjects:
        known = before.get(record.name)
        if known is None:
            continue
        other = _new(known.choosing_models, record.choosing_models)
        if _differs(known, known.routing, record, record.routing) or other:
            yield Incomparable(
                subject=record.name,
                aspect=Aspect.ROUTING,
                reason=(f"{_means(record, 'chooses', other, baseline)}: its choices are shown, and not compared"),
            )
        new = _new(known.models, record.models)
        if _differs(known, known.writing, record, record.writing) or new:
            yield Incomparable(
                subject=record.name,
                aspect=Aspect.OUTPUT,
                reason=f"{_means(record, 'writes', new, baseline)}: its outputs are shown, and not compared",
            )


def _means(record: SubjectRecord, does: str, models: Sequence[str], baseline: Snapshot) -> str:
    """Say by which means a subject does something now, and did not before."""
    subject = f"subject {record.name!r} {does}"
    if models:
        return f"{subject} with {', '.join(models)}, as it did not in {baseline.label}"
    return f"{subject} by other means than in {baseline.label} (other parts, other options or another version)"


def _new(known: Sequence[str], models: Sequence[str]) -> list[str]:
    """Return the models that were not there before; none where nobody knows which were."""
    return sorted(set(models) - set(known)) if known else []


def _differs(known: SubjectRecord, part: str, record: SubjectRecord, other: str) -> bool:
    if part and other:
        return part != other
    # A baseline of older times knows only the whole.
    return known.fingerprint != record.fingerprint


def _missing(baseline: Snapshot, candidate: Snapshot) -> Iterator[str]:
    before, after = ({record.name: record for record in side.subjects} for side in (baseline, candidate))
    for name in after:
        if name not in before:
            yield f"the baseline has no subject {name!r}: it is shown, and not compared"
    for name in sorted(before.keys() - after.keys()):
        yield f"the baseline's subject {name!r} is not in this run"
