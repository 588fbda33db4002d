"""A judge's verdict: found in whatever surrounds it, and then held to the letter."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passmuster.documents import parse_json
from passmuster.domain.errors import InvalidInputError

LONGEST_VERDICT = 50_000
"""Characters; the verdict asked for has some three hundred."""

LONGEST_REASON = 1_000
"""Characters of a reason that are kept."""

_MOST_OBJECTS = 50
_SHOWN = 80
_THOUGHT = "</think>"
_LAST_LINE = re.compile(r"[\s*_`]*(?:choice|verdict)[\s*_`]*:[\s*_`\"]*(.+?)[\s*_`\".]*", re.IGNORECASE)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge decided.

    Attributes:
        choice: One of the choices.
        reason: Its own words; untrusted.
    """

    choice: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A verdict that means nothing for sure; ``complaint`` says why, as the end of a sentence."""

    complaint: str


def read_verdict(text: str, choices: Sequence[str]) -> Verdict | Unusable:
    """Read what a judge wrote.

    Prose, a fence or a thought around the object are passed over, and two objects that choose differently are no
    verdict. Where there is no object at all, a last line such as ``Choice: yes`` with the reason before it counts, for
    models that cannot be held to a form.

    Args:
        text: All that it wrote.
        choices: What it may choose, in order.
    """
    if len(text) > LONGEST_VERDICT:
        return Unusable(complaint=f"it is longer than {LONGEST_VERDICT} characters")
    said = text[text.rfind(_THOUGHT) + len(_THOUGHT) :] if _THOUGHT in text else text
    found = [_checked(data, choices) for data in _objects(said)]
    if not found:
        return _from_last_line(said, choices)
    verdicts = [item for item in found if isinstance(item, Verdict)]
    if len(verdicts) < len(found):
        return next(item for item in found if isinstance(item, Unusable))
    if len({verdict.choice for verdict in verdicts}) > 1:
        return Unusable(complaint="it holds several JSON objects that choose differently")
    return verdicts[0]


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Yield each outermost object that has a choice; a brace of prose is passed over."""
    start = 0
    for _ in range(_MOST_OBJECTS):
        begin = text.find("{", start)
        if begin < 0:
            return
        try:
            _, end = _DECODER.raw_decode(text, begin)
            # Read again by the strict reader, which refuses a key that is written twice.
            data = parse_json(text[begin:end], path="verdict").data
        except (ValueError, RecursionError, InvalidInputError):
            start = begin + 1
            continue
        start = end
        if isinstance(data, dict) and "choice" in data:
            yield data


def _checked(data: dict[str, object], choices: Sequence[str]) -> Verdict | Unusable:
    others = sorted(data.keys() - {"reason", "choice"})
    if others:
        return Unusable(complaint=f"it has the key {_quoted(others[0])}, which was not asked for")
    reason, choice = data.get("reason"), data["choice"]
    if not isinstance(reason, str) or not reason.strip():
        return Unusable(complaint="it gives no reason; write one in the key 'reason'")
    if choice not in choices:
        return Unusable(complaint=f"{_quoted(choice)} is not one of the choices {', '.join(choices)}")
    return Verdict(choice=str(choice), reason=_kept(reason))


def _from_last_line(text: str, choices: Sequence[str]) -> Verdict | Unusable:
    *before, last = text.strip().splitlines() or [""]
    found = _LAST_LINE.fullmatch(last)
    named = found[1] if found else ""
    [choice, *_] = [*(name for name in choices if name.casefold() == named.casefold()), ""]
    if not choice:
        return Unusable(complaint="it holds no JSON object with the keys 'reason' and 'choice'")
    reason = _kept(" ".join(before))
    if not reason:
        return Unusable(complaint="it gives no reason before its choice")
    return Verdict(choice=choice, reason=reason)


def _kept(reason: str) -> str:
    # One line, since it becomes a sentence of a report.
    return " ".join(reason.split())[:LONGEST_REASON]


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
