"""What a perturbation of a request leaves alone: code, addresses, paths, identifiers, numbers and names of agents."""

import re
from collections.abc import Callable, Collection, Iterator
from itertools import chain

from passmuster.domain.values import AgentName

_FENCED = r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)"
_QUOTED = r"`[^`\n]*`"
_ADDRESS = r"[A-Za-z][A-Za-z0-9+.-]*://\S+|\S+@\S+"
_IDENTIFIER = r"\S*[/\\_#$%{}<>=\d]\S*|\b\w+(?:\.\w+)+\b|\b[A-Za-z]*[a-z][A-Z]\w*"
_CODE = re.compile(f"{_FENCED}|{_QUOTED}|{_ADDRESS}|{_IDENTIFIER}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")

Rewrite = Callable[[str], str]


def free_words(text: str, names: Collection[AgentName] = ()) -> Iterator[re.Match[str]]:
    """Yield the words of a text that may be changed, in order.

    Args:
        text: A request.
        names: Agents whose names stay as they are, written with hyphens or with spaces.
    """
    guarded = _spans(text, names)
    for word in _WORD.finditer(text):
        if not any(start < word.end() and word.start() < end for start, end in guarded):
            yield word


def outside_code(text: str, names: Collection[AgentName], rewrite: Rewrite) -> str:
    """Return a text in which everything is rewritten that is neither code nor a name."""
    pieces, position = [], 0
    for start, end in [*_merged(_spans(text, names)), (len(text), len(text))]:
        pieces += [rewrite(text[position:start]), text[start:end]]
        position = end
    return "".join(pieces)


def names_in(text: str, names: Collection[AgentName]) -> bool:
    """Whether a text names one of the agents."""
    pattern = _names(names)
    return pattern is not None and pattern.search(text) is not None


def _spans(text: str, names: Collection[AgentName]) -> list[tuple[int, int]]:
    pattern = _names(names)
    named = pattern.finditer(text) if pattern else iter(())
    return [match.span() for match in chain(_CODE.finditer(text), named)]


def _merged(spans: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield spans that do not overlap, in order."""
    begin = finish = -1
    for start, end in sorted(spans):
        if start > finish:
            if finish >= 0:
                yield begin, finish
            begin, finish = start, end
        finish = max(finish, end)
    if finish >= 0:
        yield begin, finish


def _names(names: Collection[AgentName]) -> re.Pattern[str] | None:
    """Return a pattern that finds the names however their words are joined; ``None`` without any."""
    if not names:
        return None
    shown = {name for whole in names for name in (whole, whole.rpartition(":")[2]) if name}
    joined = (r"[\s_-]*".join(map(re.escape, re.split(r"[\s_-]+", name))) for name in sorted(shown, key=_longest))
    return re.compile(rf"(?<!\w)(?:{'|'.join(joined)})(?!\w)", re.IGNORECASE)


def _longest(name: str) -> tuple[int, str]:
    return (-len(name), name)
