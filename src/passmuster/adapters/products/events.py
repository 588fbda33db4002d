"""One line of a program's output → one event; whatever a program prints, nothing here raises."""

import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal

from passmuster.domain.values import whole_characters

Event = Mapping[str, object]
"""A JSON object that stood on one line."""

NOTHING: Event = {}

MOST_TOKENS = 2**53
"""More than this is nonsense, and would not fit into a store."""

MOST_DOLLARS = 1e9


def event_of(line: str) -> Event | None:
    """Return the JSON object that a line holds; ``None`` for anything else."""
    text = line.strip().removeprefix("\ufeff")
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text_at(event: Event, key: str) -> str:
    """Return the text under a key, without halves of characters; empty if there is none."""
    return whole_text(event.get(key))


def whole_text(value: object) -> str:
    """Return text as it is, but for halves of characters, which no file can hold; empty for anything else."""
    return whole_characters(value) if isinstance(value, str) else ""


def object_at(event: Event, key: str) -> Event:
    """Return the object under a key; an empty one if there is none."""
    found = event.get(key)
    return found if isinstance(found, dict) else NOTHING


def objects_at(event: Event, key: str) -> Iterator[Event]:
    """Yield the objects of the list under a key; none if there is no list."""
    found = event.get(key)
    yield from (item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()


def names_at(event: Event, key: str) -> tuple[str, ...] | None:
    """Return the texts of the list under a key, or the names of its objects; ``None`` if there is no list."""
    found = event.get(key)
    if not isinstance(found, list):
        return None
    names = (text_at(item, "name") if isinstance(item, dict) else whole_text(item) for item in found)
    return tuple(name for name in names if name)


def tokens_at(event: Event, *keys: str) -> int:
    """Return the sum of the numbers of tokens under some keys; what is no such number counts nothing."""
    numbers = [event.get(key) for key in keys]
    return min(MOST_TOKENS, sum(int(number) for number in numbers if _is_amount(number)))  # type: ignore[call-overload]  # _is_amount has seen that it is a number


def dollars_at(event: Event, key: str) -> Decimal | None:
    """Return the money under a key, to the billionth; ``None`` if there is none."""
    number = event.get(key)
    if not isinstance(number, int | float) or not _is_amount(number) or number > MOST_DOLLARS:
        return None
    return Decimal(str(round(number, 9)))


def seconds_at(event: Event, key: str) -> float | None:
    """Return the milliseconds under a key as seconds; ``None`` if there are none."""
    number = event.get(key)
    return number / 1_000 if isinstance(number, int | float) and _is_amount(number) else None


def _is_amount(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return 0 <= number <= MOST_TOKENS and math.isfinite(number)
