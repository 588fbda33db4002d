"""A content of Google's Gemini API → a completion, whether it comes whole or in pieces."""

from collections.abc import Mapping
from typing import Final

from passmuster.adapters.backends.token_probabilities import token_probabilities
from passmuster.domain.answers import Completion, ToolCall
from passmuster.domain.values import Usage
from passmuster.services.errors import ReportedError
from passmuster.services.reading import arguments_of, count, mapping, parsed_json, part, parts, sentence_in, text

FINISHED: Final[Mapping[str, str]] = {
    "": "stop",
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "LANGUAGE": "content_filter",
}
"""Why a content ended, in the words that all backends use; whatever else it is, it keeps its name in small letters."""

BAD_REQUEST: Final = 400
SERVER_ERROR: Final = 500
STATUSES: Final = range(400, 600)


def completion_of(answer: object) -> Completion:
    """Return the completion that the first candidate of an answer holds.

    An answer that a filter cut off is an answer, and says so; a request that a filter refused has none.

    Raises:
        ReportedError: If it is an error, or the request was refused.
        ValueError: Saying what is wrong with it.
    """
    response = mapping(answer)
    refuse_error(response)
    candidates = parts(response, "candidates")
    if not candidates:
        _refuse_blocked(response)
        message = "gave an answer without candidates"
        raise ValueError(message)
    written = parts(part(candidates[0], "content"), "parts")
    calls = [part(piece, "functionCall") for piece in written if "functionCall" in piece]
    reason = text(candidates[0], "finishReason")
    finished = FINISHED.get(reason, reason.lower())
    chosen = parts(part(candidates[0], "logprobsResult"), "chosenCandidates")
    return Completion(
        # Thoughts come as text with a mark, and are no part of the answer.
        text="".join(text(piece, "text") for piece in written if piece.get("thought") is not True),
        finish_reason="tool_calls" if calls and finished == "stop" else finished,
        model=text(response, "modelVersion"),
        tokens=token_probabilities(chosen, written="token", probability="logProbability"),
        tool_calls=tuple(_call(call) for call in calls),
        usage=_usage(part(response, "usageMetadata")),
    )


def sentence_of(body: object) -> str:
    """Return the sentence of an error, with its status in words; empty if there is none."""
    if isinstance(body, list):
        body = body[0] if body else ""
    if not isinstance(body, Mapping):
        return sentence_in(body)
    error = part(body, "error")
    status, said = text(error, "status"), text(error, "message")
    return f"{said} ({status})" if said and status else said or status or sentence_in(body)


def refuse_error(response: Mapping[str, object]) -> None:
    """Raise the ReportedError that stands in the place of an answer, if one does."""
    if isinstance(response.get("error"), Mapping):
        status = count(part(response, "error"), "code")
        raise ReportedError(sentence_of(response), status=status if status in STATUSES else SERVER_ERROR)


class StreamedContent:
    """A content that comes in pieces, each of which is an answer of its own."""

    def __init__(self) -> None:
        self._response: dict[str, object] = {}
        self._candidate: dict[str, object] = {}
        self._parts: list[Mapping[str, object]] = []
        self._tokens: list[Mapping[str, object]] = []

    def feed(self, event: str, data: str) -> bool:
        """Take the next piece; see :class:`passmuster.adapters.backends.dialects.StreamedAnswer`."""
        del event  # pieces have no names
        piece = mapping(parsed_json(data), called="event")
        refuse_error(piece)
        told = {key: value for key, value in piece.items() if key != "candidates"}
        # Counts are totals so far, and those that are not told again stay what they were.
        usage = {**part(self._response, "usageMetadata"), **part(piece, "usageMetadata")}
        self._response |= {**told, "usageMetadata": usage}
        candidates = parts(piece, "candidates")
        if not candidates:
            return False
        self._candidate |= candidates[0]
        written = parts(part(candidates[0], "content"), "parts")
        self._parts += written
        self._tokens += parts(part(candidates[0], "logprobsResult"), "chosenCandidates")
        return any(text(one, "text") or "functionCall" in one for one in written)

    def completion(self) -> Completion:
        """Return the completion, when everything has come."""
        if not self._candidate:
            return completion_of(self._response)
        if not text(self._candidate, "finishReason"):
            message = "broke off its answer: no finishReason came"
            raise ValueError(message)
        whole = {
            **self._candidate,
            "content": {"parts": self._parts},
            "logprobsResult": {"chosenCandidates": self._tokens},
        }
        return completion_of({**self._response, "candidates": [whole]})


def _refuse_blocked(response: Mapping[str, object]) -> None:
    feedback = part(response, "promptFeedback")
    reason = text(feedback, "blockReason")
    if reason:
        said = text(feedback, "blockReasonMessage")
        sentence = f"the request was blocked ({reason})" + (f": {said}" if said else "")
        raise ReportedError(sentence, status=BAD_REQUEST)


def _call(call: Mapping[str, object]) -> ToolCall:
    return ToolCall(identifier=text(call, "id"), name=text(call, "name"), arguments=arguments_of(call.get("args")))


def _usage(usage: Mapping[str, object]) -> Usage:
    thoughts = count(usage, "thoughtsTokenCount")
    return Usage(
        # The prompt's count holds what was taken from the cache; thoughts are counted apart from the answer.
        input_tokens=count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount"),
        output_tokens=count(usage, "candidatesTokenCount") + thoughts,
        cached_tokens=count(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )
