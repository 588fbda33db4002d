"""The files that CI reads are what their hosts take, and docs/ci.md explains whatever can be set in them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .documents import ROOT, first_cells

SCRIPTS = sorted((ROOT / "ci" / "github").iterdir())


def read(name: str) -> Any:  # noqa: ANN401 - each file has a shape of its own
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "docs/examples/workflows/passmuster.yml"),
        ("vendor.github-workflows", "docs/examples/workflows/nightly.yml"),
        ("vendor.github-workflows", ".github/workflows/agents.yml"),
        ("vendor.gitlab-ci", "docs/examples/workflows/nightly.gitlab-ci.yml"),
        ("vendor.gitlab-ci", "ci/gitlab.yml"),
    ],
)
def test_files_are_what_their_hosts_take(schema: str, file: str) -> None:
    """The schemas are those that editors use for these files."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / file)]

    checked = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a tool, and our own files

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_hooks_are_what_pre_commit_takes() -> None:
    """pre-commit itself reads the file of hooks."""
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]

    checked = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a tool, and our own file

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_end_at_the_first_failure(script: Path) -> None:
    """A shell that went on after a failure, or took a misspelt variable for empty, would end with a verdict."""
    text = script.read_text(encoding="utf-8")

    read_by_bash = subprocess.run(["bash", "-n", str(script)], check=False, capture_output=True)  # noqa: S603, S607 - our own script; bash is wherever the path says

    assert read_by_bash.returncode == 0
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text


def test_every_script_of_the_action_is_there() -> None:
    """The action runs each script, and no other."""
    named = re.findall(r"ci/github/([a-z]+)", (ROOT / "action.yml").read_text(encoding="utf-8").partition("runs:")[2])

    assert sorted(named) == [path.name for path in SCRIPTS]


def test_whatever_can_be_set_is_explained() -> None:
    """Each input of the action, each variable of the template and each hook is in docs/ci.md, with its default."""
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    action, template = read("action.yml"), read("ci/gitlab.yml")
    inputs = first_cells(text.partition("## GitHub")[2].partition("### Permissions")[0])

    assert inputs == list(action["inputs"])
    assert all(f"`{name}`" in text for name in action["outputs"])
    assert all(f"`{name}`" in text for name in template[".passmuster"]["variables"])
    assert all(f"`{hook['id']}`" in text for hook in read(".pre-commit-hooks.yaml"))


def test_the_example_gives_what_the_action_takes() -> None:
    """A misspelt input would be ignored, with a warning that nobody reads."""
    steps = read("docs/examples/workflows/passmuster.yml")["jobs"]["passmuster"]["steps"]

    assert set(steps[-1]["with"]) <= set(read("action.yml")["inputs"])
