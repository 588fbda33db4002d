"""Criteria on applications where they really work: programs of the environment for answers, in bubblewrap."""

import os
from pathlib import Path

import pytest
from tests.plain_examiner import ASSETS, judged
from tests.sandboxing import needs_bubblewrap
from tests.unit.adapters.criteria.application_probe.answers import NAMES, OPTIONS, answer, component

from passmuster.adapters.sandboxes.bubblewrap import COMPONENT as BUBBLEWRAP
from passmuster.components import BuildContext
from passmuster.domain.results import Score
from passmuster.examining import Examiner
from passmuster.sandboxing.environments import Environments, Ready
from passmuster.sandboxing.examinations import KeptExaminations
from passmuster.sandboxing.programs import Programs

pytestmark = needs_bubblewrap

STEALING = """
import os

for process in (os.getppid(), 1):
    for descriptor in range(64):
        try:
            stolen = os.open(f"/proc/{process}/fd/{descriptor}", os.O_WRONLY)
            os.write(stolen, b'{"state": "asked", "framework": "stolen"}')
        except OSError:
            continue
for path in ("/etc/shadow", "/root"):
    if os.path.exists(path):
        raise RuntimeError(path)
"""


@pytest.fixture
def examiner(answers_environment: Ready) -> Examiner:
    home = Path(os.environ["PASSMUSTER_SANDBOX_ENVIRONMENT"])
    sandbox = BUBBLEWRAP.build(BUBBLEWRAP.options(), BuildContext(folder=Path()))
    return KeptExaminations(sandbox, answers_environment.environment, Programs(Environments(home).programs))


async def scored(examiner: Examiner, criterion: str, text: str, **options: object) -> Score:
    return await judged(component(criterion), text, examiner=examiner, **options)  # type: ignore[type-var] # any options


@pytest.mark.parametrize("name", ["fastapi_async", "fastapi_sync", "django_views", "django_rest"])
async def test_right_applications_pass_in_the_sandbox(name: str, examiner: Examiner) -> None:
    """FastAPI and Django, with a database, asked once for all criteria."""
    names = [criterion for criterion in NAMES if criterion != "openapi_conformance" or name.startswith("fastapi")]
    scores = [await scored(examiner, criterion, answer(name), **OPTIONS.get(name, {})) for criterion in names]

    assert [found.reason for found in scores if not found.passed] == []
    assert len(examiner._held) == 1  # type: ignore[attr-defined] # noqa: SLF001 - how often it was asked


async def test_nobody_takes_the_results_from_the_parent(examiner: Examiner) -> None:
    """The application runs as the same user as whoever asks it, and still cannot open what that one holds."""
    text = answer("fastapi_memory", ("store = Store()\n", "store = Store()\n" + STEALING))

    right = await scored(examiner, "status_codes", text)
    wrong = await scored(examiner, "authentication_required", text)

    assert right.passed, right.reason
    assert "without credentials" in wrong.reason


async def test_an_application_that_ends_whoever_asks_it_fails(examiner: Examiner) -> None:
    """No report is no success."""
    ending = "store = Store()\nimport os\nimport signal\n\nos.kill(os.getppid(), signal.SIGKILL)\n"

    found = await scored(examiner, "api_versioning", answer("fastapi_memory", ("store = Store()\n", ending)))

    assert not found.passed
    assert found.reason.startswith("missing_report")


def test_the_answers_are_there() -> None:
    """The files that these tests and others read."""
    assert len(list((ASSETS / "application_answers").glob("*.md"))) >= 6
