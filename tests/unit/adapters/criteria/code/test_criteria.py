"""The criteria on code, from an answer to a score."""

import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from passmuster.adapters.criteria.code.annotations import TYPE_HINTS
from passmuster.components import BuildContext
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.results import Score
from passmuster.domain.sandboxes import Limit
from passmuster.examining import Examination, Examined
from passmuster.testing.factories import an_exhibit

from .examiners import PlainExaminer, answer_of, judge

GOOD = {
    "app/orders.py": '''\
"""Orders."""

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic_settings import BaseSettings

logger = logging.getLogger(__name__)


class Settings(BaseSettings):
    """What the environment says."""

    secret_key: str


class MissingOrderError(Exception):
    """There is no such order."""


class OrderService:
    """Knows the orders."""

    def __init__(self, prices: dict[int, int]) -> None:
        """Keep prices.

        Args:
            prices: By number.
        """
        self._prices = prices

    async def price(self, number: int) -> int:
        """Return what an order costs.

        Args:
            number: Of the order.

        Returns:
            Its price.

        Raises:
            MissingOrderError: If there is none.
        """
        if number not in self._prices:
            logger.warning("there is no order %s", number)
            raise MissingOrderError
        return self._prices[number]


app = FastAPI()


@app.exception_handler(MissingOrderError)
async def answer_missing(request: Request, error: MissingOrderError) -> JSONResponse:
    """Answer that there is none.

    Args:
        request: What was asked.
        error: What went wrong.

    Returns:
        The reply.
    """
    return JSONResponse({"detail": str(error)}, status_code=404)
''',
    "tests/test_orders.py": """\
import pytest
from app.orders import OrderService


@pytest.mark.asyncio
async def test_price():
    assert await OrderService({1: 3}).price(1) == 3
""",
}
DEFECTS: list[tuple[str, str, str, str]] = [
    (
        "type_hints",
        "number: int) -> int",
        "number) -> int",
        "app/orders.py:33 `OrderService.price` lacks a type for `number`",
    ),
    ("docstrings", '    """Knows the orders."""\n\n', "", "app/orders.py:22 Missing docstring in public class"),
    (
        "docstrings",
        "        Args:\n            number: Of the order.\n\n",
        "",
        "`OrderService.price` does not document number",
    ),
    ("ruff", "import logging\n", "import logging\nimport os\n", "app/orders.py:4 F401 `os` imported but unused"),
    ("formatted", "app = FastAPI()", "app=FastAPI( )", "1 of 2 files not formatted"),
    (
        "complexity",
        "if number not",
        "if number or number or number or number not",
        "`OrderService.price` is of complexity 5",
    ),
    ("size", "        return self._prices[number]", "        return self._prices[number]\n" * 20, "has 24 lines"),
    ("custom_exceptions", "raise MissingOrderError", "raise KeyError", "defined but never raised: app/orders.py:18"),
    (
        "custom_exceptions",
        "exception_handler(MissingOrderError)",
        "get('/')",
        "no handler turns MissingOrderError into a reply",
    ),
    (
        "custom_exceptions",
        "app = FastAPI()\n",
        "app = FastAPI()\ntry:\n    app.x()\nexcept:\n    pass\n",
        "app/orders.py:54 a bare except",
    ),
    (
        "environment_configuration",
        "class Settings(BaseSettings)",
        "class Settings",
        "the environment is read in 0 places",
    ),
    (
        "no_literal_secrets",
        "secret_key: str\n",
        'secret_key: str = "hunter2"\n',
        "app/orders.py:15 `secret_key` is a literal",
    ),
    ("logging_hooks", "logger.warning(", "print(", "printed instead of logged: app/orders.py:46"),
    ("logging_hooks", "logger = logging.getLogger(__name__)", "logger = None", "no logger is made"),
    ("logging_hooks", 'logger.warning("there is no order %s", number)', "pass", "0 calls that log"),
    (
        "no_blocking_calls",
        "        if number",
        "        import time\n\n        time.sleep(1)\n        if number",
        "app/orders.py:47 `time.sleep` blocks the event loop",
    ),
    ("descriptive_names", "prices: dict", "usr_cfg: dict", "`usr_cfg` abbreviates (usr, cfg)"),
]
SMALLER: dict[str, dict[str, object]] = {"complexity": {"maximum": 4}, "size": {"function_lines": 20}}
NAMES = {
    "type_hints",
    "mypy_strict",
    "ruff",
    "formatted",
    "docstrings",
    "complexity",
    "size",
    "custom_exceptions",
    "environment_configuration",
    "no_literal_secrets",
    "logging_hooks",
    "no_blocking_calls",
    "descriptive_names",
    "no_cheats",
}
POINTS = {point.name: point for point in entry_points(group="passmuster.criteria") if point.name in NAMES}


class ScriptedExaminer:
    """Returns what it is given, whatever is asked."""

    def __init__(self, examined: Examined) -> None:
        self._examined = examined

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        """Return it."""
        del files, examination
        return self._examined


async def judge_result(examined: Examined) -> Score:
    """Judge what an examination is said to have found."""
    context = BuildContext(folder=Path(), examiner=lambda: ScriptedExaminer(examined))
    criterion = TYPE_HINTS.build(TYPE_HINTS.options.model_validate({"name": "mine"}), context)
    return await criterion.assess(an_exhibit(answer_of({"a.py": "x = 1\n"})))


def test_all_criteria_are_registered() -> None:
    """Under the names that rubrics use."""
    assert set(POINTS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES - {"mypy_strict"}))
async def test_a_good_answer_passes(name: str) -> None:
    """Every criterion, with its usual options."""
    score = await judge(POINTS[name].load(), answer_of(GOOD))

    assert (score.passed, score.value) == (True, 1.0), score.reason


@pytest.mark.parametrize(("name", "old", "new", "reason"), DEFECTS)
async def test_a_defect_fails_its_criterion(name: str, old: str, new: str, reason: str) -> None:
    """And the reason says what and where, with the same as evidence."""
    assert old in GOOD["app/orders.py"]
    answer = answer_of({**GOOD, "app/orders.py": GOOD["app/orders.py"].replace(old, new)})

    score = await judge(POINTS[name].load(), answer, **SMALLER.get(name, {}))

    assert (score.passed, score.value < 1) == (False, True)
    assert reason in score.reason
    assert json.dumps(score.evidence)


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("There is nothing to do.", "the answer has no file"),
        ("`a.js`:\n\n```js\nlet x = 1\n```\n", "none of the answer's 1 files is Python"),
        ("`../a.py`:\n\n```python\nx = 1\n```\n", "the answer has no file; 1 were refused, such as '../a.py'"),
        ("`app/a.py`:\n\n```python\nprint 'x'\n```\n", "code that cannot be parsed: app/a.py:1 syntax error"),
        ("```python\ndef f(:\n```\n", "code that cannot be parsed: main.py:1 syntax error"),
    ],
)
async def test_an_answer_without_good_code_fails(name: str, answer: str, reason: str) -> None:
    """It is the answer's fault, so it is never left out."""
    score = await judge(POINTS[name].load(), answer)

    assert (score.passed, score.value) == (False, 0.0)
    assert score.reason.startswith(reason)


@pytest.mark.parametrize("name", ["type_hints", "docstrings", "complexity", "custom_exceptions", "logging_hooks"])
async def test_tests_alone_are_no_product(name: str) -> None:
    """What is asked of the product is not asked of tests, nor granted to them."""
    score = await judge(POINTS[name].load(), answer_of({"tests/test_a.py": "def test_a() -> None:\n    assert f()\n"}))

    assert (score.passed, score.reason) == (False, "the answer has no Python file besides its tests")


@pytest.mark.parametrize(
    ("examined", "reason"),
    [
        (Examined(result=None, status=-9), "the answer's code ended its own examination"),
        (Examined(result=None, ended_by=Limit.TIME), "the answer's code took too long to be examined"),
        (Examined(result=None, ended_by=Limit.MEMORY), "the answer's code took too much memory to be examined"),
        (
            Examined(result={"crash": "ruff ended with status 2: "}),
            "the code could not be checked: ruff ended with status 2: ",
        ),
        (Examined(result={"excess": 9_000_000}), "the answer's code has too much to be told of it"),
    ],
)
async def test_a_missing_report_is_a_failure(examined: Examined, reason: str) -> None:
    """Never a success, and never left out."""
    score = await judge_result(examined)

    assert (score.passed, score.reason) == (False, reason)


async def test_one_examination_serves_every_criterion_but_one() -> None:
    """So that an answer is examined once, and a suite without types does not pay for them."""
    examiner = PlainExaminer()
    context = BuildContext(folder=Path(), examiner=lambda: examiner)
    for name in sorted(NAMES - {"mypy_strict"}):
        component = POINTS[name].load()
        criterion = component.build(component.options.model_validate({"name": name}), context)
        await criterion.assess(an_exhibit(answer_of({"a.py": "x = 1\n"})))

    assert set(examiner.asked) == {"source"}
