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

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.routers.lexical_index import DIGITS, Contest, Leader, LexicalIndex
from passmuster.adapters.routers.tokens import Word, without_code, words_of
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.cases import Request, Role
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Router

if TYPE_CHECKING:
    from passmuster.adapters.routers.sparse_index import SparseIndex

THRESHOLD = 1.0
"""Keeps nearly all right choices and refuses most requests that are no agent's business, on rosters of 32 to 401."""

THRESHOLD_WITH_BODY = 1.5
"""The same where bodies are read, which raises every score."""

DECIDING_WORDS = 2

DECIDING_AGENTS = 2
"""The best one and the runner-up."""

MOST_BY_ONE = 1_000
"""With more agents even a single request is quicker by sparse matrices."""

FEW = 5_000
"""Up to so many pairs of a request and an agent are looked at one by one sooner than numpy and scipy are imported."""


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
        self._index = _index(roster, options.fields)
        self._options = options
        default = THRESHOLD_WITH_BODY if "body" in options.fields else THRESHOLD
        self._threshold = default if options.threshold is None else options.threshold
        self._depth = max(options.ranking_depth, DECIDING_AGENTS)
        self._explained = max(min(options.explained_depth, options.ranking_depth), DECIDING_AGENTS)
        self._sparse: SparseIndex | None = None

    async def route(self, request: Request) -> RoutingDecision:
        """Choose an agent, or nobody.

        The margin of an agent chosen is its lead over the runner-up or over the threshold, whichever is smaller. For
        nobody it is what the best agent lacks to the threshold, and 0 where its score would do but is another's too,
        or comes from characters alone. A decision takes no time that is worth recording: latency stays 0, and
        decisions stay equal.
        """
        words, is_widened = self._words(request)
        contest = self._index.contest(words, self._depth, self._explained) if self._names else None
        return self._decision(contest, is_widened=is_widened)

    def route_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return for each request what ``route`` returns, in order; a thousand requests take a fraction of the time."""
        if not self._names:
            return [self._decision(None, is_widened=False)] * len(requests)
        read = [self._words(request) for request in requests]
        contests = self._contests([words for words, _ in read], self._explained)
        return [
            self._decision(contest, is_widened=is_widened)
            for contest, (_, is_widened) in zip(contests, read, strict=True)
        ]

    def choose_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return what ``route_all`` returns, but for the reasons: no terms, no rationale, and only the two best agents.

        That takes a third of the time, where somebody waits for choices and asks nobody why.
        """
        if not self._names:
            return [self._decision(None, is_widened=False)] * len(requests)
        contests = self._contests([self._words(request)[0] for request in requests], 0)
        return [self._choice(contest) for contest in contests]

    def explain(self, request: Request, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each word of the request added to them, the best agent first.

        Raises:
            RoutingError: If the roster has no agent of one of the names.
        """
        refuse_unknown(agents, self._names)
        words, _ = self._words(request)
        places = [place for place, name in enumerate(self._names) if name in agents]
        return tuple(self._ranked(*found) for found in self._index.scored(words, places))

    def _words(self, request: Request) -> tuple[list[Word], bool]:
        """Return the words that count, and whether an earlier turn is among them."""
        words = words_of(without_code(request.text))
        if not self._options.history or self._index.knows(words):
            return words, False
        earlier = next((turn.content for turn in reversed(request.history) if turn.role == Role.USER), "")
        added = words_of(without_code(earlier))
        return [*words, *added], bool(added)

    def _contests(self, read: Sequence[Sequence[Word]], explained: int) -> Iterator[Contest]:
        if isinstance(self._index, LexicalIndex) and self._sparse is None and len(read) * len(self._names) <= FEW:
            return (self._index.contest(words, self._depth, explained) for words in read)
        return self._matrices().contests(read, self._depth, explained)

    def _choice(self, contest: Contest) -> RoutingDecision:
        chosen, margin, _ = self._decide(contest)
        leaders = contest.leaders[:DECIDING_AGENTS]
        ranking = tuple(RankedAgent(agent=self._names[place], score=score) for place, score in leaders)
        return RoutingDecision(chosen=chosen, ranking=ranking, margin=margin)

    def _matrices(self) -> "SparseIndex":
        """Return the index that serves many requests; made once."""
        if self._sparse is None:
            # Importing numpy and scipy takes longer than routing some hundred requests without them.
            from passmuster.adapters.routers.sparse_index import copy_of  # noqa: PLC0415 - see above

            self._sparse = copy_of(self._index) if isinstance(self._index, LexicalIndex) else self._index
        return self._sparse

    def _decision(self, contest: Contest | None, *, is_widened: bool) -> RoutingDecision:
        if contest is None:
            return RoutingDecision(chosen=None, rationale="the roster has no agents")
        chosen, margin, reason = self._decide(contest)
        return RoutingDecision(
            chosen=chosen,
            ranking=tuple(
                self._ranked(leader, contest.contributions[leader.place])
                if rank < self._options.explained_depth
                else RankedAgent(agent=self._names[leader.place], score=leader.score)
                for rank, leader in enumerate(contest.leaders[: self._options.ranking_depth])
            ),
            margin=margin,
            rationale=f"{reason}; read with the user's turn before it" if is_widened else reason,
        )

    def _decide(self, contest: Contest) -> tuple[AgentName | None, float, str]:
        """Return whom to choose, by what margin, and why."""
        best, score = contest.leaders[0]
        name = self._names[best]
        surplus = round(score - self._threshold, DIGITS)
        if not contest.knows_a_word:
            return None, max(-surplus, 0.0), "no word of the request is known to the roster"
        if surplus < 0:
            return None, -surplus, f"no agent scored {self._threshold:.3g}; best was {name} at {score:.3g}"
        if not contest.best_shares_a_word:
            return None, 0.0, f"best was {name} at {score:.3g}, which shares no whole word with the request"
        if len(contest.leaders) == 1:
            return name, surplus, f"{_deciding(contest, best, best)}; {surplus:.3g} above the threshold"
        second, other = contest.leaders[1]
        lead = round(score - other, DIGITS)
        if lead == 0:
            return None, 0.0, f"{name} and {self._names[second]} tie at {score:.3g}"
        words = _deciding(contest, best, second)
        if surplus < lead:
            return name, surplus, f"{words}; {surplus:.3g} above the threshold"
        return name, lead, f"{words}; {lead:.3g} ahead of {self._names[second]}"

    def _ranked(self, leader: Leader, contributions: Mapping[str, float]) -> RankedAgent:
        terms = _terms(contributions, leader.score)
        return RankedAgent(agent=self._names[leader.place], score=leader.score, terms=terms)


def _index(roster: Roster, fields: Collection[str]) -> "LexicalIndex | SparseIndex":
    if len(roster.agents) <= MOST_BY_ONE:
        return LexicalIndex(roster.agents, fields)
    from passmuster.adapters.routers.sparse_index import index_of  # noqa: PLC0415 - numpy and scipy, not for all

    return index_of(roster.agents, fields)


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


def _deciding(contest: Contest, best: int, second: int) -> str:
    """Return which words speak most for one agent and against another; nothing where none was explained."""
    if best not in contest.contributions:
        return ""
    own = contest.contributions[best]
    other = contest.contributions[second] if second != best else {}
    gains = {word: weight - other.get(word, 0.0) for word, weight in own.items()}
    words = [word for word, gain in gains.items() if gain > 0]
    words.sort(key=lambda word: (-round(gains[word], DIGITS), word))
    return " and ".join(f"'{word}'" for word in words[:DECIDING_WORDS]) + " decided"


def refuse_unknown(agents: Collection[AgentName], known: Collection[AgentName]) -> None:
    """Refuse to explain agents that the roster does not have.

    Raises:
        RoutingError: Naming the first of them.
    """
    unknown = sorted(set(agents) - set(known))
    if unknown:
        message = f"the roster has no agent named {unknown[0]!r}"
        raise RoutingError(message, hint="ask about agents of the roster that the router was built for")


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
