"""What a model wrote, whether as a text or as a call of the tool by which it is to choose."""

import json
from collections.abc import Collection

from passmuster.adapters.routers.model_answer import ModelAnswer, Unusable, read_answer
from passmuster.adapters.routers.model_prompt import TOOL
from passmuster.domain.answers import Completion, ToolCall
from passmuster.domain.values import AgentName


def read_completion(completion: Completion, agents: Collection[AgentName]) -> ModelAnswer | Unusable:
    """Read a model's choice; the arguments of a call are held to the letter as a text is.

    A model that writes the object instead of calling the tool, since its server cannot force it, is understood too.
    Two calls that say different things are no answer.
    """
    if not completion.tool_calls:
        return read_answer(completion.text, agents)
    others = [call.name for call in completion.tool_calls if call.name != TOOL]
    if others:
        return Unusable(complaint=f"it calls the tool {others[0]!r}, which it was not given")
    first = completion.tool_calls[0]
    if any(call.arguments != first.arguments for call in completion.tool_calls):
        return Unusable(complaint=f"it calls {TOOL} several times, with different arguments")
    return read_answer(_arguments(first), agents)


def written(completion: Completion) -> str:
    """Return all that a model wrote, calls as text, to be shown to people and to the model."""
    calls = [f"{call.name}({_arguments(call)})" for call in completion.tool_calls]
    return " ".join([completion.text, *calls]).strip() if calls else completion.text


def _arguments(call: ToolCall) -> str:
    kept = call.arguments.get("") if len(call.arguments) == 1 else None
    # What the model wrote instead of an object is shown, and refused, as it wrote it.
    return kept if isinstance(kept, str) else json.dumps(call.arguments, ensure_ascii=False)
