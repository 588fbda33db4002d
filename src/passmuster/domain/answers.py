"""What came back: routing decisions, completions, and failures of the harness."""

from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto

from passmuster.domain.activities import Activity
from passmuster.domain.cases import Message
from passmuster.domain.errors import TrialFailure
from passmuster.domain.values import AgentName, Fingerprint, JsonObject, Usage, fingerprint_of


class Asked(Flag):
    """Which parts of an answer a trial asks for."""

    ROUTING = auto()
    COMPLETION = auto()


class Stage(StrEnum):
    """Where in a trial something failed."""

    ROUTING = "routing"
    COMPLETION = "completion"
    CRITERION = "criterion"


class Origin(StrEnum):
    """Where a completion came from; reports say how many of each there were."""

    FRESH = "fresh"
    CACHED = "cached"
    RECORDED = "recorded"
    AUTHORED = "authored"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermWeight:
    """What one term of the request added to an agent's score."""

    term: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedAgent:
    """One agent's place in a router's ranking.

    Attributes:
        agent: Its name.
        score: Comparable within one decision; higher is better.
        terms: Where the router can tell, what the score is made of; the weights sum to the score.
    """

    agent: AgentName
    score: float
    terms: tuple[TermWeight, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDecision:
    """Whom a router chose, and why.

    Attributes:
        chosen: ``None`` means that nobody should take the request.
        ranking: The best agents first; may be cut off, may be empty.
        margin: How far the choice is from changing, in units of the score. For an agent chosen: its lead over
            the runner-up or over abstaining, whichever is smaller. For nobody: how far the best agent is from
            being chosen. 0 for a tie; ``None`` where the router has no scores.
        rationale: The router's reason in words; may be empty.
        confidence: How probable it is that the choice is right, from 0 to 1; ``None`` where nobody has measured how
            far such figures of this router can be trusted.
        further: Agents chosen after the first one, in order.
        refused: Agents asked for that the host refused or does not have, as they were written.
        model: The model that chose, as its server resolved it; empty where none did.
        version: The version of the product that chose; empty where none did.
        made_on: The day on which the answers were made that it rests on, as YYYY-MM-DD, the oldest of several; empty
            where all of them were made now.
        usage: What it consumed.
        latency: Seconds.
    """

    chosen: AgentName | None
    ranking: tuple[RankedAgent, ...] = ()
    margin: float | None = None
    rationale: str = ""
    confidence: float | None = None
    further: tuple[AgentName, ...] = ()
    refused: tuple[str, ...] = ()
    model: str = ""
    version: str = ""
    made_on: str = ""
    usage: Usage = field(default_factory=Usage)
    latency: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model is to draw its answer; ``None`` leaves a setting to the backend."""

    temperature: float | None = None
    maximum_tokens: int | None = None
    seed: int | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDefinition:
    """A tool that a model may call.

    Attributes:
        name: As the model is to write it.
        description: What it is for.
        parameters: The JSON Schema of its arguments, an object.
    """

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that a model called; nothing is carried out.

    Attributes:
        identifier: The server's name for the call; may be empty.
        name: The tool's name, as the model wrote it; there need be no such tool.
        arguments: As the model wrote them; a text that is no JSON object is kept under the key ``""``.
    """

    identifier: str
    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """Everything that a completion depends on.

    ``repetition`` is part of it: a cache that answered two repetitions alike would hide flakiness. An empty
    ``model`` means the backend's own.

    Attributes:
        messages: The conversation, the system prompt first.
        model: The model's name.
        sampling: How it is to draw.
        repetition: Counted from 0.
        answer_schema: The JSON Schema that the answer is to follow, for backends that can hold a model to one.
        wants_probabilities: Whether the log-probabilities of the answer's tokens are wanted, where there are any.
        tools: What the model may call.
        required_tool: The tool that it must call; empty leaves that to it.
    """

    messages: tuple[Message, ...]
    model: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    repetition: int = 0
    answer_schema: JsonObject | None = None
    wants_probabilities: bool = False
    tools: tuple[ToolDefinition, ...] = ()
    required_tool: str = ""

    @property
    def conversation(self) -> Fingerprint:
        """The fingerprint of what users and assistants said, without the system prompt."""
        spoken = [[message.role, message.content] for message in self.messages if message.role != "system"]
        return fingerprint_of([self.model, spoken, self.repetition])

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of the whole request: the key of caches and recordings."""
        sampling = [self.sampling.temperature, self.sampling.maximum_tokens, self.sampling.seed]
        messages = [[message.role, message.content] for message in self.messages]
        # What is not asked for leaves no trace, so that older recordings keep their keys.
        asked: list[object] = [] if self.answer_schema is None else [self.answer_schema]
        asked += [True] if self.wants_probabilities else []
        asked += [{"top_p": self.sampling.top_p}] if self.sampling.top_p is not None else []
        asked += [{"stop": self.sampling.stop}] if self.sampling.stop else []
        tools = [[tool.name, tool.description, tool.parameters] for tool in self.tools]
        asked += [{"tools": tools, "required": self.required_tool}] if tools else []
        return fingerprint_of([self.model, messages, sampling, self.repetition, *asked])


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProbability:
    """One token of a completion, and the natural logarithm of its probability; 0 is certain."""

    token: str
    log_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a backend wrote.

    Attributes:
        text: The answer.
        finish_reason: Why it ended: ``stop``, ``length`` …
        model: The model as the server resolved it.
        origin: Whether it was made now, recorded, or written by people.
        author: Who or what wrote it, for recordings.
        tokens: The tokens of the text in order, where the backend tells how probable each was.
        tool_calls: The tools that the model called, in order.
        usage: What it consumed, when it was made: an answer from a cache or a recording consumed nothing again.
        latency: Seconds from the sending of the request to the last byte of the answer.
        first_token: Seconds to the first piece of the answer; ``None`` where it was not streamed.
        made_on: The day on which it was made, as YYYY-MM-DD; empty for one that was made now, or where not known.
        activity: What its writer did to make it; ``None`` where that is a model alone, which does nothing but write.
    """

    text: str
    finish_reason: str = "stop"
    model: str = ""
    origin: Origin = Origin.FRESH
    author: str = ""
    tokens: tuple[TokenProbability, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    latency: float = 0.0
    first_token: float | None = None
    made_on: str = ""
    activity: Activity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The harness could not measure; the agent is not to blame.

    Attributes:
        stage: Where.
        kind: The name of the error, such as ``RecordingMissingError``.
        message: What happened and what to do.
        is_transient: Whether trying again may help.
    """

    stage: Stage
    kind: str
    message: str
    is_transient: bool = False

    @classmethod
    def of(cls, error: TrialFailure, stage: Stage) -> "Failure":
        """Return what an error says."""
        return cls(stage=stage, kind=type(error).__name__, message=str(error), is_transient=error.is_transient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a subject gave back; ``None`` marks what it was not asked for."""

    routing: RoutingDecision | Failure | None = None
    completion: Completion | Failure | None = None
    writer: AgentName | None = None
