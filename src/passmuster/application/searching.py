"""Searches over the edits of a roster, going forward together: what several ask of one roster is asked at once."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from passmuster.analysis.minimizing import Edits, Question
from passmuster.analysis.outcomes import routing_outcome
from passmuster.analysis.ratio_test import RatioTest
from passmuster.application.asking import Asking, Reply, Variant, Want
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case

FoundT = TypeVar("FoundT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What it takes to answer a question.

    Attributes:
        test: Decides whether a case mostly goes wrong.
        most: Trials after which a question that is still open is answered by no.
        skipped: How many of the first trials do not count, because they made us ask.
    """

    test: RatioTest
    most: int
    skipped: int = 0


@dataclass(slots=True, kw_only=True)
class Search(Generic[FoundT]):
    """One case's search.

    Attributes:
        case: The case; the effect that is searched for is that it goes wrong.
        steps: Yields questions, and returns what was found.
        evidence: What it takes to answer one.
        question: The one that is open; ``None`` before the first.
        found: What was found; ``None`` while the search goes on.
        doubts: How many questions were answered by no only because no more trials were to be made.
    """

    case: Case
    steps: Generator[Question, bool, FoundT]
    evidence: Evidence
    question: Question | None = None
    found: FoundT | None = None
    doubts: int = 0
    _first: int = field(default=0, init=False)

    def go_on(self, answer: bool | None, count: Callable[[Question], int]) -> None:  # noqa: FBT001 - an answer is yes or no
        """Answer the open question, or begin.

        Args:
            answer: The answer; ``None`` begins.
            count: Says how many trials of a question there are.
        """
        try:
            self.question = next(self.steps) if answer is None else self.steps.send(answer)
        except StopIteration as ended:
            self.found = ended.value
        else:
            self._first = count(self.question) if self.question.is_repeated else self.evidence.skipped

    def counted(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        """Return the replies that count for the open question."""
        return replies[self._first :]

    def answer(self, replies: Sequence[Reply]) -> bool | None:
        """Answer the open question; ``None`` where that takes more trials."""
        counted = self.counted(replies)
        decision = self.evidence.test.decide(wrongs(self.case, counted))
        if decision is None and len(counted) >= self.evidence.most:
            self.doubts += 1
            return False
        return decision

    def wanted(self, replies: Sequence[Reply]) -> int:
        """Return how many trials there must be, at least, for an answer."""
        counted = self.counted(replies)
        fewest = self.evidence.test.fewest(wrongs(self.case, counted))
        return len(replies) + min(fewest, self.evidence.most - len(counted))


def wrongs(case: Case, replies: Sequence[Reply]) -> list[bool]:
    """Return whether each choice was wrong; failures of the harness are left out."""
    return [
        not routing_outcome(reply.chosen, case.expectation).is_right
        for reply in replies
        if isinstance(reply, RoutingDecision)
    ]


class Searching:
    """Drives searches."""

    def __init__(self, asking: Asking, roster: Callable[[Edits], Variant]) -> None:
        """Take who asks, and what makes the roster of some edits."""
        self._asking = asking
        self._roster = roster

    async def settle(self, searches: Sequence[Search[FoundT]]) -> bool:
        """Bring searches to their ends.

        Returns:
            Whether the budget did; otherwise some are left open.
        """
        for search in searches:
            search.go_on(None, partial(self._count, search.case))
        is_affordable = True
        while is_affordable:
            wants = [want for search in searches if (want := self._advance(search)) is not None]
            if not wants:
                return True
            is_affordable = await self._asking.ask(wants)
        return all([self._advance(search) is None for search in searches])  # noqa: C419 - each is to go as far as it can

    def _advance(self, search: Search[FoundT]) -> Want | None:
        """Answer questions as long as the trials do; return what is wanted for the next one."""
        while search.found is None and search.question is not None:
            variant = self._roster(search.question.edits)
            replies = self._asking.replies(variant, search.case)
            answer = search.answer(replies)
            if answer is None:
                return Want(variant=variant, case=search.case, number=search.wanted(replies))
            search.go_on(answer, partial(self._count, search.case))
        return None

    def _count(self, case: Case, question: Question) -> int:
        return len(self._asking.replies(self._roster(question.edits), case))
