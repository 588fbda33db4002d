"""Agents that are hard to tell apart, as findings."""

from collections.abc import Iterator, Sequence

from passmuster.analysis.overlapping import Routed, similar_descriptions, thefts
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.rules import complaint, quoted
from passmuster.analysis.twins import twin_groups
from passmuster.domain.findings import Finding
from passmuster.domain.values import AgentName, SourceLocation

SHOWN_TWINS = 6
FEWEST_THEFTS = 2
"""One lost request may be an odd one; examples are also named one by one."""

LEAST_SHARE = 0.1
"""Of the requests of one of the two; where each loses one in thirty, no description is to blame."""


def identical_descriptions(material: Material) -> Iterator[Finding]:
    """Find groups of agents that a chooser can tell apart by their names alone."""
    for group in twin_groups(material.roster):
        others = ", ".join(repr(name) for name in group.names[1:SHOWN_TWINS])
        more = f" and {len(group.names) - SHOWN_TWINS} more" if len(group.names) > SHOWN_TWINS else ""
        what = "are one agent under several names" if group.is_identical else "have the same description"
        same = "keep one of them" if group.is_identical else "say in each what the others do not do"
        yield complaint(
            "identical-descriptions",
            _place(material, group.names[0]),
            f"{group.names[0]!r} and {others}{more} {what}: {_pairs(group.pairs)} that no chooser can tell apart",
            f"{same}, or let the suite say `twins: right`",
        )


def nearly_identical_descriptions(material: Material) -> Iterator[Finding]:
    """Find pairs of descriptions that differ in a few words."""
    for pair in similar_descriptions(material.roster):
        yield complaint(
            "similar-descriptions",
            _place(material, pair.second),
            f"the descriptions of {pair.first!r} and {pair.second!r} are {pair.cosine:.2f} alike; "
            f"they share {', '.join(pair.terms)}",
            "say in each what the other does not do; words that both have decide nothing",
        )


def stolen_requests(material: Material, routed: Sequence[Routed]) -> Iterator[Finding]:
    """Find pairs of agents of which one takes requests of the other, or both do."""
    for theft in thefts(routed):
        share = max(theft.lost / theft.asked, theft.back / max(theft.asked_back, 1))
        if theft.lost + theft.back < FEWEST_THEFTS or share < LEAST_SHARE:
            continue
        back = f", and {theft.back} of {theft.asked_back} the other way" if theft.back else ""
        yield complaint(
            "stolen-requests",
            _place(material, theft.loser),
            f"by their words, {theft.lost} of {theft.asked} requests of {theft.loser!r} go to {theft.taker!r}{back}; "
            f"the first: {quoted(theft.shown)}",
            "give the loser the words of these requests, or take them from the other",
        )


def examples_that_go_elsewhere(_material: Material, routed: Sequence[Routed]) -> Iterator[Finding]:
    """Find examples whose requests the router does not give to the agent that they are examples of."""
    for item in routed:
        if not item.is_example or item.chosen in item.right:
            continue
        fate = f"goes to {'nobody' if item.chosen is None else repr(item.chosen)}{_against(item)}"
        yield complaint(
            "example-goes-elsewhere",
            item.source,
            f"by its words, the request of an example of {item.owner!r} {fate}: {quoted(item.text)}",
            "use the words of the request in the description itself, or choose an example that only this agent fits",
        )


def _against(item: Routed) -> str:
    if item.own_score is None or item.taken_score is None:
        return ""
    if item.rival:
        return f" (best {item.rival!r} {item.taken_score:.2f}, its own {item.own_score:.2f})"
    return f" ({item.taken_score:.2f} against {item.own_score:.2f})"


def _place(material: Material, name: AgentName) -> SourceLocation | None:
    agent = material.roster.agent(name)
    return None if agent is None else material.field_place(agent, "description")


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"
