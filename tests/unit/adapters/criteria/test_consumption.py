"""Criteria on money, time and tokens."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.criteria.consumption import COST, LATENCY, TOKENS
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Origin
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.results import Score
from passmuster.domain.values import Usage
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

USED = Usage(input_tokens=100, output_tokens=20, cost=Decimal("0.0120"))


async def judge(component: Component[Any, Criterion], changes: dict[str, Any], **options: object) -> Score:
    """Judge an answer by what it took."""
    criterion = component.build(
        component.options.model_validate({"name": "mine", **options}), BuildContext(folder=Path())
    )
    exhibit = an_exhibit()
    return await criterion.assess(replace(exhibit, completion=replace(exhibit.completion, **changes)))


@pytest.mark.parametrize(
    ("component", "changes", "options", "passed", "reason"),
    [
        (COST, {"usage": USED}, {"maximum": "0.012"}, True, "cost $0.012; at most $0.012 wanted"),
        (COST, {"usage": USED}, {"maximum": "0.01"}, False, "cost $0.012; at most $0.01 wanted"),
        (LATENCY, {"latency": 1.5}, {"maximum": 2}, True, "the answer took 1.5 seconds; at most 2 seconds wanted"),
        (LATENCY, {"latency": 2.5}, {"maximum": 2}, False, "the answer took 2.5 seconds; at most 2 seconds wanted"),
        (
            LATENCY,
            {"latency": 9.0, "first_token": 0.2},
            {"maximum": 1, "to": "first_token"},
            True,
            "the first piece took 0.2 seconds; at most 1 seconds wanted",
        ),
        (TOKENS, {"usage": USED}, {"maximum": 120}, True, "120 tokens; at most 120 wanted"),
        (TOKENS, {"usage": USED}, {"maximum": 119}, False, "120 tokens; at most 119 wanted"),
        (TOKENS, {"usage": USED}, {"maximum": 20, "of": "output"}, True, "20 tokens of output; at most 20 wanted"),
        (TOKENS, {"usage": USED}, {"maximum": 99, "of": "input"}, False, "100 tokens of input; at most 99 wanted"),
    ],
)
async def test_what_an_answer_took_is_compared(
    component: Component[Any, Criterion],
    changes: dict[str, Any],
    options: dict[str, Any],
    passed: bool,  # noqa: FBT001 - a parameter of the test
    reason: str,
) -> None:
    """A maximum may be reached."""
    score = await judge(component, changes, **options)

    assert (score.passed, score.reason) == (passed, reason)


@pytest.mark.parametrize(
    ("component", "changes", "options"),
    [
        (COST, {"usage": Usage(input_tokens=1)}, {"maximum": 1}),
        (LATENCY, {"latency": 0.0, "origin": Origin.RECORDED}, {"maximum": 1}),
        (LATENCY, {"latency": 1.0, "first_token": None}, {"maximum": 1, "to": "first_token"}),
        (TOKENS, {"usage": Usage()}, {"maximum": 1}),
    ],
)
async def test_what_nobody_knows_is_not_judged(
    component: Component[Any, Criterion], changes: dict[str, Any], options: dict[str, Any]
) -> None:
    """Unknown is not free, and not at once."""
    with pytest.raises(CriterionUnavailableError, match="nobody"):
        await judge(component, changes, **options)
