"""Use case: which edits made requests go wrong?

Each case that went right with the former roster and goes wrong with the present one is searched by delta debugging over
the edits between the two. Where equal requests get equal answers, one trial answers a question. Where they do not, a
sequential test does, and what made us suspect a case is not counted: it was luck in part.
"""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from passmuster.analysis.deciding_words import shifting_words
from passmuster.analysis.minimizing import NO_EDITS, Causes, Edits, Question, causes
from passmuster.analysis.observing import usual_choice
from passmuster.analysis.ratio_test import RatioTest
from passmuster.application.asking import Asking, Means, Progress, Reply, Variant, Want
from passmuster.application.edits import Edit, RosterEdits
from passmuster.application.guilt import Blame, FlippedCase, Guilt, MovedCase, OpenCase, Reverting
from passmuster.application.searching import Evidence, Search, Searching, wrongs
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import CaseIdentifier

ONE_DECIDES = RatioTest(low=0.25, high=0.75, error=0.4)
"""Decides by its first trial, for subjects that answer equally."""

MOSTLY = RatioTest(low=0.25, high=0.75, error=0.01)
"""Tells a case that goes right three times out of four from one that goes wrong as often."""

ERROR = 0.002
"""How often an answer within a search may be wrong: it asks some twenty questions, and is to be right as a whole."""

MOST_TRIALS = 25
"""Trials of a subject that varies, after which a question that is still open is answered by no."""

USUAL_QUESTIONS = 12
"""How many questions a search asks, for the bar that shows progress."""

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameParts:
    """All that blaming needs.

    Attributes:
        edits: What was edited.
        cases: All of the suite's.
        only: The cases to explain; empty means all that flipped.
        is_deterministic: Whether the subject answers equal requests equally.
        repetitions: How often each case is asked to find those that flipped, where the subject varies.
        means: What asking takes.
    """

    edits: RosterEdits
    cases: tuple[Case, ...]
    only: Collection[CaseIdentifier]
    is_deterministic: bool
    repetitions: int
    means: Means


async def blame(parts: BlameParts, progress: Progress) -> Blame:
    """Find the edits that flipped cases from right to wrong.

    Raises:
        InvalidConfigurationError: If a case is named that the suite has not, or the budget is too small to find those
            that flipped.
    """
    cases = _chosen(parts)
    return await _Blaming(parts, progress).blame(cases) if parts.edits.edits else Blame()


def _chosen(parts: BlameParts) -> tuple[Case, ...]:
    known = {case.identifier for case in parts.cases}
    unknown = [name for name in parts.only if name not in known]
    if unknown:
        finding = Finding(
            rule="unknown-case",
            severity=Severity.ERROR,
            message=f"the suite has no case {unknown[0]!r}",
            hint="write the identifier as it stands in the dataset",
        )
        raise InvalidConfigurationError([finding])
    trials = 1 if parts.is_deterministic else parts.repetitions
    needed = 2 * len(parts.cases) * trials
    if not parts.only and needed > parts.means.budget:
        finding = Finding(
            rule="small-budget",
            severity=Severity.ERROR,
            message=(
                f"finding out which of {len(parts.cases)} cases flipped takes {needed} calls, and the budget is "
                f"{parts.means.budget}"
            ),
            hint=f"name cases with --case, or write --budget {2 * needed}",
        )
        raise InvalidConfigurationError([finding])
    return tuple(case for case in parts.cases if not parts.only or case.identifier in parts.only)


def _flips(before: Edits, after: Edits) -> Generator[Question, bool, bool]:
    """Ask whether a case goes right with some edits and wrong with others."""
    if (yield Question(edits=before, known=before)):
        return False
    return (yield Question(edits=after, known=after))


class _Blaming:
    """One search for the guilty edits."""

    def __init__(self, parts: BlameParts, progress: Progress) -> None:
        self._parts = parts
        self._edits = parts.edits
        self._every = parts.edits.every
        self._variants: dict[Edits, Variant] = {}
        self._asking = Asking(parts.means, progress)
        self._searching = Searching(self._asking, self._variant)

    async def blame(self, cases: Sequence[Case]) -> Blame:
        self._asking.expected = 2 * len(cases)
        suspects, unmeasured = await self._suspected(cases)
        confirmed = [self._confirming(case, (NO_EDITS, self._every), skipped=self._skipped) for case in suspects]
        await self._searching.settle(confirmed)
        flipped = [search.case for search in confirmed if search.found]
        self._asking.expected = self._asking.calls + USUAL_QUESTIONS * len(flipped) + len(self._parts.cases)
        before = self._asking.calls_by_case.copy()
        searches = [self._search(case) for case in flipped]
        await self._searching.settle(searches)
        calls = self._asking.calls_by_case - before
        explained = {search.case.identifier: self._flipped(search, calls) for search in searches}
        doubted = [search.case.identifier for search in confirmed if search.found is False and search.doubts]
        unflipped = [search.case.identifier for search in confirmed if search.found is False and not search.doubts]
        return Blame(
            guilts=tuple([await self._guilt(found, own, explained) for found, own in _grouped(searches)]),
            open_cases=tuple(self._left_open(searches, explained)),
            unsure=(*doubted, *unmeasured),
            unasked=tuple(search.case.identifier for search in confirmed if search.found is None),
            unflipped=tuple(unflipped) if self._parts.only else (),
            chances=0 if self._is_told else len(unflipped),
            calls=self._asking.calls,
        )

    @property
    def _is_told(self) -> bool:
        """Whether one trial, or the user, says which cases to look at, and not luck."""
        return bool(self._parts.only) or self._parts.is_deterministic

    async def _suspected(self, cases: Sequence[Case]) -> tuple[Sequence[Case], Sequence[CaseIdentifier]]:
        """Return the cases that may have flipped, and the names of those of which nothing could be measured."""
        if self._is_told:
            return cases, ()
        moved = await self._suspects(NO_EDITS, self._every, cases, both_ways=False)
        sides = (NO_EDITS, self._every)
        failed = [case.identifier for case in cases if not all(self._decisions(case, made) for made in sides)]
        return [case for case, _ in moved or ()], failed

    def _left_open(
        self, searches: Sequence[Search[Causes]], explained: Mapping[CaseIdentifier, FlippedCase]
    ) -> Iterator[OpenCase]:
        for search in searches:
            question = search.question
            if search.found is None and question is not None:
                yield OpenCase(
                    case=explained[search.case.identifier],
                    sets=tuple(self._named(edits) for edits in question.found),
                    suspects=() if question.is_repeated else self._named(question.known),
                )

    def _variant(self, made: Edits) -> Variant:
        if made not in self._variants:
            self._variants[made] = Variant.of(self._edits.roster(made))
        return self._variants[made]

    def _named(self, edits: Edits) -> tuple[Edit, ...]:
        return tuple(self._edits.edits[number] for number in sorted(edits))

    async def _suspects(
        self, before: Edits, after: Edits, cases: Sequence[Case], *, both_ways: bool
    ) -> Sequence[tuple[Case, bool]] | None:
        """Ask every case a few times; return those whose majority changed, and whether from right to wrong.

        Returns:
            ``None`` if the budget does not do.
        """
        trials = 1 if self._parts.is_deterministic else self._parts.repetitions
        sides = (self._variant(before), self._variant(after))
        wants = [Want(variant=side, case=case, number=trials) for side in sides for case in cases]
        if self._asking.missing(wants) > self._asking.left:
            return None
        await self._asking.ask(wants)
        rates = [[_rate(case, self._asking.replies(side, case)[:trials]) for side in sides] for case in cases]
        moved = [
            (case, former < HALF)
            for case, (former, now) in zip(cases, rates, strict=True)
            if former is not None and now is not None and (former < HALF) != (now < HALF)
        ]
        return [(case, is_broken) for case, is_broken in moved if is_broken or both_ways]

    @property
    def _skipped(self) -> int:
        """How many trials of both rosters made us suspect a case."""
        return 0 if self._parts.only else self._parts.repetitions

    def _confirming(self, case: Case, sides: tuple[Edits, Edits], *, skipped: int) -> Search[bool]:
        """Ask anew whether a case flips; what made us ask does not count."""
        evidence = Evidence(test=ONE_DECIDES, most=1)
        if not self._parts.is_deterministic:
            evidence = Evidence(test=MOSTLY, most=MOST_TRIALS, skipped=skipped)
        return Search(case=case, steps=_flips(*sides), evidence=evidence)

    def _search(self, case: Case) -> Search[Causes]:
        is_varying = not self._parts.is_deterministic
        evidence = Evidence(test=ONE_DECIDES, most=1)
        if is_varying:
            low, high = (self._expected_rate(case, made) for made in (NO_EDITS, self._every))
            evidence = Evidence(test=RatioTest(low=low, high=high, error=ERROR), most=MOST_TRIALS)
        return Search(case=case, steps=causes(self._edits.partitions, is_repeated=is_varying), evidence=evidence)

    def _expected_rate(self, case: Case, made: Edits) -> float:
        """Return how often a case goes wrong, by Laplace's rule: never 0 and never 1."""
        events = wrongs(case, self._asking.replies(self._variant(made), case)[self._skipped :])
        return (sum(events) + 1) / (len(events) + 2)

    def _moved(self, case: Case, before: Edits, after: Edits) -> tuple[str, str]:
        was, now = (
            usual_choice([decision.chosen for decision in self._decisions(case, made)]) for made in (before, after)
        )
        return was, now

    def _decisions(self, case: Case, made: Edits) -> Sequence[RoutingDecision]:
        replies = self._asking.replies(self._variant(made), case)
        return [reply for reply in replies if isinstance(reply, RoutingDecision)]

    def _flipped(self, search: Search[Causes], calls: Mapping[CaseIdentifier, int]) -> FlippedCase:
        was, now = self._moved(search.case, NO_EDITS, self._every)
        pair = [
            next(decision for decision in self._decisions(search.case, made) if (decision.chosen or NOBODY) == choice)
            for made, choice in ((NO_EDITS, was), (self._every, now))
        ]
        is_repeatable = search.found is None or search.found.is_repeatable
        return FlippedCase(
            case=search.case.identifier,
            was=was,
            now=now,
            words=shifting_words(pair[0], pair[1], was, now),
            calls=calls[search.case.identifier],
            is_sure=is_repeatable and not search.doubts,
        )

    async def _guilt(
        self, found: Causes, searches: Sequence[Search[Causes]], explained: Mapping[CaseIdentifier, FlippedCase]
    ) -> Guilt:
        own = tuple(search.case.identifier for search in searches)
        return Guilt(
            sets=tuple(self._named(edits) for edits in found.sets),
            is_settled=found.is_settled,
            cases=tuple(explained[name] for name in own),
            reverting=await self._reverting(self._every - NO_EDITS.union(*found.sets), own),
        )

    async def _reverting(self, left: Edits, own: Collection[CaseIdentifier]) -> Reverting | None:
        """Compare the roster as it is with one in which the guilty edits are taken back, over all other cases."""
        others = [case for case in self._parts.cases if case.identifier not in own]
        suspects = await self._suspects(self._every, left, others, both_ways=True)
        if suspects is None:
            return None
        searches = [
            self._confirming(
                case,
                (self._every, left) if is_broken else (left, self._every),
                skipped=self._parts.repetitions,
            )
            for case, is_broken in suspects
        ]
        if not await self._searching.settle(searches):
            return None
        changed: dict[bool, list[MovedCase]] = {True: [], False: []}
        for search, (case, is_broken) in zip(searches, suspects, strict=True):
            if search.found:
                was, now = self._moved(case, self._every, left)
                changed[is_broken].append(MovedCase(case=case.identifier, was=was, now=now))
        return Reverting(broken=tuple(changed[True]), fixed=tuple(changed[False]))


def _grouped(searches: Sequence[Search[Causes]]) -> Sequence[tuple[Causes, list[Search[Causes]]]]:
    """Put searches with the same outcome together, the outcome of the most cases first."""
    groups: dict[tuple[frozenset[Edits], bool], list[Search[Causes]]] = {}
    for search in searches:
        if search.found is not None:
            groups.setdefault((frozenset(search.found.sets), search.found.is_settled), []).append(search)
    ordered = sorted(groups.values(), key=lambda own: -len(own))
    return [(own[0].found, own) for own in ordered if own[0].found is not None]


def _rate(case: Case, replies: Sequence[Reply]) -> float | None:
    """Return how often a case goes wrong; ``None`` where nothing was measured."""
    events = wrongs(case, replies)
    return sum(events) / len(events) if events else None
