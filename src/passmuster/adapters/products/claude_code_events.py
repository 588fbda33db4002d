"""Reads what ``claude -p --output-format stream-json --verbose`` prints, of versions 2.0 to 2.1.

Lines of one message bear the same identifier, and their usage is that message's each time. A call is a ``tool_use`` of
the tool ``Task`` (``Agent`` since 2.1.63); without ``subagent_type`` it means ``general-purpose``. With
``--include-partial-messages`` a call is seen in ``stream_event`` lines before its message is complete.

A call counts as accepted as soon as the agent has begun, and also when its result is no error; a result that is an
error is a refusal only if the agent had not begun.
"""

from collections.abc import Iterator
from decimal import Decimal

from passmuster.adapters.products.doing import Tools
from passmuster.adapters.products.events import (
    Event,
    dollars_at,
    event_of,
    names_at,
    object_at,
    objects_at,
    seconds_at,
    text_at,
    tokens_at,
    whole_text,
)
from passmuster.adapters.products.observation import Calls, Noise, Observation, Terminal
from passmuster.domain.activities import UseOutcome
from passmuster.domain.values import Usage

VERSION = "1"
AGENT_TOOLS = frozenset({"Task", "Agent"})
SKILL_TOOL = "Skill"
SHELL_TOOLS = ("Bash",)
DEFAULT_AGENT = "general-purpose"
SYNTHETIC_MODEL = "<synthetic>"
"""The model of messages that the product makes up itself, such as errors."""

LONGEST_BLOCK = 1_000_000
"""Characters of one call's partial input that are put together; more is left to the whole message."""

_INPUT_TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_MODEL_INPUT_TOKENS = ("inputTokens", "cacheCreationInputTokens", "cacheReadInputTokens")
_TERMINALS = {
    "success": Terminal.FINISHED,
    "error_max_turns": Terminal.TURN_LIMIT,
    "error_max_budget_usd": Terminal.COST_LIMIT,
}


class ClaudeCodeReading:
    """One run, as far as it has been read."""

    def __init__(self) -> None:
        self._noise = Noise()
        self._calls = Calls()
        self._skills = Calls()
        self._tools = Tools(SHELL_TOOLS)
        self._init: Event = {}
        self._result: Event = {}
        self._model = ""
        self._request = ""
        self._problem = ""
        self._texts: dict[str, list[str]] = {}
        self._usages: dict[str, Usage] = {}
        self._partial = _PartialMessage()

    def take(self, line: str) -> bool:
        """Take the next line; see :class:`passmuster.adapters.products.observation.Reading`."""
        event = self._noise.event_in(line)
        if event is None:
            return False
        takers = {
            "system": self._take_system,
            "assistant": self._take_assistant,
            "user": self._take_user,
            "stream_event": self._take_partial,
            "result": self._take_result,
        }
        taker = takers.get(text_at(event, "type"))
        if taker is None:
            return False
        # Whatever is done within a call shows that its agent has begun.
        self._calls.accept(text_at(event, "parent_tool_use_id"))
        return taker(event)

    def observation(self) -> Observation:
        """Return what the lines so far show."""
        return Observation(
            reader=f"claude_code {VERSION}",
            calls=self._calls.all(),
            skills=self._skills.all(),
            agents=names_at(self._init, "agents"),
            skill_names=names_at(self._init, "skills"),
            model=self._model or text_at(self._init, "model"),
            version=text_at(self._init, "claude_code_version"),
            request=self._request,
            usage=self._usage(),
            duration=seconds_at(self._result, "duration_ms"),
            terminal=self._terminal(),
            problem=self._words_of_problem(),
            text=text_at(self._result, "result") or self._last_text(),
            is_settled=not self._partial.is_open,
            noise=tuple(self._noise.lines),
            activity=self._tools.activity(self._turns()),
        )

    def _take_system(self, event: Event) -> bool:
        if text_at(event, "subtype") == "init":
            self._init = event
            return True
        if text_at(event, "subtype").startswith("task_"):
            return self._calls.accept(text_at(event, "tool_use_id"))
        return False

    def _take_assistant(self, event: Event) -> bool:
        message = object_at(event, "message")
        parent = text_at(event, "parent_tool_use_id")
        identifier = text_at(message, "id")
        self._note_usage(identifier, message)
        if not parent:
            self._note_model(message)
            self._problem = text_at(event, "error") or self._problem
            self._texts.setdefault(identifier, []).extend(_texts_of(message))
        for block in objects_at(message, "content"):
            if text_at(block, "type") == "tool_use":
                self._note_call(text_at(block, "name"), text_at(block, "id"), object_at(block, "input"), parent)
        return True

    def _take_user(self, event: Event) -> bool:
        message = object_at(event, "message")
        if not text_at(event, "parent_tool_use_id") and not self._texts and not self._request:
            self._request = whole_text(message.get("content")) or "\n".join(_texts_of(message))
        settled = False
        for block in objects_at(message, "content"):
            if text_at(block, "type") == "tool_result":
                identifier = text_at(block, "tool_use_id")
                settle = Calls.refuse if block.get("is_error") is True else Calls.accept
                failed = block.get("is_error") is True
                self._tools.settle(identifier, UseOutcome.FAILED if failed else UseOutcome.DONE)
                settled = any(settle(calls, identifier) for calls in (self._calls, self._skills)) or settled
        return settled

    def _take_partial(self, event: Event) -> bool:
        if text_at(event, "parent_tool_use_id"):
            return False
        inner = object_at(event, "event")
        message = object_at(inner, "message")
        if message:
            self._note_model(message)
            self._note_usage(text_at(message, "id"), message)
        elif object_at(inner, "usage"):
            self._note_usage(self._partial.identifier, inner)
        finished = self._partial.take(inner)
        if finished is not None:
            self._note_call(finished.name, finished.identifier, finished.input(), "")
        return finished is not None or text_at(inner, "type") == "message_stop"

    def _take_result(self, event: Event) -> bool:
        self._result = event
        for denial in objects_at(event, "permission_denials"):
            self._calls.refuse(text_at(denial, "tool_use_id"))
            self._skills.refuse(text_at(denial, "tool_use_id"))
            self._tools.settle(text_at(denial, "tool_use_id"), UseOutcome.REFUSED)
        return True

    def _note_call(self, tool: str, identifier: str, given: Event, parent: str) -> None:
        self._tools.add(tool, identifier, given)
        if tool in AGENT_TOOLS:
            self._calls.add(text_at(given, "subagent_type") or DEFAULT_AGENT, identifier, parent)
        elif tool == SKILL_TOOL:
            self._skills.add(text_at(given, "skill") or text_at(given, "command"), identifier, parent)

    def _note_model(self, message: Event) -> None:
        model = text_at(message, "model")
        if model and model != SYNTHETIC_MODEL:
            self._model = self._model or model

    def _note_usage(self, identifier: str, holder: Event) -> None:
        used = object_at(holder, "usage")
        known = self._usages.get(identifier, Usage())
        # A message's first line tells one token of output, its last one all of them.
        self._usages[identifier] = Usage(
            input_tokens=max(known.input_tokens, tokens_at(used, *_INPUT_TOKENS)),
            output_tokens=max(known.output_tokens, tokens_at(used, "output_tokens")),
        )

    def _usage(self) -> Usage:
        cost = dollars_at(self._result, "total_cost_usd")
        models = object_at(self._result, "modelUsage")
        # The result's own usage is the main thread's; that of the models is everybody's.
        entries = [object_at(models, name) for name in models]
        if entries:
            sent = sum(tokens_at(entry, *_MODEL_INPUT_TOKENS) for entry in entries)
            return Usage(input_tokens=sent, output_tokens=_sum(entries, "outputTokens"), cost=cost)
        used = object_at(self._result, "usage")
        if used:
            sent = tokens_at(used, *_INPUT_TOKENS)
            return Usage(input_tokens=sent, output_tokens=tokens_at(used, "output_tokens"), cost=cost)
        return _total(list(self._usages.values()), cost)

    def _turns(self) -> int | None:
        told = tokens_at(self._result, "num_turns")
        return told or len(self._texts) or None

    def _terminal(self) -> Terminal:
        if not self._result:
            return Terminal.MISSING
        terminal = _TERMINALS.get(text_at(self._result, "subtype"), Terminal.FAILED)
        # An API error ends in a "success" that is an error: its text is the server's, and no answer.
        is_error = self._result.get("is_error") is True
        return Terminal.FAILED if is_error and terminal is Terminal.FINISHED else terminal

    def _words_of_problem(self) -> str:
        if self._terminal() in {Terminal.FINISHED, Terminal.MISSING}:
            return self._problem
        errors = names_at(self._result, "errors") or ()
        said = [self._problem, text_at(self._result, "result"), *errors, text_at(self._result, "subtype")]
        return "; ".join(dict.fromkeys(word for word in said if word and word != "success"))

    def _last_text(self) -> str:
        spoken = [texts for texts in self._texts.values() if texts]
        return "\n".join(spoken[-1]) if spoken else ""


class _PartialCall:
    """A call whose input is still being written."""

    def __init__(self, block: Event) -> None:
        self.name = text_at(block, "name")
        self.identifier = text_at(block, "id")
        self._given = object_at(block, "input")
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        self._length += len(piece)
        if self._length <= LONGEST_BLOCK:
            self._pieces.append(piece)

    def input(self) -> Event:
        return event_of("".join(self._pieces)) or self._given

    def is_whole(self) -> bool:
        """Whether the input can be read; if not, the whole message will tell."""
        return bool(self._given) or event_of("".join(self._pieces)) is not None


class _PartialMessage:
    """The main thread's message while it is being written."""

    def __init__(self) -> None:
        self.is_open = False
        self.identifier = ""
        self._call: _PartialCall | None = None

    def take(self, event: Event) -> _PartialCall | None:
        """Take one event of the model's stream; return a call whose input is complete with it."""
        kind = text_at(event, "type")
        if kind in {"message_start", "message_stop"}:
            self.is_open = kind == "message_start"
            self.identifier = text_at(object_at(event, "message"), "id")
            self._call = None
        elif kind == "content_block_start":
            block = object_at(event, "content_block")
            self._call = _PartialCall(block) if text_at(block, "type") == "tool_use" else None
        elif kind == "content_block_delta" and self._call is not None:
            self._call.add(text_at(object_at(event, "delta"), "partial_json"))
        elif kind == "content_block_stop":
            finished, self._call = self._call, None
            return finished if finished is not None and finished.is_whole() else None
        return None


def _texts_of(message: Event) -> Iterator[str]:
    for block in objects_at(message, "content"):
        if text_at(block, "type") == "text" and text_at(block, "text"):
            yield text_at(block, "text")


def _sum(entries: list[Event], key: str) -> int:
    return sum(tokens_at(entry, key) for entry in entries)


def _total(usages: list[Usage], cost: Decimal | None) -> Usage:
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cost=cost,
    )
