"""Large runs are reduced while they are read: everything counted is as if the run were held."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passmuster.adapters.reporters.json_document import JsonReporter
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.analysis import compacting
from passmuster.analysis.observing import observe
from passmuster.analysis.past_runs import past_run
from passmuster.analysis.reporting import report_of
from passmuster.application import reading
from passmuster.application.reading import load_head, load_reduced, load_whole
from passmuster.domain.answers import Answer, Failure, Origin, RankedAgent, Stage
from passmuster.domain.cases import Case
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.reports import Report
from passmuster.domain.results import Outcome, Run, Trial
from passmuster.domain.values import AgentName, RunIdentifier, Usage
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_rubric,
    a_run,
    a_score,
    a_subject_record,
    a_trial,
    an_unscored,
)

POLICY = GatePolicy(
    rules=(
        GateRule(metric="unaccepted_breaks"),
        GateRule(metric="routing_accuracy", minimum=0.5),
        GateRule(metric="routing_accuracy", maximum_drop=0.2),
    )
)
SUBJECTS = ("lexical", "model")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "runs.sqlite")
    yield opened
    opened.close()


def made_up(seed: int, identifier: str, *, cases: int = 8, repetitions: int = 4) -> Run:
    """Make a run in which everything happens that a report counts."""
    random = Random(seed)  # noqa: S311 - made-up data
    asked = tuple(
        a_case(f"case-{at}", text=f"Why does test {at} fail?", rubric=a_rubric(), is_critical=at % 5 == 0)
        for at in range(cases)
    )
    trials = [
        _trial(random, case, subject, repetition)
        for case in asked
        for subject in SUBJECTS
        for repetition in range(repetitions)
        if random.random() < 0.95
    ]
    random.shuffle(trials)
    records = tuple(a_subject_record(name, is_deterministic=False) for name in SUBJECTS)
    return a_run(*trials, cases=asked, identifier=RunIdentifier(identifier), subjects=records)


def _trial(random: Random, case: Case, subject: str, repetition: int) -> Trial:
    usage = Usage(input_tokens=random.randrange(3), cost=random.choice((None, Decimal("0.01"))))
    ranking = tuple(RankedAgent(agent=AgentName(name), score=random.random()) for name in ("debugger", "test-writer"))
    routing = random.choice(
        (
            a_decision("debugger", margin=random.random(), rationale="words", ranking=ranking, usage=usage),
            a_decision("test-writer", made_on="2026-01-01", model="small", latency=random.random()),
            a_decision(None),
            a_failure(Stage.ROUTING, message=f"no answer {random.randrange(3)}"),
        )
    )
    completion = random.choice(
        (
            a_completion(f"text {random.random()}", origin=Origin.CACHED, made_on="2026-01-01", usage=usage),
            a_completion(origin=Origin.RECORDED, model="large"),
            a_failure(Stage.COMPLETION),
        )
    )
    judged: tuple[Outcome, ...] = (
        a_score(value=random.choice((0.0, 0.25, 1.0)), passed=random.random() < 0.5, reason=f"{random.random()}"),
        an_unscored(),
    )
    outcomes = () if isinstance(completion, Failure) else (random.choice(judged),)
    return a_trial(
        case.identifier,
        subject=subject,
        repetition=repetition,
        answer=Answer(routing=routing, completion=completion, writer=AgentName("debugger")),
        outcomes=outcomes,
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        duration=random.random(),
    )


def kept(store: SqliteStore, run: Run) -> RunIdentifier:
    store.begin(run.manifest, run.roster, run.cases)
    store.append(run.manifest.identifier, run.trials)
    return run.manifest.identifier


def counted(report: Report) -> Report:
    """Return a report without what is shown of single trials, and without the sentence about that."""
    cases = tuple(replace(item, trials=(), deciding_words=(), is_reduced=False) for item in report.cases)
    return replace(report, cases=cases, trust=tuple(it for it in report.trust if "too many to show" not in it))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), most=st.integers(0, 200))
def test_a_reduced_run_is_judged_as_a_held_one(tmp_path: Path, seed: int, most: int) -> None:
    """Verdict, comparison, metrics, observations, spending and sentences are equal; so is what a history keeps."""
    store = SqliteStore(tmp_path / f"{seed}-{most}.sqlite")
    before, after = kept(store, made_up(seed, "before")), kept(store, made_up(seed + 1, "after"))
    whole = report_of(load_whole(store, after), POLICY, observe(load_whole(store, before)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MOST_HELD", 10)
        patch.setattr(compacting, "SHOWN", most)
        run = load_reduced(store, after)
        reduced = report_of(run, POLICY, observe(load_reduced(store, before)))
    past = past_run(run)

    assert counted(reduced) == counted(whole)
    assert past == past_run(load_whole(store, after))
    assert sum(len(item.trials) for item in reduced.cases) == len(run.trials)
    for one, other in zip(reduced.cases, whole.cases, strict=True):
        assert [trial.key for trial in one.trials] == [trial.key for trial in other.trials]
        assert [trial.duration for trial in one.trials] == [trial.duration for trial in other.trials]
        assert list(map(costs, one.trials)) == list(map(costs, other.trials))
        assert one.is_reduced or (one.trials, one.deciding_words) == (other.trials, other.deciding_words)
    shown = sum(len(item.trials) for item in reduced.cases if not item.is_reduced)
    assert shown <= most
    store.close()


def costs(trial: Trial) -> list[object]:
    parts = (trial.answer.routing, trial.answer.completion)
    return [None if part is None or isinstance(part, Failure) else part.usage for part in parts]


def test_the_report_says_what_it_shows_of_a_large_run(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first sentence of the trust part names the trials shown; the document counts those that it leaves out."""
    name = kept(store, made_up(3, "large", cases=30))
    monkeypatch.setattr(reading, "MOST_HELD", 10)
    monkeypatch.setattr(compacting, "SHOWN", 40)

    report = report_of(load_reduced(store, name), POLICY, None)
    (written,) = JsonReporter().write(report, tmp_path / "report")

    total = sum(len(item.trials) for item in report.cases)
    assert report.trust[0].startswith(f"The run has {total} trials, too many to show all of them: ")
    assert '"trials_left_out"' in written.read_text("utf-8")


def test_a_run_that_can_be_held_is_read_whole(store: SqliteStore) -> None:
    """A run of few trials is as it was stored, text by text."""
    name = kept(store, made_up(5, "small"))

    assert load_reduced(store, name) == store.load(name)


def test_a_run_that_grew_is_read_whole(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of its rounds count is known only when all of them are there."""
    run = made_up(7, "grown")
    name = kept(store, replace(run, manifest=replace(run.manifest, looks=3)))
    monkeypatch.setattr(reading, "MOST_HELD", 10)

    assert load_reduced(store, name) == store.load(name)


def test_the_head_of_a_run_has_no_trials(store: SqliteStore) -> None:
    """Everything but the trials is there."""
    name = kept(store, made_up(9, "headed"))

    assert load_head(store, name) == replace(store.load(name), trials=())


def test_a_run_that_is_not_there_is_refused(store: SqliteStore) -> None:
    """Reading in parts complains as reading does."""
    with pytest.raises(RunNotFoundError):
        load_reduced(store, RunIdentifier("nowhere"))
