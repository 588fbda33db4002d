"""Some of the held-out answers, judged in the sandbox: good ones pass, and each defect has its criterion."""

import os
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from tests.plain_examiner import ASSETS, judged
from tests.sandboxing import needs_bubblewrap

from passmuster.adapters.sandboxes.bubblewrap import COMPONENT as BUBBLEWRAP
from passmuster.components import BuildContext
from passmuster.examining import Examiner
from passmuster.sandboxing.environments import Environments, Ready
from passmuster.sandboxing.examinations import KeptExaminations
from passmuster.sandboxing.programs import Programs

pytestmark = needs_bubblewrap

HELD_OUT = ASSETS / "held_out"
GOOD = {
    "api_keys_service": "environment_configuration",
    "links_django": "status_codes",
    "search_rate_limited": "authentication_required",
}
DEFECTIVE = {
    "authentication_required": "search_rate_limited--signature-not-verified",
    "no_n_plus_one": "appointments--lazy-in-schema",
    "status_codes": "links_django--200-with-error",
}


@pytest.fixture
def examiner(answers_environment: Ready) -> Examiner:
    home = Path(os.environ["PASSMUSTER_SANDBOX_ENVIRONMENT"])
    sandbox = BUBBLEWRAP.build(BUBBLEWRAP.options(), BuildContext(folder=Path()))
    return KeptExaminations(sandbox, answers_environment.environment, Programs(Environments(home).programs))


async def passed(criterion: str, text: str, examiner: Examiner) -> tuple[bool, str]:
    (point,) = entry_points(group="passmuster.criteria", name=criterion)
    score = await judged(point.load(), text, examiner=examiner)
    return score.passed, score.reason


@pytest.mark.parametrize(("name", "criterion"), GOOD.items())
async def test_good_answers_pass(name: str, criterion: str, examiner: Examiner) -> None:
    """A library that is handed its environment, a project whose package nobody imports, a service behind tokens."""
    text = (HELD_OUT / "good" / f"{name}.md").read_text(encoding="utf-8")
    is_passed, reason = await passed(criterion, text, examiner)

    assert is_passed, reason


@pytest.mark.parametrize(("criterion", "name"), DEFECTIVE.items())
async def test_defects_are_caught(criterion: str, name: str, examiner: Examiner) -> None:
    """Two of them were missed when it was measured first."""
    text = (HELD_OUT / "defective" / criterion / f"{name}.md").read_text(encoding="utf-8")
    is_passed, reason = await passed(criterion, text, examiner)

    assert not is_passed, reason
