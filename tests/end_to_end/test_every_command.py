"""What holds for every command: JSON alone where it is asked for, and plain text where no terminal is."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from passmuster.cli.__main__ import app

from .conftest import SUITE, Repository

WAYS = {
    "run": ("run", "--no-report"),
    "merge": ("merge", "--no-report"),
    "plan": ("plan",),
    "compare": ("compare",),
    "gate": ("gate",),
    "accept": ("accept",),
    "report": ("report",),
    "explain": ("explain", "database-1"),
    "blame": ("blame",),
    "flakes": ("flakes",),
    "nightly": ("nightly", "--dry-run"),
    "selftest": ("selftest", "--mutations", "1"),
    "history": ("history",),
    "bisect": ("bisect", "HEAD"),
    "cascade-curve": ("cascade-curve", "--first", "lexical", "--second", "bodies"),
    "lint": ("lint",),
    "catalogue": ("catalogue",),
    "train": ("train", "--output", "model"),
    "schema": ("schema",),
    "init": ("init", "--name", "another", "--agents", "evals/team/agents"),
    "record": ("record", "--check"),
    "export": ("export", "trials.csv"),
    "import": ("import", "log.eval"),
    "rescore": ("rescore", "--no-report"),
    "doctor": ("doctor",),
    "comment": ("comment",),
    "dataset check": ("dataset", "check"),
    "dataset stats": ("dataset", "stats"),
    "dataset split": ("dataset", "split", "datasets/team/routing.jsonl"),
    "dataset dedupe": ("dataset", "dedupe", "datasets/team/routing.jsonl"),
    "dataset convert": ("dataset", "convert", "datasets/team/routing.jsonl", "cases.csv"),
    "dataset audit": ("dataset", "audit"),
    "dataset card": ("dataset", "card"),
    "dataset perturb": ("dataset", "perturb", "--perturbation", "typos", "--output", "typos.jsonl"),
    "dataset harvest": ("dataset", "harvest", "examples", "--output", "harvest.jsonl", "--draft"),
    "dataset adopt": ("dataset", "adopt"),
    "router check": ("router", "check", "http://127.0.0.1:9/nobody-listens", "--timeout", "1"),
    "store upgrade": ("store", "upgrade"),
    "store copy": ("store", "copy", "copy.sqlite"),
    "store stats": ("store", "stats"),
    "store prune": ("store", "prune", "--older-than", "90d"),
    "verify": ("verify",),
    "cache size": ("cache", "size"),
    "cache prune": ("cache", "prune", "--older-than", "1"),
    "cache clear": ("cache", "clear", "--yes"),
    "cache why": ("cache", "why", "database-1"),
    "rubric test": ("rubric", "test", "--base", "nothing-like-it"),
    "rubric mutate": ("rubric", "mutate", "answer.md", "--no-judge"),
    "judge calibrate": ("judge", "calibrate", "labels.csv"),
    "sandbox prepare": ("sandbox", "prepare"),
    "sandbox where": ("sandbox", "where"),
    "sandbox remove": ("sandbox", "remove"),
}
"""Each command, as it is called in a small repository; some are refused there, and say so on standard error alone."""

REFUSED = {
    "bisect",
    "comment",
    "import",
    "judge calibrate",
    "merge",
    "router check",
    "rubric mutate",
    "rubric test",
    "sandbox prepare",
    "train",
}
"""What cannot be done there: nobody answers, nothing is labelled, or the files lack what it needs."""

WITHOUT_JSON_OPTION = {"schema"}
"""What prints nothing but JSON anyway."""

LOOKS_ON = {"serve", "watch"}
"""What ends only when it is interrupted; test_serve.py and test_watch.py are about it."""


def commands(group: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the names of all commands of a group and of the groups in it."""
    for command in group.registered_commands:
        called = command.callback.__name__ if command.callback else ""
        yield " ".join((*before, command.name or called))
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            named: object = inner.typer_instance.info.name
            yield from commands(inner.typer_instance, (*before, named) if isinstance(named, str) else before)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in git with two subjects, two runs and a baseline."""
    made = Repository(tmp_path_factory.mktemp("furnished"))
    made.fill()
    bodies = "  bodies: {use: routed, router: {use: lexical, fields: [name, description, body]}}\n"
    made.suite.write_text(SUITE + bodies, encoding="utf-8")
    (made.folder / "answer.md").write_text("```python\nprint('hello')\n```\n", encoding="utf-8")
    (made.folder / "labels.csv").write_text("case,criterion,label\n", encoding="utf-8")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
        subprocess.run(  # noqa: S603 - our own words
            ["git", "-c", "user.name=me", "-c", "user.email=me@example.invalid", *arguments],  # noqa: S607 - whichever git PATH knows
            cwd=made.folder,
            check=True,
            timeout=600,
        )
    assert made.passmuster("run", "--no-report").status == 4
    assert made.passmuster("accept").status == 0
    made.write_agent("database-engineer", "Designs schemas, and writes tutorials and reference pages about them.")
    assert made.passmuster("run", "--no-report").status == 1
    return made.folder


@pytest.fixture
def repository(furnished: Path, tmp_path: Path) -> Repository:
    """A copy of it, which a command may change; caches and environments are its own."""
    shutil.copytree(furnished, tmp_path / "copy")
    return Repository(tmp_path / "copy")


def places(repository: Repository) -> dict[str, str]:
    """Return variables that keep a command away from this machine's caches, environments and services."""
    folder = repository.folder / "elsewhere"
    return {
        "PASSMUSTER_CACHE": str(folder / "cache"),
        "PASSMUSTER_SANDBOX_ENVIRONMENT": str(folder / "environments"),
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "HOME": str(folder),
        "GITHUB_ACTIONS": "",
        "GITLAB_CI": "",
        "CI": "",
    }


def test_every_command_is_tried_here() -> None:
    """Whoever adds a command adds it to this list, and to what is promised of all."""
    assert sorted(commands(app)) == sorted([*WAYS, *LOOKS_ON])


@pytest.mark.parametrize("name", WAYS)
def test_json_stands_alone(repository: Repository, name: str) -> None:
    """With --json standard output holds one document and nothing else, even where colours are forced."""
    option = () if name in WITHOUT_JSON_OPTION else ("--json",)

    outcome = repository.passmuster(*WAYS[name], *option, **places(repository), FORCE_COLOR="1")

    if name in REFUSED and not outcome.output:
        assert outcome.status in {2, 3, 4}, outcome.screen
        assert outcome.errors
    else:
        assert isinstance(json.loads(outcome.output), dict), outcome.screen
    assert "Traceback" not in outcome.errors
    assert "bug of passmuster" not in outcome.errors


@pytest.mark.parametrize("name", WAYS)
def test_a_pipe_gets_plain_text(repository: Repository, name: str) -> None:
    """No colours, nothing but ASCII where the locale knows no more, and no error at 40 columns."""
    outcome = repository.passmuster(*WAYS[name], **places(repository), LC_ALL="C", COLUMNS="40")

    assert outcome.status in ({0, 1, 2, 3, 4} if name in REFUSED else {0, 1, 3, 4}), outcome.screen
    assert "\x1b" not in outcome.output + outcome.errors
    assert (outcome.output + outcome.errors).isascii()
    assert "Traceback" not in outcome.errors
    assert "bug of passmuster" not in outcome.errors


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["pipe", "forced", "refused"],
)
def test_colours_are_for_terminals_and_who_asks(
    repository: Repository, environment: dict[str, str], *, is_coloured: bool
) -> None:
    """FORCE_COLOR colours a pipe, NO_COLOR takes all colours back, and standard error has no moving bars."""
    outcome = repository.passmuster("gate", **places(repository), **environment)

    assert outcome.status == 1
    assert ("\x1b[31m" in outcome.output or "\x1b[1;31m" in outcome.output) is is_coloured
    assert "\x1b[?25l" not in outcome.errors


@pytest.mark.parametrize("columns", [40, 200])
def test_lines_keep_to_the_width(repository: Repository, columns: int) -> None:
    """Tables are as wide as there is room; only paths and commands, to be copied, run over."""
    outcome = repository.passmuster("gate", **places(repository), COLUMNS=str(columns))

    assert max(map(len, outcome.output.splitlines())) <= columns
