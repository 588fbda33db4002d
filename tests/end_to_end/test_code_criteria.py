"""Criteria on code where they really work: tools of the environment for answers, in bubblewrap."""

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from tests.sandboxing import needs_bubblewrap

from passmuster.adapters.criteria.code.reading import SOURCE, TYPES
from passmuster.adapters.sandboxes.bubblewrap import COMPONENT as BUBBLEWRAP
from passmuster.components import BuildContext
from passmuster.domain.results import Score
from passmuster.examining import Examiner
from passmuster.extraction.files import files_of
from passmuster.sandboxing.environments import Environments, Ready
from passmuster.sandboxing.examinations import KeptExaminations
from passmuster.sandboxing.programs import Programs
from passmuster.testing.factories import an_exhibit

pytestmark = needs_bubblewrap

NAMES = (
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
)
POINTS = {point.name: point for point in entry_points(group="passmuster.criteria") if point.name in NAMES}
SHOP = {
    "shop/__init__.py": "",
    "shop/models.py": '''\
"""Tables."""

from django.db import models


class Customer(models.Model):
    """Who buys."""

    name = models.CharField(max_length=100)


class Order(models.Model):
    """What was bought."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    total = models.IntegerField()
''',
    "shop/settings.py": "import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\nMOST_ORDERS: int = 3\n",
    "shop/views.py": '''\
"""Answers."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from shop.models import Customer


def listed(request: HttpRequest, number: int) -> JsonResponse:
    """List totals."""
    customer = Customer.objects.prefetch_related("orders").get(pk=number)
    totals: list[int] = [order.total for order in customer.orders.all()[: settings.MOST_ORDERS]]
    return JsonResponse({"name": customer.name, "totals": totals})
''',
}
HOSTILE = {
    "app.py": "def f(x):\n    return x\n",
    "mypy.py": "import os\nos._exit(0)\n",
    "ruff.py": "import os\nos._exit(0)\n",
    "sitecustomize.py": "import os\nos._exit(0)\n",
    "json/__init__.py": "import os\nos._exit(0)\n",
    "pydantic/mypy.py": "import os\nos._exit(0)\n",
    "pydantic/__init__.py": "",
    "django/__init__.py": "",
    "use.py": "import django\n",
}
LEAVING = {
    "shop/__init__.py": "",
    "shop/models.py": "import os\nfrom django.db import models\ndef f(x): return x\nif models: os._exit(0)\n",
}


@pytest.fixture
def examiner(answers_environment: Ready) -> Examiner:
    home = Path(os.environ["PASSMUSTER_SANDBOX_ENVIRONMENT"])
    sandbox = BUBBLEWRAP.build(BUBBLEWRAP.options(), BuildContext(folder=Path()))
    return KeptExaminations(sandbox, answers_environment.environment, Programs(Environments(home).programs))


def answer_of(files: Mapping[str, str]) -> str:
    return "\n".join(f"`{name}`:\n\n````python\n{text}````\n" for name, text in files.items())


async def judge(examiner: Examiner, name: str, answer: str) -> Score:
    component = POINTS[name].load()
    criterion = component.build(component.options(name=name), BuildContext(folder=Path(), examiner=lambda: examiner))
    score = await criterion.assess(an_exhibit(answer))
    assert isinstance(score, Score)
    return score


async def test_good_answers_of_the_package_pass_every_criterion_on_code(examiner: Examiner) -> None:
    """Five of ours, as agents would write them: FastAPI and Django, with and without a database."""
    folder = Path(__file__).parents[2] / "src" / "passmuster" / "rubrics" / "answers"
    failed: list[str] = []
    for base in ("orders", "bookings", "library", "weather", "worker"):
        answer = (folder / base / "passes" / "answer.md").read_text(encoding="utf-8")
        scores = [await judge(examiner, name, answer) for name in NAMES]
        failed.extend(f"{base}: {score.criterion}: {score.reason}" for score in scores if not score.passed)

    assert failed == []


async def test_types_of_django_are_known(examiner: Examiner) -> None:
    """Fields, relations and the answer's own settings, although these cannot be read here."""
    score = await judge(examiner, "mypy_strict", answer_of(SHOP))
    wrong = SHOP["shop/views.py"].replace("list[int]", "list[str]")
    worse = await judge(examiner, "mypy_strict", answer_of({**SHOP, "shop/views.py": wrong}))

    assert score.passed, score.reason
    assert score.evidence["plugins"] == ["pydantic.mypy", "mypy_django_plugin.main"]
    assert worse.reason.startswith("mypy --strict found 1 error: shop/views.py:12 ")


@pytest.mark.parametrize("files", [HOSTILE, LEAVING], ids=["hostile", "leaving"])
async def test_code_that_ends_whoever_imports_it_is_judged_all_the_same(
    examiner: Examiner, files: Mapping[str, str]
) -> None:
    """Tools do not import the answer, and where one does, its silence is no praise."""
    types = await judge(examiner, "mypy_strict", answer_of(files))
    hints = await judge(examiner, "type_hints", answer_of(files))
    cheats = await judge(examiner, "no_cheats", answer_of(files))

    assert not types.passed
    assert "missing a type annotation" in types.reason or "the code could not be checked: mypy ended" in types.reason
    assert "`f` lacks a type for `x`" in hints.reason
    assert "early_exit" in cheats.reason


async def test_examining_is_cheap_with_a_warm_cache(examiner: Examiner) -> None:
    """Not by the clock but by what was looked at: mypy is given its cache, and nothing is examined twice."""
    files = files_of(an_exhibit(answer_of({"app.py": "import fastapi\n\nx = fastapi\n"})).completion)

    first = [await examiner.examine(files, examination) for examination in (SOURCE, TYPES)]
    again = [await examiner.examine(files, examination) for examination in (SOURCE, TYPES)]

    assert [item.is_kept for item in (*first, *again)] == [False, False, True, True]
    assert [item.ended_by for item in first] == [None, None]
