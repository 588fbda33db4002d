"""What every registered criterion promises."""

import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.results import Score
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit
from passmuster.testing.fakes import ScriptedExaminer


class Obliging:
    """A model that takes the best choice that it is offered."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Read the choices from the schema that it is to keep to."""
        schema = json.loads(json.dumps(request.answer_schema))
        best = schema["properties"]["choice"]["enum"][-1]
        return Completion(text=json.dumps({"reason": "So it is.", "choice": best}), model="made-up")


OPTIONS: dict[str, list[dict[str, object]]] = {
    "contains": [{"text": "x"}, {"texts": ["x", "yes"], "mode": "any", "ignore_case": True}],
    "forbidden": [{"texts": ["x", "no"]}],
    "regex": [{"pattern": "x"}, {"pattern": "y +x", "flags": "ims", "minimum": 0, "maximum": 3}],
    "length": [{"unit": "characters", "maximum": 9}, {"unit": "words", "minimum": 1}, {"unit": "lines", "minimum": 2}],
    "code_fence": [{"language": "python", "maximum": 1}],
    "json": [{}],
    "json_schema": [{"schema": {"type": "object"}}, {"schema": {"uniqueItems": True}}],
    "files_delivered": [{}, {"wanted": ["**/*.py"], "default_path": "x.py", "allow_elided": False}],
    "files_touched": [{"wanted": ["*.py"], "only": ["**"]}, {"may_delete": False}],
    "tools_used": [{"wanted": ["Read"], "forbidden": [{"tool": "Bash", "arguments": {"command": "ls"}}]}],
    "tool_order": [{"tools": ["Read", {"tool": "Edit", "pattern": "x+y"}]}],
    "turns": [{"maximum": 3}],
    "commands_run": [{"wanted": ["^pytest"]}],
    "cost": [{"maximum": "0.01"}],
    "latency": [{"maximum": 3}, {"maximum": 1, "to": "first_token"}],
    "tokens": [{"maximum": 100, "of": "output"}],
    "similarity": [{"reference": "yes", "minimum": 0.5}, {"reference": "x", "minimum": 0, "measure": "tokens"}],
    "no_n_plus_one": [{}, {"call": "app:rows", "reads": ["lines"], "growth": 0}],
    "openapi_conformance": [{"undeclared": [404]}],
    "status_codes": [{"application": "app.main:app", "headers": {"authorization": "Bearer x"}}],
    "authentication_required": [{"public": ["/health"]}],
    "input_validated": [{"huge": False, "bodies": {"POST /x": {"a": 1}}}],
    "api_versioning": [{"header": "X-Version"}],
    "no_blocking_at_run_time": [{"paths": ["/v1/*"], "environment": {"A": "b"}, "seed": "app:seed"}],
    "tests_pass": [{}, {"minimum": 3, "kills_mutants": 1, "mutants": 2, "allowed_skips": 1}],
    "function_coverage": [{"minimum": 90, "critical": ["app/*.py"], "time_limit": 60}],
    "dependency_injection": [{"minimum": 2, "maximum_ties": 1, "default_path": ""}],
    "type_hints": [{}, {"minimum": 0, "maximum_any": 0, "maximum_ignores": 0}],
    "mypy_strict": [{"tests": True, "maximum": 1}],
    "ruff": [{}, {"rules": ["E", "S105"], "ignored": ["E501"], "line_length": 88, "tests": False, "maximum": 3}],
    "formatted": [{"line_lengths": [88], "single_quotes": False}],
    "docstrings": [{"convention": "numpy", "arguments": False, "modules": True, "style": True, "minimum": 0.9}],
    "complexity": [{"maximum": 8, "nesting": 3}],
    "size": [{"function_lines": 40, "class_lines": 200, "file_lines": 400, "parameters": 6}],
    "custom_exceptions": [{"minimum": 2, "mapped": False}],
    "environment_configuration": [{"minimum": 0, "addresses": False}],
    "no_literal_secrets": [{"allowed": ["token_kind"]}],
    "logging_hooks": [{"minimum": 2, "where_it_fails": False, "maximum_printed": 1}],
    "no_blocking_calls": [{"helpers": False}],
    "descriptive_names": [{"maximum_share": 0.1, "allowed": ["sku"], "forbidden": ["nfo"]}],
    "no_cheats": [{"default_path": "", "allowed": ["noqa"], "maximum_suppressions": 2}],
    "judge": [{"question": "Is it short?", "backend": "judge"}, {"question": "?", "backends": ["a", "b"], "votes": 2}],
    "asks_before_assuming": [{"backend": "judge"}],
    "prefers": [{"reference": "yes", "backend": "judge"}],
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
# Judges that always say the same, and examinations that end without a result, as hostile code can make them.
CONTEXT = BuildContext(
    folder=Path(),
    backend=lambda _name: Obliging(),
    examiner=ScriptedExaminer,
)
POINTS = {point.name: point for point in entry_points(group="passmuster.criteria")}
PAIRS = [(kind, options) for kind in sorted(POINTS) for options in OPTIONS.get(kind, [])]


def build(kind: str, options: dict[str, object]) -> tuple[Component[BaseModel, Criterion], Criterion]:
    component: Component[BaseModel, Criterion] = POINTS[kind].load()
    checked = component.options.model_validate({"name": "mine", **options})
    return component, component.build(checked, CONTEXT)


async def assessed(criterion: Criterion, text: str) -> Score | str:
    """Return the score, or the reason why this answer does not tell what the criterion asks for."""
    try:
        return await criterion.assess(an_exhibit(text))
    except CriterionUnavailableError as error:
        return error.message


def test_every_registered_criterion_is_tested_here() -> None:
    """A criterion that is registered has options in this file."""
    assert set(POINTS) == set(OPTIONS)


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize(("kind", "options"), PAIRS)
async def test_equal_exhibits_get_equal_scores(kind: str, options: dict[str, object], text: str) -> None:
    """Whatever the answer, the score lies in range, bears the rubric's name, gives a reason, and is repeated."""
    _component, criterion = build(kind, options)

    first = await assessed(criterion, text)
    second = await assessed(criterion, text)

    assert first == second
    if isinstance(first, str):
        return
    assert 0.0 <= first.value <= 1.0
    assert first.criterion == "mine"
    assert first.reason
    assert len(first.reason.splitlines()) == 1


@pytest.mark.parametrize(("kind", "options"), PAIRS)
async def test_two_built_alike_judge_alike(kind: str, options: dict[str, object]) -> None:
    """A criterion keeps nothing from one answer to the next."""
    _component, used = build(kind, options)
    _component, fresh = build(kind, options)
    await assessed(used, "something else")

    score = await assessed(used, ANSWERS["short"])

    assert score == await assessed(fresh, ANSWERS["short"])


@pytest.mark.parametrize(("kind", "options"), PAIRS)
def test_unknown_options_are_refused(kind: str, options: dict[str, object]) -> None:
    """A misspelt option is a complaint, never ignored."""
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        build(kind, {**options, "misspelt": 1})
