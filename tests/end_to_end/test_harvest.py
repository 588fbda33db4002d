"""`passmuster dataset harvest`: cases out of what was really asked."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Outcome, Repository

EXAMPLE = """\
---
name: documentation-writer
description: |
  Writes tutorials, reference pages and onboarding guides for a library's readers.
  <example>
  user: "Our changelog is empty, mail jo@shop.de"
  assistant: "I use the documentation-writer agent."
  </example>
  <example>
  user: "Explain the cache in the handbook"
  assistant: "I use the documentation-writer agent."
  </example>
---
Write.
"""


def transcript(*requests: tuple[str, str | None]) -> str:
    """Return a transcript, made up, in which each request went to an agent or to nobody."""
    lines: list[object] = []
    for number, (text, agent) in enumerate(requests):
        lines.append({"type": "user", "sessionId": "s-1", "message": {"role": "user", "content": text}})
        call = {"type": "tool_use", "id": f"t{number}", "name": "Agent", "input": {"subagent_type": agent}}
        said = call if agent else {"type": "text", "text": "done"}
        lines.append({"type": "assistant", "message": {"id": f"m{number}", "content": [said]}})
    return "\n".join(json.dumps(line) for line in lines)


@pytest.fixture
def sessions(repository: Repository) -> Path:
    """Write one transcript into the repository."""
    folder = repository.folder / "sessions"
    folder.mkdir()
    text = transcript(
        ("The vacuum never ends, ask maria@shop.de", "database-engineer"),
        ("Who wrote the handbook?", None),
        ("Turn these notes into a tutorial for readers who are new.", "documentation-writer"),
    )
    (folder / "one.jsonl").write_text(text, encoding="utf-8")
    return folder


def answers(repository: Repository, text: str, *arguments: str) -> Outcome:
    """Run the command with some answers typed beforehand."""
    return repository.passmuster("dataset", "harvest", *arguments, typed=text, NO_COLOR="1", COLUMNS="100")


def cases_in(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_examples_are_written_as_drafts(repository: Repository) -> None:
    """Leaky, redacted, and looked at by nobody; a second time adds nothing."""
    agents = repository.suite.parent / "agents"
    (agents / "documentation-writer.md").write_text(EXAMPLE, encoding="utf-8")
    arguments = ("dataset", "harvest", "examples", "--draft", "-o", "harvested.jsonl", "--json")

    first, second = repository.passmuster(*arguments), repository.passmuster(*arguments)

    assert first.status == 0, first.screen
    assert json.loads(first.output)["written"] == 2
    assert json.loads(first.output)["taken_out"] == {"e-mail": 1}
    assert json.loads(second.output)["left_out"] == {"a case asks it already": 2}
    written = cases_in(repository.folder / "harvested.jsonl")
    assert written[0]["request"] == "Our changelog is empty, mail <e-mail>"
    assert written[0]["tags"] == ["harvested", "leaky"]
    assert "reviewed_by" not in written[0]["source"]  # type: ignore[operator]  # a mapping, as the schema says


def test_each_request_is_looked_at_before_it_is_kept(repository: Repository, sessions: Path) -> None:
    """One that a case asks already is left out; labels and words can be mended; who looked is said."""
    found = answers(
        repository,
        "l\nghost\nl\ndocumentation-writer\ne\nThe vacuum never ends\nk\nd\n",
        *("transcripts", "--place", str(sessions), "-o", "kept.jsonl", "--reviewer", "Jo"),
    )

    assert found.status == 0, found.screen
    assert "2 requests to look at" in found.output
    assert "the roster has no agent 'ghost'" in found.output
    [case] = cases_in(repository.folder / "kept.jsonl")
    assert case["request"] == "The vacuum never ends"
    assert case["expect"] == {"agent": "documentation-writer"}
    assert case["source"]["reviewed_by"] == "Jo"  # type: ignore[index]  # a mapping, as the schema says
    assert not list(repository.folder.glob(".kept*"))


def test_who_stops_goes_on_where_they_stopped(repository: Repository, sessions: Path) -> None:
    """Nothing is written until all are decided, and nothing is asked twice."""
    arguments = ("transcripts", "--place", str(sessions), "-o", "kept.jsonl")

    stopped = answers(repository, "k\nq\n", *arguments)
    broken_off = answers(repository, "", *arguments)
    there = (repository.folder / "kept.jsonl").exists()
    finished = answers(repository, "k\n", *arguments)

    assert [stopped.status, broken_off.status, finished.status] == [0, 130, 0]
    assert "goes on where you stopped" in stopped.output
    assert not there
    assert "2 of 2" in finished.output
    assert "1 of 2 ·" not in finished.output
    assert [case["request"] for case in cases_in(repository.folder / "kept.jsonl")] == [
        "The vacuum never ends, ask <e-mail>",
        "Who wrote the handbook?",
    ]


def test_it_works_in_a_terminal(repository: Repository, sessions: Path) -> None:
    """A pseudo-terminal, as a person has it."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own command
        [
            *(sys.executable, "-m", "passmuster.cli", "dataset", "harvest", "transcripts"),
            *("--place", str(sessions), "-o", "kept.jsonl"),
        ],
        cwd=repository.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    ) as process:
        os.close(theirs)
        os.write(ours, b"k\nn\nk\n")
        seen = bytearray()
        try:
            while piece := os.read(ours, 4096):
                seen += piece
        except OSError:  # how a terminal ends
            pass
        status = process.wait()
    os.close(ours)

    assert status == 0, seen.decode()
    assert len(cases_in(repository.folder / "kept.jsonl")) == 2


def test_what_cannot_be_meant_is_said(repository: Repository) -> None:
    """An unknown source, a place that is not there, and a machine without a decision."""
    unknown = repository.passmuster("dataset", "harvest", "chats", "-o", "x.jsonl")
    nowhere = repository.passmuster("dataset", "harvest", "recordings", "--draft", "-o", "x.jsonl")
    missing = repository.passmuster("dataset", "harvest", "transcripts", "--place", "none", "--draft", "-o", "x.jsonl")
    machine = repository.passmuster("dataset", "harvest", "examples", "--json", "-o", "x.jsonl")
    ending = repository.passmuster("dataset", "harvest", "examples", "--draft", "-o", "x.docx")

    assert [item.status for item in (unknown, nowhere, missing, machine, ending)] == [2, 2, 2, 2, 2]
    assert "known: examples, transcripts, recordings" in unknown.screen
    assert "--place" in nowhere.screen
    assert "there are no transcripts at 'none'" in missing.screen
    assert "add --draft" in machine.screen


def test_perturbed_cases_are_a_dataset(repository: Repository) -> None:
    """They are read like any other, in their originals' groups."""
    command = ("dataset", "perturb", "-o", "p.jsonl", "--perturbation")
    made = repository.passmuster(*command, "politeness,typos", "--draws", "2")
    wrong = repository.passmuster("dataset", "perturb", "-o", "q.jsonl", "--perturbation", "neutral_names")
    taken = [repository.passmuster(*command, "typos", "-o", place) for place in ("p.jsonl", ".")]

    assert made.status == 0, made.screen
    written = cases_in(repository.folder / "p.jsonl")
    assert len(written) > 30
    assert {case["group"] for case in written if str(case["identifier"]).startswith("nobody-1.")} == {"nobody-1"}
    assert wrong.status == 2
    assert "changes the roster" in wrong.screen
    assert [item.status for item in taken] == [2, 2]
    assert all("this place is taken" in item.screen for item in taken)
    assert cases_in(repository.folder / "p.jsonl") == written


def test_recordings_without_requests_are_explained(repository: Repository) -> None:
    """Nothing to harvest is no mystery: the screen says what is missing."""
    recorded = repository.folder / "runs" / "one.jsonl"
    recorded.parent.mkdir()
    recorded.write_text('{"type": "result", "subtype": "success", "is_error": false}\n', encoding="utf-8")

    outcome = repository.passmuster("dataset", "harvest", "recordings", "--place", "runs", "--draft", "-o", "x.jsonl")

    assert outcome.status == 0
    assert "requests.json" in outcome.screen
    assert not (repository.folder / "x.jsonl").exists()
