"""Criteria that run code, from the user's side: with a sandbox, without one, and from one machine to the other."""

import json
import os
from pathlib import Path

import pytest
from tests.sandboxing import needs_bubblewrap

from passmuster.sandboxing.environments import Ready

from .conftest import Outcome, Repository, case_line

PLUGIN = '''\
"""A backend that answers with a program, and a criterion that runs it."""

import json
import os
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from passmuster.components import BuildContext, Component
from passmuster.domain.answer_files import AnswerFile, AnswerFiles
from passmuster.domain.results import Exhibit, Score
from passmuster.examining import Examination

ANSWER = "print(6 * 7)"


def write(request):
    """Answer with the program."""
    return ANSWER


class Options(BaseModel):
    """Options of ``says``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "says"
    text: str = "42"


class Says:
    """Runs the answer and looks at what it prints."""

    def __init__(self, options, context):
        """Keep what it takes."""
        self.options, self.context = options, context

    async def assess(self, exhibit):
        """Judge the answer."""
        files = AnswerFiles(files=(AnswerFile(path="answer.py", text=exhibit.completion.text),))
        program = Path(__file__).parent / "programs" / "saying.py"
        told = await self.context.examiner().examine(files, Examination(name="says", version="1", program=program))
        said = "" if told.result is None else str(told.result["said"])
        passed = said.strip() == self.options.text
        return Score(criterion=self.options.name, value=float(passed), passed=passed, reason=f"it says {said!r}")


SAYS = Component(options=Options, build=Says, needs_sandbox=True)
'''
PROGRAM = '''\
"""Says what an answer prints."""

import json
import os
import subprocess
import sys

done = subprocess.run([sys.executable, "answer.py"], capture_output=True, text=True, check=False)
os.write(int(os.environ["PASSMUSTER_RESULTS"]), json.dumps({"said": done.stdout}).encode())
'''
SUITE = """\
backends:
  author: {use: callable, target: "./plugin.py:write", deterministic: true}
gate:
  - {metric: unaccepted_breaks, maximum: 0}
  - {metric: harness_failure_rate, maximum: 0}
"""
NOWHERE = {"PATH": str(Path(__file__).parent)}
"""A machine on which no program of any sandbox is found."""


@pytest.fixture
def running(repository: Repository) -> Repository:
    """A repository in which one answer is run, and has to hold a word besides."""
    text = repository.suite.read_text(encoding="utf-8")
    text = text.replace("router: {use: lexical}}", "router: {use: lexical}, backend: author}")
    repository.suite.write_text(text + SUITE, encoding="utf-8")
    write_plugin(repository, "print(6 * 7)")
    programs = repository.suite.parent / "programs"
    programs.mkdir()
    (programs / "saying.py").write_text(PROGRAM, encoding="utf-8")
    criteria = [
        {"use": "./plugin.py:SAYS", "name": "says", "required": True},
        {"use": "contains", "name": "prints", "text": "print"},
    ]
    rubric = {"criteria": criteria}
    repository.write_cases([case_line("one", "Which index is missing?", "database-engineer", rubric=rubric)])
    return repository


def write_plugin(repository: Repository, answer: str) -> None:
    (repository.suite.parent / "plugin.py").write_text(PLUGIN.replace("print(6 * 7)", answer), encoding="utf-8")


def summary(outcome: Outcome) -> dict[str, object]:
    assert outcome.output, outcome.errors
    read = json.loads(outcome.output)
    assert isinstance(read, dict)
    return read


def rate(outcome: Outcome) -> object:
    metrics = summary(outcome)["metrics"]
    assert isinstance(metrics, list)
    return next((item["value"] for item in metrics if item["metric"] == "rubric_pass_rate"), None)


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_the_code_of_an_answer_is_run_and_judged(running: Repository) -> None:
    """What it prints decides, and the report knows where it ran."""
    good = running.passmuster("run", "--no-report", "--json")
    running.passmuster("accept")
    write_plugin(running, "print(6 * 8)")
    bad = running.passmuster("run", "--no-report", "--json")

    assert rate(good) == 1.0, good.errors
    assert summary(good)["left_out"] == []
    assert (bad.status, rate(bad)) == (1, 0.0), bad.errors


def test_without_a_sandbox_the_criterion_is_left_out_and_named(running: Repository) -> None:
    """The other criterion judges alone; the screen names what was left out, and why; only --strict minds."""
    first = running.passmuster("run", "--no-report", **NOWHERE)
    accepted = running.passmuster("accept")
    again = running.passmuster("run", "--no-report", "--json", **NOWHERE)
    strict = running.passmuster("run", "--no-report", "--strict", **NOWHERE)
    judged = running.passmuster("gate", "--strict", **NOWHERE)

    assert "left out, on both sides: says" in first.errors
    assert accepted.status == 0
    assert "accepted without what this machine could not judge: says" in accepted.screen
    assert "1 criterion was left out" in first.screen
    assert "bubblewrap" in first.screen
    assert again.status == 0, again.screen
    assert (summary(again)["left_out"], rate(again)) == (["says"], 1.0)
    assert strict.status == 4, strict.screen
    assert judged.status == 4, judged.screen


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_what_one_machine_cannot_judge_is_compared_on_neither_side(running: Repository) -> None:
    """An answer that breaks what only the other machine sees passes here, and fails there; both ways round."""
    running.passmuster("run", "--no-report")
    running.passmuster("accept")
    write_plugin(running, "print(6 * 8)")
    here = running.passmuster("run", "--no-report", **NOWHERE)
    there = running.passmuster("run", "--no-report")
    write_plugin(running, "print(6 * 7)")
    running.passmuster("run", "--no-report", **NOWHERE)
    running.passmuster("accept")
    write_plugin(running, "print(6 * 8)")
    seen_anew = running.passmuster("run", "--no-report")

    assert here.status == 0, here.screen
    assert there.status == 1, there.screen
    assert seen_anew.status == 0, seen_anew.screen
    assert "was made where these criteria could not be judged" in seen_anew.screen


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_scores_of_other_means_are_not_compared(running: Repository) -> None:
    """A program that was changed makes other scores, which is said instead of taken for a break."""
    running.passmuster("run", "--no-report")
    running.passmuster("accept")
    changed = PROGRAM.replace("done.stdout", "done.stdout * 2")
    (running.suite.parent / "programs" / "saying.py").write_text(changed, encoding="utf-8")

    other = running.passmuster("run", "--no-report")
    strict = running.passmuster("gate", "--strict")

    assert other.status == 0, other.screen
    assert "judged by other means" in other.screen
    assert strict.status == 4, strict.screen


def test_none_by_name_is_told_in_the_report(running: Repository, answers_environment: Ready) -> None:
    """Whoever has code run without a sandbox reads so wherever the results are read."""
    assert answers_environment.size > 0
    with running.suite.open("a", encoding="utf-8") as suite:
        suite.write("sandbox: {use: none}\n")

    outcome = running.passmuster("run", "--no-report", "--json")

    trust = summary(outcome)["trust"]
    assert isinstance(trust, list)
    assert any("sandbox" in sentence for sentence in trust), trust
    assert rate(outcome) == 1.0, outcome.errors


def test_a_sandbox_that_nobody_knows_is_refused_with_its_place(running: Repository) -> None:
    """A wrong name is no reason to leave anything out."""
    with running.suite.open("a", encoding="utf-8") as suite:
        suite.write("sandbox: {use: bubblewarp}\n")

    outcome = running.passmuster("run", "--no-report")

    assert outcome.status == 2
    assert "unknown name 'bubblewarp' among the sandboxes" in outcome.errors
    assert os.path.basename(str(running.suite)) in outcome.errors  # noqa: PTH119 - a place in a line of text


def test_doctor_says_what_is_missing(running: Repository) -> None:
    """With the remedy, and with a status that a job can stop at."""
    missing = running.passmuster("doctor", **NOWHERE)
    told = running.passmuster("doctor", "--json", **NOWHERE)

    checks = {check["name"]: check for check in json.loads(told.output)["checks"]}
    assert (missing.status, told.status) == (3, 3)
    assert "✘" in missing.output
    assert checks["bubblewrap"]["state"] == "missing"
    assert "install" in checks["bubblewrap"]["remedy"]
    assert checks["this folder"]["state"] == "good"


def test_doctor_says_which_folder_cannot_be_written(running: Repository) -> None:
    """Also where a file is in the way; what to do is said once."""
    in_the_way = running.folder / "file"
    in_the_way.write_text("", encoding="utf-8")

    told = running.passmuster("doctor", "--json", PASSMUSTER_CACHE=str(in_the_way / "cache"), **NOWHERE)

    checks = {check["name"]: check for check in json.loads(told.output)["checks"]}
    assert told.status == 3
    assert checks["the cache"]["state"] == "missing"
    assert "cannot write" in checks["the cache"]["detail"]
    assert checks["the cache"]["remedy"] == "name another folder in PASSMUSTER_CACHE"


@needs_bubblewrap
@pytest.mark.usefixtures("answers_environment")
def test_doctor_really_tries(running: Repository) -> None:
    """Where bubblewrap works it says so, promise by promise, and that the environment is ready."""
    told = running.passmuster("doctor", "--json")

    read = json.loads(told.output)
    checks = {check["name"]: check for check in read["checks"]}
    assert told.status == 0, told.screen
    assert read["is_well"]
    assert checks["bubblewrap: no network"]["state"] == "good"
    assert "MB in" in checks["packages for the code of answers"]["detail"]


def test_where_the_environment_is(running: Repository, answers_environment: Ready) -> None:
    """The commands of `passmuster sandbox` speak of the one that runs use; preparing it again does nothing."""
    where = running.passmuster("sandbox", "where")
    prepared = running.passmuster("sandbox", "prepare")
    elsewhere = running.passmuster("sandbox", "where", "--json", PASSMUSTER_SANDBOX_ENVIRONMENT=str(running.folder))
    removed = running.passmuster("sandbox", "remove", PASSMUSTER_SANDBOX_ENVIRONMENT=str(running.folder))

    folder = answers_environment.environment.python.parents[1]
    assert (where.status, Path(where.output.strip())) == (0, folder)
    assert "was ready already" in prepared.screen
    assert (elsewhere.status, json.loads(elsewhere.output)["is_ready"]) == (4, False)
    assert removed.status == 0
    assert folder.is_dir()
