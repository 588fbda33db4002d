"""What a criterion found, as lines for people: places first, each as ``file:line`` and what is said of it."""

import json
from collections.abc import Iterator, Mapping, Sequence

PLACES = "places"
"""The key of evidence under which places in code stand."""


def evidence_texts(evidence: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Return each key with its text, the places first; what is empty is left out, since it tells nothing.

    The text is as untrusted as the evidence itself: who shows it must make it visible.
    """
    for key, value in sorted(evidence.items(), key=lambda item: (item[0] != PLACES, item[0])):
        text = _text(value)
        if text:
            yield key, text


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_line(item)}" for key, item in sorted(value.items(), key=lambda item: str(item[0])))
    if isinstance(value, Sequence):
        return "\n".join(map(_line, value))
    return _written(value)


def _line(item: object) -> str:
    """Return one item of a list: new lines within it would look like further items."""
    if isinstance(item, Mapping) and {"file", "message"} <= set(item):
        return " ".join(f"{_place(item)} {item['message']}".split())
    return " ".join((item if isinstance(item, str) else _written(item)).split())


def _place(item: Mapping[object, object]) -> str:
    # Line 0 stands for a file as a whole.
    return f"{item['file']}:{item['line']}" if item.get("line") else str(item["file"])


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
