"""The page that leads from an agent's standards to criteria leaves no line out and names only what there is."""

import json
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from .documents import ROOT

PAGE = (ROOT / "docs" / "seed_standards.md").read_text(encoding="utf-8")
SEED = ROOT.parent / "shared" / "data" / "seed" / "python-backend-architect.md"
LISTS = ("Code Standards", "When implementing", "Quality Checks")
ROW = re.compile(r"^\| ([A-Z][^|`]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = {
    found[1]: (re.findall(r"`([^`]+)`", found[2]), re.findall(r"`([^`]+)`", found[3])) for found in ROW.finditer(PAGE)
}
CASES = [
    json.loads(line)
    for line in (ROOT / "datasets" / "software_team" / "output.jsonl").read_text(encoding="utf-8").splitlines()
]


def standards(definition: Path) -> list[str]:
    """Return the lines of the three lists of an agent's definition."""
    text = definition.read_text(encoding="utf-8")
    found: list[str] = []
    for name in LISTS:
        _, _, rest = text.partition(f"**{name}:**\n")
        items = rest.partition("\n\n")[0].splitlines()
        assert items, name
        found += [item.removeprefix("- ") for item in items]
    return found


@pytest.mark.skipif(not SEED.exists(), reason="the definition that the page quotes lies outside this repository")
def test_every_standard_stands_in_the_table() -> None:
    """Word for word, in its order, none left out and none added."""
    assert list(ROWS) == standards(SEED)


def test_every_standard_is_found_out_by_criteria_that_are_there() -> None:
    """Each line has at least one criterion that runs something, and each name is a registered one."""
    known = {point.name for point in entry_points(group="passmuster.criteria")}

    assert len(ROWS) == 16
    assert [line for line, (criteria, _) in ROWS.items() if not criteria] == []
    assert {name for criteria, _ in ROWS.values() for name in criteria} <= known


def test_every_judge_of_the_table_is_shown() -> None:
    """The questions for judges stand on the page, under the names of the table."""
    [block] = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)

    shown = [criterion["name"] for criterion in json.loads(block)["criteria"]]

    assert shown == [name for _, judges in ROWS.values() for name in judges]


def test_the_suites_cases_use_every_criterion_of_the_table() -> None:
    """Together the cases of the Python backend architect run all of them, and each of them runs some."""
    rubrics = [
        {criterion["use"] for criterion in case["rubric"]["criteria"]}
        for case in CASES
        if case["identifier"].startswith("output-python-")
    ]
    wanted = {name for criteria, _ in ROWS.values() for name in criteria}

    assert len(rubrics) >= 12
    assert wanted <= set().union(*rubrics)
    assert all({"tests_pass", "mypy_strict", "docstrings"} <= rubric for rubric in rubrics)


def test_the_suite_has_thirty_output_cases_of_three_agents() -> None:
    """Each of them with a rubric; the architect has twelve, the specialist for Django eight."""
    agents = [case["expect"]["agent"] for case in CASES]

    assert len(CASES) >= 30
    assert len(set(agents)) >= 3
    assert agents.count("python-backend-architect") >= 12
    assert agents.count("django-specialist") >= 8
    assert all(case["rubric"]["criteria"] for case in CASES)
