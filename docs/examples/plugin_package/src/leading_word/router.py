"""A router that gives a request to the agent whose description shares its first words, the earlier the better."""

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName
from passmuster.ports import Router


class LeadingWordOptions(BaseModel):
    """What a suite may say of this router."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: int = Field(default=8, ge=1, description="How many words of a request are listened to.")


class LeadingWordRouter:
    """Scores a shared word by its place: the first counts 1, the second a half, the third a third."""

    def __init__(self, roster: Roster, options: LeadingWordOptions) -> None:
        """Note the words of every description."""
        self._words = [(agent, _words(agent)) for agent in roster.agents]
        self._options = options

    async def route(self, request: Request) -> RoutingDecision:
        """Choose the agent with the highest score; nobody if no word is shared, or two agents score alike."""
        heard = request.text.lower().split()[: self._options.words]
        ranking = sorted(
            (self._ranked(agent.name, known, heard) for agent, known in self._words),
            key=lambda ranked: (-ranked.score, ranked.agent),
        )
        best, second = (*(ranked.score for ranked in ranking[:2]), 0.0, 0.0)[:2]
        return RoutingDecision(
            chosen=ranking[0].agent if best > second else None,
            ranking=tuple(ranking),
            margin=best - second,
            rationale=f"listened to {len(heard)} words",
        )

    @staticmethod
    def _ranked(name: AgentName, known: frozenset[str], heard: list[str]) -> RankedAgent:
        terms = [
            TermWeight(term=word, weight=1 / place)
            for place, word in enumerate(dict.fromkeys(heard), 1)
            if word in known
        ]
        return RankedAgent(agent=name, score=sum(term.weight for term in terms), terms=tuple(terms))


def _words(agent: AgentDefinition) -> frozenset[str]:
    return frozenset(agent.description.lower().replace(",", " ").replace(".", " ").split())


def build(options: LeadingWordOptions, context: BuildContext) -> Router:
    """Build the router for the agents of the suite."""
    return LeadingWordRouter(context.roster, options)


COMPONENT = Component(options=LeadingWordOptions, build=build, is_deterministic=lambda _options: True)
