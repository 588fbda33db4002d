"""The tools that a subject used, and patterns of such uses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from passmuster.adapters.criteria.matching import matches
from passmuster.adapters.criteria.options import Pattern
from passmuster.domain.activities import ToolUse, UseOutcome
from passmuster.domain.answers import Completion
from passmuster.domain.errors import CriterionUnavailableError

_SHOWN = 20
_LONGEST_SHOWN = 200


class UsePattern(BaseModel):
    """Uses of a tool that are meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str = Field(min_length=1, description="The tool's name; `*` stands for any characters.")
    arguments: dict[str, object] = Field(
        default_factory=dict,
        description="What its arguments must hold at least: objects may have further members, all else is equal.",
    )
    pattern: Pattern | None = Field(
        default=None, description="A regular expression that is found in its arguments, written as JSON."
    )

    def __str__(self) -> str:
        """Return it in words."""
        about = [json.dumps(self.arguments, ensure_ascii=False)] if self.arguments else []
        about += [] if self.pattern is None else [repr(self.pattern)]
        return f"{self.tool} with {' and '.join(about)}" if about else self.tool


def _from_name(value: object) -> object:
    return {"tool": value} if isinstance(value, str) else value


Use = Annotated[UsePattern, BeforeValidator(_from_name)]
"""A pattern of uses, or only the tool's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The uses of one answer, with what of them fits each of some patterns."""

    uses: tuple[ToolUse, ...]
    fitting: tuple[frozenset[int], ...]

    def went_through(self, place: int) -> bool:
        """Return whether the product did not refuse a use."""
        return self.uses[place].outcome is not UseOutcome.REFUSED


def uses_of(completion: Completion) -> tuple[ToolUse, ...]:
    """Return the tools that a subject used, or that its model called where nobody carries calls out.

    Raises:
        CriterionUnavailableError: If nobody can tell.
    """
    activity = completion.activity
    if activity is not None and activity.tool_uses is not None:
        return activity.tool_uses
    if completion.tool_calls:
        return tuple(ToolUse(name=call.name, arguments=call.arguments) for call in completion.tool_calls)
    message = "this subject does not tell which tools it used"
    raise CriterionUnavailableError(message, hint="use a product whose output tells, or a model that is offered tools")


async def find_uses(completion: Completion, patterns: Sequence[UsePattern]) -> Uses:
    """Return what was used, and which uses fit which pattern.

    Raises:
        CriterionUnavailableError: If nobody can tell.
        CriterionError: If a pattern takes too long.
    """
    uses = uses_of(completion)
    expressions = list(dict.fromkeys(pattern.pattern for pattern in patterns if pattern.pattern is not None))
    texts = [json.dumps(use.arguments, ensure_ascii=False, sort_keys=True) for use in uses] if expressions else []
    found = dict(zip(expressions, await matches(expressions, texts), strict=True))
    return Uses(
        uses=uses,
        fitting=tuple(
            frozenset(
                place
                for place, use in enumerate(uses)
                if fnmatchcase(use.name, pattern.tool.replace("[", "[[]"))
                and holds(use.arguments, pattern.arguments)
                and (pattern.pattern is None or found[pattern.pattern][place])
            )
            for pattern in patterns
        ),
    )


def holds(value: object, least: object) -> bool:
    """Return whether a value of JSON holds at least another: its objects may have further members."""
    if isinstance(least, Mapping):
        return isinstance(value, Mapping) and all(key in value and holds(value[key], least[key]) for key in least)
    if isinstance(least, list | tuple):
        if not isinstance(value, list | tuple) or len(value) != len(least):
            return False
        return all(map(holds, value, least))
    return isinstance(value, bool) == isinstance(least, bool) and value == least


def shown_uses(uses: Sequence[ToolUse], places: Sequence[int]) -> list[dict[str, object]]:
    """Return some uses as evidence, the first 20."""
    return [
        {
            "place": place + 1,
            "tool": uses[place].name[:_LONGEST_SHOWN],
            "arguments": json.dumps(uses[place].arguments, ensure_ascii=False, sort_keys=True)[:_LONGEST_SHOWN],
            "outcome": str(uses[place].outcome),
        }
        for place in list(places)[:_SHOWN]
    ]
