"""What a comment says of a commit that could not be judged, in the place of an earlier commit's verdict."""

from collections.abc import Iterator
from typing import Final

from passmuster.adapters.reporters.markdown_text import NAME_LENGTH, escape
from passmuster.domain.comments import Unjudged
from passmuster.texts.numbers import count

SHOWN_COMPLAINTS: Final = 8

_COMPLAINT_LENGTH: Final = 300
_COMMIT_LENGTH: Final = 12

_INPUT: Final = 2
_ENVIRONMENT: Final = 3


def unjudged_lines(trouble: Unjudged) -> Iterator[str]:
    """Yield the comment, but for the line by which a later one finds it."""
    commit = f"Commit {escape(trouble.commit[:_COMMIT_LENGTH])}" if trouble.commit else "The last commit"
    yield f"### ! Not judged: {escape(trouble.suite, NAME_LENGTH)}"
    yield ""
    yield f"{commit} has no verdict: {_reason(trouble.status)}. A verdict that stood here was an earlier one's."
    yield ""
    shown = trouble.complaints[:SHOWN_COMPLAINTS]
    yield from (f"- {escape(sentence, _COMPLAINT_LENGTH)}" for sentence in shown)
    if len(trouble.complaints) > len(shown):
        yield f"- and {count(len(trouble.complaints) - len(shown))} more"
    if shown:
        yield ""
    yield "The log of the job has everything." if shown else "The log of the job says why."


def _reason(status: int) -> str:
    if status == _INPUT:
        return "what was written cannot be used as it is"
    if status == _ENVIRONMENT:
        return "the run was broken off, by nothing that an agent did"
    return f"the run ended before there was one, with status {status}"
