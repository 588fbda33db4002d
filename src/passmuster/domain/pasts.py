"""What a report tells of earlier runs, so that any two can be looked at side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from passmuster.domain.observations import Acceptance
from passmuster.domain.results import Commit
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """What one run showed of one case.

    Attributes:
        chosen: The usual choice, ``(nobody)`` for no agent; empty where none was measured.
        right: Share of right choices; ``None`` where none was measured.
        passed: Share of answers that passed their rubric; ``None`` where none was judged.
    """

    chosen: str
    right: float | None
    passed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run, reduced to what another can be compared with.

    Attributes:
        identifier: Its name in the store.
        started_at: When it began.
        commit: The revision that it was made of; empty outside a repository.
        branch: Likewise.
        is_dirty: Whether there were changes that no commit holds.
        roster: The roster's fingerprint.
        dataset: The dataset's.
        results: By subject and case, for the cases that were asked.
    """

    identifier: RunIdentifier
    started_at: datetime
    commit: str = ""
    branch: str = ""
    is_dirty: bool = False
    roster: str = ""
    dataset: str = ""
    results: Mapping[SubjectName, Mapping[CaseIdentifier, PastCase]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSeries:
    """One metric over earlier runs and this one.

    Attributes:
        subject: Whose.
        metric: Its name.
        agent: For a recall, the agent or ``(nobody)``; else empty.
        places: The runs' places in :attr:`Past.runs`, oldest first.
        values: One for each of them.
        lower: Lower bounds of their intervals.
        upper: Upper bounds.
        cases: How many cases it rests on.
    """

    subject: SubjectName
    metric: str
    agent: str
    places: tuple[int, ...]
    values: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """Where a series changed its level.

    Attributes:
        series: Its place in :attr:`Past.series`.
        before: The place of the last run before.
        after: That of the first run after.
        cause: What is likely to stand behind it, in a sentence; empty where nothing is known.
        commits: The commits between the two that touch what the suite reads, oldest first.
    """

    series: int
    before: int
    after: int
    cause: str = ""
    commits: tuple[Commit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What came before a run.

    Attributes:
        runs: Oldest first, at most fifty, the run itself last.
        series: Metrics over them.
        changes: Where they changed their level.
        acceptances: What was accepted on the way.
        left_out: How many older runs there are.
    """

    runs: tuple[RunSummary, ...]
    series: tuple[PastSeries, ...] = ()
    changes: tuple[PastChange, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    left_out: int = 0
