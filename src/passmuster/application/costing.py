"""Use case on costs of wrong choices: an entry for an agent that is not there says nothing, and nobody would notice."""

from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import get_close_matches

from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import SourceLocation
from passmuster.domain.verdicts import MisroutingCost

ANY = "*"
"""How an entry names whichever agent."""


def lint_costs(
    costs: Sequence[MisroutingCost], agents: Collection[str], place: Callable[[int, str], SourceLocation]
) -> Iterator[Finding]:
    """Yield a finding for every agent that a cost names and that is neither in the roster nor was.

    Args:
        costs: In the order of the suite.
        agents: The names in the roster and in the baseline.
        place: Where a key of the entry of an index is written.
    """
    known = sorted({*agents, NOBODY})
    for index, cost in enumerate(costs):
        for key, name in (("expected", cost.expected), ("chosen", cost.chosen)):
            if name not in {ANY, *known}:
                near = get_close_matches(name, known, n=1)
                yield Finding(
                    rule="unknown-agent",
                    severity=Severity.ERROR,
                    message=f"a cost names the agent {name!r}, which the roster does not have",
                    hint=f"did you mean {near[0]!r}?" if near else f"write an agent's name, {NOBODY} or {ANY}",
                    location=place(index, key),
                )
