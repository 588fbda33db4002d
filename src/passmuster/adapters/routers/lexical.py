"""The default router: chooses the agent whose description shares the rarest words with the request.

It needs no model, no network and no compiled package, gives equal answers everywhere, and can say what each word of the
request added to each score. It senses how descriptions overlap; it does not foretell what a language model will choose.

The score of an agent is the sum of two parts.

* Words: BM25F over name and description as one field (the name counts twice), half as much over the user lines of the
  examples, and, where asked for, as much over the body; divided by ``log2(2 + number of agents)``, so that one
  threshold serves rosters of any size.
* Characters: 3.5 times the cosine of TF-IDF vectors over grams of two to five characters of name, name and
  description, so that a typing error does not hide a word.

An agent is chosen when its score reaches the threshold, it shares a word with the request, and no other agent has the
same score.
"""

from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.routers.lexical_index import DIGITS, LexicalIndex, Overlap
from passmuster.adapters.routers.tokens import Word, without_code, words_of
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.cases import Request, Role
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Router

THRESHOLD = 1.0
"""Keeps nearly all right choices and refuses most requests that are no agent's business, on rosters of 32 to 401."""

THRESHOLD_WITH_BODY = 1.5
"""The same where bodies are read, which raises every score."""

DECIDING_WORDS = 2


class LexicalOptions(BaseModel):
    """Options of the lexical router."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: tuple[Literal["name", "description", "examples", "body"], ...] = Field(
        default=("name", "description", "examples"),
        min_length=1,
        description=(
            "What is read of each agent. Choosers such as Claude Code's never see the body; with it more requests are "
            "routed rightly, but an edit of a description moves the scores less."
        ),
    )
    threshold: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description=f"Score below which nobody is chosen; {THRESHOLD} by default, {THRESHOLD_WITH_BODY} with the body.",
    )
    ranking_depth: int = Field(default=10, ge=1, description="How many agents a decision lists, the best first.")
    explained_depth: int = Field(default=3, ge=0, description="For how many of these it lists what each word added.")
    history: bool = Field(
        default=True,
        description=(
            "Whether a request of which no word is known ('yes, please do') is read together with what the user said "
            "last before it. Otherwise only the request itself counts."
        ),
    )


class LexicalRouter:
    """Routes by words and characters; see the module for the formula."""

    def __init__(self, roster: Roster, options: LexicalOptions) -> None:
        """Index the roster."""
        self._names = roster.names
        self._index = LexicalIndex(roster.agents, options.fields)
        self._options = options
        default = THRESHOLD_WITH_BODY if "body" in options.fields else THRESHOLD
        self._threshold = default if options.threshold is None else options.threshold

    async def route(self, request: Request) -> RoutingDecision:
        """Choose an agent, or nobody.

        The margin of an agent chosen is its lead over the runner-up or over the threshold, whichever is smaller. For
        nobody it is what the best agent lacks to the threshold, and 0 where its score would do but is another's too,
        or comes from characters alone. A decision takes no time that is worth recording: latency stays 0, and
        decisions stay equal.
        """
        if not self._names:
            return RoutingDecision(chosen=None, rationale="the roster has no agents")
        words, is_widened = self._words(request)
        contest = _Contest(self._index.look_up(words), self._index.size)
        chosen, margin, reason = self._decide(contest)
        return RoutingDecision(
            chosen=chosen,
            ranking=tuple(
                self._ranked(contest, place, is_explained=rank < self._options.explained_depth)
                for rank, place in enumerate(contest.order[: self._options.ranking_depth])
            ),
            margin=margin,
            rationale=f"{reason}; read with the user's turn before it" if is_widened else reason,
        )

    def explain(self, request: Request, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each word of the request added to them, the best agent first.

        Raises:
            RoutingError: If the roster has no agent of one of the names.
        """
        unknown = sorted(set(agents) - set(self._names))
        if unknown:
            message = f"the roster has no agent named {unknown[0]!r}"
            raise RoutingError(message, hint="ask about agents of the roster that the router was built for")
        words, _ = self._words(request)
        contest = _Contest(self._index.look_up(words), self._index.size)
        return tuple(
            self._ranked(contest, place, is_explained=True) for place in contest.order if self._names[place] in agents
        )

    def _words(self, request: Request) -> tuple[list[Word], bool]:
        """Return the words that count, and whether an earlier turn is among them."""
        words = words_of(without_code(request.text))
        if not self._options.history or self._index.knows(words):
            return words, False
        earlier = next((turn.content for turn in reversed(request.history) if turn.role == Role.USER), "")
        added = words_of(without_code(earlier))
        return [*words, *added], bool(added)

    def _decide(self, contest: "_Contest") -> tuple[AgentName | None, float, str]:
        """Return whom to choose, by what margin, and why."""
        best = contest.order[0]
        name, score = self._names[best], contest.scores[best]
        surplus = round(score - self._threshold, DIGITS)
        if not contest.overlap.terms:
            return None, max(-surplus, 0.0), "no word of the request is known to the roster"
        if surplus < 0:
            return None, -surplus, f"no agent scored {self._threshold:.3g}; best was {name} at {score:.3g}"
        if not contest.overlap.shares_a_word(best):
            return None, 0.0, f"best was {name} at {score:.3g}, which shares no whole word with the request"
        if len(contest.order) == 1:
            return name, surplus, f"{_deciding(contest.contributions(best), {})}; {surplus:.3g} above the threshold"
        second = contest.order[1]
        lead = round(score - contest.scores[second], DIGITS)
        if lead == 0:
            return None, 0.0, f"{name} and {self._names[second]} tie at {score:.3g}"
        words = _deciding(contest.contributions(best), contest.contributions(second))
        if surplus < lead:
            return name, surplus, f"{words}; {surplus:.3g} above the threshold"
        return name, lead, f"{words}; {lead:.3g} ahead of {self._names[second]}"

    def _ranked(self, contest: "_Contest", place: int, *, is_explained: bool) -> RankedAgent:
        score = contest.scores[place]
        terms = _terms(contest.contributions(place), score) if is_explained else ()
        return RankedAgent(agent=self._names[place], score=score, terms=terms)


class _Contest:
    """One request before all agents.

    Attributes:
        overlap: What it has in common with them.
        scores: By the agents' places in the roster.
        order: Places, the best agent first; equal scores in order of name.
    """

    def __init__(self, overlap: Overlap, size: int) -> None:
        self.overlap = overlap
        self.scores = overlap.scores(size)
        self.order = sorted(range(size), key=lambda place: (-self.scores[place], place))
        self._contributions: dict[int, Mapping[str, float]] = {}

    def contributions(self, place: int) -> Mapping[str, float]:
        """Return what each word adds to one agent's score; worked out once."""
        if place not in self._contributions:
            self._contributions[place] = self.overlap.contributions(place)
        return self._contributions[place]


def _terms(contributions: Mapping[str, float], score: float) -> tuple[TermWeight, ...]:
    """Return the contributions, the largest first, rounded so that they still sum to the score.

    What rounding loses is put into the largest, where it shows least.
    """
    weights = {word: round(weight, DIGITS) for word, weight in contributions.items()}
    if weights:
        largest = min(weights, key=lambda word: (-weights[word], word))
        others = sum(weight for word, weight in weights.items() if word != largest)
        weights[largest] = round(score - others, DIGITS)
    order = sorted(weights, key=lambda word: (-weights[word], word))
    return tuple(TermWeight(term=word, weight=weights[word]) for word in order if weights[word] > 0)


def _deciding(own: Mapping[str, float], other: Mapping[str, float]) -> str:
    """Return which words speak most for one agent and against another."""
    gains = {word: weight - other.get(word, 0.0) for word, weight in own.items()}
    words = [word for word, gain in gains.items() if gain > 0]
    words.sort(key=lambda word: (-round(gains[word], DIGITS), word))
    return " and ".join(f"'{word}'" for word in words[:DECIDING_WORDS]) + " decided"


def build(options: LexicalOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster."""
    return LexicalRouter(context.roster, options)


COMPONENT = Component(
    options=LexicalOptions,
    build=build,
    is_deterministic=lambda _options: True,
    caveat=(
        "The lexical router senses how descriptions overlap with requests; it does not foretell what a language model "
        "will choose, and it cannot tell when no agent fits a request that sounds like the roster's work."
    ),
    is_free=True,
)
"""``lexical``: the default router."""
