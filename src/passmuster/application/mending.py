"""The smallest change of a description that sends a request where it belongs, found by trying.

Three kinds of change are looked for: words of the request that are added to the wanted agent's description, words that
are taken out of the description of the agent that takes the request now, and words that are taken out of the wanted
agent's own, so that the others weigh more. Of each kind all single words are tried, then all pairs, and so on: what is
found is the smallest of its kind. Of two equally small changes the one comes first that gains more by its words.

Two kinds of tries are left out because they cannot succeed: a word that gains nothing by itself gains nothing in
company, and words that gain less than half of what is lacking when they are tried one by one do not gain all of it
together.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

from passmuster.analysis.outcomes import routing_outcome
from passmuster.analysis.telling_words import without_examples
from passmuster.application.guilt import MovedCase
from passmuster.application.trying import Attempt, BudgetEndedError, Trying, choices_of, edited
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName
from passmuster.ports import ExplainingRouter

MOST_WORDS = 4
"""A change of more words is a new description."""

ALIKE = 3
"""Two words that begin with as many equal letters may have one stem."""

SHORT = 4
"""Of words that do equally, such short ones come last: most are of the kind of "does"."""

FAR = 0.5
"""What words gain one by one must be at least this share of what is lacking."""

_WORD = re.compile(r"[^\W_]+(?:[.'-][^\W_]+)*[+#]*")
_LETTERS = re.compile(r"[^\W\d_]{2}")


class Kind(StrEnum):
    """What is done to a description."""

    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A change that sends the request to the wanted agent, which was verified.

    Attributes:
        kind: What is done.
        agent: To whose description.
        words: The words; the order in which they were written does not matter.
        margin: By how far the wanted agent is chosen then; ``None`` where the router has no scores.
        alternatives: For a change of one word: the other words that do the same, the one that gains most first.
        others: How many other cases were asked.
        broken: Those that go wrong then and went right.
        fixed: Those that go right then and went wrong.
        moved: Those that go elsewhere and are neither.
    """

    kind: Kind
    agent: AgentName
    words: tuple[str, ...]
    margin: float | None
    alternatives: tuple[str, ...] = ()
    others: int = 0
    broken: tuple[MovedCase, ...] = ()
    fixed: tuple[MovedCase, ...] = ()
    moved: tuple[MovedCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mends:
    """What a search found.

    Attributes:
        wanted: Whom the request is to go to.
        found: The smallest change of each kind that there is, the one of fewest words first.
        is_complete: Whether every change of up to ``MOST_WORDS`` words was looked at; else the budget ended.
    """

    wanted: AgentName | None
    found: tuple[Mend, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One kind of change of one agent."""

    kind: Kind
    agent: AgentName
    candidates: tuple[str, ...]
    make: Callable[[Sequence[str]], Roster]


class Mending:
    """Looks for changes that send a request elsewhere."""

    def __init__(self, trying: Trying, roster: Roster, now: Attempt, wanted: AgentName | None) -> None:
        """Take what tries, the roster as it is, whom it chooses, and whom the request is to go to."""
        self._trying = trying
        self._roster = roster
        self._now = now
        self._wanted = wanted

    async def search(self, cases: Sequence[Case]) -> Mends:
        """Look for the smallest change of each kind, and count what else each moves.

        Args:
            cases: The other cases.
        """
        found: list[Mend] = []
        is_complete = True
        try:
            for plan in self._plans():
                mend = await self._smallest(plan)
                if mend is not None:
                    found.append(mend)
        except BudgetEndedError:
            is_complete = False
        found.sort(key=lambda mend: len(mend.words))
        checked = [await self._with_side_effects(mend, cases) for mend in found]
        return Mends(wanted=self._wanted, found=tuple(checked), is_complete=is_complete)

    def _plans(self) -> Iterator[_Plan]:
        # Numbers and single letters would do, and say nothing about an agent.
        asked = [word for word in words_of(self._trying.request.text) if _LETTERS.search(word)]
        taker, wanted = self._now.decision.chosen, self._wanted
        if wanted is not None:
            own = self._description(wanted)
            yield _Plan(
                kind=Kind.ADDED,
                agent=wanted,
                candidates=tuple(asked),
                # In front, where no example can swallow them.
                make=lambda words: edited(self._roster, wanted, f"{' '.join(words)}. {own}"),
            )
        if taker is not None and taker != wanted:
            yield self._removing(taker, [word for word in self._said_by(taker) if _is_like_any(word, asked)])
        if wanted is not None:
            yield self._removing(wanted, [word for word in self._said_by(wanted) if not _is_like_any(word, asked)])

    def _removing(self, agent: AgentName, candidates: Sequence[str]) -> _Plan:
        text = self._description(agent)
        return _Plan(
            kind=Kind.REMOVED,
            agent=agent,
            candidates=tuple(candidates),
            make=lambda words: edited(self._roster, agent, without_words(text, words)),
        )

    def _description(self, name: AgentName) -> str:
        agent = self._roster.agent(name)
        return "" if agent is None else agent.description

    def _said_by(self, name: AgentName) -> Iterator[str]:
        # The words of examples count apart, and are not edited here.
        return iter(words_of(without_examples(self._description(name))))

    async def _smallest(self, plan: _Plan) -> Mend | None:
        lacking = self._gap(self._now)
        gains: dict[str, float] = {}
        mends: dict[str, Mend] = {}
        for word in plan.candidates:
            attempt = await self._trying.attempt(plan.make([word]))
            gains[word] = lacking - self._gap(attempt)
            if attempt.decision.chosen == self._wanted:
                mends[word] = _mend(plan, [word], attempt)
        singles = sorted([word for word in gains if gains[word] > 0], key=lambda word: (-gains[word], word))
        able = sorted([word for word in singles if word in mends], key=lambda word: len(word) <= SHORT)
        if able:
            return replace(mends[able[0]], alternatives=tuple(able[1:]))
        return await self._smallest_of_several(plan, {word: gains[word] for word in singles}, lacking)

    async def _smallest_of_several(self, plan: _Plan, gains: Mapping[str, float], lacking: float) -> Mend | None:
        def gain(words: Sequence[str]) -> float:
            return sum(gains[word] for word in words)

        for size in range(2, MOST_WORDS + 1):
            near = [words for words in combinations(gains, size) if gain(words) >= FAR * lacking]
            for words in sorted(near, key=gain, reverse=True):
                attempt = await self._trying.attempt(plan.make(words))
                if attempt.decision.chosen == self._wanted:
                    return _mend(plan, words, attempt)
        return None

    def _gap(self, attempt: Attempt) -> float:
        """Return what the wanted choice lacks; more than 0 unless it is made."""
        decision = attempt.decision
        if decision.chosen == self._wanted:
            return 0.0
        if self._wanted is None:
            return decision.margin or 0.0
        ranked = _ranked(attempt, self._wanted, self._trying)
        if decision.chosen is None:
            # The best agent lacks the margin to be chosen, and the wanted one what it is behind the best.
            best = decision.ranking[0].score if decision.ranking else ranked.score
            return best - ranked.score + (decision.margin or 0.0)
        return _ranked(attempt, decision.chosen, self._trying).score - ranked.score

    async def _with_side_effects(self, mend: Mend, cases: Sequence[Case]) -> Mend:
        plan = next(plan for plan in self._plans() if (plan.kind, plan.agent) == (mend.kind, mend.agent))
        requests = [case.request for case in cases]
        before = await choices_of(self._now.planned, requests)
        after = await choices_of(self._trying.planned(plan.make(mend.words)), requests)
        sorts: dict[str, list[MovedCase]] = {"broken": [], "fixed": [], "moved": []}
        for case, was, now in zip(cases, before, after, strict=True):
            if was != now:
                rights = [routing_outcome(chosen, case.expectation).is_right for chosen in (was, now)]
                sort = "moved" if rights[0] == rights[1] else "fixed" if rights[1] else "broken"
                sorts[sort].append(MovedCase(case=case.identifier, was=was or NOBODY, now=now or NOBODY))
        return replace(
            mend,
            others=len(cases),
            broken=tuple(sorts["broken"]),
            fixed=tuple(sorts["fixed"]),
            moved=tuple(sorts["moved"]),
        )


def _mend(plan: _Plan, words: Sequence[str], attempt: Attempt) -> Mend:
    return Mend(kind=plan.kind, agent=plan.agent, words=tuple(words), margin=attempt.decision.margin)


def words_of(text: str) -> dict[str, None]:
    """Return the words of a text, each once, in small letters, in order."""
    return dict.fromkeys(match.lower() for match in _WORD.findall(text))


def without_words(text: str, words: Sequence[str]) -> str:
    """Return a text without some words, wherever they stand before its examples."""
    end = len(without_examples(text))
    unwanted = set(words)
    kept = _WORD.sub(lambda match: "" if match.group().lower() in unwanted else match.group(), text[:end])
    return re.sub(r" {2,}", " ", kept) + text[end:]


def _is_like_any(word: str, others: Sequence[str]) -> bool:
    return any(word[:ALIKE] == other[:ALIKE] for other in others)


def _ranked(attempt: Attempt, name: AgentName, trying: Trying) -> RankedAgent:
    listed = next((one for one in attempt.decision.ranking if one.agent == name), None)
    if listed is not None:
        return listed
    router = attempt.planned.router
    if isinstance(router, ExplainingRouter):
        return router.explain(trying.request, {name})[0]
    return RankedAgent(agent=name, score=0.0)
