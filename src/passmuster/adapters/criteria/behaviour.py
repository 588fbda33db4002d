"""Criteria on what a subject did: tools and their order, turns, and commands."""

from collections.abc import Sequence

from pydantic import Field, model_validator

from passmuster.adapters.criteria.matching import matches
from passmuster.adapters.criteria.options import Bounds, CriterionOptions, Pattern
from passmuster.adapters.criteria.uses import Use, find_uses, shown_uses
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.results import Exhibit, Score
from passmuster.ports import Criterion

_SHOWN = 20
_LONGEST_SHOWN = 200


class ToolsUsedOptions(CriterionOptions):
    """Options of ``tools_used``."""

    wanted: tuple[Use, ...] = Field(default=(), description="Uses that there must be, each at least once.")
    forbidden: tuple[Use, ...] = Field(
        default=(), description="Uses that there must not be; one that the product refused was tried, and counts."
    )

    @model_validator(mode="after")
    def _check(self) -> "ToolsUsedOptions":
        _refuse_nothing(self.wanted, self.forbidden)
        return self


class ToolOrderOptions(CriterionOptions):
    """Options of ``tool_order``."""

    tools: tuple[Use, ...] = Field(min_length=2, description="Uses in the order in which they must come.")
    adjacent: bool = Field(default=False, description="Whether nothing else may be used between them.")


class TurnsOptions(CriterionOptions):
    """Options of ``turns``."""

    minimum: int | None = Field(default=None, ge=0, description="At least so many.")
    maximum: int | None = Field(default=None, ge=0, description="At most so many.")

    @model_validator(mode="after")
    def _check(self) -> "TurnsOptions":
        if self.minimum is None and self.maximum is None:
            message = "give 'minimum', 'maximum' or both"
            raise ValueError(message)
        self.bounds.refuse_if_empty()
        return self

    @property
    def bounds(self) -> Bounds:
        """The numbers of turns that pass."""
        return Bounds(minimum=self.minimum, maximum=self.maximum)


class CommandsRunOptions(CriterionOptions):
    """Options of ``commands_run``."""

    wanted: tuple[Pattern, ...] = Field(
        default=(), description="Regular expressions, each of which is found in a command that was run."
    )
    forbidden: tuple[Pattern, ...] = Field(
        default=(), description="Regular expressions, none of which is found in a command that was run."
    )

    @model_validator(mode="after")
    def _check(self) -> "CommandsRunOptions":
        _refuse_nothing(self.wanted, self.forbidden)
        return self


class ToolsUsedCriterion:
    """Whether tools were used, and others not. The value is the share of what was asked for that holds."""

    def __init__(self, options: ToolsUsedOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for every use.

        Raises:
            CriterionUnavailableError: If the subject does not tell which tools it used.
            CriterionError: If a pattern takes too long.
        """
        options = self._options
        found = await find_uses(exhibit.completion, (*options.wanted, *options.forbidden))
        count = len(options.wanted)
        missing = [
            str(pattern)
            for pattern, places in zip(options.wanted, found.fitting, strict=False)
            if not any(found.went_through(place) for place in places)
        ]
        wrong = sorted(frozenset[int]().union(*found.fitting[count:]))
        crossed = [
            str(pattern) for pattern, places in zip(options.forbidden, found.fitting[count:], strict=True) if places
        ]
        complaints = [f"{_listed(missing)} was not used"] if missing else []
        complaints += [f"{_listed(crossed)} was used, which is forbidden"] if crossed else []
        return Score(
            criterion=options.name,
            value=1 - (len(missing) + len(crossed)) / (count + len(options.forbidden)),
            passed=not complaints,
            reason="; ".join(complaints) or f"{counted(len(found.uses), 'use')} of tools, as asked for",
            evidence={
                "uses": len(found.uses),
                "missing": missing[:_SHOWN],
                "forbidden": shown_uses(found.uses, wrong),
                "tools": sorted({use.name[:_LONGEST_SHOWN] for use in found.uses})[:_SHOWN],
            },
        )


class ToolOrderCriterion:
    """Whether tools were used in an order. The value is the share of the order that was kept to."""

    def __init__(self, options: ToolOrderOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for the order.

        Raises:
            CriterionUnavailableError: If the subject does not tell which tools it used.
            CriterionError: If a pattern takes too long.
        """
        options = self._options
        found = await find_uses(exhibit.completion, options.tools)
        went = [place for place in range(len(found.uses)) if found.went_through(place)]
        search = _longest_run if options.adjacent else _in_order
        places = search(went, found.fitting)
        passed = len(places) == len(options.tools)
        reason = f"{' → '.join(_shortened(str(tool)) for tool in options.tools)}, in this order"
        if not passed:
            after = f" after {options.tools[len(places) - 1]}" if places else ""
            between = " at once" if options.adjacent else ""
            reason = f"{_shortened(str(options.tools[len(places)]))} was not used{_shortened(after)}{between}"
        return Score(
            criterion=options.name,
            value=len(places) / len(options.tools),
            passed=passed,
            reason=reason,
            evidence={"uses": len(found.uses), "order": shown_uses(found.uses, places)},
        )


class TurnsCriterion:
    """Whether the model was asked often enough and not too often."""

    def __init__(self, options: TurnsOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Count.

        Raises:
            CriterionUnavailableError: If the product does not tell.
        """
        options = self._options
        count = _turns(exhibit.completion)
        passed = count in options.bounds
        return Score(
            criterion=options.name,
            value=float(passed),
            passed=passed,
            reason=f"{counted(count, 'turn')}; wanted {options.bounds}",
            evidence={"turns": count},
        )


class CommandsRunCriterion:
    """Whether commands were run, and others not. The value is the share of what was asked for that holds."""

    def __init__(self, options: CommandsRunOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for every pattern.

        Raises:
            CriterionUnavailableError: If the subject does not tell which commands it ran.
            CriterionError: If a pattern takes too long.
        """
        options = self._options
        commands = _commands(exhibit.completion)
        patterns = (*options.wanted, *options.forbidden)
        found = await matches(patterns, commands)
        count = len(options.wanted)
        missing = [repr(pattern) for pattern, places in zip(options.wanted, found, strict=False) if not any(places)]
        wrong = [command for place, command in enumerate(commands) if any(row[place] for row in found[count:])]
        crossed = sum(any(row) for row in found[count:])
        complaints = [f"no command fits {_listed(missing)}"] if missing else []
        complaints += [f"{_listed([repr(command) for command in wrong])} was run, which is forbidden"] if wrong else []
        return Score(
            criterion=options.name,
            value=1 - (len(missing) + crossed) / len(patterns),
            passed=not complaints,
            reason="; ".join(complaints) or f"{counted(len(commands), 'command')}, as asked for",
            evidence={
                "commands": [command[:_LONGEST_SHOWN] for command in commands[:_SHOWN]],
                "missing": missing[:_SHOWN],
                "forbidden": [command[:_LONGEST_SHOWN] for command in wrong[:_SHOWN]],
            },
        )


def _refuse_nothing(wanted: Sequence[object], forbidden: Sequence[object]) -> None:
    if not wanted and not forbidden:
        message = "give 'wanted', 'forbidden' or both"
        raise ValueError(message)


def _in_order(went: Sequence[int], fitting: Sequence[frozenset[int]]) -> list[int]:
    """Return the places of the first uses that fit one pattern after the other."""
    places: list[int] = []
    for place in went:
        if len(places) < len(fitting) and place in fitting[len(places)]:
            places.append(place)
    return places


def _longest_run(went: Sequence[int], fitting: Sequence[frozenset[int]]) -> list[int]:
    """Return the places of the longest run of uses that begins as the patterns do, with nothing in between."""
    best: list[int] = []
    for start in range(len(went)):
        run = []
        for place, wanted in zip(went[start:], fitting, strict=False):
            if place not in wanted:
                break
            run.append(place)
        best = max(best, run, key=len)
    return best


def _turns(completion: Completion) -> int:
    """Return how often the model was asked; a model alone is asked once."""
    if completion.activity is None:
        return 1
    if completion.activity.turns is None:
        message = "this product does not tell how often its model was asked"
        raise CriterionUnavailableError(message, hint="leave the criterion out for it, or judge tools_used")
    return completion.activity.turns


def _commands(completion: Completion) -> tuple[str, ...]:
    """Return the commands that were run."""
    activity = completion.activity
    if activity is None or activity.commands is None:
        message = "this subject does not tell which commands it ran"
        raise CriterionUnavailableError(message, hint="use a product whose output tells")
    return activity.commands


def _listed(words: Sequence[str]) -> str:
    more = len(words) - 3
    return ", ".join(map(_shortened, words[:3])) + (f" and {more} more" if more > 0 else "")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _build_tools_used(options: ToolsUsedOptions, _context: BuildContext) -> Criterion:
    return ToolsUsedCriterion(options)


def _build_tool_order(options: ToolOrderOptions, _context: BuildContext) -> Criterion:
    return ToolOrderCriterion(options)


def _build_turns(options: TurnsOptions, _context: BuildContext) -> Criterion:
    return TurnsCriterion(options)


def _build_commands_run(options: CommandsRunOptions, _context: BuildContext) -> Criterion:
    return CommandsRunCriterion(options)


TOOLS_USED = Component(options=ToolsUsedOptions, build=_build_tools_used, is_deterministic=lambda _options: True)
"""``tools_used``: tools were used, and others not."""

TOOL_ORDER = Component(options=ToolOrderOptions, build=_build_tool_order, is_deterministic=lambda _options: True)
"""``tool_order``: tools were used in an order."""

TURNS = Component(options=TurnsOptions, build=_build_turns, is_deterministic=lambda _options: True)
"""``turns``: the model was asked often enough and not too often."""

COMMANDS_RUN = Component(options=CommandsRunOptions, build=_build_commands_run, is_deterministic=lambda _options: True)
"""``commands_run``: commands were run, and others not."""
