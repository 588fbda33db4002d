"""What every registered criterion promises."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from passmuster.components import BuildContext, Component
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

OPTIONS: dict[str, list[dict[str, object]]] = {
    "contains": [{"text": "x"}, {"texts": ["x", "yes"], "mode": "any", "ignore_case": True}],
    "forbidden": [{"texts": ["x", "no"]}],
    "regex": [{"pattern": "x"}, {"pattern": "y +x", "flags": "ims", "minimum": 0, "maximum": 3}],
    "length": [{"unit": "characters", "maximum": 9}, {"unit": "words", "minimum": 1}, {"unit": "lines", "minimum": 2}],
    "code_fence": [{"language": "python", "maximum": 1}],
    "json": [{}],
    "json_schema": [{"schema": {"type": "object"}}, {"schema": {"uniqueItems": True}}],
}
"""Options of each registered criterion; a new one is to be named here."""

LONG = 300 * 1024
ANSWERS = {
    "empty": "",
    "short": "yes, x\n\n```python\nx = 1\n```\n",
    "data": '```json\n{"a": 1}\n```',
    "not encodable": "x \ud800 \x00 \u2028",
    "long line": "x" * LONG,
    "long lines": "x y\n" * (LONG // 4),
    "long nesting": "[" * LONG,
    "long fences": "```\n" * (LONG // 4),
    "long numbers": "[" + "1," * (LONG // 2) + "1]",
}
POINTS = {point.name: point for point in entry_points(group="passmuster.criteria")}
PAIRS = [(kind, options) for kind in sorted(POINTS) for options in OPTIONS.get(kind, [])]


def build(kind: str, options: dict[str, object]) -> tuple[Component[BaseModel, Criterion], Criterion]:
    component: Component[BaseModel, Criterion] = POINTS[kind].load()
    checked = component.options.model_validate({"name": "mine", **options})
    return component, component.build(checked, BuildContext(folder=Path()))


def test_every_registered_criterion_is_tested_here() -> None:
    """A criterion that is registered has options in this file."""
    assert set(POINTS) == set(OPTIONS)


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize(("kind", "options"), PAIRS)
async def test_equal_exhibits_get_equal_scores(kind: str, options: dict[str, object], text: str) -> None:
    """Whatever the answer, the score lies in range, bears the rubric's name, gives a reason, and is repeated."""
    _component, criterion = build(kind, options)

    first = await criterion.assess(an_exhibit(text))
    second = await criterion.assess(an_exhibit(text))

    assert first == second
    assert 0.0 <= first.value <= 1.0
    assert first.criterion == "mine"
    assert first.reason
    assert len(first.reason.splitlines()) == 1


@pytest.mark.parametrize(("kind", "options"), PAIRS)
async def test_two_built_alike_judge_alike(kind: str, options: dict[str, object]) -> None:
    """A criterion that calls itself deterministic keeps nothing from one answer to the next."""
    component, used = build(kind, options)
    _component, fresh = build(kind, options)
    await used.assess(an_exhibit("something else"))

    score = await used.assess(an_exhibit(ANSWERS["short"]))

    assert component.is_deterministic(component.options.model_validate({"name": "mine", **options}))
    assert score == await fresh.assess(an_exhibit(ANSWERS["short"]))


@pytest.mark.parametrize(("kind", "options"), PAIRS)
def test_unknown_options_are_refused(kind: str, options: dict[str, object]) -> None:
    """A misspelt option is a complaint, never ignored."""
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        build(kind, {**options, "misspelt": 1})
