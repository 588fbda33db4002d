"""Requests, what is expected of them, and the datasets that hold them."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum

from passmuster.domain.values import (
    UNKNOWN,
    AgentName,
    CaseIdentifier,
    Fingerprint,
    Fingerprinted,
    JsonObject,
    SourceLocation,
    fingerprint_of,
)

LEAKY = "leaky"
"""The tag of cases whose words stand in the agents themselves."""


class Role(StrEnum):
    """Who speaks a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Fingerprinted):
    """What the system under test gets to see: never the case, so the answer key cannot leak.

    Attributes:
        text: What the user says now.
        history: The turns before it, oldest first.
    """

    text: str
    history: tuple[Message, ...] = ()

    def _content(self) -> object:
        """Return the words."""
        return [self.text, [[message.role, message.content] for message in self.history]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Who should take a request.

    Attributes:
        preferred: The best choice; ``None`` means that nobody should take it.
        acceptable: Other right choices.
        forbidden: Choices that are worse than wrong.
        twins: Agents that no chooser can tell from a right one, where the suite takes them for right as well. Nobody
            writes them down: they come from the roster, so they are part of no fingerprint.
    """

    preferred: AgentName | None
    acceptable: frozenset[AgentName] = frozenset()
    forbidden: frozenset[AgentName] = frozenset()
    twins: frozenset[AgentName] = frozenset()

    @property
    def named(self) -> frozenset[AgentName]:
        """Every agent that the expectation names."""
        own = frozenset() if self.preferred is None else frozenset({self.preferred})
        return own | self.acceptable | self.forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionReference(Fingerprinted):
    """A criterion as plain data, to be built later.

    Attributes:
        kind: The component's name, such as ``contains``.
        name: What the rubric calls it; unique within the rubric.
        options: The component's options.
        weight: Its share of the rubric's score; positive.
        is_required: Whether the rubric fails when this criterion does, whatever the score.
    """

    kind: str
    name: str
    options: JsonObject = field(default_factory=dict)
    weight: float = 1.0
    is_required: bool = False

    def _content(self) -> object:
        """Return what is asked for."""
        return [self.kind, self.name, self.options, self.weight, self.is_required]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric(Fingerprinted):
    """What a good answer must show.

    Attributes:
        criteria: At least one.
        passing_score: The weighted mean, from 0 to 1, from which the answer passes.
    """

    criteria: tuple[CriterionReference, ...]
    passing_score: float = 1.0

    def _content(self) -> object:
        """Return all criteria and the passing score."""
        return [[criterion.fingerprint for criterion in self.criteria], self.passing_score]

    def without(self, names: Collection[str]) -> "Rubric":
        """Return the rubric as it is without some criteria, be they required or not; it may have none left."""
        return replace(self, criteria=tuple(item for item in self.criteria if item.name not in names))


class Stratum(StrEnum):
    """How loudly a request asks for an agent."""

    EXPLICIT = "explicit"
    HINTED = "hinted"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who made a case, when, and who looked it over. Dates are ISO 8601."""

    author: str
    date: str
    reviewed_by: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Fingerprinted):
    """One curated request with everything that is expected of the answer.

    Attributes:
        identifier: What people call it; unique within a suite.
        request: What the system under test sees.
        expectation: Who should take it.
        rubric: What the answer must show; ``None`` where only the choice is judged.
        stratum: How loudly the request asks for an agent.
        tags: Free labels to slice results by.
        weight: Its weight in weighted means; positive.
        split: ``train``, ``validation`` or ``test``.
        group: What it shares with other cases, such as the ticket that they come from; cases of a group stand or fall
            together, and count as one where chance is reckoned. Empty for none.
        is_critical: Whether the gate fails if this case alone breaks.
        is_control: Whether it tests the harness and not the agents: a request that names its agent, or one that nobody
            should take. A run in which a control fails says nothing.
        provenance: Who made it.
        source: Where it is written.
    """

    identifier: CaseIdentifier
    request: Request
    expectation: Expectation
    rubric: Rubric | None = None
    stratum: Stratum = Stratum.IMPLICIT
    tags: frozenset[str] = frozenset()
    weight: float = 1.0
    split: str = "test"
    group: str = ""
    is_critical: bool = False
    is_control: bool = False
    provenance: Provenance | None = None
    source: SourceLocation | None = None

    def _content(self) -> object:
        """Return what is asked and who is expected; neither the rubric nor labels for slicing count."""
        expectation = self.expectation
        return [
            self.request.fingerprint,
            [expectation.preferred, sorted(expectation.acceptable), sorted(expectation.forbidden)],
            # Here stood the rubric once. Cases without any keep the fingerprint that older baselines know them by.
            None,
        ]

    @property
    def rubric_fingerprint(self) -> Fingerprint:
        """The fingerprint of what a good answer must show; empty without a rubric."""
        return UNKNOWN if self.rubric is None else self.rubric.fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Cases that belong together; identifiers are unique."""

    name: str
    cases: tuple[Case, ...]

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of all cases, whatever their order."""
        return fingerprint_of(
            sorted([case.identifier, case.fingerprint, case.rubric_fingerprint] for case in self.cases)
        )
