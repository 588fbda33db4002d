"""What was seen of one run of a product: plain facts, before anybody judges what they mean for a roster."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from passmuster.adapters.products.events import Event, event_of
from passmuster.domain.activities import Activity
from passmuster.domain.values import Usage

KEPT_NOISE = 20
"""How many lines that are no events an observation keeps."""

LONGEST_NOISE = 200


class CallState(StrEnum):
    """What became of a call for an agent."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call for an agent, or for a skill.

    Attributes:
        name: Who was called, as it was written.
        identifier: The product's identifier of the call; empty where it has none.
        parent: The call within which this one was made; empty in the main thread.
        state: Whether the product went along, as far as the stream tells.
    """

    name: str
    identifier: str
    parent: str = ""
    state: CallState = CallState.PENDING


class Terminal(StrEnum):
    """How the stream says that the run ended."""

    MISSING = "missing"
    FINISHED = "finished"
    TURN_LIMIT = "turn limit"
    COST_LIMIT = "cost limit"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonAnswer:
    """A choice that was written down as JSON, and not made by a call.

    Attributes:
        agent: The agent's name as written; ``None`` for nobody.
        confidence: From 0 to 1, as the writer sees it; ``None`` where it says nothing.
        text: The answer to the request, where it gives one.
    """

    agent: str | None
    confidence: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the output of one run shows.

    Attributes:
        reader: Who read it, and the version of the rules, such as ``claude_code 1``.
        calls: Every call for an agent, in order, the main thread's and those of agents themselves.
        skills: Every call for a skill, likewise; a skill is no agent.
        agents: The agents that the product says it has loaded; ``None`` where it does not say.
        skill_names: The same of skills.
        answer: The choice, where the product was asked to write it down.
        asks_for_answer: Whether the choice is to be written down, and calls do not count.
        model: The model as its server resolved it; empty if unknown.
        version: The version of the product; empty if unknown.
        request: What the user said, where the stream repeats it.
        usage: What the run consumed, as far as it is known.
        duration: Seconds, by the product's own clock; ``None`` if it does not say.
        terminal: How the run ended.
        problem: The product's own words about what went wrong.
        text: The answer to the user.
        is_settled: Whether the message that holds the last call is complete, so that no parallel call can follow.
        noise: The first lines that are no events.
        activity: The tools that were used, the commands that were run, and how often the model was asked.
    """

    reader: str
    calls: tuple[Call, ...] = ()
    skills: tuple[Call, ...] = ()
    agents: tuple[str, ...] | None = None
    skill_names: tuple[str, ...] | None = None
    answer: JsonAnswer | None = None
    asks_for_answer: bool = False
    model: str = ""
    version: str = ""
    request: str = ""
    usage: Usage = field(default_factory=Usage)
    duration: float | None = None
    terminal: Terminal = Terminal.MISSING
    problem: str = ""
    text: str = ""
    is_settled: bool = True
    noise: tuple[str, ...] = ()
    activity: Activity = field(default_factory=Activity)


class Reading(Protocol):
    """Takes a run's output line by line; nothing in a line makes it raise."""

    def take(self, line: str) -> bool:
        """Take the next line; return whether it may have changed what is known of the choice."""
        ...

    def observation(self) -> Observation:
        """Return what the lines so far show."""
        ...


Reader = Callable[[], Reading]
"""Begins to read a run."""


def observe(reader: Reader, lines: Iterable[str]) -> Observation:
    """Return what all lines of a run show; equal lines give equal observations."""
    reading = reader()
    for line in lines:
        reading.take(line)
    return reading.observation()


class Noise:
    """The first few lines that are no events."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def event_in(self, line: str) -> Event | None:
        """Return the event that a line holds; of other lines keep those that say something, while there are few."""
        event, text = event_of(line), line.strip()
        if event is None and text and len(self.lines) < KEPT_NOISE:
            self.lines.append(text[:LONGEST_NOISE])
        return event


class Calls:
    """Calls in the order in which they were first seen, each with what became of it."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}

    def add(self, name: str, identifier: str, parent: str = "", state: CallState = CallState.PENDING) -> None:
        """Note a call; one that is known already keeps its place, its words and its state."""
        key = identifier or f"without identifier {len(self._calls)}"
        self._calls.setdefault(key, Call(name=name, identifier=identifier, parent=parent, state=state))

    def accept(self, identifier: str) -> bool:
        """Note that the product went along; return whether there is such a call."""
        return self._settle(identifier, CallState.ACCEPTED)

    def refuse(self, identifier: str) -> bool:
        """Note that the product refused, unless the agent has begun already; return whether there is such a call."""
        return self._settle(identifier, CallState.REFUSED)

    def all(self) -> tuple[Call, ...]:
        """Return the calls in order."""
        return tuple(self._calls.values())

    def _settle(self, identifier: str, state: CallState) -> bool:
        call = self._calls.get(identifier)
        # What happened first stays: an agent that fails at its work was chosen all the same.
        if call is not None and call.state is CallState.PENDING:
            self._calls[identifier] = Call(name=call.name, identifier=call.identifier, parent=call.parent, state=state)
        return call is not None
