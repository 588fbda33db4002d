"""OpenAI's Responses API, where it differs from chat completions.

Formats after https://platform.openai.com/docs/api-reference: "Responses" and "Streaming events". It knows no seed and
no texts to stop at. Nothing is kept on the service's side: each request stands alone.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from passmuster.adapters.backends.dialects import StreamedAnswer
from passmuster.adapters.backends.openai_options import (
    SCHEMA_NAME,
    OpenAIRoute,
    is_strict,
    messages_of,
    refuse_stops,
    usage_of,
)
from passmuster.adapters.backends.request_parts import extended, given
from passmuster.adapters.backends.token_probabilities import token_probabilities
from passmuster.domain.answers import Completion, CompletionRequest, ToolCall
from passmuster.services.errors import ReportedError
from passmuster.services.event_stream import NAMELESS
from passmuster.services.reading import arguments_of, listed, mapping, parsed_json, part, parts, text

_ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_CODES: Final[Mapping[str, int]] = {"rate_limit_exceeded": 429, "invalid_prompt": 400, "insufficient_quota": 402}
"""The status of errors within an answer that are no faults of the service."""


class ResponsesDialect(OpenAIRoute):
    """Writes requests to the Responses API, and reads its answers."""

    route = "/responses"

    def payload(self, request: CompletionRequest) -> Mapping[str, object]:
        """Return the request in the service's words.

        Raises:
            BackendRefusedError: If it names texts to stop at.
        """
        refuse_stops(request)
        options, sampling = self._options, request.sampling
        told_of_tokens = request.wants_probabilities and options.probabilities
        payload = {
            # Azure knows deployments, and no models.
            "model": options.model_for(request) if options.azure is None else options.azure.deployment,
            "input": messages_of(options, request),
            "store": False,
            **given(
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_output_tokens=options.limit_for(request),
                include=["message.output_text.logprobs"] if told_of_tokens else None,
                text=self._format(request),
                stream=True if options.stream else None,
            ),
            **_tools(request),
        }
        return extended(payload, options.extra_body, joined="text")

    def completion(self, answer: object) -> Completion:
        """Return the completion that a whole answer holds."""
        return completion_of(answer)

    def streamed(self) -> StreamedAnswer:
        """Return what waits for the end of a stream, which holds the whole answer."""
        return StreamedResponse()

    def _format(self, request: CompletionRequest) -> object:
        schema, form = request.answer_schema, self._options.json_form
        if schema is None or form == "prompt":
            return None
        if form == "object":
            return {"format": {"type": "json_object"}}
        told = {"type": "json_schema", "name": SCHEMA_NAME, "schema": schema, "strict": is_strict(schema)}
        return {"format": told}


def completion_of(answer: object) -> Completion:
    """Return the completion that a whole answer holds.

    Raises:
        ReportedError: If it says that the service failed.
        ValueError: Saying what is wrong with it.
    """
    whole = mapping(answer)
    if whole.get("error") or text(whole, "status") in {"failed", "cancelled"}:
        raise _reported(part(whole, "error"))
    output = [mapping(item, called="output") for item in listed(whole, "output")]
    contents = [content for item in output if item.get("type") == "message" for content in parts(item, "content")]
    written = "".join(text(content, "text") for content in contents if content.get("type") == "output_text")
    refused = "".join(text(content, "refusal") for content in contents if content.get("type") == "refusal")
    calls = tuple(_calls(output))
    tokens = [token for content in contents for token in parts(content, "logprobs")]
    return Completion(
        text=written or refused,
        finish_reason=_reason(whole, has_calls=bool(calls), is_refused=bool(refused and not written)),
        model=text(whole, "model"),
        tokens=token_probabilities(tokens, written="token", probability="logprob"),
        tool_calls=calls,
        usage=usage_of(part(whole, "usage"), read="input_tokens", written="output_tokens"),
    )


class StreamedResponse:
    """A response that comes as events; the last one holds everything."""

    def __init__(self) -> None:
        self._whole: object = None

    def feed(self, event: str, data: str) -> bool:
        """Take the next event; see :class:`passmuster.adapters.backends.dialects.StreamedAnswer`."""
        piece = mapping(parsed_json(data), called="event")
        # Servers that imitate the interface may send an error as chat completions do, without a type.
        kind = text(piece, "type") or ("" if event == NAMELESS else event)
        if kind == "error" or (piece.get("error") and not kind):
            raise _reported(part(piece, "error") or piece)
        if kind in _ENDS:
            self._whole = piece.get("response")
        return kind.endswith(".delta")

    def completion(self) -> Completion:
        """Return the completion, when everything has come."""
        if self._whole is None:
            message = "broke off its answer: no response.completed came"
            raise ValueError(message)
        return completion_of(self._whole)


def _reported(error: Mapping[str, object]) -> ReportedError:
    said = text(error, "message") or "the response failed"
    return ReportedError(said, status=_CODES.get(text(error, "code"), 500))


def _reason(whole: Mapping[str, object], *, has_calls: bool, is_refused: bool) -> str:
    if text(whole, "status") == "incomplete":
        why = text(part(whole, "incomplete_details"), "reason")
        return "length" if why == "max_output_tokens" else why or "length"
    if is_refused:
        return "content_filter"
    return "tool_calls" if has_calls else "stop"


def _calls(output: list[Mapping[str, object]]) -> Iterator[ToolCall]:
    for item in output:
        if item.get("type") == "function_call":
            arguments = arguments_of(item.get("arguments"))
            yield ToolCall(identifier=text(item, "call_id"), name=text(item, "name"), arguments=arguments)


def _tools(request: CompletionRequest) -> Mapping[str, object]:
    if not request.tools:
        return {}
    tools = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
            # The service would take it for granted otherwise, and refuse most schemas.
            "strict": is_strict(tool.parameters),
        }
        for tool in request.tools
    ]
    choice = {"type": "function", "name": request.required_tool} if request.required_tool else None
    return {"tools": tools, **given(tool_choice=choice)}
