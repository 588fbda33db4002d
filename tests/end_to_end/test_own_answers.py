"""The answers of the project's own suite, run: good ones pass whole rubrics, and each subtle flaw has its criterion."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sandboxing import needs_bubblewrap

from .conftest import Outcome

Run = Callable[..., Outcome]

FLAWED = "evals/software_team/subtly_bad.yaml"
CAUGHT_BY = {
    "output-python-01": "no-n-plus-one",
    "output-python-02": "tests-pass",
    "output-python-04": "no-blocking-calls",
    "output-python-05": "custom-exceptions",
    "output-python-06": "no-literal-secrets",
    "output-python-09": "openapi-conformance",
    "output-python-10": "authentication-required",
    "output-django-02": "no-n-plus-one",
    "output-django-03": "tests-pass",
    "output-django-06": "docstrings",
    "output-django-08": "authentication-required",
    "output-test-01": "tests-pass",
}
"""Which criterion must catch which answer; no other may complain."""

BAD_ON_PURPOSE = {"output-api-03", "output-api-05", "output-api-07"}
NOWHERE = {"PATH": str(Path(__file__).parent)}
"""A machine on which no program of any sandbox is found."""


def complaints(folder: Path, suite: str) -> dict[str, set[str]]:
    """Return which criteria did not pass, for each answer that was judged."""
    report = json.loads((folder / "reports" / suite / "report.json").read_text(encoding="utf-8"))
    return {
        case["case"]: {score["criterion"] for score in trial["criteria"] if not score.get("passed")}
        for case in report["cases"]
        for trial in case["trials"]
        if trial["criteria"]
    }


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_good_answers_pass_their_whole_rubrics(our_suite: Run, tmp_path: Path) -> None:
    """Every criterion of every answer with code passes, and nothing breaks, whatever versions this machine has."""
    outcome = our_suite("run", "software_team")

    found = complaints(tmp_path, "software_team")
    assert {name for name, failed in found.items() if failed} == BAD_ON_PURPOSE, outcome.screen
    assert len(found) == 30
    assert outcome.status == 0, outcome.screen
    if "judged by other means" not in outcome.screen:
        assert "equal to the accepted baseline" in outcome.screen


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_each_subtle_flaw_is_caught_by_its_criterion(our_suite: Run, tmp_path: Path) -> None:
    """Twelve answers that look finished fail by one criterion each, and their gate asks for exactly that."""
    outcome = our_suite("run", FLAWED)

    assert complaints(tmp_path, "software_team_subtly_bad") == {name: {by} for name, by in CAUGHT_BY.items()}
    assert outcome.status == 0, outcome.screen


def test_without_a_sandbox_the_rest_is_judged(our_suite: Run) -> None:
    """Criteria that run code are left out and named, and of what is left nothing breaks, moves or is unknown."""
    outcome = our_suite("run", "software_team", "--no-report", **NOWHERE)

    assert outcome.status == 0, outcome.screen
    assert "no case broke; 0 fixed, 0 moved without becoming right or wrong" in outcome.screen
    assert "nothing is known of them" not in outcome.screen
    assert "24 criteria were left out, on both sides" in outcome.screen
    assert "bubblewrap" in outcome.screen
