"""What the descriptions say, as a part of another router's score: the lexical router, asked for every agent."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName


class LexicalPart:
    """The lexical router's scores of all agents; it never abstains here."""

    def __init__(self, roster: Roster, fields: Sequence[str]) -> None:
        """Index the named fields of a roster's agents."""
        depth = max(len(roster.agents), 1)
        options = {"fields": fields, "threshold": 0, "ranking_depth": depth, "explained_depth": 0, "history": False}
        self._router = LexicalRouter(roster, LexicalOptions.model_validate(options))
        self._columns = {name: column for column, name in enumerate(roster.names)}

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the scores, texts by agents in the roster's order."""
        found = np.zeros((len(texts), len(self._columns)), dtype=np.float64)
        for place, decision in enumerate(self._router.route_all([Request(text=text) for text in texts])):
            for ranked in decision.ranking:
                found[place, self._columns[ranked.agent]] = ranked.score
        return found

    def terms(self, text: str, agents: Sequence[AgentName]) -> Mapping[AgentName, Mapping[str, float]]:
        """Return what each word of a text adds to the scores of some agents."""
        explained = self._router.explain(Request(text=text), agents)
        return {ranked.agent: {term.term: term.weight for term in ranked.terms} for ranked in explained}
