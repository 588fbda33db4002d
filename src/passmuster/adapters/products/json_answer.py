"""Reads a choice that is written down as JSON: ``{"agent": "name" or null, "confidence"?: 0 to 1, "text"?: "…"}``.

The object may be all of the output, its last line, or stand in a fence; what is printed before it is noise. A key
``agent`` must be there: to say nothing is not to choose nobody.
"""

import re
from collections import deque

from passmuster.adapters.products.events import Event, event_of, text_at, whole_text
from passmuster.adapters.products.observation import JsonAnswer, Noise, Observation, Terminal

VERSION = "1"
LONGEST_OUTPUT = 1_000_000
"""Characters of output that are kept, from its end."""

_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)


def answer_in(text: str) -> JsonAnswer | None:
    """Return the choice that a text holds; ``None`` if it holds none."""
    lines = text.strip().splitlines()
    fenced = _FENCE.findall(text[-LONGEST_OUTPUT:])
    for candidate in (text, *reversed(fenced), *(lines[-1:])):
        event = event_of(candidate)
        answer = None if event is None else _answer_of(event)
        if answer is not None:
            return answer
    return None


class JsonReading:
    """The output of a program that writes its choice down."""

    def __init__(self) -> None:
        self._noise = Noise()
        self._lines: deque[str] = deque()
        self._length = 0

    def take(self, line: str) -> bool:
        """Take the next line; see :class:`passmuster.adapters.products.observation.Reading`."""
        self._noise.event_in(line)
        self._lines.append(line.rstrip("\n"))
        self._length += len(line)
        while self._length > LONGEST_OUTPUT and len(self._lines) > 1:
            self._length -= len(self._lines.popleft())
        return False

    def observation(self) -> Observation:
        """Return what the lines so far show."""
        output = whole_text("\n".join(self._lines))
        answer = answer_in(output)
        return Observation(
            reader=f"json {VERSION}",
            answer=answer,
            asks_for_answer=True,
            # A program that answers has done all that it was asked for.
            terminal=Terminal.FINISHED if output.strip() else Terminal.MISSING,
            text=answer.text if answer is not None and answer.text else output,
            noise=tuple(self._noise.lines),
        )


def _answer_of(event: Event) -> JsonAnswer | None:
    agent = event.get("agent", False)
    if agent is not None and not isinstance(agent, str):
        return None
    confidence = event.get("confidence")
    is_number = isinstance(confidence, int | float) and not isinstance(confidence, bool)
    return JsonAnswer(
        agent=None if agent is None else whole_text(agent),
        confidence=float(confidence) if is_number and 0 <= confidence <= 1 else None,  # type: ignore[operator,arg-type]  # it is a number
        text=text_at(event, "text"),
    )
