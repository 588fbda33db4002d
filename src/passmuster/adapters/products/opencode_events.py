"""Reads what ``opencode run --format json`` prints, of versions 1.0 to 1.4.

A call is a ``tool_use`` whose part is of the tool ``task``; it is printed when the agent has ended, so the choice
cannot be seen earlier, and what agents do themselves is not shown. The stream has no line that ends it: a run without
an error whose last step is finished has ended.
"""

from decimal import Decimal

from passmuster.adapters.products.doing import Tools
from passmuster.adapters.products.events import Event, dollars_at, object_at, text_at, tokens_at
from passmuster.adapters.products.observation import Calls, CallState, Noise, Observation, Terminal
from passmuster.domain.activities import UseOutcome
from passmuster.domain.values import Usage

VERSION = "1"
AGENT_TOOL = "task"
SKILL_TOOL = "skill"
SHELL_TOOL = "bash"
UNFINISHED = frozenset({"tool-calls", "unknown"})
"""Reasons for which a step ends and the run does not."""

_STATES = {"completed": CallState.ACCEPTED, "error": CallState.REFUSED}
_OUTCOMES = {"completed": UseOutcome.DONE, "error": UseOutcome.FAILED}


class OpenCodeReading:
    """One run, as far as it has been read."""

    def __init__(self) -> None:
        self._noise = Noise()
        self._calls = Calls()
        self._skills = Calls()
        self._tools = Tools((SHELL_TOOL,))
        self._text: list[str] = []
        self._problem = ""
        self._reason = ""
        self._steps: list[Event] = []

    def take(self, line: str) -> bool:
        """Take the next line; see :class:`passmuster.adapters.products.observation.Reading`."""
        event = self._noise.event_in(line)
        if event is None:
            return False
        kind, part = text_at(event, "type"), object_at(event, "part")
        if kind == "tool_use":
            self._take_tool(part)
        elif kind == "text":
            self._text.append(text_at(part, "text"))
        elif kind == "step_start":
            self._text, self._reason = [], ""
        elif kind == "step_finish":
            self._steps.append(part)
            self._reason = text_at(part, "reason") or "stop"
        elif kind == "error":
            self._problem = _words_of(event) or "an error without words"
        return kind in {"tool_use", "error"}

    def observation(self) -> Observation:
        """Return what the lines so far show."""
        return Observation(
            reader=f"opencode {VERSION}",
            calls=self._calls.all(),
            skills=self._skills.all(),
            usage=self._usage(),
            terminal=self._terminal(),
            problem=self._problem,
            text="\n".join(self._text),
            noise=tuple(self._noise.lines),
            activity=self._tools.activity(len(self._steps) or None),
        )

    def _take_tool(self, part: Event) -> None:
        state = object_at(part, "state")
        given = object_at(state, "input")
        became = _STATES.get(text_at(state, "status"), CallState.PENDING)
        identifier = text_at(part, "callID") or text_at(part, "id")
        outcome = _OUTCOMES.get(text_at(state, "status"), UseOutcome.UNKNOWN)
        self._tools.add(text_at(part, "tool"), identifier, given, outcome)
        if text_at(part, "tool") == AGENT_TOOL:
            self._calls.add(text_at(given, "subagent_type"), identifier, state=became)
        elif text_at(part, "tool") == SKILL_TOOL:
            self._skills.add(text_at(given, "name"), identifier, state=became)

    def _usage(self) -> Usage:
        tokens = [object_at(step, "tokens") for step in self._steps]
        caches = [object_at(counted, "cache") for counted in tokens]
        costs = [dollars_at(step, "cost") for step in self._steps]
        known = [cost for cost in costs if cost is not None]
        return Usage(
            input_tokens=sum(tokens_at(counted, "input") for counted in tokens)
            + sum(tokens_at(cache, "read", "write") for cache in caches),
            output_tokens=sum(tokens_at(counted, "output", "reasoning") for counted in tokens),
            cost=sum(known, Decimal()) if known and len(known) == len(costs) else None,
        )

    def _terminal(self) -> Terminal:
        if self._problem:
            return Terminal.FAILED
        return Terminal.FINISHED if self._reason and self._reason not in UNFINISHED else Terminal.MISSING


def _words_of(event: Event) -> str:
    error = object_at(event, "error")
    said = text_at(object_at(error, "data"), "message") or text_at(error, "message") or text_at(error, "name")
    return said or text_at(event, "message")
