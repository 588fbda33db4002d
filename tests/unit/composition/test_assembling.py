"""What a subject is made of, and what of it is noted."""

import json
from pathlib import Path
from typing import Any

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError
from passmuster.domain.results import SubjectRecord

OWN = """
from passmuster.components import Component
from passmuster.domain.cases import Request
from passmuster.domain.values import fingerprint_of
from passmuster.testing.fakes import FixedRouter
from pydantic import BaseModel


class Options(BaseModel):
    file: str = "model.txt"
    inner: dict = {}
    training: dict = {}
    embedder: dict = {}


class Learnt(FixedRouter):
    def __init__(self, seen):
        super().__init__()
        self.seen = seen


def build(options, context):
    if options.inner:
        context.router(options.inner)
    if options.embedder:
        context.embedder(options.embedder)
    cases = context.dataset(options.training).cases if options.training else ()
    return Learnt(frozenset(case.request.fingerprint for case in cases))


ROUTER = Component(
    options=Options,
    build=build,
    is_deterministic=lambda options: True,
    content=lambda options, folder: fingerprint_of((folder / options.file).read_text()),
    caveat="It is made up.",
)
"""
AGENT = "---\nname: {0}\ndescription: Mends {0}.\n---\nMend.\n"
CASES = [{"identifier": "one", "request": "Mend the pump", "expect": {"agent": "pump"}, "split": "train"}]


def suite(folder: Path, router: dict[str, Any], split: str | None = None) -> Workbench:
    """Write a suite of one subject and open it."""
    (folder / "agents").mkdir(exist_ok=True)
    for name in ("pump", "valve"):
        (folder / "agents" / f"{name}.md").write_text(AGENT.format(name))
    (folder / "own.py").write_text(OWN)
    (folder / "model.txt").write_text("first")
    (folder / "other.txt").write_text("second")
    lines = [json.dumps(case) for case in [*CASES, {**CASES[0], "identifier": "two", "request": "x", "split": "test"}]]
    (folder / "cases.jsonl").write_text("\n".join(lines))
    data = {
        "name": "made-up",
        "roster": {"use": "claude_code", "location": "agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl", **({"split": split} if split else {})}],
        "subjects": {"only": {"use": "routed", "router": {"use": "./own.py:ROUTER", **router}}},
        "store": {"use": "sqlite", "location": "runs.sqlite"},
    }
    (folder / "suite.yaml").write_text(json.dumps(data))
    return Workbench(folder / "suite.yaml", Settings())


def record(bench: Workbench) -> SubjectRecord:
    [planned] = bench.subjects()
    return planned.record


def test_a_file_that_an_option_names_is_part_of_the_subject(tmp_path: Path) -> None:
    """Another content of the same file is another subject; the same content under another run is not."""
    bench = suite(tmp_path, {})
    before = record(bench).routing
    again = record(bench).routing
    (tmp_path / "model.txt").write_text("trained anew")

    after = record(bench).routing

    assert before == again != after


def test_a_router_within_a_router_is_noted(tmp_path: Path) -> None:
    """Its options count, its caveat is said once, and all of them have to answer equally."""
    plain = record(suite(tmp_path, {"inner": {"use": "./own.py:ROUTER"}}))
    other = record(suite(tmp_path, {"inner": {"use": "./own.py:ROUTER", "file": "other.txt"}}))
    varying = record(suite(tmp_path, {"inner": {"use": "callable", "target": "./own.py:build"}}))

    assert plain.routing != other.routing
    assert plain.caveats == ("It is made up.",)
    assert plain.is_deterministic
    assert not varying.is_deterministic


def test_the_cases_of_a_training_set_are_part_of_the_subject(tmp_path: Path) -> None:
    """Its content counts, not the name of its file."""
    section = {"training": {"use": "files", "location": "cases.jsonl", "split": "train"}}
    before = record(suite(tmp_path, section)).routing
    bench = suite(tmp_path, section)
    (tmp_path / "cases.jsonl").write_text(json.dumps({**CASES[0], "request": "Mend the leaking pump"}))

    assert before != record(bench).routing


def test_a_suite_does_not_ask_what_its_router_learnt_from(tmp_path: Path) -> None:
    """The case is named, and the split that was not learnt from is welcome."""
    section = {"training": {"use": "files", "location": "cases.jsonl", "split": "train"}}

    with pytest.raises(InvalidDatasetError) as caught:
        suite(tmp_path, section).parts()
    parts = suite(tmp_path, section, split="test").parts()

    [finding] = caught.value.findings
    assert (finding.rule, finding.location and finding.location.line) == ("seen-case", 1)
    assert "'one'" in finding.message
    assert [case.identifier for case in parts.cases] == ["two"]


@pytest.mark.parametrize(("option", "group"), [("inner", "routers"), ("embedder", "embedders")])
def test_a_wrong_name_within_is_found_with_its_place(tmp_path: Path, option: str, group: str) -> None:
    """The complaint is about the nested section, not about the router around it."""
    bench = suite(tmp_path, {option: {"use": "nonsense"}})

    with pytest.raises(InvalidConfigurationError) as caught:
        bench.subjects()

    [finding] = caught.value.findings
    assert finding.message == f"unknown name 'nonsense' among the {group}"
