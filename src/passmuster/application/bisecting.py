"""Use case: which revision broke it? Binary search over commits, with stored results first.

One yardstick holds for every revision: the gate as it is now, with the good revision in the place of the baseline; or,
where cases are named, whether one of them is broken compared with the good revision. Between two revisions of one
repository a router that is configured otherwise is an edit like any other, so what it chooses is compared.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum

from passmuster.analysis.comparing import compare
from passmuster.analysis.critical import fisher_probability
from passmuster.analysis.multiplicity import holm
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.reusing import Found, Track, find_or_make
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison
from passmuster.domain.errors import (
    InvalidConfigurationError,
    InvalidInputError,
    MissingExtraError,
    UnknownComponentError,
)
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Commit, Trial
from passmuster.domain.values import AgentName, CaseIdentifier
from passmuster.domain.verdicts import GateOutcome, GatePolicy

ASIDE = "@bisect"
"""Follows the suite's name in the runs that are made here: no suite can be called so, and none of them is ever "the
latest run" of the suite, whose revision somebody thinks that it is."""

SIGNIFICANCE = 0.05
"""How rarely a case of a subject that varies may be called broken by chance."""

SHOWN_CASES = 5
OLDER = "name an older revision, in which it was still right"
NEWER = "name a revision in which something broke, or the case that you mean with --case"


TOLD = frozenset({ChangeKind.UNCHANGED, ChangeKind.MOVED, ChangeKind.FIXED})
"""Kinds of change by which a case is as right as it was."""


class Standing(StrEnum):
    """What is known of a revision, compared with the good one."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A revision that may be the one: a commit, or the working tree with ``None``."""

    commit: Commit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a revision showed.

    Attributes:
        candidate: The revision.
        standing: What is known of it.
        reason: Why, in a sentence.
        found: Its run; ``None`` where none could be made.
    """

    candidate: Candidate
    standing: Standing
    reason: str
    found: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectParts:
    """All that bisecting needs.

    Attributes:
        good: The good revision.
        candidates: Those after it, oldest first; the last one is the bad one.
        open: Opens the suite at a revision; expectations may still name the agents that are given.
        policy: What the suite says about its gate now.
        cases: Those that are asked about; empty asks the gate.
        suite: The suite's name, under which usual runs are stored.
        track: The repository.
    """

    good: Candidate
    candidates: tuple[Candidate, ...]
    open: Callable[[Candidate, Sequence[AgentName]], AbstractContextManager[SuiteParts]]
    policy: GatePolicy
    cases: tuple[CaseIdentifier, ...]
    suite: str
    track: Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """What came of a search.

    Attributes:
        suspects: The revisions among which the first bad one is; one where it was found.
        evaluations: What was evaluated, in that order: the good revision, the bad one, then the steps.
        broken: The first revision that is known to be bad, compared with the last one before it that is known to be
            good; ``None`` where nobody can tell that the bad one is bad.
    """

    suspects: tuple[Candidate, ...]
    evaluations: tuple[Evaluation, ...]
    broken: Comparison | None

    @property
    def first_bad(self) -> Candidate | None:
        """The revision that broke it, if it was found."""
        return self.suspects[0] if len(self.suspects) == 1 and self.broken is not None else None

    @property
    def trials_made(self) -> int:
        """How many trials were made now."""
        return sum(item.found.made for item in self.evaluations if item.found)

    @property
    def trials_reused(self) -> int:
        """How many were in the store."""
        return sum(item.found.reused for item in self.evaluations if item.found)

    @property
    def runs_made(self) -> int:
        """How many runs were made, whole or with parts from the store."""
        return sum(bool(item.found and item.found.made) for item in self.evaluations)

    @property
    def runs_reused(self) -> int:
        """How many runs took no new trial."""
        return sum(bool(item.found and not item.found.made) for item in self.evaluations)


Progress = Callable[[int, int], None]
"""Told how many trials are done, made or reused, and how many there will be at the most, as far as is known."""


async def bisect(parts: BisectParts, progress: Progress) -> Bisection:
    """Find the first bad revision.

    Raises:
        InvalidConfigurationError: If the good revision is not good, or the bad one is not bad.
        InvalidInputError: If either cannot be evaluated, with every complaint about its files.
    """
    evaluating = _Evaluating(parts, progress)
    good = await evaluating.good()
    last = len(parts.candidates) - 1
    bad = await evaluating.bad(parts.candidates[last])
    known = {-1: good, last: bad}
    if bad.standing is Standing.UNKNOWN:
        return Bisection(suspects=parts.candidates, evaluations=(good, bad), broken=None)

    async def judge(place: int) -> Standing:
        known[place] = await evaluating.step(parts.candidates[place])
        return known[place].standing

    before, after = await narrowed(last, judge)
    return Bisection(
        suspects=parts.candidates[before + 1 : after + 1],
        evaluations=tuple(known.values()),
        broken=_comparison(known[before], known[after]),
    )


async def narrowed(bad: int, judge: Callable[[int], Awaitable[Standing]]) -> tuple[int, int]:
    """Narrow down where good ends and bad begins, judging about as often as a number can be halved.

    A place of which nobody can tell is passed over, and the nearest one to the middle that is left comes next.

    Args:
        bad: A bad place; -1 is a good one.
        judge: Says what a place between is.

    Returns:
        The last place that is known to be good before the first one that is known to be bad; places between the two
        cannot be told.
    """
    before, after = -1, bad
    unknown: set[int] = set()
    while left := [place for place in range(before + 1, after) if place not in unknown]:
        middle = min(left, key=lambda place: (abs(2 * place - before - after), place))
        standing = await judge(middle)
        if standing is Standing.GOOD:
            before = middle
        elif standing is Standing.BAD:
            after = middle
        else:
            unknown.add(middle)
    return before, after


def _name(candidate: Candidate) -> str:
    return "the working tree" if candidate.commit is None else candidate.commit.identifier[:12]


class _Evaluating:
    """Evaluates one revision after the other, all of them compared with the good one."""

    def __init__(self, parts: BisectParts, progress: Progress) -> None:
        self._parts = parts
        self._progress = progress
        self._done = 0
        self._good: Snapshot | None = None

    async def good(self) -> Evaluation:
        candidate = self._parts.good
        found = await self._found(candidate)
        self._good = replace(observe(found.run), label=_name(candidate))
        complaint = self._complaint_about_good(found)
        if complaint:
            raise _refusal(rule="not-good", what=f"{_name(candidate)} is not good: {complaint}", hint=OLDER)
        return Evaluation(candidate=candidate, standing=Standing.GOOD, reason="it was said to be good", found=found)

    async def bad(self, candidate: Candidate) -> Evaluation:
        evaluation = self._judged(candidate, await self._found(candidate))
        if evaluation.standing is Standing.GOOD:
            raise _refusal(rule="not-bad", what=f"{_name(candidate)} is not bad: {evaluation.reason}", hint=NEWER)
        return evaluation

    async def step(self, candidate: Candidate) -> Evaluation:
        try:
            found = await self._found(candidate)
        except (InvalidInputError, UnknownComponentError, MissingExtraError) as error:
            # Like `git bisect skip`: a revision that was never in order says nothing about those beside it.
            reason = str(error.findings[0]) if isinstance(error, InvalidInputError) else str(error)
            return Evaluation(candidate=candidate, standing=Standing.UNKNOWN, reason=reason)
        return self._judged(candidate, found)

    async def _found(self, candidate: Candidate) -> Found:
        former = [agent.name for agent in self._good.agents] if self._good else []
        with self._parts.open(candidate, former) as opened:
            suite = replace(opened, suite=f"{opened.suite}{ASIDE}")
            evaluate = EvaluateSuite(parts=suite)
            self._progress(self._done, self._expected(len(evaluate.plans)))
            begun = self._done

            def told(_trial: Trial) -> None:
                self._done += 1
                self._progress(self._done, self._expected(len(evaluate.plans)))

            names = (self._parts.suite, opened.suite, suite.suite)
            found = await find_or_make(evaluate, names, self._parts.track, told)
        self._done = begun + len(evaluate.plans)
        self._progress(self._done, self._expected(len(evaluate.plans)))
        return found

    def _expected(self, trials: int) -> int:
        # Both ends, and as many steps as halving takes.
        return max(self._done, trials * (2 + (len(self._parts.candidates) - 1).bit_length()))

    def _complaint_about_good(self, found: Found) -> str:
        assert self._good is not None  # noqa: S101 - the good revision comes first
        if not self._parts.cases:
            verdict = report_of(found.run, self._parts.policy, self._good).verdict
            return "; ".join(verdict.reasons) if verdict.outcome is GateOutcome.FAILED else ""
        rates: dict[CaseIdentifier, list[float | None]] = {case: [] for case in self._parts.cases}
        for item in self._good.observations:
            if item.case in rates:
                rates[item.case] += [item.routing_rate, item.rubric_rate]
        unknown = [case for case, own in rates.items() if not own]
        if unknown:
            return f"it has no case {unknown[0]!r}"
        wrong = [case for case, own in rates.items() if not any(own)]
        return f"case {wrong[0]!r} is wrong there already, or could not be measured" if wrong else ""

    def _judged(self, candidate: Candidate, found: Found) -> Evaluation:
        assert self._good is not None  # noqa: S101 - as above
        snapshot = observe(found.run)
        baseline = _as_configured(self._good, snapshot)
        if self._parts.cases:
            standing, reason = _by_cases(compare(baseline, snapshot, found.run.cases), self._parts.cases, snapshot)
        else:
            verdict = report_of(found.run, self._parts.policy, baseline).verdict
            standing, reason = _STANDINGS[verdict.outcome], "; ".join(verdict.reasons)
        return Evaluation(candidate=candidate, standing=standing, reason=reason or "every rule holds", found=found)


_STANDINGS: Mapping[GateOutcome, Standing] = {
    GateOutcome.PASSED: Standing.GOOD,
    GateOutcome.EQUAL: Standing.GOOD,
    GateOutcome.FAILED: Standing.BAD,
    GateOutcome.INCONCLUSIVE: Standing.UNKNOWN,
}


def _as_configured(baseline: Snapshot, candidate: Snapshot) -> Snapshot:
    """Take an edit of a subject's configuration for an edit: only a model that changed by itself bars a comparison."""
    records = {record.name: record for record in candidate.subjects}
    return replace(
        baseline,
        subjects=tuple(
            own if (own := records.get(record.name)) and own.fingerprint != record.fingerprint else record
            for record in baseline.subjects
        ),
    )


def _by_cases(comparison: Comparison, wanted: Sequence[CaseIdentifier], snapshot: Snapshot) -> tuple[Standing, str]:
    """Say whether one of the cases is broken."""
    steady = {record.name for record in snapshot.subjects if record.is_deterministic}
    own = [change for change in comparison.cases if change.case in wanted]
    worse = [change for change in own if change.kind is ChangeKind.BROKEN]
    varying = [change for change in worse if change.subject not in steady]
    chances = holm([fisher_probability(change) for change in varying])
    surely = [change for change in worse if change.subject in steady]
    surely += [change for change, chance in zip(varying, chances, strict=True) if chance <= SIGNIFICANCE]
    if surely:
        return Standing.BAD, f"broken: {_cases(surely)}"
    if worse:
        return Standing.UNKNOWN, f"worse, but that may be chance: {_cases(worse)}"
    unsure = [change.case for change in own if change.kind not in TOLD]
    unsure += [case for case in wanted if all(change.case != case for change in own)]
    if unsure:
        return Standing.UNKNOWN, f"edited, gone or not measured: {', '.join(dict.fromkeys(unsure[:SHOWN_CASES]))}"
    return Standing.GOOD, f"right as before: {', '.join(wanted[:SHOWN_CASES])}"


def _cases(changes: Sequence[CaseChange]) -> str:
    names = list(dict.fromkeys(change.case for change in changes))
    more = f" and {len(names) - SHOWN_CASES} more" if len(names) > SHOWN_CASES else ""
    return f"{', '.join(names[:SHOWN_CASES])}{more}"


def _comparison(before: Evaluation, after: Evaluation) -> Comparison | None:
    """Compare the first bad revision with the last good one."""
    if before.found is None or after.found is None:
        return None
    old, new = observe(before.found.run), observe(after.found.run)
    labelled = replace(old, label=_name(before.candidate))
    return compare(_as_configured(labelled, new), new, after.found.run.cases)


def _refusal(*, rule: str, what: str, hint: str) -> InvalidConfigurationError:
    return InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=what, hint=hint)])
