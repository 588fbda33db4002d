"""What the documents say is so: links lead somewhere, data are valid, and every name is documented."""

import json
import re
import tomllib
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from passmuster.analysis.inference import wilson
from passmuster.composition.building import Workbench
from passmuster.composition.schemas import suite_schema
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import LEVEL_METRICS, SuiteConfiguration

from .documents import ROOT, Block, all_documents, anchors_of, blocks_of, first_cells, links_of
from .rules import rules_of_source

DOCUMENTS = all_documents()
CRITERIA = sorted((ROOT / "docs" / "criteria").glob("*.md"))
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
SMALLEST = {
    "name": "shown",
    "roster": {"use": "claude_code"},
    "datasets": [{"use": "files", "location": "cases.jsonl"}],
    "subjects": {"descriptions": {"use": "routed", "router": {"use": "lexical"}}},
}
"""What a fragment of a suite is put into before it is checked."""

CHOSEN_FOR_YOU = {
    *(
        "passmuster.baselines",
        "passmuster.clocks",
        "passmuster.code_hosts",
        "passmuster.revisions",
        "passmuster.run_files",
    )
}
GROUPS = sorted({group for group in entry_points().groups if group.startswith("passmuster.")} - CHOSEN_FOR_YOU)
"""The groups of components that a suite can name."""


def reference() -> str:
    """Return the pages that explain what a suite and its cases can name."""
    pages = ("docs/suite.md", "docs/datasets.md", *(f"docs/criteria/{path.name}" for path in CRITERIA))
    return "".join(map(read, pages))


def blocks(*languages: str) -> list[Any]:
    """Return the blocks of these languages in all documents, as parameters of a test."""
    return [
        pytest.param(block, id=f"{name}:{block.line}")
        for name, document in zip(NAMES, DOCUMENTS, strict=True)
        for block in blocks_of(document)
        if block.language in languages
    ]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def check_cases(folder: Path, file: str, text: str) -> Sequence[object]:
    """Load cases as a suite does, down to the options of every criterion."""
    (folder / file).write_text(text, encoding="utf-8")
    suite = {**SMALLEST, "datasets": [{"use": "files", "location": file}]}
    (folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    bench = Workbench(folder / "suite.yaml", Settings())
    bench.check_criteria()
    return bench.cases


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link between files names a file, and a heading in it where it names one."""
    broken = []
    for target in links_of(document):
        place, _, anchor = target.partition("#")
        other = (document.parent / place).resolve() if place else document
        if "://" not in target and (not other.exists() or (anchor and anchor not in anchors_of(other))):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if ROOT / "datasets" not in path.parents], ids=lambda path: path.name
)
def test_lines_are_short(document: Path) -> None:
    """No line is longer than 120 characters."""
    lines = document.read_text(encoding="utf-8").split("\n")

    assert [number for number, line in enumerate(lines, start=1) if len(line) > 120] == []


@pytest.mark.parametrize("block", blocks("jsonl"))
def test_shown_lines_are_cases(block: Block, tmp_path: Path) -> None:
    """Every line of JSON Lines that is shown is a case that loads."""
    cases = check_cases(tmp_path, "cases.jsonl", block.text)

    assert len(cases) == len(block.text.splitlines())


@pytest.mark.parametrize("block", blocks("yaml"))
def test_shown_yaml_is_valid(block: Block, tmp_path: Path) -> None:
    """YAML that is shown is a suite, a part of one, or cases, and is valid as what it is."""
    data = yaml.safe_load(block.text)

    if isinstance(data, list) or "cases" in data:
        assert check_cases(tmp_path, "cases.yaml", block.text)
    else:
        whole = SMALLEST | data
        assert SuiteConfiguration.model_validate(whole).name == whole["name"]
        assert list(Draft202012Validator(suite_schema()).iter_errors(whole)) == []


@pytest.mark.parametrize("block", blocks("sh"))
def test_shown_targets_of_make_exist(block: Block) -> None:
    """Every target of make that is shown can be made."""
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    wanted = set(re.findall(r"^make ([a-z]+)", block.text, re.MULTILINE))

    assert wanted <= targets


def test_every_rule_is_explained() -> None:
    """docs/errors.md explains every rule of the source, and no other."""
    explained = first_cells(read("docs/errors.md").partition("## Findings")[2].partition("## Errors by class")[0])

    assert sorted(explained) == sorted(rules_of_source())


def test_every_option_is_explained() -> None:
    """Each option of each component that a suite can name stands in a table, or in the words of a criterion."""
    told = reference()
    missing = [
        f"{point.name}: {name}"
        for group in GROUPS
        for point in entry_points(group=group)
        for name, field in point.load().options.model_fields.items()
        if f"`{field.alias or name}`" not in told
    ]

    assert missing == []


def test_every_component_is_explained() -> None:
    """Each component that a suite can name is named in the reference, and so are the plug-in groups."""
    told = reference()
    named = re.findall(r"`([a-z_]+)`", told) + re.findall(r"^### ([a-z_]+)$", told, re.MULTILINE)

    assert {point.name for group in GROUPS for point in entry_points(group=group)} <= set(named)
    assert {group.removeprefix("passmuster.") for group in GROUPS} <= set(
        re.findall(r"`([a-z_]+)`", read("docs/plugins.md"))
    )


def test_every_key_of_a_suite_is_explained() -> None:
    """The reference has a row for every key, every setting and every metric."""
    explained = set(first_cells(read("docs/suite.md")))
    settings = {field.validation_alias or f"PASSMUSTER_{name.upper()}" for name, field in Settings.model_fields.items()}

    assert set(suite_schema()["properties"]) | set(LEVEL_METRICS) <= explained
    assert settings <= set(re.findall(r"`([A-Z_]+)`", read("docs/suite.md")))


def test_our_own_dataset_is_as_its_card_says() -> None:
    """How many requests there are, how many of them are critical, and how many controls."""
    card = read("datasets/software_team/README.md")
    routing = [json.loads(line) for line in read("datasets/software_team/routing.jsonl").splitlines()]
    controls = [line for line in routing if line.get("control")]

    assert f"{len(routing) - len(controls)} requests, each with the agent" in card
    assert f"and {len(controls)} controls" in card
    assert f"* `control`: {len(controls)} requests" in card
    assert f"* `critical`: {sum(line.get('critical', False) for line in routing)} requests" in card
    assert all("control" in line["tags"] and line["split"] == "test" for line in controls)


def test_our_own_answers_are_as_their_card_says() -> None:
    """How many requests have rubrics, and how many of their answers are there, once or twice."""
    card = read("datasets/software_team/README.md")
    folder = ROOT / "datasets" / "software_team"
    cases = [json.loads(line) for line in read("datasets/software_team/output.jsonl").splitlines()]
    twice = {case["identifier"] for case in cases if "recorded-twice" in case.get("tags", ())}

    assert f"{len(cases)} requests for four of the agents" in card
    assert f"one answer for each of the {len(cases)}," in card
    assert f"a second answer for {len(twice)} of them" in card
    assert len({case["expect"]["agent"] for case in cases}) == 4
    assert {path.stem for path in (folder / "recordings").glob("*.md")} == {case["identifier"] for case in cases}
    assert {path.stem for path in (folder / "subtly_bad").glob("*.md")} == twice


def test_every_dependency_is_argued() -> None:
    """The decision on the lean core argues for each dependency, and for no other package."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    dependencies = {re.split(r"[><=\[]", item)[0] for item in project["dependencies"]}

    assert set(first_cells(read("docs/decisions/0002-lean-core.md"))) == dependencies


def test_every_decision_is_listed() -> None:
    """The list of decisions has each of them, in order, without gaps."""
    files = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    listed = [target for target in links_of(ROOT / "docs" / "decisions" / "README.md") if target.startswith("0")]

    assert listed == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


@pytest.mark.parametrize(
    ("row", "subject", "split"), [(0, "lexical", "test"), (1, "lexical_with_bodies", "test"), (2, "lexical", "")]
)
def test_figures_of_the_readme_are_those_of_the_baseline(row: int, subject: str, split: str) -> None:
    """The README's accuracies are those that our own accepted baseline holds; controls are in no metric."""
    lines = [
        json.loads(line)
        for file in ("routing", "output")
        for line in read(f"datasets/software_team/{file}.jsonl").splitlines()
    ]
    tests = [line for line in lines if not line.get("control") and split in {"", line.get("split", "test")}]
    wanted = {line["identifier"] for line in tests}
    kept = [json.loads(line) for line in read("evals/software_team/baseline.jsonl").splitlines()]
    right = [
        line["outcomes"] in (["preferred"], ["acceptable"])
        for line in kept
        if line["kind"] == "case" and line["subject"] == subject and line["case"] in wanted
    ]
    lower, upper = wilson(sum(right), len(right))

    shown = re.findall(r"\| (\d+ % \(\d+–\d+\)) \|", read("README.md"))

    assert shown[row] == f"{sum(right) / len(right):.0%} ({lower * 100:.0f}–{upper * 100:.0f})".replace("%", " %")
