"""How the program is started, and how it answers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from passmuster.adapters.criteria.code.programs import examining_source, reporting
from passmuster.adapters.criteria.code.programs.annotations import functions_told
from passmuster.adapters.criteria.code.programs.reporting import MOST_WRITTEN
from passmuster.adapters.criteria.code.programs.secrets import secrets_in
from passmuster.adapters.criteria.code.programs.suppressions import neutralised
from passmuster.adapters.criteria.code.reading import PROGRAM, SOURCE

from .examiners import read_files, write


def test_the_program_runs_by_itself_and_imports_nothing_of_the_answer(tmp_path: Path) -> None:
    """However the answer calls its files: after the standard library, after our modules, after the tools."""
    trap = "raise SystemExit('the answer was run')\n"
    names = ["ast", "json", "secrets", "sources", "programs", "ruff", "launch", "sitecustomize"]
    write(tmp_path, {f"{name}.py": trap for name in names})

    ran = subprocess.run(  # noqa: S603 - this interpreter, and our own program
        [sys.executable, str(PROGRAM)],
        input=json.dumps(SOURCE.question),
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": ""},
    )

    assert len(json.loads(ran.stdout)["files"]) == len(names)


def test_a_report_goes_to_the_descriptor_that_is_named_and_is_never_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody could read is told by its length."""
    target = tmp_path / "results"
    for report, expected in (({"x": 1}, {"x": 1}), ({"x": "y" * MOST_WRITTEN}, {"excess": MOST_WRITTEN + 9})):
        monkeypatch.setenv("PASSMUSTER_RESULTS", str(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)))

        reporting.answer(lambda _folder, report=report: report)  # type: ignore[misc] # bound at once

        assert json.loads(target.read_text(encoding="utf-8")) == expected


def test_code_that_is_too_deep_is_the_answers_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not end as a failure of ours, which would leave the answer unjudged."""
    deep = "if x:\n    y = 1\n" + "elif x:\n    y = 1\n" * 2_000
    monkeypatch.chdir(write(tmp_path, {"a.py": deep}))
    monkeypatch.delenv("PASSMUSTER_RESULTS", raising=False)
    written: list[str] = []
    monkeypatch.setattr(sys.stdout, "write", written.append)

    reporting.answer(examining_source.examine)

    told = json.loads(written[0])
    assert "fault" not in told
    assert told.get("broken") or "excess" in told


@pytest.mark.parametrize(
    "text",
    [
        "x = '" + "a" * 400_000 + "'\n",
        "x = '" + "eyJ-" * 100_000 + "'\n",
        "x = 1  #" + " #" * 200_000 + "\n",
        "x = 1  # noqa: " + "A1," * 100_000 + "\n",
        'def f(a: int) -> None:\n    """A.' + "\n" * 200_000 + '    """\n',
        "x = {" + "'{'," * 50_000 + "}\n",
    ],
    ids=["letters", "tokens", "signs", "codes", "lines", "braces"],
)
def test_no_text_holds_the_rules_up(tmp_path: Path, text: str) -> None:
    """Patterns take time in proportion to what they look at; the limit of the run would tell otherwise."""
    [source] = read_files(tmp_path, {"a.py": text}).good

    assert secrets_in(source) == []
    assert len(neutralised(source, for_ruff=False)) == len(source.text)
    assert len(functions_told(source)) <= 1


def test_a_fault_of_ours_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without ruff must not look like a bad answer."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.chdir(write(tmp_path, {"a.py": "x = 1\n"}))
    monkeypatch.delenv("PASSMUSTER_RESULTS", raising=False)
    written: list[str] = []
    monkeypatch.setattr(sys.stdout, "write", written.append)

    reporting.answer(examining_source.examine)

    assert json.loads(written[0])["fault"].startswith("FileNotFoundError")
