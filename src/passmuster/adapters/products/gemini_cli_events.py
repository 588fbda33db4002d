"""Reads what ``gemini --output-format stream-json`` prints, of versions 0.20 to 0.61.

A call is a ``tool_use`` of the tool ``invoke_agent``, which names the agent in ``agent_name``. In older builds every
agent is a tool of its own name; only who knows the roster can tell such a call from another tool's, so these names are
told beforehand. The stream says neither which agents were loaded, nor the product's version.
"""

from collections.abc import Collection

from passmuster.adapters.products.doing import Tools
from passmuster.adapters.products.events import Event, object_at, seconds_at, text_at, tokens_at
from passmuster.adapters.products.observation import Calls, Noise, Observation, Terminal
from passmuster.domain.activities import UseOutcome
from passmuster.domain.values import Usage

VERSION = "1"
AGENT_TOOL = "invoke_agent"
SKILL_TOOL = "activate_skill"
SHELL_TOOL = "run_shell_command"


class GeminiCliReading:
    """One run, as far as it has been read."""

    def __init__(self, agents: Collection[str] = ()) -> None:
        """Begin.

        Args:
            agents: The names of agents, which older builds use as names of tools.
        """
        self._agents = frozenset(agents)
        self._noise = Noise()
        self._calls = Calls()
        self._skills = Calls()
        self._tools = Tools((SHELL_TOOL,))
        self._model = ""
        self._request: list[str] = []
        self._text: list[str] = []
        self._problem = ""
        self._result: Event = {}

    def take(self, line: str) -> bool:
        """Take the next line; see :class:`passmuster.adapters.products.observation.Reading`."""
        event = self._noise.event_in(line)
        if event is None:
            return False
        kind = text_at(event, "type")
        if kind == "message":
            self._take_message(event)
        elif kind == "init":
            self._model = text_at(event, "model")
        elif kind == "error":
            self._problem = text_at(event, "message") or self._problem
        elif kind == "result":
            self._result = event
        else:
            return self._take_tool(kind, event)
        return kind == "result"

    def observation(self) -> Observation:
        """Return what the lines so far show."""
        stats = object_at(self._result, "stats")
        return Observation(
            reader=f"gemini_cli {VERSION}",
            calls=self._calls.all(),
            skills=self._skills.all(),
            model=self._model,
            request="".join(self._request),
            usage=Usage(input_tokens=tokens_at(stats, "input_tokens"), output_tokens=tokens_at(stats, "output_tokens")),
            duration=seconds_at(stats, "duration_ms"),
            terminal=self._terminal(),
            problem=text_at(object_at(self._result, "error"), "message") or self._problem,
            text="".join(self._text),
            noise=tuple(self._noise.lines),
            activity=self._tools.activity(None),
        )

    def _take_message(self, event: Event) -> None:
        content = text_at(event, "content")
        if text_at(event, "role") == "user":
            self._request.append(content)
        elif event.get("delta") is True:
            self._text.append(content)
        else:
            self._text = [content]

    def _take_tool(self, kind: str, event: Event) -> bool:
        identifier = text_at(event, "tool_id")
        if kind == "tool_result":
            is_error = text_at(event, "status") == "error"
            self._tools.settle(identifier, UseOutcome.FAILED if is_error else UseOutcome.DONE)
            settle = Calls.refuse if is_error else Calls.accept
            return any(settle(calls, identifier) for calls in (self._calls, self._skills))
        if kind != "tool_use":
            return False
        # What it says after its tools have answered is the answer.
        self._text = []
        tool, given = text_at(event, "tool_name"), object_at(event, "parameters")
        self._tools.add(tool, identifier, given)
        if tool == AGENT_TOOL:
            self._calls.add(text_at(given, "agent_name"), identifier)
        elif tool in self._agents:
            self._calls.add(tool, identifier)
        elif tool == SKILL_TOOL:
            self._skills.add(text_at(given, "name"), identifier)
        return True

    def _terminal(self) -> Terminal:
        if not self._result:
            return Terminal.MISSING
        error = object_at(self._result, "error")
        if "turn" in f"{text_at(error, 'type')} {text_at(error, 'message')}".lower():
            return Terminal.TURN_LIMIT
        return Terminal.FINISHED if text_at(self._result, "status") == "success" else Terminal.FAILED
