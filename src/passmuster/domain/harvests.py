"""Requests that people really made, and what became of them."""

from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.values import AgentName, SourceLocation


class HarvestOutcome(StrEnum):
    """What a host did with a request."""

    DELEGATED = "delegated"
    NOT_DELEGATED = "not delegated"
    REFUSED = "refused"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request of a transcript or of an example; unreviewed, and full of what is private.

    Attributes:
        text: What the user said.
        outcome: What became of it.
        chosen: The first agent that took it.
        further: Agents that took part after it, in order.
        refused: Agents asked for that the host refused, as they were written.
        session: What the session is called, or the agent that the example stands in.
        day: When it was said, as ISO 8601; empty if unknown.
        folder: Where the session took place; empty if unknown.
        is_example: Whether it stands in an agent's own description.
        source: Where it was read.
    """

    text: str
    outcome: HarvestOutcome
    chosen: AgentName | None = None
    further: tuple[AgentName, ...] = ()
    refused: tuple[str, ...] = ()
    session: str = ""
    day: str = ""
    folder: str = ""
    is_example: bool = False
    source: SourceLocation | None = None
