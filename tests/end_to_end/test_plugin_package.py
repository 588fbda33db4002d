"""A router from a package of its own: installed, found by its entry point, and used through the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Outcome, Repository

PACKAGE = ROOT / "docs" / "examples" / "plugin_package"
SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ../../datasets/team/routing.jsonl}
subjects:
  leading: {use: routed, router: {use: leading_word, words: 6}}
  both: {use: routed, router: {use: cascade, first: {use: leading_word}, second: {use: lexical}, margin: 0.3}}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed: built from a copy, so that nothing is left beside its sources."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(PACKAGE, folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    target = folder / "installed"
    made = subprocess.run(  # noqa: S603 - pip, with places from this file
        [*command, "--disable-pip-version-check", "--target", str(target), str(folder / "source")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return target


def passmuster(repository: Repository, installed: Path, *arguments: str) -> Outcome:
    """Run the command line where the package can be found."""
    path = os.pathsep.join(filter(None, [str(installed), os.environ.get("PYTHONPATH", "")]))
    return repository.passmuster(*arguments, PYTHONPATH=path)


def test_a_packages_router_is_found_and_used(repository: Repository, installed: Path) -> None:
    """By the name of its entry point, with its options, its words in an explanation, and within another router."""
    repository.suite.write_text(SUITE, encoding="utf-8")

    ran = passmuster(repository, installed, "run", "--json")
    explained = passmuster(repository, installed, "explain", "Write the SQL migrations", "--json")

    assert ran.status == 4, ran.screen
    accuracy = {
        metric["subject"]: metric["value"]
        for metric in json.loads(ran.output)["metrics"]
        if (metric["metric"], metric["subset"]) == ("routing_accuracy", "all")
    }
    assert set(accuracy) == {"leading", "both"}
    # It takes "is", "what" and "of" for words like any other, and knows no other form of a word.
    assert 0.3 <= accuracy["leading"] <= accuracy["both"]
    told = json.loads(explained.output)
    assert told["chosen"] == "database-engineer"
    assert {"term": "sql", "weight": pytest.approx(1 / 3)} in told["ranking"][0]["terms"]


def test_a_packages_options_are_checked(repository: Repository, installed: Path) -> None:
    """A misspelt one is a complaint with its place, as for any built-in part."""
    repository.suite.write_text(SUITE.replace("words: 6", "wrods: 6"), encoding="utf-8")

    outcome = passmuster(repository, installed, "run")

    assert outcome.status == 2
    assert "suite.yaml:6:" in outcome.screen
    assert "did you mean 'words'?" in outcome.screen


def test_without_the_package_the_name_is_unknown(repository: Repository) -> None:
    """And the known ones are listed."""
    repository.suite.write_text(SUITE, encoding="utf-8")

    outcome = repository.passmuster("run", "--no-report")

    assert outcome.status == 2
    assert "unknown name 'leading_word' among the routers" in outcome.screen
    assert "lexical" in outcome.screen
