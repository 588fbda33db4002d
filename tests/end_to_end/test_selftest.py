"""`passmuster selftest`: green suites, suites that notice nothing, and what it leaves as it was."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import REQUESTS, Outcome, Repository, case_line

VARYING = """\
subjects:
  varying: {use: routed, router: {use: callable, target: "./router.py:choose"}}
"""


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_sound_suite_passes_and_nothing_is_written(repository: Repository) -> None:
    """Without a run or a baseline before it, and without leaving a trace."""
    before = files_of(repository.folder)

    outcome = repository.passmuster("selftest", "team")

    assert outcome.status == 0, outcome.screen
    assert "the gate notices what it should" in outcome.screen
    # Two agents make one pair to swap; each of them is blanked, duplicated and deleted.
    assert "7 harmful edits turned it red; 4 neutral ones left it green" in outcome.screen
    assert files_of(repository.folder) == before


def test_a_case_that_names_its_agent_protects_nothing(repository: Repository) -> None:
    """With one case only, which would go the same way whatever the description says, the gate is not to be trusted."""
    repository.write_cases([case_line("by-name", "Hand it to the documentation-writer.", "documentation-writer")])

    outcome = repository.passmuster("selftest")

    assert outcome.status == 1, outcome.screen
    assert "the gate cannot be relied on" in outcome.screen
    assert "add requests that documentation-writer should get" in outcome.screen
    assert "1 of 2 agents" in outcome.screen
    assert "database-engineer" in outcome.screen


def test_a_suite_without_a_right_choice_fails(repository: Repository) -> None:
    """There is nothing to lose, so nothing could be noticed."""
    repository.write_cases([case_line("nobody", "What is the capital of Peru?", None)])

    outcome = repository.passmuster("selftest")

    assert outcome.status == 1, outcome.screen
    assert "no request goes rightly to any agent" in outcome.screen


def test_a_lenient_gate_fails(repository: Repository) -> None:
    """What broke is said, although the gate let it pass."""
    with repository.suite.open("a", encoding="utf-8") as suite:
        suite.write("gate:\n  - {metric: unaccepted_breaks, maximum: 99}\n")

    outcome = repository.passmuster("selftest")

    assert outcome.status == 1, outcome.screen
    assert "let the gate allow less" in outcome.screen


def test_subjects_that_vary_are_refused_unless_they_are_named(repository: Repository) -> None:
    """A function of the user's may cost money; named, it is asked."""
    head = repository.suite.read_text(encoding="utf-8").partition("subjects:")[0]
    # Ten cases are too few for a margin; counting what broke needs no more.
    gate = "gate:\n  - {metric: unaccepted_breaks, maximum: 0}\n"
    repository.suite.write_text(head + VARYING + gate, encoding="utf-8")
    known = dict(REQUESTS.values())
    (repository.suite.parent / "router.py").write_text(
        f"KNOWN = {known!r}\n\n\ndef choose(request, roster):\n"
        "    wanted = KNOWN[request.text]\n    return wanted if wanted in roster.names else None\n",
        encoding="utf-8",
    )

    refused = repository.passmuster("selftest")
    named = repository.passmuster("selftest", "--subject", "varying", "--mutations", "1", "--json")

    assert refused.status == 2
    assert "[varying-subjects]" in refused.errors
    # It knows the answers by heart: a roster that loses an agent is all that it notices.
    assert named.status == 1, named.screen
    outcomes = {probe["edit"]: probe["outcome"] for probe in json.loads(named.output)["probes"]}
    assert outcomes["deleted"] == "failed"
    assert outcomes["blanked"] == "passed"


def test_the_screen_fits_into_eighty_columns(repository: Repository) -> None:
    """As terminals are by default."""
    outcome = repository.passmuster("selftest", COLUMNS="80")

    assert max(len(line) for line in outcome.output.splitlines()) <= 80
    assert "database-engineer ↔" in outcome.output


def test_equal_suites_get_equal_selftests(repository: Repository) -> None:
    """The agents are drawn by the seed, and JSON says all that there is."""
    first, second = (repository.passmuster("selftest", "--json", PYTHONHASHSEED=seed) for seed in ("1", "2"))

    assert first.status == 0, first.screen
    assert first == second
    found = json.loads(first.output)
    assert found["holds"] is True
    assert found["watched"] == ["database-engineer", "documentation-writer"]
    assert Counter(probe["wanted"] for probe in found["probes"]) == {"red": 7, "green": 4}
    assert {probe["outcome"] for probe in found["probes"] if probe["wanted"] == "red"} == {"failed"}


@pytest.mark.parametrize("value", ["0", "many"])
def test_a_number_that_is_none_is_refused(repository: Repository, value: str) -> None:
    """No mutation at all would prove nothing."""
    assert repository.passmuster("selftest", "--mutations", value).status == 2


def test_our_own_suite_passes(our_suite: Callable[..., Outcome]) -> None:
    """Each edit once; by its router on descriptions only, which is what our gate guards."""
    outcome = our_suite("selftest", "--mutations", "1", "--json")

    assert outcome.status == 0, outcome.screen
    found = json.loads(outcome.output)
    assert found["subjects"] == ["lexical"]
    assert found["left_out"] == ["lexical_with_bodies"]
    assert found["unwatched"] == []
    assert len(found["probes"]) == 8
