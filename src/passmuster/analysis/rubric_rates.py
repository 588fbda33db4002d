"""How well criteria tell good answers from bad: shares of defects caught and of false alarms, from verdicts alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from passmuster.analysis.proportions import exact_estimate
from passmuster.domain.observations import Estimate


class Kind(StrEnum):
    """What an answer is that a rubric is tried with."""

    GOOD = "good"
    NEUTRAL = "neutral"
    MUTANT = "mutant"


class Seen(StrEnum):
    """What a criterion made of an answer."""

    PASSED = "passed"
    FAILED = "failed"
    UNJUDGED = "unjudged"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one criterion made of one answer.

    Attributes:
        answer: The answer's name; unique.
        kind: What it is.
        edit: What was done to it; empty for one that was only written.
        target: The name of the criterion that must catch it; empty for good and neutral ones.
        criterion: Who judged.
        seen: What came of it.
        reason: The criterion's sentence.
    """

    answer: str
    kind: Kind
    edit: str
    target: str
    criterion: str
    seen: Seen
    reason: str = ""

    @property
    def is_own(self) -> bool:
        """Whether this criterion is the one that must catch it."""
        return self.target == self.criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRates:
    """How one criterion did.

    Attributes:
        criterion: Its name.
        caught: The share of the mutants made for it that it failed; ``None`` if there were none.
        false_alarms: The share of good and neutral answers that it failed; ``None`` if there were none.
        missed: The mutants made for it that it let pass.
        alarms: The good and neutral answers that it failed.
        unjudged: The answers that it could not judge, through no fault of theirs.
        left_out: Why it judges nothing on this machine; empty where it does.
    """

    criterion: str
    caught: Estimate | None
    false_alarms: Estimate | None
    missed: tuple[Verdict, ...] = ()
    alarms: tuple[Verdict, ...] = ()
    unjudged: tuple[Verdict, ...] = ()
    left_out: str = ""

    @property
    def lacks(self) -> str:
        """What there is none of, so that nothing can be said; empty where there is everything."""
        missing = [
            words
            for share, words in ((self.caught, "no mutants"), (self.false_alarms, "no good answers"))
            if share is None
        ]
        return "" if self.left_out else " and ".join(missing)

    @property
    def is_blind(self) -> bool:
        """Whether it caught none of the mutants made for it."""
        return self.caught is not None and self.caught.value == 0.0

    @property
    def holds(self) -> bool:
        """Whether it may be relied on: it catches something, and minds nothing harmless."""
        return not self.is_blind and not self.alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricRates:
    """How all criteria did together.

    Attributes:
        named: The share of mutants that the criterion failed that must catch them.
        caught: The share of mutants that any criterion failed.
        false_alarms: The share of good and neutral answers that any criterion failed.
        criteria: Each for itself, in order of name.
        bases: How many different good answers the judged mutants were made from.
        missed: Mutants that no criterion failed.
    """

    named: Estimate | None
    caught: Estimate | None
    false_alarms: Estimate | None
    criteria: tuple[CriterionRates, ...]
    bases: int
    missed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every criterion may be relied on."""
        return all(item.holds for item in self.criteria)

    @property
    def is_complete(self) -> bool:
        """Whether no criterion was left out."""
        return not any(item.left_out for item in self.criteria)


def exact_share(successes: int, trials: int) -> Estimate | None:
    """Return a share with its exact interval; ``None`` where nothing was tried."""
    return exact_estimate(successes, trials) if trials else None


def rubric_rates(verdicts: Sequence[Verdict]) -> RubricRates:
    """Return how criteria did, each for itself and all together.

    An answer that a criterion could not judge counts for it neither as caught nor as a false alarm.
    """
    names = sorted({verdict.criterion for verdict in verdicts})
    judged = [verdict for verdict in verdicts if verdict.seen in {Seen.PASSED, Seen.FAILED}]
    mutants = _by_answer(verdict for verdict in judged if verdict.kind is Kind.MUTANT)
    # A mutant whose own criterion could not judge it says nothing of the rubric.
    mutants = {name: own for name, own in mutants.items() if any(item.is_own for item in own)}
    harmless = _by_answer(verdict for verdict in judged if verdict.kind is not Kind.MUTANT)
    named = sum(any(item.is_own and item.seen is Seen.FAILED for item in own) for own in mutants.values())
    alarms = sum(_has_failed(own) for own in harmless.values())
    missed = tuple(name for name, own in mutants.items() if not _has_failed(own))
    return RubricRates(
        named=exact_share(named, len(mutants)),
        caught=exact_share(len(mutants) - len(missed), len(mutants)),
        false_alarms=exact_share(alarms, len(harmless)),
        criteria=tuple(_of_criterion(name, verdicts) for name in names),
        bases=len({base_of(name) for name in mutants}),
        missed=missed,
    )


def base_of(answer: str) -> str:
    """Return the good answer that a name says another was made from: what stands before the first slash."""
    return answer.partition("/")[0]


def _has_failed(verdicts: Iterable[Verdict]) -> bool:
    return any(verdict.seen is Seen.FAILED for verdict in verdicts)


def _by_answer(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    grouped: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        grouped.setdefault(verdict.answer, []).append(verdict)
    return grouped


def _of_criterion(name: str, verdicts: Iterable[Verdict]) -> CriterionRates:
    own = [verdict for verdict in verdicts if verdict.criterion == name]
    mutants = _judged(verdict for verdict in own if verdict.kind is Kind.MUTANT and verdict.is_own)
    harmless = _judged(verdict for verdict in own if verdict.kind is not Kind.MUTANT)
    missed = tuple(verdict for verdict in mutants if verdict.seen is Seen.PASSED)
    alarms = tuple(verdict for verdict in harmless if verdict.seen is Seen.FAILED)
    left_out = [verdict for verdict in own if verdict.seen is Seen.LEFT_OUT]
    return CriterionRates(
        criterion=name,
        caught=exact_share(len(mutants) - len(missed), len(mutants)),
        false_alarms=exact_share(len(alarms), len(harmless)),
        missed=missed,
        alarms=alarms,
        unjudged=tuple(verdict for verdict in own if verdict.seen is Seen.UNJUDGED),
        left_out=left_out[0].reason if left_out and len(left_out) == len(own) else "",
    )


def _judged(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.seen in {Seen.PASSED, Seen.FAILED}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Specificity:
    """Which criteria failed the mutants of one kind of edit.

    Attributes:
        edit: What was done.
        target: The criterion that must catch it.
        mutants: How many were judged by it.
        failed: How many of them each criterion failed, the most first; criteria that failed none are left out.
    """

    edit: str
    target: str
    mutants: int
    failed: tuple[tuple[str, int], ...]


def specificity(verdicts: Iterable[Verdict]) -> tuple[Specificity, ...]:
    """Return the matrix of edits and criteria, in the order in which the edits come."""
    rows: dict[tuple[str, str], dict[str, set[str]]] = {}
    for verdict in verdicts:
        if verdict.kind is Kind.MUTANT and verdict.seen in {Seen.PASSED, Seen.FAILED}:
            row = rows.setdefault((verdict.edit, verdict.target), {"": set()})
            if verdict.is_own:
                row[""].add(verdict.answer)
            if verdict.seen is Seen.FAILED:
                row.setdefault(verdict.criterion, set()).add(verdict.answer)
    return tuple(
        Specificity(edit=edit, target=target, mutants=len(row[""]), failed=_most_first(row))
        for (edit, target), row in rows.items()
        if row[""]
    )


def _most_first(row: dict[str, set[str]]) -> tuple[tuple[str, int], ...]:
    counts = [(name, len(answers)) for name, answers in row.items() if name]
    return tuple(sorted(counts, key=lambda item: (-item[1], item[0])))
