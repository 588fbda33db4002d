"""A backend that asks OpenAI, Azure, or whatever else speaks their interface.

Formats after OpenAI's documentation (https://platform.openai.com/docs/api-reference): "Chat", "Chat streaming",
"Structured outputs", "Function calling", "Rate limits"; of Azure, "Azure OpenAI REST API reference". The newer
interface is :mod:`passmuster.adapters.backends.openai_responses`.
"""

from collections.abc import Mapping
from typing import Final

from passmuster.adapters.backends.dialects import Dialect, StreamedAnswer
from passmuster.adapters.backends.openai_options import (
    SCHEMA_NAME,
    OpenAIOptions,
    OpenAIRoute,
    is_strict,
    messages_of,
    usage_of,
)
from passmuster.adapters.backends.openai_responses import ResponsesDialect
from passmuster.adapters.backends.request_parts import extended, functions_of, given, seed_of
from passmuster.adapters.backends.service import component
from passmuster.adapters.backends.token_probabilities import token_probabilities
from passmuster.domain.answers import Completion, CompletionRequest, ToolCall
from passmuster.services.errors import ReportedError
from passmuster.services.reading import arguments_of, mapping, parsed_json, part, parts, sentence_in, status_in, text

DONE: Final = "[DONE]"
"""What ends a stream."""


class ChatDialect(OpenAIRoute):
    """Writes and reads chat completions."""

    route = "/chat/completions"

    def payload(self, request: CompletionRequest) -> Mapping[str, object]:
        """Return the request in the service's words; a repetition shows as a seed at the most."""
        options, sampling = self._options, request.sampling
        payload = {
            "model": options.model_for(request),
            "messages": messages_of(options, request),
            **given(
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=seed_of(request, varied=options.vary_seed),
                stop=list(sampling.stop) or None,
                logprobs=True if request.wants_probabilities and options.probabilities else None,
                response_format=self._format(request),
                stream=True if options.stream else None,
                stream_options={"include_usage": True} if options.stream else None,
            ),
            **given(**{options.length_field: options.limit_for(request)}),
            **_tools(request),
        }
        return extended(payload, options.extra_body)

    def completion(self, answer: object) -> Completion:
        """Return the completion that a whole answer holds."""
        return completion_of(answer)

    def streamed(self) -> StreamedAnswer:
        """Return what puts the pieces of an answer together."""
        return StreamedChat()

    def _format(self, request: CompletionRequest) -> object:
        schema, form = request.answer_schema, self._options.json_form
        if schema is None or form == "prompt":
            return None
        if form == "object":
            return {"type": "json_object"}
        told = {"name": SCHEMA_NAME, "schema": schema, "strict": is_strict(schema)}
        return {"type": "json_schema", "json_schema": told}


def completion_of(answer: object) -> Completion:
    """Return the completion that a whole answer holds.

    Raises:
        ReportedError: If it is an error that came with a good status, as some routers of requests send it.
        ValueError: Saying what is wrong with it.
    """
    whole = mapping(answer)
    choices = parts(whole, "choices")
    if not choices:
        raise_reported(whole)
        message = "gave an answer without 'choices'"
        raise ValueError(message)
    message_, reason = part(choices[0], "message"), text(choices[0], "finish_reason")
    if not message_:
        message = "gave a choice without 'message'"
        raise ValueError(message)
    refusal = text(message_, "refusal")
    written = written_text(message_.get("content"))
    return Completion(
        text=written or refusal,
        finish_reason="content_filter" if refusal and not written else reason or "stop",
        model=text(whole, "model"),
        tokens=token_probabilities(
            parts(part(choices[0], "logprobs"), "content"), written="token", probability="logprob"
        ),
        tool_calls=tuple(_call(call) for call in parts(message_, "tool_calls")),
        usage=usage_of(part(whole, "usage"), read="prompt_tokens", written="completion_tokens"),
    )


def written_text(content: object) -> str:
    """Return the text of a content, which is a text or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(text(piece, "text") for piece in content if isinstance(piece, Mapping))


def raise_reported(answer: Mapping[str, object]) -> None:
    """Raise the ReportedError that stands in the place of an answer, if one does."""
    if answer.get("error"):
        raise ReportedError(sentence_in(answer), status=status_in(answer))


class StreamedChat:
    """A chat completion that comes in pieces."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._tokens: list[object] = []
        self._calls: dict[int, dict[str, list[str]]] = {}
        self._model = ""
        self._reason = ""
        self._usage: Mapping[str, object] = {}
        self._is_done = False

    def feed(self, event: str, data: str) -> bool:
        """Take the next piece; see :class:`passmuster.adapters.backends.dialects.StreamedAnswer`."""
        del event  # they bear no names
        if data.strip() == DONE:
            self._is_done = True
            return False
        piece = mapping(parsed_json(data), called="piece")
        raise_reported(piece)
        self._model = text(piece, "model") or self._model
        self._usage = part(piece, "usage") or self._usage
        return any(self._take(choice) for choice in parts(piece, "choices")[:1])

    def completion(self) -> Completion:
        """Return the completion, when everything has come."""
        if not (self._reason or self._is_done):
            message = "broke off its answer: it never said why it ended"
            raise ValueError(message)
        calls = [
            {"id": "".join(call["id"]), "function": {name: "".join(call[name]) for name in ("name", "arguments")}}
            for _, call in sorted(self._calls.items())
        ]
        message_ = {"content": "".join(self._text), "refusal": "".join(self._refusal), "tool_calls": calls}
        choice = {"message": message_, "finish_reason": self._reason, "logprobs": {"content": self._tokens}}
        return completion_of({"model": self._model, "choices": [choice], "usage": self._usage})

    def _take(self, choice: Mapping[str, object]) -> bool:
        delta = part(choice, "delta")
        self._reason = text(choice, "finish_reason") or self._reason
        tokens = part(choice, "logprobs").get("content")
        self._tokens += tokens if isinstance(tokens, list) else []
        written, refused = written_text(delta.get("content")), text(delta, "refusal")
        self._text.append(written)
        self._refusal.append(refused)
        calls = parts(delta, "tool_calls")
        for place, call in enumerate(calls):
            self._extend(place, call)
        thought = text(delta, "reasoning_content") or text(delta, "reasoning")
        return bool(written or refused or calls or thought)

    def _extend(self, place: int, piece: Mapping[str, object]) -> None:
        index = piece.get("index")
        call = self._calls.setdefault(
            index if isinstance(index, int) else place, {"id": [], "name": [], "arguments": []}
        )
        function = part(piece, "function")
        call["id"].append(text(piece, "id"))
        call["name"].append(text(function, "name"))
        call["arguments"].append(text(function, "arguments"))


def _tools(request: CompletionRequest) -> Mapping[str, object]:
    if not request.tools:
        return {}
    required = request.required_tool
    choice = {"type": "function", "function": {"name": required}} if required else None
    return {"tools": functions_of(request.tools), **given(tool_choice=choice)}


def _call(call: Mapping[str, object]) -> ToolCall:
    function = part(call, "function")
    arguments = arguments_of(function.get("arguments"))
    return ToolCall(identifier=text(call, "id"), name=text(function, "name"), arguments=arguments)


def dialect_of(options: OpenAIOptions) -> Dialect:
    """Return what speaks the interface that the options name."""
    return ChatDialect(options) if options.api == "chat" else ResponsesDialect(options)


COMPONENT = component(OpenAIOptions, dialect_of)
"""``openai_compatible``: asks OpenAI, Azure, or whatever else speaks their interface."""
