"""What must not get from a transcript into a dataset: secrets, people, addresses, places on somebody's disk.

What has a shape of its own is taken out for sure; a name of a person is recognised only where somebody greets, thanks
or signs, or where it is known beforehand. So every text is looked at by a person as well before it is kept.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from passmuster.analysis.secret_shapes import secret_spans

SHORTEST_NAME = 3
"""Shorter names are words too often to be taken out wherever they stand."""

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\b")
_NUMBER = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = re.compile(rf"(?<![\w.])(?<!version )(?:{_NUMBER}\.){{3}}{_NUMBER}(?![\w.])")
_HARMLESS_ADDRESS = re.compile(r"127\.|0\.0\.0\.0|10\.0\.0\.|192\.168\.|255\.")
_HOME = re.compile(r"(?<![\w.])(?:/home/|/Users/|/root(?=/)|[A-Za-z]:\\{1,2}Users\\{1,2})(?:[^\s/\\:'\"`<>|]*)")
_ABSOLUTE = re.compile(r"(?<![\w.:/<>~])/(?:[\w.@+-]+/)+(?=[\w.@+-])|(?<![\w])[A-Za-z]:\\(?:[\w.@+ -]+\\)+(?=[\w.@+-])")
_NAME = r"[A-Z][\w'\u2019-]{1,30}(?: [A-Z][\w'\u2019-]{1,30})?"
_GREETED = re.compile(
    rf"(?i:\b(?:hi|hello|hey|dear|thanks|thank you|cheers|regards|cc|i'm|i am|my name is),? )({_NAME})"
)
_SIGNED = re.compile(rf"(?im:^(?:--|—|best|best regards|kind regards|cheers|thanks),?\s*\n?)({_NAME})\s*$")
# A handle without a hyphen or a digit may be a decorator or an annotation just as well.
_HANDLE = re.compile(r"(?<![\w@./`])@([A-Za-z](?=[A-Za-z-]*[\d-])[A-Za-z0-9-]{2,38})(?![\w/.-]|\()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text from which was taken what is private.

    Attributes:
        text: What is left, with ``<kind>`` in the place of each thing.
        counts: How many things of each kind were taken out.
    """

    text: str
    counts: Mapping[str, int]


def redacted(text: str, *, people: Collection[str] = (), kept: Collection[str] = ()) -> Redacted:
    """Take out secrets, people's names, e-mail addresses, network addresses and places on a disk.

    Of an absolute path the last part stays: the name of a file may be what a request is about.

    Args:
        text: What somebody wrote.
        people: Names that are known, such as that of the account.
        kept: Words that look like names and are none, such as those of agents.
    """
    counts: Counter[str] = Counter()
    for kind, spans in _steps(people, kept):
        text = _without(text, kind, spans(text), counts)
    return Redacted(text=text, counts=dict(sorted(counts.items())))


Spans = Callable[[str], Iterator[tuple[int, int]]]


def _steps(people: Collection[str], kept: Collection[str]) -> Iterator[tuple[str, Spans]]:
    yield "secret", secret_spans
    yield "e-mail", lambda text: (match.span() for match in _MAIL.finditer(text))
    yield "path", lambda text: (match.span() for match in _HOME.finditer(text))
    yield "path", lambda text: (match.span() for match in _ABSOLUTE.finditer(text))
    yield "address", _addresses
    known = sorted({name for name in people if len(name) >= SHORTEST_NAME}, key=lambda name: (-len(name), name))
    if known:
        pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, known))})(?![\w-])", re.IGNORECASE)
        yield "person", lambda text: (match.span() for match in pattern.finditer(text))
    words = {word.casefold() for word in kept}
    for shape in (_GREETED, _SIGNED, _HANDLE):
        yield "person", _names(shape, words)


def _names(shape: re.Pattern[str], words: Collection[str]) -> Spans:
    def spans(text: str) -> Iterator[tuple[int, int]]:
        for match in shape.finditer(text):
            if match[1].casefold() not in words and match[1].split()[0].casefold() not in words:
                yield match.span(1)

    return spans


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for match in _ADDRESS.finditer(text):
        if not _HARMLESS_ADDRESS.match(match[0]):
            yield match.span()


def _without(text: str, kind: str, spans: Iterator[tuple[int, int]], counts: Counter[str]) -> str:
    pieces, position = [], 0
    for start, end in spans:
        if start < position:
            continue
        pieces += [text[position:start], _stand_in(kind, text[start:end])]
        position = end
        counts[kind] += 1
    return "".join([*pieces, text[position:]])


def _stand_in(kind: str, taken: str) -> str:
    """Return what stands in the place of a thing; the separator behind a folder stays."""
    return f"<{kind}>/" if kind == "path" and taken[-1] in "/\\" else f"<{kind}>"
