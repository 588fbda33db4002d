"""What is read of the logs of Inspect."""

from typing import Annotated

from pydantic import Field

from passmuster.adapters.run_files.shaping import Amount, Count, Moment, Shape


class Spec(Shape):
    """The key ``eval``: what was run."""

    task: str
    model: str
    created: Moment
    run_id: str = ""
    eval_id: str = ""
    packages: dict[str, str] = Field(default_factory=dict)
    task_args: dict[str, object] = Field(default_factory=dict)
    model_args: dict[str, object] = Field(default_factory=dict)
    model_generate_config: dict[str, object] = Field(default_factory=dict)
    metadata: dict[str, object] | None = None


class Stats(Shape):
    """The key ``stats``: when it was run; empty texts while it is under way."""

    started_at: str = ""
    completed_at: str = ""


class Header(Shape):
    """A log without its samples."""

    eval: Spec
    status: str = "started"
    plan: dict[str, object] = Field(default_factory=dict)
    stats: Stats = Stats()


class Part(Shape):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class ToolUse(Shape):
    """A tool that the model called."""

    id: str = ""
    function: str
    arguments: dict[str, object] = Field(default_factory=dict)


class ChatMessage(Shape):
    """A message; of its content only text is read."""

    role: str = "user"
    content: str | list[Part] = ""
    tool_calls: list[ToolUse] | None = None


class Choice(Shape):
    """One of the answers of a model; the first one counts."""

    message: ChatMessage
    stop_reason: str = "stop"


class ModelUsage(Shape):
    """What a model consumed; ``input_tokens`` are those that no cache had."""

    input_tokens: Count = 0
    output_tokens: Count = 0
    input_tokens_cache_write: Count | None = None
    input_tokens_cache_read: Count | None = None
    reasoning_tokens: Count | None = None
    total_cost: Amount | None = None


class Output(Shape):
    """What the model answered in the end."""

    model: str = ""
    choices: list[Choice] = Field(default_factory=list)
    completion: str = ""
    usage: ModelUsage | None = None
    time: Amount | None = None
    error: str | None = None


class ScoreShape(Shape):
    """What a scorer said; the value may be a number, a letter, or several of them."""

    value: object
    answer: str | None = None
    explanation: str | None = None


class SampleError(Shape):
    """Why a sample has no answer."""

    message: str = ""


class SampleLimit(Shape):
    """The limit that stopped a sample."""

    type: str = ""


class Sample(Shape):
    """One sample in one epoch."""

    id: Annotated[int | str, Field(union_mode="left_to_right")]
    epoch: Annotated[int, Field(ge=1, le=100_000)]
    input: str | list[ChatMessage]
    target: str | list[str] = ""
    choices: list[str] | None = None
    output: Output = Output()
    scores: dict[str, ScoreShape] | None = None
    model_usage: dict[str, ModelUsage] = Field(default_factory=dict)
    started_at: Moment | None = None
    total_time: Amount | None = None
    working_time: Amount | None = None
    error: SampleError | None = None
    limit: SampleLimit | None = None
    invalidation: object | None = None
    attachments: dict[str, str] = Field(default_factory=dict)
