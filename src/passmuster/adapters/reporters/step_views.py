"""What a subject did for its answer, and the places that criteria name, as plain view data."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.evidence_text import PLACES
from passmuster.domain.activities import Activity
from passmuster.domain.answers import Completion
from passmuster.texts.visible import clipped, excerpt, visible

SHOWN_STEPS = 200
"""So many steps of one answer are shown, the first ones."""

STEP_LENGTH = 2_000
"""A step's text is cut after so many characters."""

_MESSAGE_LENGTH = 600
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One thing that a subject did.

    Attributes:
        kind: ``tool``, ``command``, ``file``, or ``tool call`` for one that nobody carried out.
        name: The tool, or the file; empty for a command.
        text: The arguments, the command, or what the file holds.
        outcome: What became of it, as far as was told.
    """

    kind: str
    name: str
    text: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A place in an answer's code and what is said of it; line 0 is the file as a whole."""

    file: str
    line: int
    message: str


def step_views(completion: Completion) -> tuple[StepView, ...]:
    """Lay out what a subject did, in the order in which it is told."""
    calls = [
        _step("tool call", call.name, _arguments(call.arguments), "not carried out") for call in completion.tool_calls
    ]
    steps = [*calls, *([] if completion.activity is None else _activity(completion.activity))]
    left_out = len(steps) - SHOWN_STEPS
    more = [_step("tool", "", f"{left_out:,} more steps, which are left out", "")] if left_out > 0 else []
    return (*steps[:SHOWN_STEPS], *more)


def place_views(evidence: Mapping[str, object]) -> tuple[PlaceView, ...]:
    """Lay out the places that evidence names; none where it names anything else there."""
    places = evidence.get(PLACES)
    if not isinstance(places, Sequence) or isinstance(places, str):
        return ()
    if not all(isinstance(place, Mapping) and {"file", "message"} <= set(place) for place in places):
        return ()
    return tuple(
        PlaceView(
            file=excerpt(str(place["file"]), _NAME_LENGTH),
            line=line if isinstance(line := place.get("line"), int) else 0,
            message=excerpt(str(place["message"]), _MESSAGE_LENGTH),
        )
        for place in places
    )


def _activity(activity: Activity) -> Iterator[StepView]:
    for use in activity.tool_uses or ():
        yield _step("tool", use.name, _arguments(use.arguments), use.outcome.value)
    for command in activity.commands or ():
        yield _step("command", "", command, "")
    for change in activity.changes or ():
        yield _step("file", change.path, change.text or "", change.kind.value)
    for refused in activity.refused:
        yield _step("file", refused.path, refused.reason, "refused")


def _step(kind: str, name: str, text: str, outcome: str) -> StepView:
    shown, left_out = clipped(text, STEP_LENGTH)
    more = f" … {left_out:,} more characters" if left_out else ""
    return StepView(kind=kind, name=excerpt(name, _NAME_LENGTH), text=f"{shown}{more}", outcome=visible(outcome))


def _arguments(arguments: Mapping[str, object]) -> str:
    return json.dumps(dict(arguments), ensure_ascii=False, default=str) if arguments else ""
