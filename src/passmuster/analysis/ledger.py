"""How steadily each case passed over the stored runs: how often it flipped, and what that makes it.

Trials are pooled only where they were made under equal conditions: the same request and expectation, the same roster,
the same subject, and for outputs the same rubric and model. Whether a case is flaky shows within such a pool alone, for
between two of them an edit may have changed it. So each pool's odd results, which are its failures or its passes,
whichever are fewer, are added up over the pools, and held against what a steady case has: it could not have more.

Earlier conditions count until the present ones contradict them. What was taken from the cache, or played, does not
count: the same answer once more shows nothing of how steady a case is.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from passmuster.analysis.critical import fisher_tail
from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.analysis.quantiles import binomial_at_least
from passmuster.analysis.rounds import full_rounds
from passmuster.analysis.stability import (
    ENOUGH,
    SIGNIFICANCE,
    TOLERANCE,
    Stability,
    flip_rate,
    pass_every_time,
    stability,
)
from passmuster.domain.answers import Completion, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY, Aspect, Estimate
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName

TIMES = 3
"""How many passes in a row people count on."""

PAIR = 2
"""A single trial shows nothing of how steady a case is."""

_Conditions = tuple[str, ...]
_Entry = tuple[SubjectName, CaseIdentifier, Aspect]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHistory:
    """What the stored trials of one case show.

    Attributes:
        subject: Who answered.
        case: Which case.
        aspect: The choice of the agent, or the output.
        stability: What that makes it.
        trials: How many count: those under the present conditions, and earlier ones that these do not contradict.
        passes: How many of these passed.
        conditions: Under how many different conditions they were made.
        flips: How often a trial differed from the one before under equal conditions, in all that is stored; ``None`` if
            no conditions had two trials.
        every_time: The chance that three trials in a row pass, under the present conditions; ``None`` for fewer trials.
        choices: Who had the case in the trials that count, the most frequent first; empty for outputs.
    """

    subject: SubjectName
    case: CaseIdentifier
    aspect: Aspect
    stability: Stability
    trials: int
    passes: int
    conditions: int
    flips: Estimate | None
    every_time: float | None
    choices: tuple[tuple[str, int], ...] = ()


class Ledger:
    """Takes in runs, the oldest first, and keeps of each trial only whether it passed.

    Of a run that grew only those rounds count that took all cases: the others were made because of what had come out.

    Attributes:
        kept: How many choices and answers did not count, since they had been made before.
    """

    def __init__(self, cases: Sequence[Case], subjects: Mapping[SubjectName, Fingerprint]) -> None:
        """Begin without any run.

        Args:
            cases: The cases as they are; trials of one that read otherwise do not count.
            subjects: Whose trials count, with the fingerprint of what each is now.
        """
        self._cases = {case.identifier: case for case in cases}
        self._subjects = subjects
        self.kept = 0
        self._pools: dict[_Entry, dict[_Conditions, list[bool]]] = defaultdict(dict)
        self._choices: dict[_Entry, dict[_Conditions, Counter[str]]] = defaultdict(dict)

    def add(self, run: Run) -> None:
        """Take in a run that began after those before."""
        former = {case.identifier: case for case in run.cases}
        own = {record.name for record in run.manifest.subjects if self._subjects.get(record.name) == record.fingerprint}
        for trial in sorted(full_rounds(run).trials, key=lambda one: one.key.repetition):
            known, now = former.get(trial.key.case), self._cases.get(trial.key.case)
            if trial.key.subject in own and known is not None and now is not None:
                self._add_choice(trial, now, known)
                self._add_output(trial, now, known)

    def histories(self) -> Iterator[CaseHistory]:
        """Yield what is known, by subject as they were named, then in the order of the cases."""
        places = {case: place for place, case in enumerate(self._cases)}
        subjects, aspects = list(self._subjects), list(Aspect)
        for entry in sorted(
            self._pools, key=lambda one: (subjects.index(one[0]), places[one[1]], aspects.index(one[2]))
        ):
            yield self._history(entry)

    def _add_choice(self, trial: Trial, now: Case, known: Case) -> None:
        routing = trial.answer.routing
        if isinstance(routing, RoutingDecision) and now.fingerprint == known.fingerprint:
            if routing.made_on:
                self.kept += 1
                return
            entry: _Entry = (trial.key.subject, trial.key.case, Aspect.ROUTING)
            conditions = (trial.key.fingerprint,)
            self._keep(entry, conditions, passed=routing_outcome(routing.chosen, now.expectation).is_right)
            choices = self._choices[entry].setdefault(conditions, Counter())
            choices[NOBODY if routing.chosen is None else routing.chosen] += 1

    def _add_output(self, trial: Trial, now: Case, known: Case) -> None:
        completion, rubric = trial.answer.completion, now.rubric
        is_same = (now.fingerprint, now.rubric_fingerprint) == (known.fingerprint, known.rubric_fingerprint)
        if rubric is None or not is_same or not isinstance(completion, Completion):
            return
        result = rubric_result(rubric, trial.outcomes)
        if result is not None:
            if completion.made_on:
                self.kept += 1
                return
            entry: _Entry = (trial.key.subject, trial.key.case, Aspect.OUTPUT)
            self._keep(entry, (trial.key.fingerprint, completion.model), passed=result.passed)

    def _keep(self, entry: _Entry, conditions: _Conditions, *, passed: bool) -> None:
        pools = self._pools[entry]
        # The conditions of the latest trial are the present ones: they stand last.
        pool = pools.pop(conditions, [])
        pool.append(passed)
        pools[conditions] = pool

    def _history(self, entry: _Entry) -> CaseHistory:
        pools = self._pools[entry]
        counted = _counted(list(pools.values()))
        size = len(counted)
        results = list(chain.from_iterable(counted))
        present = list(pools.values())[-1]
        chosen = self._choices.get(entry, {})
        choices = sum((chosen.get(conditions, Counter()) for conditions in list(pools)[-size:]), Counter[str]())
        subject, case, aspect = entry
        return CaseHistory(
            subject=subject,
            case=case,
            aspect=aspect,
            stability=stability_of(counted),
            trials=len(results),
            passes=sum(results),
            conditions=size,
            flips=flip_rate(list(pools.values())),
            every_time=pass_every_time(sum(present), len(present), TIMES) if len(present) >= TIMES else None,
            choices=tuple(sorted(choices.items(), key=lambda item: (-item[1], item[0]))),
        )


def stability_of(pools: Sequence[Sequence[bool]]) -> Stability:
    """Say what pools of trials show, each of which was made under its own conditions.

    For one pool that is :func:`passmuster.analysis.stability.stability`.

    Args:
        pools: Whether each trial passed; the present conditions last.
    """
    telling = [pool for pool in pools if len(pool) >= PAIR]
    size = sum(map(len, telling))
    if size < ENOUGH:
        return Stability.NEW
    odd = sum(min(sum(pool), len(pool) - sum(pool)) for pool in telling)
    if binomial_at_least(odd, size, TOLERANCE) < SIGNIFICANCE:
        return Stability.FLAKY
    # Not flaky: then it is what most of its trials are.
    passes = sum(map(sum, telling))
    return stability(size, size) if 2 * passes > size else stability(0, size)


def order_of(history: CaseHistory) -> tuple[int, float, int]:
    """Return a key that puts flaky cases first, those that flip most before others, and then failing ones."""
    classes = (Stability.FLAKY, Stability.FAILING, Stability.NEW, Stability.STABLE)
    flips = history.flips.value if history.flips else 0.0
    return classes.index(history.stability), -flips, -history.trials


def of_classes(histories: Collection[CaseHistory], *classes: Stability) -> tuple[CaseHistory, ...]:
    """Return the histories of these classes, the worst first."""
    return tuple(sorted((item for item in histories if item.stability in classes), key=order_of))


def _counted(pools: Sequence[Sequence[bool]]) -> Sequence[Sequence[bool]]:
    """Return the latest pools, from the present conditions back to the last that these contradict."""
    counted = [pools[-1]]
    for pool in reversed(pools[:-1]):
        if _contradicts(list(chain.from_iterable(counted)), pool):
            break
        counted.insert(0, pool)
    return counted


def _contradicts(later: Sequence[bool], earlier: Sequence[bool]) -> bool:
    """Whether later trials passed more often, or less often, than earlier ones by more than chance (Fisher)."""
    now, after, former, before = sum(later), len(later), sum(earlier), len(earlier)
    fewer = fisher_tail(former, before, now, after)
    more = fisher_tail(before - former, before, after - now, after)
    return min(fewer, more) < SIGNIFICANCE
