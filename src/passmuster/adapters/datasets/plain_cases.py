"""Tells sound cases by sight, so that a million of them need not be held against the JSON Schema one by one.

What is called plain here, the schema accepts: a test holds the two against each other. What is not called plain may
be sound all the same, and the schema decides.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")
_AGENT = re.compile(r"\S(?:[^\n\r]{0,198}\S)?")
_KIND = re.compile(r"\S{1,200}")
_CRITERION = re.compile(r"\S(?:[^\n\r]{0,126}\S)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STRATA = frozenset({"explicit", "hinted", "implicit"})
_SPLITS = frozenset({"train", "validation", "test"})
_EXPECTED = frozenset({"agent", "acceptable", "forbidden"})
_SOURCE = frozenset({"author", "date", "reviewed_by", "note"})
_RUBRIC = frozenset({"passing_score", "criteria"})
_ROLES = frozenset({"user", "assistant"})
_MOST_MESSAGES = 1_000
_LONGEST_TEXT = 200_000
_LONGEST_NAME = 200
_LONGEST_NOTE = 10_000
_MOST_TAGS = 100
_MOST_AGENTS = 1_000
_LONGEST_RUBRIC_NAME = 128
_MOST_CRITERIA = 100
_HEAVIEST = 1_000_000


def is_plain(data: object) -> bool:
    """Whether data are certainly of the shape that the schema asks of a case."""
    if type(data) is not dict or not data.keys() >= {"identifier", "request", "expect"}:
        return False
    for key, value in data.items():
        check = _CHECKS.get(key)
        if check is None or not check(value):
            return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _is_text(value: object, longest: int = _LONGEST_TEXT) -> bool:
    return type(value) is str and len(value) <= longest and bool(value) and not value.isspace()


def _is_words(value: object) -> bool:
    return _is_text(value, _LONGEST_NAME)


def _is_note(value: object) -> bool:
    return type(value) is str and len(value) <= _LONGEST_NOTE


def _is_list(value: object, pattern: re.Pattern[str], most: int) -> bool:
    if type(value) is not list or len(value) > most:
        return False
    return all(type(item) is str and pattern.fullmatch(item) for item in value) and len(set(value)) == len(value)


def _is_history(value: object) -> bool:
    return type(value) is list and len(value) <= _MOST_MESSAGES and all(map(_is_message, value))


def _is_message(value: object) -> bool:
    if type(value) is not dict or value.keys() != {"role", "content"}:
        return False
    role = value["role"]
    return type(role) is str and role in _ROLES and _is_text(value["content"])


def _is_expectation(value: object) -> bool:
    if type(value) is not dict or "agent" not in value or not value.keys() <= _EXPECTED:
        return False
    agent = value["agent"]
    is_agent = agent is None or (type(agent) is str and _AGENT.fullmatch(agent) is not None)
    return is_agent and all(_is_list(value.get(key, []), _AGENT, _MOST_AGENTS) for key in ("acceptable", "forbidden"))


def _is_source(value: object) -> bool:
    if type(value) is not dict or not {"author", "date"} <= value.keys() <= _SOURCE:
        return False
    reviewer = value.get("reviewed_by")
    is_reviewer = reviewer is None or _is_words(reviewer)
    return _is_words(value["author"]) and _is_day(value["date"]) and is_reviewer and _is_note(value.get("note", ""))


def _is_day(value: object) -> bool:
    if type(value) is not str or _DATE.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_weight(value: object) -> bool:
    return type(value) in {int, float} and 0 < value <= _HEAVIEST  # type: ignore[operator]  # a number by its type


def _is_truth(value: object) -> bool:
    return type(value) is bool


def _is_rubric(value: object) -> bool:
    if type(value) is str:
        return 0 < len(value) <= _LONGEST_RUBRIC_NAME
    if type(value) is not dict or "criteria" not in value or not value.keys() <= _RUBRIC:
        return False
    score, criteria = value.get("passing_score", 1), value["criteria"]
    is_list = type(criteria) is list and 0 < len(criteria) <= _MOST_CRITERIA
    return type(score) in {int, float} and 0 <= score <= 1 and is_list and all(map(_is_criterion, criteria))


def _is_criterion(value: object) -> bool:
    if type(value) is not dict or "use" not in value:
        return False
    # Further keys are options, of which the schema asks nothing.
    return all(check(value[key]) for key, check in _CRITERION_CHECKS if key in value)


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "identifier": _matches(_IDENTIFIER),
    "request": _is_text,
    "expect": _is_expectation,
    "history": _is_history,
    "stratum": lambda value: type(value) is str and value in _STRATA,
    "tags": lambda value: _is_list(value, _TAG, _MOST_TAGS),
    "weight": _is_weight,
    "split": lambda value: type(value) is str and value in _SPLITS,
    "group": _matches(_GROUP),
    "critical": _is_truth,
    "control": _is_truth,
    "source": _is_source,
    "rubric": _is_rubric,
}
_CRITERION_CHECKS: tuple[tuple[str, Callable[[object], bool]], ...] = (
    ("use", _matches(_KIND)),
    ("name", _matches(_CRITERION)),
    ("weight", _is_weight),
    ("required", _is_truth),
)
