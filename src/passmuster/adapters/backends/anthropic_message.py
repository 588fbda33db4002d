"""A message of Anthropic's API → a completion, whether it comes whole or as a stream of events."""

import json
from collections.abc import Mapping
from typing import Final

from passmuster.domain.answers import Completion, ToolCall
from passmuster.domain.values import Usage
from passmuster.services.errors import OVERLOADED, ReportedError
from passmuster.services.reading import arguments_of, count, listed, mapping, parsed_json, part, sentence_in, text

ANSWER_TOOL: Final = "give_the_answer"
"""The tool that a model must call where that is how it is held to a schema; its arguments are the answer."""

FINISHED: Final[Mapping[str, str]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
"""Why a message ended, in the words that all backends use; whatever else it is, it keeps its name."""

STATUSES: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": OVERLOADED,
}
"""The status of each kind of error, for one that comes in the middle of a stream."""


def completion_of(answer: object) -> Completion:
    """Return the completion that a message holds.

    Raises:
        ReportedError: If it is an error instead.
        ValueError: Saying what is wrong with it.
    """
    message = mapping(answer)
    refuse_error(message)
    blocks = [mapping(block, called="content") for block in listed(message, "content")]
    written = [text(block, "text") for block in blocks if block.get("type") == "text"]
    calls = [block for block in blocks if block.get("type") == "tool_use"]
    answers = [call for call in calls if call.get("name") == ANSWER_TOOL]
    others = [call for call in calls if call.get("name") != ANSWER_TOOL]
    if answers and not others:
        # Words around the forced call are no part of the answer.
        written = [_as_text(answers[0].get("input"))]
    reason = text(message, "stop_reason") or "end_turn"
    finished = FINISHED.get(reason, reason)
    return Completion(
        text="".join(written),
        finish_reason="stop" if finished == "tool_calls" and not others else finished,
        model=text(message, "model"),
        tool_calls=tuple(_call(call) for call in others),
        usage=_usage(part(message, "usage")),
    )


def sentence_of(body: object) -> str:
    """Return the sentence of an error, with its kind and the number that the service gave it; empty without one."""
    if not isinstance(body, Mapping):
        return sentence_in(body)
    error = part(body, "error")
    kind, said = text(error, "type"), text(error, "message")
    known_by = ", ".join(filter(None, (kind, text(body, "request_id"))))
    return f"{said} ({known_by})" if said and known_by else said or kind or sentence_in(body)


def refuse_error(message: Mapping[str, object]) -> None:
    """Raise the ReportedError that stands in the place of a message, if one does."""
    if message.get("type") == "error":
        kind = text(part(message, "error"), "type")
        raise ReportedError(sentence_of(message), status=STATUSES.get(kind, 500))


class StreamedMessage:
    """A message that comes as events."""

    def __init__(self) -> None:
        self._message: dict[str, object] = {}
        self._blocks: dict[int, dict[str, object]] = {}
        self._written: dict[int, list[str]] = {}
        self._has_stopped = False

    def feed(self, event: str, data: str) -> bool:
        """Take the next event; see :class:`passmuster.adapters.backends.dialects.StreamedAnswer`."""
        del event  # the data say it as well
        piece = mapping(parsed_json(data), called="event")
        refuse_error(piece)
        kind = piece.get("type")
        if kind == "message_start":
            self._message = dict(part(piece, "message"))
        elif kind == "content_block_start":
            self._blocks[_index(piece)] = dict(part(piece, "content_block"))
        elif kind == "content_block_delta":
            return self._extend(_index(piece), part(piece, "delta"))
        elif kind == "message_delta":
            self._change(piece)
        elif kind == "message_stop":
            self._has_stopped = True
        return False

    def completion(self) -> Completion:
        """Return the completion, when everything has come."""
        if not self._has_stopped:
            message = "broke off its answer: no message_stop came"
            raise ValueError(message)
        blocks = [self._whole(index) for index in sorted(self._blocks)]
        return completion_of({**self._message, "content": blocks})

    def _extend(self, index: int, delta: Mapping[str, object]) -> bool:
        if index not in self._blocks:
            message = f"sent a piece of the block {index}, which it had not begun"
            raise ValueError(message)
        piece = text(delta, "text") or text(delta, "partial_json")
        if piece:
            self._written.setdefault(index, []).append(piece)
        return bool(piece or text(delta, "thinking"))

    def _change(self, piece: Mapping[str, object]) -> None:
        told = {key: value for key, value in part(piece, "delta").items() if value is not None}
        # Counts are totals so far, and those that are not told again stay what they were.
        counts = {key: value for key, value in part(piece, "usage").items() if value is not None}
        self._message |= {**told, "usage": {**part(self._message, "usage"), **counts}}

    def _whole(self, index: int) -> dict[str, object]:
        block = self._blocks[index]
        written = "".join(self._written.get(index, ()))
        if block.get("type") == "tool_use":
            return {**block, "input": written} if written else block
        return {**block, "text": text(block, "text") + written}


def _index(piece: Mapping[str, object]) -> int:
    index = piece.get("index")
    if not isinstance(index, int):
        message = "sent a piece of a block without saying of which"
        raise ValueError(message)  # noqa: TRY004 - every complaint about an answer takes one way
    return index


def _as_text(given: object) -> str:
    """Return the arguments of the forced call as the text that was asked for."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def _call(block: Mapping[str, object]) -> ToolCall:
    return ToolCall(identifier=text(block, "id"), name=text(block, "name"), arguments=arguments_of(block.get("input")))


def _usage(usage: Mapping[str, object]) -> Usage:
    cached, written = count(usage, "cache_read_input_tokens"), count(usage, "cache_creation_input_tokens")
    return Usage(
        # What was taken from the cache or put into it is not counted among the input here.
        input_tokens=count(usage, "input_tokens") + cached + written,
        output_tokens=count(usage, "output_tokens"),
        cached_tokens=cached,
        cache_written_tokens=written,
        reasoning_tokens=count(part(usage, "output_tokens_details"), "thinking_tokens"),
    )
