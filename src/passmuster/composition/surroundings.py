"""What lies around passmuster: git, CI, the terminal; and a suite's store and keys, by their names only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.diagnosing import Check, State
from passmuster.composition.parts import part_of
from passmuster.composition.secrets import named_secrets
from passmuster.composition.sections import checked_parts
from passmuster.composition.stores import has_store
from passmuster.configuration.reading import read_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import PassmusterError

SERVICES: Final[Mapping[str, str]] = {
    "GITHUB_ACTIONS": "GitHub Actions",
    "GITLAB_CI": "GitLab CI",
    "JENKINS_URL": "Jenkins",
    "BUILDKITE": "Buildkite",
    "CIRCLECI": "CircleCI",
    "TF_BUILD": "Azure Pipelines",
    "CI": "a service that does not say its name",
}
"""Services of continuous integration, by the variable that each of them sets; the first that is set is meant."""

COUNTED_RUNS: Final = 1_000
PATIENCE: Final = 20
"""Seconds for a question to git."""


def surroundings(settings: Settings, suite: Path | None) -> Iterator[Check]:
    """Look at everything.

    Args:
        settings: What the environment says.
        suite: The path of the suite's file whose store and keys are meant; ``None`` if there is none.
    """
    yield from _git()
    yield from _service(os.environ)
    yield _terminal()
    if suite is not None:
        yield from _suite(settings, suite)


def _git() -> Iterator[Check]:
    needing = "--against, --changed, blame and bisect"
    if shutil.which("git") is None:
        yield Check(
            group="repository",
            name="git",
            state=State.NOTE,
            detail=f"not found; {needing} need it",
            remedy="install it: apt install git, or brew install git",
        )
        return
    version = _asked("--version")
    if _asked("rev-parse", "--is-inside-work-tree") != "true":
        yield Check(
            group="repository",
            name="git",
            state=State.NOTE,
            detail=f"{version}; this folder is in no repository, and {needing} need one",
            remedy="git init, and commit the agents, the cases and the suite",
        )
        return
    yield Check(group="repository", name="git", state=State.GOOD, detail=version)
    if _asked("rev-parse", "--is-shallow-repository") == "true":
        yield Check(
            group="repository",
            name="earlier revisions",
            state=State.NOTE,
            detail=f"only the latest are here, and {needing} read others",
            remedy="git fetch --unshallow; in CI, fetch-depth: 0 (GitHub) or GIT_DEPTH: 0 (GitLab)",
        )


def _asked(*arguments: str) -> str:
    """Ask git, and return what it says; nothing where it complains."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and a program that PATH knows
            ["git", *arguments],  # noqa: S607 - likewise
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _service(environment: Mapping[str, str]) -> Iterator[Check]:
    name = next((words for variable, words in SERVICES.items() if environment.get(variable)), None)
    if name is None:
        yield Check(group="repository", name="CI", state=State.GOOD, detail="not in CI, as far as the variables say")
        return
    yield Check(group="repository", name="CI", state=State.GOOD, detail=name)
    tokens = {"GitHub Actions": "GITHUB_TOKEN", "GitLab CI": "GITLAB_TOKEN"}
    token = tokens.get(name)
    if token is not None and not environment.get(token):
        yield Check(
            group="repository",
            name=token,
            state=State.NOTE,
            detail="not set; `passmuster comment` needs it",
            remedy="hand it to the step in its env, with leave to write comments",
        )


def _terminal() -> Check:
    encoding = sys.stdout.encoding or "unknown"
    if not sys.stdout.isatty():
        return Check(
            group="repository", name="terminal", state=State.GOOD, detail=f"none: a pipe or a file, {encoding}"
        )
    size = shutil.get_terminal_size()
    words = f"{size.columns} columns, {encoding}, TERM {os.environ.get('TERM', 'not set')}"
    return Check(group="repository", name="terminal", state=State.GOOD, detail=words)


def _suite(settings: Settings, suite: Path) -> Iterator[Check]:
    try:
        bench = Workbench(suite, settings)
    except PassmusterError as error:
        yield Check(group="suite", name=str(suite), state=State.MISSING, detail=str(error), remedy="mend the file")
        return
    try:
        yield Check(group="suite", name=bench.configuration.name, state=State.GOOD, detail=str(suite))
        yield _tried("store", lambda: _store(bench, settings))
        yield from _keys(bench)
    finally:
        bench.close()


def _tried(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except PassmusterError as error:
        return Check(group="suite", name=name, state=State.MISSING, detail=error.message, remedy=error.hint)


def _store(bench: Workbench, settings: Settings) -> Check:
    if not has_store(bench, settings.store):
        return Check(
            group="suite", name="store", state=State.NOTE, detail="not made yet", remedy="`passmuster run` makes it"
        )
    runs = bench.store.history(bench.configuration.name, limit=COUNTED_RUNS)
    if not runs:
        return Check(
            group="suite",
            name="store",
            state=State.NOTE,
            detail="it holds no run of this suite",
            remedy="make the first with `passmuster run`",
        )
    number = f"{len(runs)} runs" if len(runs) < COUNTED_RUNS else f"{COUNTED_RUNS} runs or more"
    return Check(group="suite", name="store", state=State.GOOD, detail=f"{number}, the latest {runs[0].identifier}")


def _keys(bench: Workbench) -> Iterator[Check]:
    """Yield whether each key is there that a part of the suite names; what it is, nobody is told."""
    configuration, document = read_suite(bench.suite)
    catalogue = Catalogue(folder=bench.folder)
    parts = checked_parts(
        configuration, lambda group, section, way: part_of(catalogue, group, section, document, way)
    ).values()
    names: dict[str, str] = {}
    for part in parts:
        for _, name in named_secrets(part):
            names.setdefault(name, ".".join(map(str, part.way)))
    for name, way in sorted(names.items()):
        if bench.secrets.value(name) is not None:
            yield Check(group="suite", name=name, state=State.GOOD, detail=f"set; {way} needs it")
        else:
            yield Check(
                group="suite",
                name=name,
                state=State.NOTE,
                detail=f"not set; {way} needs it",
                remedy="set it, or name a file that has it with --env-file; recorded answers need none",
            )
