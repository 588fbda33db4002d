"""JSON text (https://www.rfc-editor.org/rfc/rfc8259) as a :class:`Document`."""

import json
import re
from itertools import accumulate, islice

from passmuster.documents.numbers import HINT, NumberError, fraction, whole
from passmuster.documents.places import (
    MAXIMUM_DEPTH,
    MAXIMUM_FINDINGS,
    Document,
    Page,
    Place,
    Positions,
    hint_for,
)
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding

_SPACE = " \t\n\r"
_SURROGATE = re.compile("[\ud800-\udfff]")
# Text that is never closed ends with the document: trying again at each later quote would take quadratic time.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},:]|[^ \t\n\r\[\]{},:"]++', re.DOTALL)
_TEXTS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_HINTS = {
    "Expecting property name": "put the key in double quotes; no comma may stand before a closing brace",
    "Expecting value": "write text in double quotes, a number, true, false, null, [...] or {...}",
    "Expecting ',' delimiter": 'put a comma between entries; a double quote inside text is written \\"',
    "Expecting ':' delimiter": "put a colon between key and value",
    "Unterminated string": "close the text with a double quote; a line break inside text is written \\n",
    "Invalid control character": "a line break inside text is written \\n, a tab \\t",
    "Invalid \\": "a backslash inside text is written \\\\",
    "Illegal trailing comma": "delete the comma",
    "Extra data": "keep one value; another one belongs on a line of its own",
}


def parse_json(text: str, *, path: str, line: int = 1, keeps_constants: bool = False) -> Document:
    """Read one JSON value, such as one line of a JSON Lines file.

    Positions are looked up only when they are asked for the first time, because good lines never need them.

    Args:
        text: The value.
        path: The file's name, for messages.
        line: The number of the text's first line in its file.
        keeps_constants: Whether ``NaN`` and infinities are numbers: JSON has none, and some programs write them.

    Raises:
        InvalidInputError: If the text is no JSON or holds a number that is not finite or half of a surrogate
            pair, or if an object has a key twice; every such key is named.
    """
    page = Page(text, path=path, first_line=line)
    _check_depth(page)
    has_duplicates = False

    def build(items: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal has_duplicates
        data = dict(items)
        has_duplicates = has_duplicates or len(data) != len(items)
        return data

    constant = float if keeps_constants else fraction
    try:
        data = json.loads(
            page.text, object_pairs_hook=build, parse_constant=constant, parse_float=fraction, parse_int=whole
        )
    except json.JSONDecodeError as error:
        problem = f"not valid JSON: {error.msg.removesuffix(' at').removesuffix(' starting')}"
        raise InvalidInputError([page.finding(problem, error.pos, hint=hint_for(error.msg, _HINTS))]) from error
    except NumberError as error:
        raise InvalidInputError([_number_finding(page, error)]) from error
    findings = _duplicates(page) if has_duplicates else []
    if _may_hold_halves(page.text):
        findings += _half_characters(page)
    if findings:
        raise InvalidInputError(sorted(findings, key=_order))
    root_offset = len(page.text) - len(page.text.lstrip(_SPACE))
    positions = Positions(page, root_offset=root_offset, grow=lambda: _places(page, []))
    return Document(path=path, data=data, positions=positions)


def _check_depth(page: Page) -> None:
    """Refuse deep nesting before the standard library's parser recurses into it."""
    if page.text.count("[") + page.text.count("{") <= MAXIMUM_DEPTH:
        return
    # Looking at every token takes five times as long as reading the whole, and is needed only to find the place.
    steps = map(_STEPS.__getitem__, _BRACKETS.findall(_TEXTS.sub("", page.text)))
    if max(accumulate(steps), default=0) <= MAXIMUM_DEPTH:
        return
    depth = 0
    for token in _TOKEN.finditer(page.text):
        depth += _STEPS.get(token[0], 0)
        if depth > MAXIMUM_DEPTH:
            raise InvalidInputError([page.too_deep(token.start())])


def _number_finding(page: Page, error: NumberError) -> Finding:
    # The parser stops at the first bad number, so the first token that begins like it is the one.
    tokens = _TOKEN.finditer(page.text)
    offset = next((token.start() for token in tokens if token[0].startswith(error.text)), 0)
    return page.finding(f"not valid JSON: {error}", offset, hint=HINT)


def _duplicates(page: Page) -> list[Finding]:
    findings: list[Finding] = []
    _places(page, findings)
    return findings


def _may_hold_halves(text: str) -> bool:
    """Whether halves of characters can be in it, as they stand or escaped."""
    if "\\ud" in text or "\\uD" in text:
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _half_characters(page: Page) -> list[Finding]:
    found = (
        page.half_character(token.start())
        for token in _TOKEN.finditer(page.text)
        if token[0].startswith('"') and _SURROGATE.search(json.loads(token[0]))
    )
    return list(islice(found, MAXIMUM_FINDINGS))


def _order(finding: Finding) -> tuple[int, int]:
    location = finding.location
    return (0, 0) if location is None else (location.line or 0, location.column or 0)


def _places(page: Page, duplicates: list[Finding]) -> Place:
    """Grow the tree of places of a text that is known to be JSON, noting keys that stand twice."""
    root: dict[str | int, Place] = {}
    opened: list[tuple[bool, dict[str | int, Place]]] = [(False, root)]
    key: tuple[str, int] | None = None
    for token in _TOKEN.finditer(page.text):
        text, offset = token[0], token.start()
        if text in {",", ":"}:
            continue
        if text in {"]", "}"}:
            opened.pop()
            continue
        is_object, entries = opened[-1]
        if is_object and key is None:
            key = (json.loads(text) if "\\" in text else text[1:-1], offset)
            if key[0] in entries and len(duplicates) < MAXIMUM_FINDINGS:
                duplicates.append(page.duplicate(key[0], offset, entries[key[0]].offset))
            continue
        inside: dict[str | int, Place] | None = {} if text in {"[", "{"} else None
        # In an object people look for the key, not for the value.
        step, start = (len(entries), offset) if key is None else key
        entries[step] = Place(start, inside)
        key = None
        if inside is not None:
            opened.append((text == "{", inside))
    return root[0]
