"""Criteria on what a subject did: tools, their order, turns and commands."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.criteria.behaviour import COMMANDS_RUN, TOOL_ORDER, TOOLS_USED, TURNS
from passmuster.adapters.criteria.uses import holds
from passmuster.components import BuildContext, Component
from passmuster.domain.activities import Activity, ToolUse, UseOutcome
from passmuster.domain.answers import ToolCall
from passmuster.domain.errors import CriterionError, CriterionUnavailableError
from passmuster.domain.results import Score
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit


def use(name: str, outcome: UseOutcome = UseOutcome.DONE, **arguments: object) -> ToolUse:
    """Return one use of a tool."""
    return ToolUse(name=name, arguments=arguments, outcome=outcome)


READ = use("Read", file_path="app/a.py")
EDIT = use("Edit", file_path="app/a.py", options={"all": True, "limit": 3})
DENIED = use("Bash", UseOutcome.REFUSED, command="rm -rf /")
DONE = Activity(turns=4, tool_uses=(READ, EDIT, READ, DENIED), commands=("pytest -q", "git status"))


async def judge(component: Component[Any, Criterion], activity: Activity | None = DONE, **options: object) -> Score:
    """Judge an answer by what was done for it."""
    criterion = component.build(
        component.options.model_validate({"name": "mine", **options}), BuildContext(folder=Path())
    )
    exhibit = an_exhibit()
    return await criterion.assess(replace(exhibit, completion=replace(exhibit.completion, activity=activity)))


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"wanted": ["Read", "Edit"]}, 1.0),
        ({"wanted": ["Read", "Write"]}, 0.5),
        ({"wanted": ["R*d"]}, 1.0),
        ({"wanted": ["read"]}, 0.0),
        ({"wanted": [{"tool": "Read", "arguments": {"file_path": "app/a.py"}}]}, 1.0),
        ({"wanted": [{"tool": "Read", "arguments": {"file_path": "app/b.py"}}]}, 0.0),
        ({"wanted": [{"tool": "Edit", "arguments": {"options": {"limit": 3}}}]}, 1.0),
        ({"wanted": [{"tool": "Edit", "pattern": '"file_path": "app/[^"]+\\.py"'}]}, 1.0),
        ({"wanted": [{"tool": "Read", "pattern": "b\\.py"}]}, 0.0),
        ({"wanted": ["Bash"]}, 0.0),
        ({"forbidden": ["Write"]}, 1.0),
        ({"forbidden": ["Bash"]}, 0.0),
        ({"wanted": ["Read"], "forbidden": ["Bash", "Write", "Edit"]}, 0.5),
    ],
)
async def test_tools_are_used_or_not(options: dict[str, Any], value: float) -> None:
    """Refused uses are none where wanted, and are some where forbidden."""
    score = await judge(TOOLS_USED, **options)

    assert (score.value, score.passed) == (value, value == 1.0)


async def test_the_reason_names_what_is_wrong() -> None:
    """In one sentence, with the uses as evidence."""
    score = await judge(TOOLS_USED, wanted=["Write"], forbidden=[{"tool": "Bash", "pattern": "rm"}])

    assert score.reason == "Write was not used; Bash with 'rm' was used, which is forbidden"
    assert score.evidence["forbidden"] == [
        {"place": 4, "tool": "Bash", "arguments": '{"command": "rm -rf /"}', "outcome": "refused"}
    ]


async def test_calls_of_a_model_count_where_nobody_carries_them_out() -> None:
    """A model that is offered tools tells which ones it would use."""
    criterion = TOOLS_USED.build(
        TOOLS_USED.options.model_validate({"name": "mine", "wanted": ["search"]}), BuildContext(folder=Path())
    )
    exhibit = an_exhibit()
    calls = (ToolCall(identifier="1", name="search", arguments={}),)

    score = await criterion.assess(replace(exhibit, completion=replace(exhibit.completion, tool_calls=calls)))

    assert score.passed


@pytest.mark.parametrize(
    ("component", "options", "activity"),
    [
        (TOOLS_USED, {"wanted": ["Read"]}, None),
        (TOOLS_USED, {"forbidden": ["Read"]}, Activity()),
        (TOOL_ORDER, {"tools": ["Read", "Edit"]}, None),
        (COMMANDS_RUN, {"forbidden": ["rm"]}, None),
        (COMMANDS_RUN, {"forbidden": ["rm"]}, Activity()),
        (TURNS, {"maximum": 3}, Activity()),
    ],
)
async def test_what_nobody_can_tell_is_not_judged(
    component: Component[Any, Criterion], options: dict[str, Any], activity: Activity | None
) -> None:
    """Neither passed nor failed."""
    with pytest.raises(CriterionUnavailableError, match="does not tell"):
        await judge(component, activity, **options)


@pytest.mark.parametrize(
    ("tools", "adjacent", "value"),
    [
        (["Read", "Edit"], False, 1.0),
        (["Read", "Edit", "Read"], True, 1.0),
        (["Edit", "Edit"], False, 0.5),
        (["Read", "Read"], False, 1.0),
        (["Read", "Read"], True, 0.5),
        (["Write", "Read"], False, 0.0),
        (["Read", {"tool": "Edit", "arguments": {"file_path": "app/a.py"}}], True, 1.0),
        (["Read", "Bash"], False, 0.5),
    ],
)
async def test_tools_are_used_in_an_order(tools: list[object], adjacent: bool, value: float) -> None:  # noqa: FBT001 - a parameter of the test
    """With others in between, or with none."""
    score = await judge(TOOL_ORDER, tools=tools, adjacent=adjacent)

    assert (score.value, score.passed) == (value, value == 1.0)


@pytest.mark.parametrize(
    ("activity", "bounds", "passed"),
    [
        (DONE, {"maximum": 4}, True),
        (DONE, {"maximum": 3}, False),
        (DONE, {"minimum": 5}, False),
        (None, {"minimum": 1}, True),
    ],
)
async def test_turns_are_counted(activity: Activity | None, bounds: dict[str, int], passed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A model alone is asked once."""
    score = await judge(TURNS, activity, **bounds)

    assert score.passed is passed


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"wanted": ["^pytest"]}, 1.0),
        ({"wanted": ["^pytest", "^ruff"]}, 0.5),
        ({"forbidden": ["^git (push|reset)", "rm -rf"]}, 1.0),
        ({"forbidden": ["git"]}, 0.0),
    ],
)
async def test_commands_are_run_or_not(options: dict[str, Any], value: float) -> None:
    """Patterns are found anywhere in a command."""
    score = await judge(COMMANDS_RUN, **options)

    assert (score.value, score.passed) == (value, value == 1.0)


async def test_a_pattern_that_never_ends_is_ended() -> None:
    """By the process that it runs in."""
    activity = Activity(commands=("x" * 50 + "y",))

    with pytest.raises(CriterionError, match="took longer"):
        await judge(COMMANDS_RUN, activity, wanted=["^(x+x+)+$"])


@pytest.mark.parametrize(
    ("component", "options", "complaint"),
    [
        (TOOLS_USED, {}, "give 'wanted', 'forbidden' or both"),
        (COMMANDS_RUN, {}, "give 'wanted', 'forbidden' or both"),
        (COMMANDS_RUN, {"wanted": ["("]}, "is not valid"),
        (TOOLS_USED, {"wanted": [{"tool": "Read", "pattern": "["}]}, "is not valid"),
        (TURNS, {}, "give 'minimum', 'maximum' or both"),
        (TURNS, {"minimum": 3, "maximum": 2}, "nothing is at least 3 and at most 2"),
        (TOOL_ORDER, {"tools": ["Read"]}, "at least 2"),
    ],
)
def test_wrong_options_are_refused(
    component: Component[Any, Criterion], options: dict[str, Any], complaint: str
) -> None:
    """In words for whoever wrote them."""
    with pytest.raises(ValueError, match=complaint):
        component.options.model_validate({"name": "mine", **options})


@pytest.mark.parametrize(
    ("value", "least", "is_held"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1.0}, {"a": 1}, True),
        ({"a": None}, {"a": None}, True),
        ({"a": "x"}, {"a": {"b": 1}}, False),
    ],
)
def test_json_holds_at_least(value: JsonObject, least: JsonObject, *, is_held: bool) -> None:
    """Objects may have more, lists may not, and true is not 1."""
    assert holds(value, least) is is_held
