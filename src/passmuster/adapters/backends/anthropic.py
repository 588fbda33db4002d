"""A backend that asks Anthropic's Messages API, or whatever speaks it.

Formats after Anthropic's documentation (https://platform.claude.com/docs): "Messages", "Streaming messages", "Errors",
"Rate limits", "Prompt caching", "Structured outputs" and "Extended thinking".
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from pydantic import Field, model_validator

from passmuster.adapters.backends.anthropic_message import ANSWER_TOOL, StreamedMessage, completion_of, sentence_of
from passmuster.adapters.backends.dialects import HostedOptions, StreamedAnswer
from passmuster.adapters.backends.request_parts import (
    conversation,
    extended,
    given,
    refuse_own,
    system_prompt,
)
from passmuster.adapters.backends.service import component
from passmuster.adapters.backends.strict_schema import strict_schema
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Allowance

PROVIDER: Final = "anthropic"
USUAL_MAXIMUM: Final = 4_096
LEAST_THOUGHT: Final = 1_024
"""Tokens; the service takes no smaller budget for thinking."""


class AnthropicOptions(HostedOptions):
    """Options of the backend ``anthropic``."""

    usual_variable = "ANTHROPIC_API_KEY"

    base_url: str = Field(default="https://api.anthropic.com", description="Where the service is.")
    maximum_tokens: int | None = Field(
        default=USUAL_MAXIMUM,
        ge=1,
        description="How long an answer may be, in tokens, where a request says nothing of it; the service wants one.",
    )
    json_form: Literal["schema", "tool", "prompt"] = Field(
        default="schema",
        alias="json",
        description=(
            "How the model is held to a schema: `schema` by the service's structured outputs, `tool` by a tool that it "
            "must call (older models), `prompt` by words alone."
        ),
    )
    thinking: Literal["adaptive"] | int | None = Field(
        default=None,
        description="Tokens for thinking before the answer, at least 1024, or `adaptive`; absent: the model's own way.",
    )
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = Field(
        default=None, description="How much effort the model is to make, where it can be told."
    )
    cache_prompt: bool = Field(
        default=False,
        exclude=True,
        description="Whether the service is to keep tools and system prompt, so that they cost less the next time.",
    )
    api_version: str = Field(default="2023-06-01", min_length=1, description="The version of the API.")
    betas: tuple[str, ...] = Field(default=(), description="Names of trial features to switch on.")

    @model_validator(mode="after")
    def _check_lengths(self) -> "AnthropicOptions":
        if self.maximum_tokens is None:
            message = "the service wants a limit: give maximum_tokens a number"
            raise ValueError(message)
        refuse_own(self.extra_body, {"model": "model", "max_tokens": "maximum_tokens"})
        if isinstance(self.thinking, int):
            if self.thinking < LEAST_THOUGHT:
                message = f"thinking takes at least {LEAST_THOUGHT} tokens"
                raise ValueError(message)
            if self.thinking >= self.maximum_tokens:
                message = "thinking counts towards the answer's length: make maximum_tokens greater"
                raise ValueError(message)
        return self


class AnthropicDialect:
    """Writes and reads messages."""

    provider = PROVIDER
    framing: Literal["events", "lines"] = "events"

    def __init__(self, options: AnthropicOptions) -> None:
        """Take the options."""
        self._options = options

    def headers(self, secret: str | None) -> Mapping[str, str]:
        """Return the key, the version and the trial features."""
        headers = {"anthropic-version": self._options.api_version}
        if secret is not None:
            headers["x-api-key"] = secret
        if self._options.betas:
            headers["anthropic-beta"] = ",".join(self._options.betas)
        return headers

    def path(self, request: CompletionRequest) -> str:
        """Return the one place that all messages are sent to."""
        del request
        return "/v1/messages"

    def payload(self, request: CompletionRequest) -> Mapping[str, object]:
        """Return the request in the service's words; of a seed the service knows nothing."""
        options = self._options
        messages = [{"role": turn.role.value, "content": turn.content} for turn in conversation(request)]
        payload = {
            "model": options.model_for(request),
            "max_tokens": options.limit_for(request),
            "messages": messages,
            **given(
                system=self._system(request),
                temperature=request.sampling.temperature,
                top_p=request.sampling.top_p,
                stop_sequences=list(request.sampling.stop) or None,
                thinking=self._thinking(),
                output_config=self._output(request) or None,
                stream=True if options.stream else None,
            ),
            **self._tools(request),
        }
        return extended(payload, options.extra_body, joined="output_config")

    def completion(self, answer: object) -> Completion:
        """Return the completion of a message; see :class:`passmuster.adapters.backends.dialects.Dialect`."""
        return completion_of(answer)

    def streamed(self) -> StreamedAnswer:
        """Return what puts a streamed message together."""
        return StreamedMessage()

    def complaint(self, body: object) -> str:
        """Return the sentence of an error."""
        return sentence_of(body)

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """Return the limits; moments in them are told from the answer's own date."""
        return Allowance(
            requests=_number(headers.get("anthropic-ratelimit-requests-remaining")),
            tokens=_number(headers.get("anthropic-ratelimit-tokens-remaining")),
            requests_reset=_seconds_to(headers.get("anthropic-ratelimit-requests-reset"), headers.get("date")),
            tokens_reset=_seconds_to(headers.get("anthropic-ratelimit-tokens-reset"), headers.get("date")),
        )

    def _system(self, request: CompletionRequest) -> object:
        text = system_prompt(request, schema_in_words=self._options.json_form == "prompt")
        if not text:
            return None
        if not self._options.cache_prompt:
            return text
        # The service keeps everything up to this mark: the tools, which stand before, and the system prompt.
        return [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]

    def _thinking(self) -> object:
        thinking = self._options.thinking
        if isinstance(thinking, int):
            return {"type": "enabled", "budget_tokens": thinking}
        return None if thinking is None else {"type": thinking}

    def _output(self, request: CompletionRequest) -> dict[str, object]:
        schema = request.answer_schema if self._options.json_form == "schema" else None
        return given(
            effort=self._options.effort,
            format=None if schema is None else {"type": "json_schema", "schema": strict_schema(schema)},
        )

    def _tools(self, request: CompletionRequest) -> dict[str, object]:
        tools: list[dict[str, object]] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
        choice = {"type": "tool", "name": request.required_tool} if request.required_tool else None
        if self._options.json_form == "tool" and request.answer_schema is not None and choice is None:
            # With tools of its own to call, the model may also call one of these.
            choice = {"type": "any"} if tools else {"type": "tool", "name": ANSWER_TOOL}
            tools.append(
                {"name": ANSWER_TOOL, "description": "Gives the answer.", "input_schema": request.answer_schema}
            )
        return given(tools=tools or None, tool_choice=choice)


def _number(said: str | None) -> int | None:
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) <= 15 else None  # noqa: PLR2004 - more digits are no number of tokens


def _seconds_to(moment: str | None, now: str | None) -> float | None:
    """Return the seconds from one moment (RFC 9110) to another one (RFC 3339); ``None`` where they cannot be told."""
    if moment is None or now is None:
        return None
    try:
        return max(0.0, (datetime.fromisoformat(moment) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


COMPONENT = component(AnthropicOptions, AnthropicDialect)
"""``anthropic``: asks Anthropic's Messages API."""
