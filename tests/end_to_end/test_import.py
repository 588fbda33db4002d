"""`import` and `export --format`: results of other tools come and go by the real command line."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from .conftest import REQUESTS, ROOT, Repository

ASSETS = ROOT / "tests" / "assets" / "run_files"


@pytest.mark.parametrize("name", ["capitals.eval", "capitals.json"])
def test_a_past_is_brought_along(repository: Repository, tmp_path: Path, name: str) -> None:
    """A recorded file becomes a run that is compared, reported and shown in the history; once, however often."""
    shutil.copy(ASSETS / name, tmp_path)

    first = repository.passmuster("import", name, "--json")
    again = repository.passmuster("import", name)
    (made,) = json.loads(first.output)["imported"]
    report = repository.passmuster("report", "--run", made["run"], "--format", "json")
    compared = repository.passmuster("compare", "--run", made["run"], "--against-run", made["run"], "--json")
    history = repository.passmuster("history", "--json")

    assert first.status == again.status == 0, first.errors
    assert made["is_new"]
    assert made["trials"] > made["cases"] > 0
    assert f"imported already, as run {made['run']}" in again.screen
    assert report.status == 0, report.errors
    document = json.loads((repository.report.parent / "report.json").read_text(encoding="utf-8"))
    assert len(document["cases"]) >= made["cases"]
    assert json.loads(compared.output)["comparison"]["equal"] is True
    assert made["run"] in history.output


@pytest.mark.parametrize(("form", "file"), [("inspect", "run.eval"), ("promptfoo", "run.json")])
def test_a_run_goes_there_and_back(repository: Repository, form: str, file: str) -> None:
    """A run that was written and read again is equal to the one that it was written of."""
    repository.passmuster("run", "--no-report")

    out = repository.passmuster("export", file, "--format", form, "--json")
    back = repository.passmuster("import", file, "--json")
    name = json.loads(back.output)["imported"][0]["run"]
    compared = repository.passmuster("compare", "--run", name, "--against-run", json.loads(out.output)["run"], "--json")

    assert out.status == back.status == 0, out.errors + back.errors
    assert json.loads(out.output)["trials"] == json.loads(back.output)["imported"][0]["trials"] == 10
    assert json.loads(compared.output)["comparison"]["equal"] is True


def test_cases_of_the_suite_are_known_again(repository: Repository, tmp_path: Path) -> None:
    """A log that asks what a case asks is of that case, so that its report knows who should have taken it."""
    with zipfile.ZipFile(tmp_path / "log.eval", "w") as archive:
        specification = {"task": "team", "model": "made/up", "created": "2026-01-02T03:04:05Z"}
        archive.writestr("header.json", json.dumps({"version": 2, "eval": specification}))
        for name, (request, _) in REQUESTS.items():
            sample = {"id": name, "epoch": 1, "input": request, "scores": {"match": {"value": 0.5}}}
            archive.writestr(f"samples/{name}_epoch_1.json", json.dumps(sample))

    done = repository.passmuster("import", "log.eval", "--passing", "0.5", "--subject", "lexical", "--json")
    report = repository.passmuster("report", "--format", "json,html,markdown")
    repository.passmuster("run", "--no-report")
    compared = repository.passmuster(
        "compare", "--against-run", json.loads(done.output)["imported"][0]["run"], "--json"
    )

    assert done.status == report.status == compared.status == 0, done.errors + report.errors + compared.errors
    assert json.loads(done.output)["imported"][0]["joined"] == len(REQUESTS)
    assert "database-engineer" in (repository.report.parent / "report.json").read_text(encoding="utf-8")


def test_wrong_files_leave_nothing_behind(repository: Repository, tmp_path: Path) -> None:
    """One bad file among good ones keeps all of them out; every complaint is told, with status 2."""
    shutil.copy(ASSETS / "capitals.eval", tmp_path)
    (tmp_path / "odd.json").write_text('{"results": 1}', encoding="utf-8")

    done = repository.passmuster("import", "capitals.eval", "odd.json", "nowhere.eval")
    unknown = repository.passmuster("import", "capitals.eval", "--format", "other")
    both = repository.passmuster("export", "run.eval", "--format", "inspect", "--rows", "scores")

    assert done.status == unknown.status == both.status == 2
    assert "odd.json" in done.errors
    assert "[run-file-missing]" in done.errors
    assert "[run-file-format]" in unknown.errors
    assert "[contradiction]" in both.errors
    assert json.loads(repository.passmuster("store", "stats", "--json").output)["runs"] == 0
