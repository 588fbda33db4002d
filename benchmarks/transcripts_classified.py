"""What the transcript reader makes of recorded runs, beside what the authors of the recordings made of them.

The recordings are runs of Claude Code, each with a label that a shell script wrote: the first agent that was called, or
NO_TASK_CALL. Every recording is replayed as a suite would replay it; where the verdicts differ, the table says why.

Run it on a folder of recordings::

    python benchmarks/transcripts_classified.py path/to/recordings
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.cases import Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Router

PUBLIC = Path(__file__).parents[2] / "shared" / "data" / "transcripts"
"""Public recordings, where they lie beside the project."""

NOBODY = "nobody"
LABELLED_NOBODY = "NO_TASK_CALL"
UNLABELLED = "(no label)"
EXPLANATIONS = {
    "InfrastructureError": "the program ended with status {status} and chose nothing",
    "SetupError": "the roster was not loaded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one recording.

    Attributes:
        name: The recording.
        label: What its authors say: an agent, nobody, or nothing.
        grade: How they graded it.
        ours: The agent that was chosen, nobody, or the kind of error.
        refused: Agents that the product refused.
        further: Agents chosen after the first one.
        status: What the program returned, where that was noted.
        expected: The agents that the authors take for right; empty where they do not say.
    """

    name: str
    label: str
    grade: str
    ours: str
    refused: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    status: int | None = None
    expected: frozenset[str] = frozenset()

    @property
    def is_right(self) -> str:
        """Whether the choice is what the authors expected; a dash where there is no choice, or no expectation."""
        if not self.expected or self.ours in EXPLANATIONS:
            return "–"
        return "yes" if self.ours in self.expected else "no"

    @property
    def differs(self) -> bool:
        """Whether there is a label, and it is another verdict."""
        return self.label not in {UNLABELLED, self.ours}

    @property
    def explanation(self) -> str:
        """Why the verdict is not the label; where they agree, what else is to be said."""
        if self.differs and self.ours in EXPLANATIONS:
            return EXPLANATIONS[self.ours].format(status=self.status)
        if self.refused:
            return f"the product refused {', '.join(map(repr, self.refused))}; what it went along with counts"
        if self.further:
            return f"and {', '.join(self.further)}"
        return "not explained" if self.differs else ""


def component(group: str, name: str) -> Component[Any, Any]:
    """Return a component as the product finds it."""
    (found,) = entry_points(group=group, name=name)
    loaded: Component[Any, Any] = found.load()
    return loaded


def agents_in(files: Sequence[Path]) -> Roster:
    """Return every agent that the product says it had loaded in one of the recordings."""
    names: dict[str, None] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if '"subtype":"init"' in line:
                names.update(dict.fromkeys(json.loads(line)["agents"]))
    agents = (AgentDefinition(name=AgentName(name), description=name, instructions="") for name in names)
    return Roster(name="recorded", agents=tuple(agents), host="claude_code")


def note_beside(file: Path) -> Mapping[str, Any]:
    """Return what the authors noted beside a recording; nothing where they noted nothing."""
    note = file.with_name(file.name.replace("-transcript.jsonl", "-meta.json"))
    found: Mapping[str, Any] = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    return found


def expected_of(file: Path) -> frozenset[str]:
    """Return the agents that the authors take for right; none where they do not say."""
    list_of_cases = file.parents[1] / "test-cases.json"
    if not list_of_cases.is_file():
        return frozenset()
    cases = json.loads(list_of_cases.read_text(encoding="utf-8"))["test_cases"]
    names = (
        name
        for case in cases
        if case["id"] == file.parent.name
        for name in (case["expected_agent"], *case.get("expected_alternatives", ()))
    )
    return frozenset(NOBODY if name == LABELLED_NOBODY else name for name in names)


def build_router(folder: Path, files: Sequence[Path], manifest: Path) -> Router:
    """Build the replay over the recordings; each is asked for by its name."""
    entries = [
        {
            "request": name_of(file, folder),
            "file": name_of(file, folder),
            "exit_status": note_beside(file).get("exit_code"),
        }
        for file in files
    ]
    manifest.write_text(json.dumps({"transcripts": entries}), encoding="utf-8")
    replay = component("passmuster.routers", "replay")
    options = replay.options(location=str(folder), manifest=str(manifest), reader="claude_code")
    router: Router = replay.build(options, BuildContext(folder=Path(), roster=agents_in(files)))
    return router


def name_of(file: Path, folder: Path) -> str:
    """Return how a recording is called."""
    return file.relative_to(folder).as_posix()


async def verdict_on(router: Router, file: Path, folder: Path) -> Verdict:
    """Replay one recording."""
    note = note_beside(file)
    label = str(note.get("actual_agent", UNLABELLED))
    refused: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    try:
        decision = await router.route(Request(text=name_of(file, folder)))
    except RoutingError as error:
        ours = type(error).__name__
    else:
        ours = NOBODY if decision.chosen is None else str(decision.chosen)
        refused, further = decision.refused, tuple(map(str, decision.further))
    return Verdict(
        name=name_of(file, folder).removesuffix("-transcript.jsonl").removesuffix("/run1"),
        label=NOBODY if label == LABELLED_NOBODY else label,
        grade=str(note.get("result", "")),
        ours=ours,
        refused=refused,
        further=further,
        status=note.get("exit_code"),
        expected=expected_of(file),
    )


def classify(folder: Path) -> Sequence[Verdict]:
    """Return the verdict on every recording below a folder, in order of name."""
    folder = folder.absolute()
    files = sorted(folder.rglob("*-transcript.jsonl"))

    async def all_verdicts(router: Router) -> Sequence[Verdict]:
        return [await verdict_on(router, file, folder) for file in files]

    with tempfile.TemporaryDirectory() as temporary:
        router = build_router(folder, files, Path(temporary) / "manifest.json")
        return asyncio.run(all_verdicts(router))


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path, nargs="?", default=PUBLIC, help="a folder of recordings")
    folder = parser.parse_args(arguments).recordings
    if not folder.is_dir():
        print(f"skipped: there are no recordings at {folder}")
        return 0
    verdicts = classify(folder)
    print(f"{'recording':<66}{'label':<25}{'graded':<15}{'ours':<27}{'right':<7}why")
    for verdict in verdicts:
        mark = "≠" if verdict.differs else " "
        row = f"{verdict.name:<66}{verdict.label:<25}{verdict.grade:<13}{mark} {verdict.ours:<27}{verdict.is_right:<7}"
        print(f"{row}{verdict.explanation}".rstrip())
    labelled = [verdict for verdict in verdicts if verdict.label != UNLABELLED]
    different = sum(verdict.differs for verdict in verdicts)
    print(f"{len(verdicts)} recordings, {len(labelled)} with a label, {different} labels differ from the verdict")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
