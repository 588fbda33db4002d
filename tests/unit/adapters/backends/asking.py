"""What dialects are asked."""

from typing import Any

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.cases import Message, Role


def asking(text: str = "Why?", **request: Any) -> CompletionRequest:  # noqa: ANN401 - fields of a request
    """Return a request after a conversation of several turns."""
    messages = (
        Message(role=Role.SYSTEM, content="You debug."),
        Message(role=Role.USER, content="Hello"),
        Message(role=Role.ASSISTANT, content="Hi."),
        Message(role=Role.USER, content=text),
    )
    return CompletionRequest(messages=messages, **request)
