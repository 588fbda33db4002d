"""Perturbations of the words themselves: typing errors, case, small words left out, other words for the same."""

import math
import re
from collections.abc import Callable, Collection, Iterator
from random import Random

from passmuster.analysis.perturbations.protecting import free_words, outside_code
from passmuster.domain.values import AgentName

NEIGHBOURS = {
    first: f"{before}{after}"
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for before, first, after in zip(" " + row, row, row[1:] + " ", strict=False)
}
"""The letters beside each one on the keyboard."""

SHORTEST = 4
"""Shorter words get no typing error: one letter of ``add`` or ``API`` may be the whole of what is meant."""

SMALL_WORDS = frozenset(
    """
    a an the please could can would will you i we me us my our your just really very also so that this
    these those is are was were be been am do does did to of have has had need want some any there it
    its here now
    """.split()  # noqa: SIM905 - a list of so many strings is no easier to read
)
"""Words that a hurried writer leaves out; no negation is among them."""

SYNONYMS = {
    "add": "introduce",
    "answer": "reply",
    "begin": "start",
    "big": "large",
    "broken": "not working",
    "build": "put together",
    "change": "alter",
    "check": "verify",
    "choose": "pick",
    "correct": "right",
    "create": "make",
    "crash": "fall over",
    "crashes": "falls over",
    "delete": "remove",
    "describe": "lay out",
    "difficult": "hard",
    "easy": "simple",
    "enable": "switch on",
    "explain": "tell me about",
    "failing": "going wrong",
    "fails": "goes wrong",
    "fast": "quick",
    "find": "track down",
    "finish": "complete",
    "fix": "repair",
    "help": "give me a hand",
    "improve": "better",
    "keep": "retain",
    "look": "have a look",
    "many": "a lot of",
    "move": "shift",
    "new": "fresh",
    "often": "frequently",
    "problem": "trouble",
    "quickly": "rapidly",
    "remove": "take out",
    "replace": "swap out",
    "show": "display",
    "slow": "sluggish",
    "small": "little",
    "start": "begin",
    "stop": "halt",
    "strange": "odd",
    "use": "make use of",
    "want": "would like",
    "wrong": "incorrect",
    "write": "put together",
}
"""Other words for the same; ours, and small on purpose."""

_SENTENCE_MARKS = re.compile(r"[.,;:!?]+(?=\s|$)")


def with_typing_errors(share: float) -> Callable[[str, Random, Collection[AgentName]], str]:
    """Return a perturbation that misspells a share of the words of four letters or more, at least one of them."""

    def misspell(text: str, random: Random, names: Collection[AgentName]) -> str:
        words = [word for word in free_words(text, names) if len(word[0]) >= SHORTEST]
        chosen = random.sample(words, min(len(words), math.ceil(share * len(words))))
        return _replaced(text, ((word, _misspelt(word[0], random)) for word in sorted(chosen, key=re.Match.start)))

    return misspell


def with_other_case(text: str, random: Random, names: Collection[AgentName]) -> str:
    """Write everything but code and names in small letters, or in capitals."""
    return outside_code(text, names, random.choice((str.lower, str.upper)))


def without_punctuation(text: str, _random: Random, names: Collection[AgentName]) -> str:
    """Leave out full stops, commas, question marks and the like at the ends of words."""
    return outside_code(text, names, lambda piece: _SENTENCE_MARKS.sub("", piece))


def without_small_words(text: str, _random: Random, names: Collection[AgentName]) -> str:
    """Leave out articles, auxiliaries and the like; nothing is left out of a text that has no other word."""
    words = list(free_words(text, names))
    small = [word for word in words if word[0].lower() in SMALL_WORDS]
    if len(small) == len(words):
        return text
    return re.sub(r"[ \t]{2,}", " ", _replaced(text, ((word, "") for word in small))).strip()


def with_other_words(text: str, _random: Random, names: Collection[AgentName]) -> str:
    """Put another word in the place of each that :data:`SYNONYMS` knows."""
    known = ((word, SYNONYMS.get(word[0].lower())) for word in free_words(text, names))
    return _replaced(text, ((word, _as_written(word[0], other)) for word, other in known if other))


def _misspelt(word: str, random: Random) -> str:
    """Return a word with one typing error behind its first letter."""
    place = random.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    made = [
        before + after,
        before + letter + letter + after,
        before + after[0] + letter + after[1:],
        *(before + near + after for near in NEIGHBOURS.get(letter, "").strip()),
    ]
    # Two equal letters that change places are no error.
    return random.choice([one for one in made if one != word])


def _as_written(word: str, other: str) -> str:
    return other[0].upper() + other[1:] if word[0].isupper() else other


def _replaced(text: str, changes: Iterator[tuple[re.Match[str], str]]) -> str:
    """Return a text in which some matches, given in order, have become something else."""
    pieces, position = [], 0
    for match, other in changes:
        pieces += [text[position : match.start()], other]
        position = match.end()
    return "".join([*pieces, text[position:]])
