"""Reads what ``codex exec --json`` prints, of versions 0.50 to 0.120.

The stream does not tell which agent is spawned: ``collab_tool_call`` has no type of agent. So Codex is asked to write
its choice down, and the last ``agent_message`` is the answer.
"""

from passmuster.adapters.products.doing import Tools
from passmuster.adapters.products.events import Event, object_at, text_at, tokens_at
from passmuster.adapters.products.json_answer import answer_in
from passmuster.adapters.products.observation import Noise, Observation, Terminal
from passmuster.domain.activities import UseOutcome
from passmuster.domain.values import Usage

VERSION = "1"
SHELL_TOOL = "command_execution"
_WORDS = frozenset({"agent_message", "reasoning", "todo_list", "error"})
"""Items that are no uses of tools."""

_OUTCOMES = {"completed": UseOutcome.DONE, "failed": UseOutcome.FAILED, "declined": UseOutcome.REFUSED}
_TOLD = frozenset({"id", "type", "status", "aggregated_output", "result", "output"})
_SENT = ("input_tokens",)  # cached tokens are part of them


class CodexReading:
    """One run, as far as it has been read."""

    def __init__(self) -> None:
        self._noise = Noise()
        self._tools = Tools((SHELL_TOOL,))
        self._text = ""
        self._problem = ""
        self._usages: list[Event] = []
        self._terminal = Terminal.MISSING

    def take(self, line: str) -> bool:
        """Take the next line; see :class:`passmuster.adapters.products.observation.Reading`."""
        event = self._noise.event_in(line)
        if event is None:
            return False
        kind, item = text_at(event, "type"), object_at(event, "item")
        self._take_item(item)
        if kind == "item.completed" and text_at(item, "type") == "agent_message":
            self._text = text_at(item, "text")
        elif kind == "turn.completed":
            self._usages.append(object_at(event, "usage"))
            self._terminal = Terminal.FINISHED
        elif kind == "turn.failed":
            self._problem = text_at(object_at(event, "error"), "message") or self._problem
            self._terminal = Terminal.FAILED
        elif kind == "error":
            # It may try again; whether the turn failed is said apart.
            self._problem = text_at(event, "message")
        return False

    def observation(self) -> Observation:
        """Return what the lines so far show."""
        return Observation(
            reader=f"codex {VERSION}",
            answer=answer_in(self._text),
            asks_for_answer=True,
            usage=Usage(
                input_tokens=sum(tokens_at(used, *_SENT) for used in self._usages),
                output_tokens=sum(tokens_at(used, "output_tokens") for used in self._usages),
            ),
            terminal=self._terminal,
            problem=self._problem,
            text=self._text,
            noise=tuple(self._noise.lines),
            activity=self._tools.activity(None),
        )

    def _take_item(self, item: Event) -> None:
        """Note an item that is the use of a tool, when it begins and when it ends."""
        kind = text_at(item, "type")
        if kind and kind not in _WORDS:
            name = ".".join(filter(None, (text_at(item, "server"), text_at(item, "tool")))) or kind
            given = object_at(item, "arguments") or {key: item[key] for key in item if key not in _TOLD}
            outcome = _OUTCOMES.get(text_at(item, "status"), UseOutcome.UNKNOWN)
            self._tools.add(name, text_at(item, "id"), given, outcome)
