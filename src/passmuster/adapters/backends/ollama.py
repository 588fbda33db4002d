"""A backend that asks an Ollama server by its own API (``/api/chat``).

Formats after Ollama's documentation (https://docs.ollama.com/api): "Generate a chat message", "Streaming", "Structured
outputs", "Tool calling", "Thinking" and "Errors".
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, Literal

from pydantic import Field, model_validator

from passmuster.adapters.backends.dialects import ModelOptions, StreamedAnswer
from passmuster.adapters.backends.request_parts import functions_of, given, in_words, refuse_own, seed_of
from passmuster.adapters.backends.service import component
from passmuster.adapters.backends.token_probabilities import token_probabilities
from passmuster.domain.answers import Completion, CompletionRequest, ToolCall
from passmuster.domain.endpoints import Allowance
from passmuster.domain.values import JsonObject, Usage
from passmuster.services.errors import ReportedError
from passmuster.services.reading import (
    arguments_of,
    count,
    mapping,
    member,
    parsed_json,
    part,
    parts,
    sentence_in,
    status_in,
    text,
)

PROVIDER: Final = "ollama"


class OllamaOptions(ModelOptions):
    """Options of the backend ``ollama``."""

    base_url: str = Field(default="http://localhost:11434", description="Where the server is.")
    json_form: Literal["schema", "object", "prompt"] = Field(
        default="schema",
        alias="json",
        description=(
            "How the model is held to a schema: `schema` by the server's grammar, `object` to JSON of any form, with "
            "the schema in words, `prompt` by words alone."
        ),
    )
    context_length: int | None = Field(
        default=None, ge=1, description="Tokens that the model can see (num_ctx); the server cuts off what is longer."
    )
    thinking: bool | Literal["low", "medium", "high"] | None = Field(
        default=None, description="Whether, or how much, the model thinks first; absent: the model's own way."
    )
    vary_seed: bool = Field(default=False, description="Whether each repetition is sent with a seed of its own.")
    parameters: Mapping[str, object] = Field(
        default_factory=dict, description="Further parameters of the model, such as top_k or repeat_penalty."
    )
    keep_alive: str | int | None = Field(
        default=None, exclude=True, description="How long the model stays in memory after a request, such as 30m."
    )

    @model_validator(mode="after")
    def _check_parameters(self) -> "OllamaOptions":
        refuse_own(self.parameters, {"num_predict": "maximum_tokens"})
        return self

    @property
    def costs_nothing(self) -> bool:
        """Whether nothing is paid for answers, however long they are: there is no account to pay for."""
        return self.secret is None


class OllamaDialect:
    """Writes and reads chat messages."""

    provider = PROVIDER
    framing: Literal["events", "lines"] = "lines"

    def __init__(self, options: OllamaOptions) -> None:
        """Take the options."""
        self._options = options

    def headers(self, secret: str | None) -> Mapping[str, str]:
        """Return the key, which a server of one's own does not need."""
        return {} if secret is None else {"authorization": f"Bearer {secret}"}

    def path(self, request: CompletionRequest) -> str:
        """Return the one place for chats."""
        del request
        return "/api/chat"

    def payload(self, request: CompletionRequest) -> Mapping[str, object]:
        """Return the request in the server's words."""
        options = self._options
        return {
            "model": options.model_for(request),
            "messages": self._messages(request),
            # The server streams unless it is told not to.
            "stream": options.stream,
            "options": {**self._sampling(request), **options.parameters},
            **given(
                format=self._form(request),
                tools=self._tools(request) or None,
                think=options.thinking,
                keep_alive=options.keep_alive,
                logprobs=True if request.wants_probabilities else None,
            ),
        }

    def completion(self, answer: object) -> Completion:
        """Return the completion of an answer; see :class:`passmuster.adapters.backends.dialects.Dialect`."""
        return self._priced(completion_of(answer))

    def streamed(self) -> StreamedAnswer:
        """Return what puts a streamed answer together."""
        return StreamedChat(self)

    def complaint(self, body: object) -> str:
        """Return the sentence of an error."""
        return sentence_in(body)

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """Return nothing known: the server has no limits."""
        del headers
        return Allowance()

    def _priced(self, completion: Completion) -> Completion:
        """Say that nothing is paid, unless it is to an account."""
        if not self._options.costs_nothing:
            return completion
        return replace(completion, usage=replace(completion.usage, cost=Decimal()))

    def _messages(self, request: CompletionRequest) -> list[dict[str, object]]:
        messages: list[dict[str, object]] = [
            {"role": turn.role.value, "content": turn.content} for turn in request.messages
        ]
        if request.answer_schema is not None and self._options.json_form != "schema":
            messages.insert(0, {"role": "system", "content": in_words(request.answer_schema)})
        return messages

    def _sampling(self, request: CompletionRequest) -> dict[str, object]:
        return given(
            temperature=request.sampling.temperature,
            top_p=request.sampling.top_p,
            num_predict=self._options.limit_for(request),
            stop=list(request.sampling.stop) or None,
            seed=seed_of(request, varied=self._options.vary_seed),
            num_ctx=self._options.context_length,
        )

    def _form(self, request: CompletionRequest) -> JsonObject | str | None:
        if request.answer_schema is None or self._options.json_form == "prompt":
            return None
        return request.answer_schema if self._options.json_form == "schema" else "json"

    def _tools(self, request: CompletionRequest) -> list[dict[str, object]]:
        # A model cannot be forced to call a tool here; it sees no other one, where it has to call one.
        return functions_of(tool for tool in request.tools if request.required_tool in {"", tool.name})


def completion_of(answer: object) -> Completion:
    """Return the completion that an answer holds.

    Raises:
        ReportedError: If it is an error instead.
        ValueError: Saying what is wrong with it.
    """
    chat = mapping(answer)
    refuse_error(chat)
    message = mapping(member(chat, "message"), called="message")
    if chat.get("done") is not True:
        complaint = "broke off its answer: it does not say that it is done"
        raise ValueError(complaint)
    calls = tuple(_call(call) for call in parts(message, "tool_calls"))
    reason = text(chat, "done_reason") or "stop"
    return Completion(
        text=text(message, "content"),
        finish_reason="tool_calls" if calls and reason == "stop" else reason,
        model=text(chat, "model"),
        tokens=token_probabilities(parts(chat, "logprobs"), written="token", probability="logprob"),
        tool_calls=calls,
        usage=Usage(input_tokens=count(chat, "prompt_eval_count"), output_tokens=count(chat, "eval_count")),
    )


def refuse_error(chat: Mapping[str, object]) -> None:
    """Raise the ReportedError that stands in the place of an answer, if one does."""
    if "error" in chat:
        raise ReportedError(sentence_in(chat) or "it does not say why", status=status_in(chat))


class StreamedChat:
    """An answer that comes line by line, the last of which has the counts."""

    def __init__(self, dialect: OllamaDialect) -> None:
        self._dialect = dialect
        self._last: Mapping[str, object] = {}
        self._written: list[str] = []
        self._calls: list[Mapping[str, object]] = []
        self._tokens: list[Mapping[str, object]] = []

    def feed(self, event: str, data: str) -> bool:
        """Take the next line; see :class:`passmuster.adapters.backends.dialects.StreamedAnswer`."""
        del event  # lines have no names
        self._last = mapping(parsed_json(data), called="line")
        refuse_error(self._last)
        message = part(self._last, "message")
        calls = parts(message, "tool_calls")
        self._written.append(text(message, "content"))
        self._calls += calls
        self._tokens += parts(self._last, "logprobs")
        return bool(self._written[-1] or calls or text(message, "thinking"))

    def completion(self) -> Completion:
        """Return the completion, when everything has come."""
        message = {"content": "".join(self._written), "tool_calls": self._calls}
        return self._dialect.completion({**self._last, "message": message, "logprobs": self._tokens})


def _call(call: Mapping[str, object]) -> ToolCall:
    function = part(call, "function")
    return ToolCall(
        identifier=text(call, "id"), name=text(function, "name"), arguments=arguments_of(function.get("arguments"))
    )


COMPONENT = component(OllamaOptions, OllamaDialect)
"""``ollama``: asks an Ollama server."""
