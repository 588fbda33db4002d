"""YAML text as a :class:`Document`, by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

So ``no``, ``on`` and ``2026-01-01`` stay the words that people wrote. PyYAML supplies the events; its resolver and
its line breaks follow YAML 1.1, and its composer recurses, so none of them is used.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

import yaml

from passmuster.documents.numbers import HINT, NumberError, fraction, whole
from passmuster.documents.places import (
    MAXIMUM_DEPTH,
    MAXIMUM_FINDINGS,
    Document,
    Page,
    Place,
    Positions,
    hint_for,
    shortened,
)
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding

MAXIMUM_NODES = 1_000_000
"""A document of more nodes is refused; aliases count as what they stand for, long text as several nodes."""

# libyaml is many times faster; PyYAML can be built without it, and its own parser gives the same events.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FRACTION = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_STANDARD_TAG = "tag:yaml.org,2002:"
_TYPES_OF_TAGS = {"null": type(None), "bool": bool, "int": int, "float": float}
_HINTS = {
    "mapping values are not allowed": "put quotes around text that has a colon and a space in it",
    "found character": "put quotes around text that begins with this character; indent with spaces, not tabs",
    "found a tab": "indent with spaces, not tabs",
    "found unexpected end of stream": "close the quotes",
    "did not find expected key": "indent the entries of one mapping alike, and let nothing follow closing quotes",
    "did not find expected '-' indicator": "begin each entry of the list with '- ', all indented alike",
    "did not find expected ',' or": "put a comma between entries, and close the bracket",
    "could not find expected ':'": "write the key, a colon, a space and the value",
}


def parse_yaml(text: str, *, path: str, first_line: int = 1) -> Document:
    """Read one YAML document.

    Args:
        text: The document; ``None`` is the data of an empty one.
        path: The file's name, for messages.
        first_line: The number of the text's first line in its file.

    Raises:
        InvalidInputError: If the text is no YAML or holds what JSON has no form for (tags, keys that are no text,
            numbers that are not finite), or if a mapping has a key twice; every such place is named.
    """
    page = Page(text, path=path, first_line=first_line)
    composer = _Composer(page)
    unprintable = _UNPRINTABLE.search(page.text)
    if unprintable:
        message = f"not valid YAML: the character {unprintable[0]!r} is not allowed"
        composer.stop(message, unprintable.start(), "delete it, or write it as an escape in double quotes")
    disguised, originals = _disguise(page.text)
    composer.originals = originals
    try:
        for event in _events(disguised):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it cannot be read"
        composer.stop(f"not valid YAML: {problem}", mark.index if mark else 0, hint_for(problem, _HINTS))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML without libyaml lets Python's own errors through, for escapes such as "\UFFFFFFFF".
        composer.stop(f"not valid YAML: {error}", 0)
    if composer.findings:
        raise InvalidInputError(composer.findings)
    root = composer.root or _Node(Place(0), None)
    positions = Positions(page, root_offset=root.place.offset, grow=lambda: root.place)
    return Document(path=path, data=root.value, positions=positions)


def _events(text: str) -> Iterator[yaml.Event]:
    return yaml.parse(text, Loader=_LOADER)


def _disguise(text: str) -> tuple[str, dict[int, int]]:
    """Hide the characters that end a line in YAML 1.1 only; return also how to undo that in a scalar."""
    found = [ord(character) for character in "\x85\u2028\u2029" if character in text]
    if not found:
        return text, {}
    free = (code for code in range(0xE000, 0xF900) if chr(code) not in text)
    masks = dict(zip(found, free, strict=False))
    return text.translate(masks), {mask: original for original, mask in masks.items()}


def _resolve(text: str) -> object:
    """Return what a plain scalar stands for in the core schema.

    Raises:
        NumberError: If it stands for a number that cannot be kept.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _WHOLE.fullmatch(text):
        return whole(text)
    return fraction(text) if _FRACTION.fullmatch(text) else text


@dataclass(slots=True)
class _Node:
    """A part of the document.

    Attributes:
        place: Where it is written.
        value: Its data.
        text: How a scalar is written; ``None`` for lists and mappings.
        size: Its nodes, counting for aliases what they stand for.
    """

    place: Place
    value: object
    text: str | None = None
    size: int = 1


@dataclass(slots=True)
class _Opened:
    """A list or a mapping whose end has not come yet.

    Attributes:
        place: Where it is written.
        inside: The places of its entries.
        entries: Its data.
        anchor: The name by which aliases call it.
        key: The key whose value comes next.
        size: Its nodes so far.
    """

    place: Place
    inside: dict[str | int, Place]
    entries: list[object] | dict[str, object]
    anchor: str | None
    key: _Node | None = None
    size: int = 1


class _Composer:
    """Makes data of YAML events, noting where each part stands."""

    def __init__(self, page: Page) -> None:
        self.root: _Node | None = None
        self.findings: list[Finding] = []
        self.originals: dict[int, int] = {}
        self._page = page
        self._opened: list[_Opened] = []
        self._anchors: dict[str, _Node | None] = {}
        self._size = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event.

        Raises:
            InvalidInputError: If there is no point in going on.
        """
        offset = event.start_mark.index if event.start_mark else 0
        match event:
            case yaml.ScalarEvent():
                self._add(self._remember(event.anchor, self._scalar(event, offset)))
            case yaml.AliasEvent():
                self._add(self._alias(event.anchor or "", offset))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._open(event, offset)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                opened = self._opened.pop()
                node = _Node(opened.place, opened.entries, size=opened.size)
                self._add(self._remember(opened.anchor, node))
            case yaml.DocumentStartEvent() if self.root is not None:
                self.stop("a second document begins here", offset, "keep one document in a file")
            case _:
                pass

    def stop(self, message: str, offset: int, hint: str = "") -> NoReturn:
        """Raise what has been found so far, and this.

        Raises:
            InvalidInputError: Always.
        """
        raise InvalidInputError([*self.findings, self._page.finding(message, offset, hint=hint)])

    def _complain(self, finding: Finding) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAXIMUM_FINDINGS:
            raise InvalidInputError(self.findings)

    def _count(self, size: int, offset: int) -> None:
        self._size += size
        if self._size > MAXIMUM_NODES:
            message = f"this document has more than {MAXIMUM_NODES:,} nodes, counting what its aliases stand for"
            self.stop(message, offset, "use fewer aliases, or write the data as several files")

    def _open(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent, offset: int) -> None:
        self._count(1, offset)
        if len(self._opened) >= MAXIMUM_DEPTH:
            raise InvalidInputError([*self.findings, self._page.too_deep(offset)])
        is_sequence = isinstance(event, yaml.SequenceStartEvent)
        own_tag = _STANDARD_TAG + ("seq" if is_sequence else "map")
        if not event.implicit and event.tag not in {own_tag, "!"}:
            self._refuse_tag(event.tag or "", offset)
        if event.anchor:
            self._anchors[event.anchor] = None
        inside: dict[str | int, Place] = {}
        self._opened.append(_Opened(Place(offset, inside), inside, [] if is_sequence else {}, event.anchor))

    def _remember(self, anchor: str | None, node: _Node) -> _Node:
        if anchor:
            self._anchors[anchor] = node
        return node

    def _alias(self, name: str, offset: int) -> _Node:
        node = self._anchors.get(name)
        if node is None:
            problem = "refers to itself" if name in self._anchors else "has no anchor before it"
            self.stop(f"the alias {shortened(name)!r} {problem}", offset, "write out what it stands for")
        self._count(node.size, offset)
        return replace(node, place=Place(offset, node.place.inside))

    def _add(self, node: _Node) -> None:
        if not self._opened:
            self.root = node
            return
        opened = self._opened[-1]
        opened.size += node.size
        if isinstance(opened.entries, list):
            opened.inside[len(opened.entries)] = node.place
            opened.entries.append(node.value)
        elif opened.key is None:
            opened.key = self._key(opened, node)
        else:
            if opened.key.text is not None:
                # People look for the key, not for the value.
                opened.inside[opened.key.text] = Place(opened.key.place.offset, node.place.inside)
                opened.entries[opened.key.text] = node.value
            opened.key = None

    def _key(self, opened: _Opened, node: _Node) -> _Node:
        """Return the key, without its text if its value is to be passed over."""
        offset = node.place.offset
        if node.text is None:
            self._complain(self._page.finding("a key must be plain text", offset, hint="write a word as the key"))
            return node
        if node.text in opened.inside:
            self._complain(self._page.duplicate(node.text, offset, opened.inside[node.text].offset))
            return replace(node, text=None)
        return node

    def _scalar(self, event: yaml.ScalarEvent, offset: int) -> _Node:
        text = event.value.translate(self.originals) if self.originals else event.value
        size = 1 + len(text) // 100
        self._count(size, offset)
        if not text.isascii() and _SURROGATE.search(text):
            self._complain(self._page.half_character(offset))
        try:
            value = self._value(event, text, offset)
        except NumberError as error:
            self._complain(self._page.finding(str(error), offset, hint=HINT))
            value = None
        return _Node(Place(offset), value, text, size)

    def _value(self, event: yaml.ScalarEvent, text: str, offset: int) -> object:
        if event.tag in {"!", _STANDARD_TAG + "str"}:
            return text
        if event.tag is None:
            return _resolve(text) if event.implicit[0] else text
        expected = _TYPES_OF_TAGS.get(event.tag.removeprefix(_STANDARD_TAG))
        value = _resolve(text)
        if expected is None or type(value) is not expected:
            self._refuse_tag(event.tag, offset)
        return value

    def _refuse_tag(self, tag: str, offset: int) -> None:
        message = f"the tag {shortened(tag)!r} is not supported here"
        self._complain(self._page.finding(message, offset, hint="write the value without a tag"))
