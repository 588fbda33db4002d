"""Text as the lexical router sees it: words, their terms, and their grams of characters."""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain

from snowballstemmer import EnglishStemmer

SHORTEST_GRAM = 2
LONGEST_GRAM = 5
LONGEST_WORD = 64
"""Characters of a word that count: longer ones are hashes and encoded data, which could take all the time."""

# Inner dots and trailing signs belong to a word: node.js, 4.8, c++, c#.
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*[+#]*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# https://spec.commonmark.org/0.31.2/#fenced-code-blocks: one that is never closed ends with the text. People also
# begin a fence in the middle of a line; such a one counts only where it is closed.
_FENCED = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}(?P=fence)[`~]*[ \t]*$|\Z)|```.*?```",
    re.DOTALL | re.MULTILINE,
)
_LITERAL_BREAK = re.compile(r"\\{1,4}n")
_HEADING = r"\b(?:for example|examples?|specifically)\s*:\s*"
_OPENING = r"<example\b[^<>]{0,200}>"
_EXAMPLE = re.compile(
    rf"(?:{_HEADING})?{_OPENING}.*?(?:</example\s{{0,9}}>|(?={_OPENING})|\Z)", re.DOTALL | re.IGNORECASE
)
_DANGLING_HEADING = re.compile(rf"{_HEADING}\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        text: As written, in lower case.
        terms: The stems of its parts (``GraphQL`` has two) without stop words; empty for a stop word.
    """

    text: str
    terms: tuple[str, ...]


def words_of(text: str) -> list[Word]:
    """Return the words of a text, in order.

    A word is a run of letters and digits with its inner dots and trailing ``+`` and ``#``. Letters that differ in
    form only, such as full-width ones, are alike (Unicode NFKC). A word of more than ``LONGEST_WORD`` characters is
    cut there.
    """
    return [_word(match[:LONGEST_WORD]) for match in _WORD.findall(unicodedata.normalize("NFKC", text))]


@lru_cache(maxsize=2_048)
def terms_of(text: str) -> tuple[str, ...]:
    """Return the terms of all words of a text, in order."""
    return tuple(chain.from_iterable(word.terms for word in words_of(text)))


@lru_cache(maxsize=8_192)
def grams_of(word: str) -> tuple[str, ...]:
    """Return the grams of two to five characters of a word with a space on either side."""
    padded = f" {word} "
    return tuple(
        padded[start : start + length]
        for length in range(SHORTEST_GRAM, LONGEST_GRAM + 1)
        for start in range(len(padded) - length + 1)
    )


def without_code(text: str) -> str:
    """Return a request without its fenced blocks: a stack trace says little about who should take it."""
    return _FENCED.sub("\n", text)


@lru_cache(maxsize=2_048)
def without_examples(description: str) -> str:
    r"""Return a description without its ``<example>`` blocks and the heading that announces them.

    A literal backslash-n, which hosts hand through from one-line descriptions, becomes a space. A block that is
    never closed ends where the next one begins, or with the text.
    """
    text = _LITERAL_BREAK.sub(" ", description)
    return _DANGLING_HEADING.sub("", _EXAMPLE.sub(" ", text)).strip()


@lru_cache(maxsize=8_192)
def _word(surface: str) -> Word:
    parts = (part.lower() for part in _HUMP.sub(" ", surface).split())
    return Word(surface.lower(), tuple(_stem(part) for part in parts if part not in _STOPPED))


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    if word.isascii() and word.isdecimal():
        # A number is its own stem, and a dataset may hold thousands.
        return word
    # The pure Python stemmer even where a compiled one is installed: versions differ, and stems must not. A new one
    # each time costs nothing, and one stemmer must not serve two threads.
    stem: str = EnglishStemmer().stemWord(word)
    return stem


def _stopped_words() -> frozenset[str]:
    lists: dict[str, list[str]] = json.loads(files(__package__).joinpath("words.json").read_text(encoding="utf-8"))
    return frozenset(chain.from_iterable(lists.values()))


_STOPPED = _stopped_words()
