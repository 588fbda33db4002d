"""`passmuster dataset`: cases looked after by the real command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Repository, case_line, clean_environment

LONG = "Our nightly export job hangs since Tuesday, can you find out why it does?"


def outside(repository: Repository, *lines: str) -> Path:
    path = repository.folder / "loose.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def cases_in(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_file_of_no_suite_is_checked_against_a_folder_of_agents(repository: Repository) -> None:
    """Without agents it is checked by itself; criteria are built in both."""
    rubric = {"criteria": [{"use": "lenght"}]}
    path = outside(repository, case_line("a", "index", "database-enginer"))

    alone = repository.passmuster("dataset", "check", str(path))
    against = repository.passmuster("dataset", "check", str(path), "--roster", str(repository.agents))
    outside(repository, case_line("a", "index", None, rubric=rubric))
    criterion = repository.passmuster("dataset", "check", str(path))

    assert (alone.status, against.status, criterion.status) == (0, 2, 2)
    assert "loose.jsonl:1:1" in against.errors
    assert "did you mean 'database-engineer'?" in against.errors
    assert "lenght" in criterion.errors


def test_every_format_leads_to_every_other(repository: Repository) -> None:
    """JSON Lines, CSV, Parquet, a folder of the library, and back: the same cases; nothing is written over."""
    first = repository.passmuster("dataset", "convert", "team", "a.jsonl")
    ways = [("a.jsonl", "b.csv"), ("b.csv", "c.parquet"), ("c.parquet", "d"), ("d", "e.jsonl")]
    statuses = [repository.passmuster("dataset", "convert", *way).status for way in ways]
    again = repository.passmuster("dataset", "convert", "a.jsonl", "b.csv")
    forced = repository.passmuster("dataset", "convert", "a.jsonl", "b.csv", "--force")

    assert (first.status, statuses, again.status, forced.status) == (0, [0, 0, 0, 0], 2, 0), again.screen
    assert (repository.folder / "e.jsonl").read_bytes() == (repository.folder / "a.jsonl").read_bytes()
    assert "this place is taken" in again.errors


def test_a_foreign_table_is_mapped_on_the_command_line(repository: Repository) -> None:
    """Labels of others become agents; an empty label is no label."""
    (repository.folder / "t.csv").write_text("text,intent\nmissing index,db\nhi,\n", encoding="utf-8")
    options = ["--option", "columns={request: text, agent: intent}", "--option", "labels={db: database-engineer}"]

    unlabelled = repository.passmuster("dataset", "convert", "t.csv", "t.jsonl", *options)
    done = repository.passmuster("dataset", "convert", "t.csv", "t.jsonl", *options, "--option", "nobody=['']")

    assert unlabelled.status == 2
    assert "t.csv:3:1" in unlabelled.errors
    assert done.status == 0
    expected = [{"agent": "database-engineer"}, {"agent": None}]
    assert [case["expect"] for case in cases_in(repository.folder / "t.jsonl")] == expected


def test_statistics_say_what_is_not_covered(repository: Repository) -> None:
    """In words, as JSON and as a picture that is the same each time."""
    repository.write_agent("new-one", "Does what nobody has asked for yet.")

    words = repository.passmuster("dataset", "stats", "--plot", "a.svg")
    data = json.loads(repository.passmuster("dataset", "stats", "--json", "--plot", "b.svg").output)
    wrong = repository.passmuster("dataset", "stats", "--plot", "a.png")

    assert words.status == 0, words.screen
    assert "new-one 0 0 none shows" in words.screen
    assert "right choices that shows in a subject" in words.screen
    assert data["agents"][0] == {
        "agent": "new-one", "cases": 0, "smallest_drop": None, "is_known": True, "by_split": {"test": 0}
    }  # fmt: skip
    assert (repository.folder / "a.svg").read_bytes() == (repository.folder / "b.svg").read_bytes()
    assert wrong.status == 2


def test_splitting_keeps_what_is_split(repository: Repository) -> None:
    """A second time nothing moves, unless that is asked for; shares must share out everything."""
    repository.passmuster("dataset", "split", str(repository.cases), "-o", "a.jsonl", "--shares", "train=0.5,test=0.5")
    again = repository.passmuster("dataset", "split", "a.jsonl", "-o", "b.jsonl")
    anew = repository.passmuster("dataset", "split", "a.jsonl", "--reshuffle", "--json", "--shares", "test=1")
    wrong = repository.passmuster("dataset", "split", "a.jsonl", "--shares", "train=0.5,tset=0.5")

    assert {case["split"] for case in cases_in(repository.folder / "a.jsonl")} == {"train", "test"}
    assert "every case is in a split already" in again.screen
    assert (repository.folder / "a.jsonl").read_bytes() == (repository.folder / "b.jsonl").read_bytes()
    assert set(json.loads(anew.output)["cases"].values()) == {"test"}
    assert (wrong.status, "[shares]" in wrong.errors) == (2, True)


def test_duplicates_are_left_out_and_contradictions_named(repository: Repository) -> None:
    """Nothing is written without a destination; another label is never dropped."""
    path = outside(
        repository,
        case_line("a", LONG, "debugger"),
        case_line("b", LONG, "debugger"),
        case_line("c", LONG.replace("export", "import"), "debugger"),
        case_line("d", LONG, "writer"),
    )

    exact = repository.passmuster("dataset", "dedupe", str(path))
    near = repository.passmuster("dataset", "dedupe", str(path), "--near", "0.8", "-o", "kept.csv", "--json")

    assert "4 cases, 3 stay, 1 are left out nothing was written" in exact.screen
    assert "both kept, for they differ in their label: 1" in exact.screen
    assert json.loads(near.output)["kept"] == 2
    assert (repository.folder / "kept.csv").read_text(encoding="utf-8").count("\n") == 3


def test_an_audit_finds_leaks_and_contradictions(repository: Repository) -> None:
    """Each with its place; it is a failure only if that is asked for, and tagging settles a leak."""
    cases = [
        case_line("leak", "reads query plans of PostgreSQL, indexes and SQL migrations", "database-engineer"),
        case_line("one", LONG, "database-engineer"),
        case_line("two", LONG, None),
    ]
    repository.write_cases(cases)

    words = repository.passmuster("dataset", "audit", COLUMNS="80")
    strict = repository.passmuster("dataset", "audit", "--strict", "--json", "--router", "{use: lexical, threshold: 3}")
    marked = repository.passmuster("dataset", "audit", "--mark", "--json")
    after = json.loads(repository.passmuster("dataset", "audit", "--json").output)

    assert (words.status, strict.status, marked.status) == (0, 1, 0), words.screen
    assert "datasets/team/routing.jsonl:1 leak:" in words.output
    assert max(len(line) for line in words.output.splitlines()) <= 80
    rules = [finding["rule"] for finding in json.loads(strict.output)["findings"]]
    assert rules == ["leaky-case", "contradictory-duplicates"]
    assert "tagged 1 cases in 1 files" in marked.errors
    assert cases_in(repository.cases)[0]["tags"] == ["leaky"]
    assert repository.cases.read_text(encoding="utf-8").splitlines()[1:] == cases[1:]
    assert [finding["rule"] for finding in after["findings"]] == ["contradictory-duplicates"]


def test_an_embedder_finds_leaks_in_other_words(repository: Repository) -> None:
    """One of the user's own, by its file."""
    (repository.suite.parent / "mine.py").write_text(
        "from pydantic import BaseModel\n"
        "from passmuster.components import Component\n"
        "class Options(BaseModel, extra='forbid', frozen=True):\n"
        "    cache: bool = False\n"
        "class Embedder:\n"
        "    async def embed(self, texts):\n"
        "        return [[1.0, float('tutorial' not in text.lower())] for text in texts]\n"
        "EMBEDDER = Component(options=Options, build=lambda options, context: Embedder())\n",
        encoding="utf-8",
    )
    repository.write_cases([case_line("a", "a tutorial, perhaps", "documentation-writer")])

    outcome = repository.passmuster("dataset", "audit", "--embedder", "./mine.py:EMBEDDER")

    assert "1 leaky" in outcome.screen
    assert "a: 100% like the description of documentation-writer" in outcome.screen


def test_an_audit_needs_agents(repository: Repository) -> None:
    """A file alone cannot be held against anything; a wrong router is told with the known ones."""
    path = str(outside(repository, case_line("a", LONG, None)))

    alone = repository.passmuster("dataset", "audit", path)
    wrong = repository.passmuster("dataset", "audit", path, "--roster", str(repository.agents), "--router", "lexcal")

    assert (alone.status, "[no-roster]" in alone.errors) == (2, True)
    assert (wrong.status, "'lexcal'" in wrong.errors) == (2, True)


def test_leaky_cases_are_scored_apart(repository: Repository) -> None:
    """The report says how they fare beside the others."""
    lines = [
        case_line("a", "PostgreSQL", "database-engineer", tags=["leaky"]),
        case_line("b", "xyz", "database-engineer"),
    ]
    repository.write_cases(lines)

    run = repository.passmuster("run", "--no-report")

    assert "lexical is right in 100% of them and 0% of the others" in run.screen


def test_the_card_is_written_once(repository: Repository) -> None:
    """To the screen, or into a file that is not there yet."""
    screen = repository.passmuster("dataset", "card", "--license", "mit")
    first = repository.passmuster("dataset", "card", "-o", "README.md", "--title", "[bold]Ours", "--language", "en")
    second = repository.passmuster("dataset", "card", "-o", "README.md")

    assert 'license: "mit"' in screen.output
    assert "# \\[bold\\]Ours" in (repository.folder / "README.md").read_text(encoding="utf-8")
    assert (first.status, second.status) == (0, 2)


def test_options_of_loose_places_are_refused_for_a_suite(repository: Repository) -> None:
    """A suite says by itself how it is read."""
    outcome = repository.passmuster("dataset", "check", "team", "--roster", "agents")

    assert (outcome.status, "[contradiction]" in outcome.errors) == (2, True)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_a_large_file_is_checked_in_the_memory_of_a_small_one(repository: Repository) -> None:
    """Forty thousand cases of 1.5 kB, more than 60 MB, cost less than half of that."""

    def peak(count: int) -> int:
        path = repository.folder / f"{count}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(case_line(f"c{number}", f"{number} " * 200, None) + "\n" for number in range(count))
        script = (
            "import resource, sys\nfrom passmuster.cli import leaving\nfrom passmuster.cli.__main__ import app\n"
            "status = leaving.guarded(app)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
            "sys.exit(status)\n"
        )
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", script, "dataset", "check", str(path)], check=True, capture_output=True, text=True
        )
        return int(done.stderr.split()[-1])

    assert peak(40_000) - peak(100) < 30_000


INTERRUPTED = """\
import os
import signal
import sys


def soon(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".partial"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.02)


signal.signal(signal.SIGVTALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
sys.addaudithook(soon)
from passmuster.cli.__main__ import main

main()
"""
"""Presses Ctrl-C after a fiftieth of a second of its own work, from when it has begun to write."""


def test_interrupting_leaves_what_was_there(repository: Repository) -> None:
    """Ctrl-C in the midst of writing: the status says so, and neither half a file nor a passing one is left."""
    source, target = repository.folder / "cases.jsonl", repository.folder / "out.jsonl"
    with source.open("w", encoding="utf-8") as file:
        file.writelines(case_line(f"c{number}", "x " * 500, None) + "\n" for number in range(20_000))
    target.write_text("former", encoding="utf-8")

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", INTERRUPTED, "dataset", "convert", str(source), str(target), "--force"],
        cwd=repository.folder,
        env=clean_environment(),
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 130, ended.stderr.decode()
    assert target.read_text(encoding="utf-8") == "former"
    assert not any(repository.folder.glob(".*.partial"))


def test_a_suite_reads_tables_and_folders_of_the_library(repository: Repository) -> None:
    """Both are datasets like any other; identifiers are unique over all of them."""
    repository.passmuster("dataset", "convert", str(repository.cases), "evals/team/saved")
    (repository.suite.parent / "more.csv").write_text(
        "request,agent\nWhich index is missing?,database-engineer\n", encoding="utf-8"
    )
    text = repository.suite.read_text(encoding="utf-8")
    sections = "datasets:\n  - {use: hub, location: ./saved}\n  - {use: files, location: ./more.csv}"
    first = text.index("datasets:")
    repository.suite.write_text(f"{text[:first]}{sections}\n{text[text.index('subjects:') :]}", encoding="utf-8")

    run = repository.passmuster("run", "--no-report")
    check = repository.passmuster("dataset", "check")
    (repository.suite.parent / "more.csv").write_text(
        "identifier,request,agent\ndatabase-1,x,database-engineer\n", encoding="utf-8"
    )
    twice = repository.passmuster("dataset", "check")

    assert run.status == 4, run.screen
    assert "cases: 11" in check.screen
    assert (twice.status, "[duplicate-identifier]" in twice.errors) == (2, True)
