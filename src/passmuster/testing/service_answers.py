"""How services write answers, whole and piece by piece: enough of each protocol to be taken for the service.

Written from each service's own reference: OpenAI's chat completions and responses, Anthropic's messages, Google's
``generateContent``, Ollama's ``/api/chat``, and embeddings of OpenAI and Ollama.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

PIECE: Final = 12
"""Characters in one piece of a streamed answer."""

EVENTS: Final = "text/event-stream"
LINES: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model of a made-up service says.

    Attributes:
        text: The answer.
        tool: The tool that it calls as well; empty for none.
        arguments: What it calls the tool with.
        model: The model's name, as the service resolved it.
        read: Tokens read, those from the service's own cache with them.
        cached: How many of these it had in its cache.
        written: Tokens written.
    """

    text: str
    tool: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    model: str = "made-up-2027-01-01"
    read: int = 20
    cached: int = 0
    written: int = 7


Events = Iterator[tuple[str, Mapping[str, object] | str]]
"""Names and data of events; where the protocol has no names, they are empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How one service writes.

    Attributes:
        name: The protocol.
        whole: Makes the body of a whole answer.
        events: Makes the events of a streamed answer.
        complaint: Makes the body of an error: the status and a sentence.
        stream_type: The content type of a stream.
    """

    name: str
    whole: Callable[[Said], Mapping[str, object]]
    events: Callable[[Said], Events]
    complaint: Callable[[int, str], Mapping[str, object]]
    stream_type: str = EVENTS

    def pieces(self, said: Said, failure: str = "") -> Iterator[bytes]:
        """Yield a streamed answer as it goes over the wire; with a failure, that stands in the place of its end."""
        events = list(self.events(said))
        kept = len(events) // 2 if failure else len(events)
        for name, data in islice(events, kept):
            yield self._written(name, data)
        if failure:
            yield self._written("error" if self.name == "anthropic" else "", self.complaint(500, failure))

    def _written(self, name: str, data: Mapping[str, object] | str) -> bytes:
        text = data if isinstance(data, str) else json.dumps(data)
        if self.stream_type == LINES:
            return f"{text}\n".encode()
        return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def _cut(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def _chat_usage(said: Said) -> dict[str, object]:
    return {
        "prompt_tokens": said.read,
        "completion_tokens": said.written,
        "total_tokens": said.read + said.written,
        "prompt_tokens_details": {"cached_tokens": said.cached},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _chat_call(said: Said) -> dict[str, object]:
    return {
        "id": "call_1",
        "type": "function",
        "function": {"name": said.tool, "arguments": json.dumps(dict(said.arguments))},
    }


def _chat_finish(said: Said) -> str:
    return "tool_calls" if said.tool else "stop"


def _chat(said: Said) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": said.text or None, "refusal": None}
    message |= {"tool_calls": [_chat_call(said)]} if said.tool else {}
    choice = {"index": 0, "message": message, "finish_reason": _chat_finish(said), "logprobs": None}
    return {**_chat_frame(said, "chat.completion"), "choices": [choice], "usage": _chat_usage(said)}


def _chat_frame(said: Said, kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_800_000_000, "model": said.model}


def _chat_events(said: Said) -> Events:
    frame = _chat_frame(said, "chat.completion.chunk")

    def chunk(delta: dict[str, object], finish: str | None = None) -> tuple[str, Mapping[str, object]]:
        return "", {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in _cut(said.text):
        yield chunk({"content": piece})
    if said.tool:
        yield chunk({"tool_calls": [{"index": 0, **_chat_call(said)}]})
    yield chunk({}, _chat_finish(said))
    yield "", {**frame, "choices": [], "usage": _chat_usage(said)}
    yield "", "[DONE]"


def _openai_complaint(status: int, sentence: str) -> dict[str, object]:
    return {"error": {"message": sentence, "type": "made_up_error", "param": None, "code": str(status)}}


def _responses(said: Said) -> dict[str, object]:
    content = [{"type": "output_text", "text": said.text, "annotations": []}]
    output: list[dict[str, object]] = [
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": content}
    ]
    if said.tool:
        call = {"id": "fc_1", "call_id": "call_1", "name": said.tool, "arguments": json.dumps(dict(said.arguments))}
        output.append({"type": "function_call", "status": "completed", **call})
    usage = {
        "input_tokens": said.read,
        "input_tokens_details": {"cached_tokens": said.cached},
        "output_tokens": said.written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": said.read + said.written,
    }
    frame = {"id": "resp_1", "object": "response", "created_at": 1_800_000_000, "model": said.model}
    state: dict[str, object] = {"status": "completed", "error": None, "incomplete_details": None, "metadata": {}}
    rest: dict[str, object] = {
        "instructions": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "temperature": 1.0,
        "top_p": 1.0,
    }
    return {**frame, **state, **rest, "output": output, "usage": usage}


def _responses_events(said: Said) -> Events:
    whole = _responses(said)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield "response.created", {"type": "response.created", "sequence_number": 0, "response": begun}
    output: Any = whole["output"]
    for index, item in enumerate(output):
        added = "response.output_item.added"
        yield added, {"type": added, "sequence_number": 1, "output_index": index, "item": item}
        if item["type"] == "message":
            for piece in _cut(said.text):
                delta = {"item_id": "msg_1", "output_index": index, "content_index": 0, "delta": piece}
                name = "response.output_text.delta"
                yield name, {"type": name, "sequence_number": 2, "logprobs": [], **delta}
        done = "response.output_item.done"
        yield done, {"type": done, "sequence_number": 3, "output_index": index, "item": item}
    yield "response.completed", {"type": "response.completed", "sequence_number": 4, "response": whole}


def _anthropic_usage(said: Said) -> dict[str, object]:
    # What came from the cache is counted beside what was read, not in it.
    fresh = {"input_tokens": said.read - said.cached, "output_tokens": said.written}
    return {**fresh, "cache_read_input_tokens": said.cached, "cache_creation_input_tokens": 0}


def _anthropic(said: Said) -> dict[str, object]:
    content: list[dict[str, object]] = [{"type": "text", "text": said.text}] if said.text else []
    if said.tool:
        content.append({"type": "tool_use", "id": "toolu_1", "name": said.tool, "input": dict(said.arguments)})
    reason = "tool_use" if said.tool else "end_turn"
    frame = {"id": "msg_1", "type": "message", "role": "assistant", "model": said.model}
    end = {"stop_reason": reason, "stop_sequence": None, "usage": _anthropic_usage(said)}
    return {**frame, "content": content, **end}


def _anthropic_events(said: Said) -> Events:
    whole = _anthropic(said)
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**_anthropic_usage(said), "output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": begun}
    yield "ping", {"type": "ping"}
    blocks: Any = whole["content"]
    for index, block in enumerate(blocks):
        is_text = block["type"] == "text"
        empty: dict[str, object] = {"text": ""} if is_text else {"input": {}}
        begin = "content_block_start"
        yield begin, {"type": begin, "index": index, "content_block": {**block, **empty}}
        if is_text:
            pieces = [{"type": "text_delta", "text": piece} for piece in _cut(said.text)]
        else:
            written = json.dumps(dict(said.arguments))
            pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in _cut(written)]
        for piece in pieces:
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": piece}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": delta, "usage": {"output_tokens": said.written}}
    yield "message_stop", {"type": "message_stop"}


def _anthropic_complaint(status: int, sentence: str) -> dict[str, object]:
    kinds = {
        401: "authentication_error",
        429: "rate_limit_error",
        529: "overloaded_error",
        400: "invalid_request_error",
    }
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": sentence}}


def _gemini(said: Said) -> dict[str, object]:
    parts: list[dict[str, object]] = [{"text": said.text}] if said.text else []
    if said.tool:
        parts.append({"functionCall": {"name": said.tool, "args": dict(said.arguments)}})
    return _gemini_chunk(said, parts, is_last=True)


def _gemini_chunk(said: Said, parts: list[dict[str, object]], *, is_last: bool) -> dict[str, object]:
    candidate: dict[str, object] = {"content": {"role": "model", "parts": parts}, "index": 0}
    candidate |= {"finishReason": "STOP"} if is_last else {}
    counts: dict[str, object] = {"promptTokenCount": said.read, "cachedContentTokenCount": said.cached}
    counts |= {"candidatesTokenCount": said.written, "totalTokenCount": said.read + said.written} if is_last else {}
    return {"candidates": [candidate], "usageMetadata": counts, "modelVersion": said.model, "responseId": "answer-1"}


def _gemini_events(said: Said) -> Events:
    for piece in _cut(said.text):
        yield "", _gemini_chunk(said, [{"text": piece}], is_last=False)
    call: dict[str, object] = {"functionCall": {"name": said.tool, "args": dict(said.arguments)}}
    yield "", _gemini_chunk(said, [call] if said.tool else [{"text": ""}], is_last=True)


def _gemini_complaint(status: int, sentence: str) -> dict[str, object]:
    kinds = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
    return {"error": {"code": status, "message": sentence, "status": kinds.get(status, "INTERNAL")}}


def _ollama(said: Said) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": said.text}
    call = {"function": {"name": said.tool, "arguments": dict(said.arguments)}}
    message |= {"tool_calls": [call]} if said.tool else {}
    return {**_ollama_frame(said), "message": message, **_ollama_end(said)}


def _ollama_frame(said: Said) -> dict[str, object]:
    return {"model": said.model, "created_at": "2027-01-01T00:00:00Z"}


def _ollama_end(said: Said) -> dict[str, object]:
    counts = {"prompt_eval_count": said.read, "eval_count": said.written}
    return {"done": True, "done_reason": "stop", "total_duration": 5_000_000, **counts}


def _ollama_events(said: Said) -> Events:
    for piece in _cut(said.text):
        yield "", {**_ollama_frame(said), "message": {"role": "assistant", "content": piece}, "done": False}
    message: dict[str, object] = {"role": "assistant", "content": ""}
    call = {"function": {"name": said.tool, "arguments": dict(said.arguments)}}
    message |= {"tool_calls": [call]} if said.tool else {}
    yield "", {**_ollama_frame(said), "message": message, "done": False}
    yield "", {**_ollama_frame(said), "message": {"role": "assistant", "content": ""}, **_ollama_end(said)}


def _ollama_complaint(_status: int, sentence: str) -> dict[str, object]:
    return {"error": sentence}


def _no_events(_said: Said) -> Events:
    yield from ()


def _vectors(said: Said) -> dict[str, object]:
    rows = [{"object": "embedding", "index": 0, "embedding": [1.0, 0.5]}]
    return {"object": "list", "data": rows, "model": said.model, "usage": {"prompt_tokens": said.read}}


def _ollama_vectors(said: Said) -> dict[str, object]:
    return {"model": said.model, "embeddings": [[1.0, 0.5]], "prompt_eval_count": said.read}


OPENAI: Final = Wire(name="openai", whole=_chat, events=_chat_events, complaint=_openai_complaint)
RESPONSES: Final = Wire(name="responses", whole=_responses, events=_responses_events, complaint=_openai_complaint)
ANTHROPIC: Final = Wire(name="anthropic", whole=_anthropic, events=_anthropic_events, complaint=_anthropic_complaint)
GEMINI: Final = Wire(name="gemini", whole=_gemini, events=_gemini_events, complaint=_gemini_complaint)
OLLAMA: Final = Wire(
    name="ollama", whole=_ollama, events=_ollama_events, complaint=_ollama_complaint, stream_type=LINES
)
_EMBEDDINGS: Final = Wire(name="embeddings", whole=_vectors, events=_no_events, complaint=_openai_complaint)
_OLLAMA_EMBEDDINGS: Final = Wire(
    name="ollama_embeddings", whole=_ollama_vectors, events=_no_events, complaint=_ollama_complaint
)

_ENDINGS: Final = {
    "/chat/completions": OPENAI,
    "/responses": RESPONSES,
    "/messages": ANTHROPIC,
    ":generateContent": GEMINI,
    ":streamGenerateContent": GEMINI,
    "/api/chat": OLLAMA,
    "/embeddings": _EMBEDDINGS,
    "/api/embed": _OLLAMA_EMBEDDINGS,
}


def wire_of(path: str) -> Wire | None:
    """Return how the service writes that has such a path; ``None`` if none of them has."""
    bare = path.partition("?")[0]
    return next((wire for ending, wire in _ENDINGS.items() if bare.endswith(ending)), None)


def last_said(payload: Mapping[str, Any]) -> str:
    """Return what the user said last in a request of any of the protocols; empty if nothing is found."""
    turns = payload.get("messages") or payload.get("contents") or payload.get("input") or ()
    if isinstance(turns, str):
        return turns
    users = [turn for turn in turns if isinstance(turn, Mapping) and turn.get("role", "user") == "user"]
    return _text_of(users[-1]) if users else ""


def _text_of(turn: Mapping[str, Any]) -> str:
    content = turn.get("content", turn.get("parts", ""))
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))


def wants_stream(path: str, payload: Mapping[str, Any]) -> bool:
    """Return whether a request asks for pieces; Ollama sends pieces unless told not to."""
    bare = path.partition("?")[0]
    return bare.endswith(":streamGenerateContent") or bool(payload.get("stream", bare.endswith("/api/chat")))
