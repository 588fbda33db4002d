"""What a report tells of the runs before its own."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.past_runs import MACRO_F1, past_run
from passmuster.analysis.reporting import report_of
from passmuster.application.kept_runs import MOST_FILES, KeptRuns
from passmuster.application.remembering import Memory, past_of, roster_before
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer
from passmuster.domain.reports import Report
from passmuster.domain.results import Run
from passmuster.domain.values import RunIdentifier, SubjectName
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing.factories import MOMENT, a_case, a_decision, a_roster, a_run, a_trial, an_agent
from passmuster.testing.fakes import MemoryStore

from .made_up_repository import a_track

CASES = tuple(a_case(f"case-{number:02}", preferred="debugger") for number in range(20))
SUBJECT = SubjectName("lexical")
EDITED = a_roster(an_agent("debugger", "Reviews."), "code-reviewer", "test-engineer")


class CountingStore(MemoryStore):
    """A store that counts how many runs were read."""

    def __init__(self, runs: Iterable[Run]) -> None:
        super().__init__()
        self.loaded = 0
        for run in runs:
            self.begin(run.manifest, run.roster, run.cases)
            self.append(run.manifest.identifier, run.trials)

    def load(self, run: RunIdentifier) -> Run:
        self.loaded += 1
        return super().load(run)


def numbered(number: int, right: int = 20, *, roster: Roster | None = None, selection: str = "") -> Run:
    """Make the run of a day, in which so many of twenty cases are right."""
    trials = [
        a_trial(case.identifier, answer=Answer(routing=a_decision("debugger" if at < right else "code-reviewer")))
        for at, case in enumerate(CASES)
    ]
    run = a_run(*trials, cases=CASES, roster=roster or a_roster("debugger", "code-reviewer", "test-engineer"))
    manifest = replace(
        run.manifest,
        identifier=RunIdentifier(f"run-{number:03}"),
        started_at=MOMENT + timedelta(days=number),
        roster=run.roster.fingerprint,
        selection=selection,
    )
    return replace(run, manifest=manifest)


def told(run: Run, before: Run | None = None) -> Report:
    """Judge a run."""
    return report_of(run, GatePolicy(rules=()), None if before is None else observe(before))


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """Nothing is known yet, and everything may be read."""
    return Memory(kept=KeptRuns(tmp_path / "cache", store="store", suite="example"), room=10_000)


def test_earlier_runs_come_first_and_the_run_itself_last(memory: Memory) -> None:
    """Later runs and runs of a selection are no part of it; shares have their bands, and each run its cases."""
    runs = [numbered(1, 10), numbered(2, 15, selection="Some."), numbered(3), numbered(4, 5)]

    past = past_of(told(runs[2]), CountingStore(runs), a_track(), memory)

    assert [run.identifier for run in past.runs] == ["run-001", "run-003"]
    accuracy = next(series for series in past.series if series.metric == "routing_accuracy")
    assert (accuracy.values, accuracy.places) == ((0.5, 1.0), (0, 1))
    assert accuracy.lower[0] < 0.5 < accuracy.upper[0]
    assert accuracy.upper[1] == 1.0
    macro = next(series for series in past.series if series.metric == MACRO_F1)
    assert macro.lower[0] < macro.values[0] < macro.upper[0]
    assert past.runs[0].results[SUBJECT][CASES[15].identifier].chosen == "code-reviewer"


def test_a_run_that_is_kept_is_not_read_again(memory: Memory) -> None:
    """The second report reads nothing from the store, and says the same; the run itself is kept as well."""
    # None of them repeats another, so that each has to be read.
    runs = [
        numbered(day, 20 - day, roster=a_roster("debugger", an_agent("code-reviewer", f"{day}"))) for day in range(4)
    ]
    store = CountingStore(runs)
    first = past_of(told(runs[2]), store, a_track(), memory)
    read = store.loaded

    second = past_of(told(runs[2]), store, a_track(), memory)
    later = past_of(told(runs[3]), store, a_track(), memory)

    assert (read, store.loaded) == (2, 2)
    assert second == first
    assert [run.identifier for run in later.runs] == ["run-000", "run-001", "run-002", "run-003"]


def test_a_report_reads_few_unknown_runs_and_the_next_one_more(memory: Memory) -> None:
    """The latest are read first, and how many older ones there are is told."""
    runs = [numbered(day, roster=a_roster("debugger", an_agent("code-reviewer", f"{day}"))) for day in range(6)]
    store = CountingStore(runs)
    hurried = replace(memory, room=45)

    first = past_of(told(runs[5]), store, a_track(), hurried)
    second = past_of(told(runs[5]), store, a_track(), hurried)

    assert ([run.identifier for run in first.runs], first.left_out) == (["run-003", "run-004", "run-005"], 3)
    assert (len(second.runs), second.left_out) == (5, 1)


def test_a_change_of_level_is_told_with_its_cause(memory: Memory) -> None:
    """Where choices got worse when the agents did, both runs and the edited agent are named."""
    runs = [numbered(day, 19 + day % 2) for day in range(10)]
    runs += [numbered(day, 4 + day % 2, roster=EDITED) for day in range(10, 20)]

    past = past_of(told(runs[-1]), CountingStore(runs), a_track(), memory)

    [change] = [change for change in past.changes if past.series[change.series].metric == "routing_accuracy"]
    assert (past.runs[change.before].identifier, past.runs[change.after].identifier) == ("run-009", "run-010")
    assert "debugger edited" in change.cause


def test_what_cannot_be_read_is_read_from_the_store(tmp_path: Path, memory: Memory) -> None:
    """A file that was cut or written by somebody else counts as none."""
    run = numbered(1, 7)
    memory.kept.keep(past_run(run))
    assert memory.kept.read(run.manifest) == past_run(run)
    [file] = (tmp_path / "cache").rglob("*.past")

    file.write_bytes(file.read_bytes()[:20])

    assert memory.kept.read(run.manifest) is None


def test_only_so_many_runs_are_kept(tmp_path: Path, memory: Memory) -> None:
    """The folder does not grow without end."""
    small = past_run(a_run())
    for number in range(MOST_FILES + 3):
        manifest = replace(small.manifest, identifier=RunIdentifier(f"run-{number}"))
        memory.kept.keep(replace(small, manifest=manifest))

    assert len(list((tmp_path / "cache").rglob("*.past"))) == MOST_FILES


def test_agents_as_they_were_come_from_a_stored_run() -> None:
    """An equal roster is the run's own; another one is that of the run which had just these agents, if there is any."""
    before, now = numbered(1), numbered(2, roster=EDITED)

    assert roster_before(told(now, before), CountingStore([before, now])) == before.roster
    assert roster_before(told(now, before), CountingStore([now])) is None
    assert roster_before(told(now, now), CountingStore([])) is now.roster
    assert roster_before(told(now), CountingStore([now])) is None
