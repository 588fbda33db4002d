"""Keys and passwords that somebody wrote into a suite, where everybody reads them who sees the repository or a run."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from passmuster.analysis.secret_shapes import KEY_SHAPES
from passmuster.documents import Document
from passmuster.documents import Path as Way
from passmuster.domain.findings import Finding, Severity

SECRET_OPTIONS: Final = ("secret", "token_variable")
"""Options of components that name a variable with a secret."""

_CREDENTIALS = re.compile(r"://[^\s/@:]{0,200}:[^\s/@]{1,200}@")


def written_keys(document: Document) -> Iterator[Finding]:
    """Yield a complaint about every text that is a key or holds a password, without repeating it."""
    waiting: list[tuple[Way, object]] = [((), document.data)]
    while waiting:
        way, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(((*way, name), inner) for name, inner in reversed(list(value.items())))
        elif isinstance(value, list):
            waiting.extend(((*way, at), inner) for at, inner in reversed(list(enumerate(value))))
        elif isinstance(value, str) and (what := _held(value)):
            yield Finding(
                rule="secret-in-suite",
                severity=Severity.ERROR,
                message=f"here stands what looks like {what}",
                hint="revoke it, put the new one into an environment variable, and write that variable's name",
                location=document.location(way),
            )


def _held(text: str) -> str:
    if _CREDENTIALS.search(text):
        return "an address with a password"
    found = (what for what, words, shape in KEY_SHAPES if any(word in text for word in words) and shape.search(text))
    return next(found, "")
