"""Criteria on the tests of answers, with the sandbox and the environment that users have."""

import re
from pathlib import Path

import pytest
from tests.plain_examiner import ASSETS, judged
from tests.sandboxing import needs_bubblewrap

from passmuster.adapters.criteria.code_tests.covering import COMPONENT as FUNCTION_COVERAGE
from passmuster.adapters.criteria.code_tests.injecting import COMPONENT as DEPENDENCY_INJECTION
from passmuster.adapters.criteria.code_tests.passing import COMPONENT as TESTS_PASS
from passmuster.adapters.sandboxes.bubblewrap import COMPONENT as BUBBLEWRAP
from passmuster.components import BuildContext
from passmuster.composition.confining import environments_home
from passmuster.configuration.settings import Settings
from passmuster.sandboxing.environments import Environments, Ready
from passmuster.sandboxing.examinations import KeptExaminations
from passmuster.sandboxing.programs import Programs

pytestmark = needs_bubblewrap

CHEATS = {
    "early_exit_os": "early_exit",
    "files_rewritten": "files_rewritten",
    "forged_report_by_descriptors": "forged_report",
    "forged_report_by_name": "forged_report",
    "missing_report": "missing_report",
    "missing_report_parent": "missing_report",
    "tests_hidden_by_hook": "tests_hidden",
    "tests_not_run": "tests_not_run",
    "tools_tampered": "tools_tampered",
}
TAKING = ("fastapi_anyio", "fastapi_async", "fastapi_strict")
ANSWERS = (
    *TAKING,
    "django_configured_in_code",
    "django_module_setup",
    "django_pytest",
    "django_with_settings",
    "django_without_settings",
    "source_folder",
    "unittest_flat",
)


@pytest.fixture(scope="module")
def examiner(answers_environment: Ready) -> KeptExaminations:
    """What examines answers in bubblewrap, with nothing kept on disk."""
    sandbox = BUBBLEWRAP.build(BUBBLEWRAP.options(), BuildContext(folder=Path()))
    programs = Programs(Environments(environments_home(Settings())).programs)
    return KeptExaminations(sandbox, answers_environment.environment, programs)


def answer(folder: str, name: str) -> str:
    return (ASSETS / folder / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ANSWERS)
async def test_tests_of_usual_frameworks_pass_and_cover(name: str, examiner: KeptExaminations) -> None:
    """FastAPI with an asynchronous database, Django in five ways and unittest are run and measured."""
    tests = await judged(TESTS_PASS, answer("answers_with_tests", name), examiner=examiner)
    coverage = await judged(FUNCTION_COVERAGE, answer("answers_with_tests", name), examiner=examiner)

    assert tests.passed, tests.reason
    assert coverage.value == 1.0, coverage.reason


@pytest.mark.parametrize("name", TAKING)
async def test_dependencies_of_an_application_are_overridden(name: str, examiner: KeptExaminations) -> None:
    """Both a class and the application take stand-ins, and a request reaches them."""
    score = await judged(DEPENDENCY_INJECTION, answer("answers_with_tests", name), examiner=examiner)

    assert score.passed, score.reason
    assert score.evidence["taking"][:3] == [  # type: ignore[index] # plain data
        "OrderRepository was built with stand-ins",
        "repository was overridden",
        "session was overridden",
    ]


@pytest.mark.parametrize("name", CHEATS)
async def test_cheats_are_named_in_the_sandbox_too(name: str, examiner: KeptExaminations) -> None:
    """Where another user runs them, and processes are counted, cheats come to the same."""
    score = await judged(TESTS_PASS, answer("cheats_on_tests", name), examiner=examiner)

    assert (score.value, score.passed) == (0.0, False)
    assert re.search(rf"\b{CHEATS[name]}\b", score.reason), score.reason


async def test_tests_that_hang_are_ended_and_named(examiner: KeptExaminations) -> None:
    """Waiting is the answer's failure, told with the test that was waiting."""
    # A busy machine may not begin the test in the time that is enough for one at rest.
    for seconds in (3, 60):
        score = await judged(TESTS_PASS, answer("cheats_on_tests", "tests_hang"), examiner=examiner, time_limit=seconds)
        if "test_discount_is_taken_off" in score.reason:
            break

    told = f"tests_hang: the tests did not end within {seconds} seconds, test_discount_is_taken_off"
    assert score.reason.startswith(told), score.reason


async def test_changes_to_the_code_are_noticed_by_honest_tests_only(examiner: KeptExaminations) -> None:
    """Changing the code in the sandbox tells tests that check from tests that do not."""
    honest = await judged(TESTS_PASS, answer("cheats_on_tests", "honest"), examiner=examiner, kills_mutants=1)
    idle = await judged(
        TESTS_PASS, answer("cheats_on_tests", "tests_assert_too_little"), examiner=examiner, kills_mutants=1
    )

    assert honest.passed, honest.reason
    assert idle.reason.startswith("tests_assert_nothing: the tests noticed 0 of")
