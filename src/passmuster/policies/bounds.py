"""How many tokens a request can be at the most, known before it is sent.

No tokenizer is asked. Every token of a byte-level tokenizer stands for one byte of UTF-8 at least, so a text has no
more tokens than bytes. What a service adds on its own is bounded by generous allowances. The bound does not hold for a
tokenizer that makes texts longer before it counts them (NFKC turns one character into up to eighteen), nor for a
service that puts a long text of its own before every request.
"""

import json
from collections.abc import Iterator
from typing import Final

from passmuster.domain.answers import CompletionRequest

REQUEST: Final = 256
"""Tokens that a service's template may put around a conversation: a preface, the day, the first words of the answer."""

MESSAGE: Final = 16
"""Tokens around each message: its role, its beginning and its end."""

INSTRUCTIONS: Final = 1_024
"""Tokens of what a service tells a model of tools or of the form of answers, besides the tools and the form."""

TOOL: Final = 64
"""Tokens around each tool."""


def most_read(request: CompletionRequest) -> int:
    """Return the number of tokens that a request cannot exceed."""
    is_instructed = bool(request.tools) or request.answer_schema is not None
    around = REQUEST + MESSAGE * len(request.messages) + TOOL * len(request.tools) + INSTRUCTIONS * is_instructed
    return around + sum(map(_bytes, everything_said(request)))


def everything_said(request: CompletionRequest) -> Iterator[str]:
    """Yield every text that a request sends, the form of answers and the tools included."""
    for message in request.messages:
        yield message.content
    if request.answer_schema is not None:
        yield _written(request.answer_schema)
    for tool in request.tools:
        yield from (tool.name, tool.description, _written(tool.parameters))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _written(schema: object) -> str:
    # With spaces and lines, as the most wasteful service would show it to its model.
    return json.dumps(schema, indent=2, ensure_ascii=False, default=dict)
