"""Use case: put a run that another tool made into the store, once however often that is asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Final

from passmuster.application.reading import load_head, load_reduced
from passmuster.application.summarizing import keep_summary
from passmuster.domain.cases import Case, Dataset, Expectation
from passmuster.domain.endpoints import Ending, RunSegment
from passmuster.domain.errors import RunNotFoundError, UnacceptableRunError
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import JsonObject, RunIdentifier
from passmuster.exchanging import ForeignRun
from passmuster.housekeeping import WalkedStore
from passmuster.ports import Store

NOT_ASKED: Final = Expectation(preferred=None)
"""What is expected of a case whose file says nothing of agents."""

AT_ONCE: Final = 1_000
"""Trials that the store is given at a time."""

Progress = Callable[[int, int], None]
"""Told how many trials are in the store, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was done with one run.

    Attributes:
        run: Its name in the store.
        cases: How many cases it has.
        trials: How many trials.
        failures: How many of them have no answer.
        is_new: Whether it was not there before, whole.
        joined: How many cases are the suite's own, by name and request.
        left_out: How many of what could not be brought along, by what it is.
    """

    run: RunIdentifier
    cases: int
    trials: int
    failures: int
    is_new: bool
    joined: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The suite that runs become part of.

    Attributes:
        suite: Its name.
        cases: Its cases.
        versions: Of passmuster and what it builds upon, beside those that a file names.
    """

    suite: str
    cases: Sequence[Case]
    versions: JsonObject


def import_run(store: Store, home: Home, foreign: ForeignRun, progress: Progress) -> Imported:
    """Put a run into the store; only some of its trials are held at a time.

    One that is there already stays as it is; one that was begun, as by a process that was killed, is completed.

    Args:
        store: Where it goes.
        home: The suite that it becomes a run of.
        foreign: The run.
        progress: Told after every portion.

    Raises:
        UnacceptableRunError: If the same run is in the store for another suite.
    """
    run, joined = _at_home(foreign.run, home)
    name, suite = run.manifest.identifier, home.suite
    known = _known(store, name)
    if known is not None and known.manifest.suite != suite:
        message = f"this file is in the store already, as run {name} of suite {known.manifest.suite!r}"
        raise UnacceptableRunError(message, hint=f"use it there, with --suite {known.manifest.suite}")
    is_new = known is None or _count(store, known) < foreign.count
    failures = _put(store, run, foreign, progress) if is_new else 0
    return Imported(
        run=name,
        cases=len(run.cases),
        trials=foreign.count,
        failures=failures,
        is_new=is_new,
        joined=joined,
        left_out=foreign.left_out,
    )


def _at_home(run: Run, home: Home) -> tuple[Run, int]:
    """Return a run as one of the suite's, and how many cases it has from there.

    What other tools do not know of a case, such as who should take it and how much it weighs, the suite may know.
    """
    ours = {case.identifier: case for case in home.cases}
    joined = 0
    cases = []
    for case in run.cases:
        own = ours.get(case.identifier)
        if own is not None and own.request == case.request and case.expectation == NOT_ASKED:
            cases.append(replace(own, rubric=case.rubric))
            joined += 1
        else:
            cases.append(case)
    manifest = replace(
        run.manifest,
        suite=home.suite,
        versions={**home.versions, **run.manifest.versions},
        dataset=Dataset(name=home.suite, cases=tuple(cases)).fingerprint,
    )
    return replace(run, manifest=manifest, cases=tuple(cases)), joined


def _known(store: Store, name: RunIdentifier) -> Run | None:
    try:
        return load_head(store, name)
    except RunNotFoundError:
        return None


def _count(store: Store, run: Run) -> int:
    return store.count(run.manifest.identifier) if isinstance(store, WalkedStore) else len(run.trials)


def _put(store: Store, run: Run, foreign: ForeignRun, progress: Progress) -> int:
    name = run.manifest.identifier
    store.begin(run.manifest, run.roster, run.cases)
    done = failures = 0
    seconds = 0.0
    for part in _portions(foreign.trials()):
        store.append(name, part)
        done += len(part)
        failures += sum(not trial.is_finished for trial in part)
        ends = (trial.started_at + timedelta(seconds=trial.duration) for trial in part)
        seconds = max(seconds, *((end - run.manifest.started_at).total_seconds() for end in ends))
        progress(done, foreign.count)
    began = run.manifest.started_at
    store.record(name, RunSegment(started_at=began, duration=seconds, ending=Ending.FINISHED, trials=done))
    keep_summary(store, load_reduced(store, name))
    return failures


def _portions(trials: Iterator[Trial]) -> Iterator[list[Trial]]:
    while part := list(islice(trials, AT_ONCE)):
        yield part
