"""Why a router without scores chooses as it does: something is left out, and it is asked again."""

import re
from dataclasses import dataclass

from passmuster.application.trying import BudgetEndedError, Trying, edited, without
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.values import AgentName

DEPTH = 5
"""How many places of the ranking are looked for."""

MOST_SENTENCES = 30
NOTHING = "An agent."
"""What a description of one sentence becomes: hosts do not load an agent without any."""

_SENTENCE = re.compile(r"[^.!?\n]*[.!?]+[\"'”)]*(?=\s|\\n|\Z)|[^.!?\n]+(?:\n|\Z)")
_MARKUP = re.compile(r"<[^<>]*>|\\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What the router chose without one sentence.

    Attributes:
        agent: Whose description it is.
        sentence: The sentence.
        chosen: Who gets the request without it.
    """

    agent: AgentName
    sentence: str
    chosen: AgentName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """What leaving things out showed.

    Attributes:
        ranking: Who gets the request, then who does where that agent is not there, and so on; ends with ``None`` where
            nobody took it.
        sentences: What the choice is without each sentence of the chosen agent, and of the wanted one.
        is_complete: Whether the budget did.
    """

    ranking: tuple[AgentName | None, ...]
    sentences: tuple[LeftOut, ...]
    is_complete: bool


async def ablate(trying: Trying, roster: Roster, decision: RoutingDecision, wanted: AgentName | None) -> Ablation:
    """Leave out the chosen agents one after the other, and each sentence of the one that is chosen and of the wanted.

    Args:
        trying: What asks.
        roster: The agents.
        decision: Whom the router chooses among all of them.
        wanted: Who should be chosen, if anybody; the ranking ends when it is found.
    """
    ranking: list[AgentName | None] = [decision.chosen]
    sentences: list[LeftOut] = []
    try:
        await _rank(trying, roster, ranking, wanted)
        for name in dict.fromkeys([decision.chosen, wanted]):
            if name is not None:
                await _leave_out(trying, roster, name, sentences)
    except BudgetEndedError:
        return Ablation(ranking=tuple(ranking), sentences=tuple(sentences), is_complete=False)
    return Ablation(ranking=tuple(ranking), sentences=tuple(sentences), is_complete=True)


async def _rank(trying: Trying, roster: Roster, ranking: list[AgentName | None], wanted: AgentName | None) -> None:
    while len(ranking) < min(DEPTH, len(roster.agents)):
        gone = [name for name in ranking if name is not None]
        if ranking[-1] is None or (ranking[-1] == wanted and len(ranking) > 1):
            return
        ranking.append((await trying.attempt(without(roster, gone))).decision.chosen)


async def _leave_out(trying: Trying, roster: Roster, name: AgentName, found: list[LeftOut]) -> None:
    agent = roster.agent(name)
    if agent is None:
        return
    for sentence in sentences_of(agent.description)[:MOST_SENTENCES]:
        rest = agent.description.replace(sentence, "", 1).strip() or NOTHING
        attempt = await trying.attempt(edited(roster, name, rest))
        found.append(LeftOut(agent=name, sentence=sentence, chosen=attempt.decision.chosen))


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text, each once, in order; tags and line breaks alone are none."""
    found = (one.strip() for one in _SENTENCE.findall(text))
    return list(dict.fromkeys(one for one in found if _MARKUP.sub("", one).strip(" .!?\n\t")))
