"""Answers of every kind, for dialects: JSON in which their own words stand at wrong places."""

import json
from collections.abc import Callable, Sequence

from hypothesis import strategies

from passmuster.adapters.backends.dialects import Dialect, StreamedAnswer
from passmuster.domain.answers import Completion
from passmuster.services.errors import ReportedError

ODD_NUMBERS = [0, -1, 2**70, 10**400, 1.5, float("nan"), float("inf")]


def answers(words: Sequence[str]) -> strategies.SearchStrategy[object]:
    """Draw JSON whose keys and texts are often the words of a protocol."""
    texts = strategies.sampled_from([*words, "", "\ud800", '{"a": 1}', "{"]) | strategies.text(max_size=5)
    leaves = strategies.none() | strategies.booleans() | strategies.sampled_from(ODD_NUMBERS) | texts
    return strategies.recursive(
        leaves,
        lambda inner: (
            strategies.lists(inner, max_size=3)
            | strategies.dictionaries(strategies.sampled_from(list(words)), inner, max_size=6)
        ),
        max_leaves=25,
    )


def is_answer_or_complaint(read: Callable[[], Completion]) -> bool:
    """Return whether reading gives a completion or one of the two complaints; anything else is let through."""
    try:
        completion = read()
    except (ValueError, ReportedError) as error:
        return bool(str(error)) or isinstance(error, ReportedError)
    return isinstance(completion.text, str) and bool(completion.finish_reason)


def streamed(dialect: Dialect, pieces: Sequence[object]) -> Completion:
    """Return what a stream of pieces gives."""
    answer: StreamedAnswer = dialect.streamed()
    for piece in pieces:
        answer.feed("message", json.dumps(piece))
    return answer.completion()
