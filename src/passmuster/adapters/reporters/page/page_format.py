"""The form of the data in the page, as the script reads it.

The page holds two kinds of elements ``<script type="text/plain" class="packed">``: one with the id ``columns``, read
when the page opens, and those with the ids ``chunk-0``, ``chunk-1`` …, read when one of their cases is opened. The text
of each is base64 of raw deflate of JSON in UTF-8 (https://www.rfc-editor.org/rfc/rfc1951;
``DecompressionStream("deflate-raw")``).

A *row* is one case of one subject. Columns of equal length belong together. An index of -1 stands for nothing. Words
are kept once, in ``words``; agents are indexes into ``agents``, of which the one named ``(nobody)`` is no agent.
Everything is text of strangers: the script sets it as text.
"""

from typing import Any, TypedDict

FORMAT = 1


class Subject(TypedDict):
    """One subject."""

    name: str
    description: str
    is_deterministic: bool
    caveats: list[str]
    can_rerun: str
    """The command that runs one case again, with ``{case}`` where its identifier goes, to be quoted for a shell."""
    sends: str
    """Where its backend is sent the writer's instructions, the history and the request: with which settings, in words.
    Empty where nobody can tell what is sent."""


class AgentEntry(TypedDict):
    """One agent of the roster, or of what it is compared with."""

    agent: int
    change: str
    """``added``, ``removed``, ``renamed``, ``description edited``, ``otherwise edited`` or empty."""
    former: str
    """Its name before, where it was renamed."""
    tokens: int
    """What its name and description cost in every request, in tokens, estimated."""
    model: str
    tools: list[str] | None
    path: str
    description: str
    description_before: str | None
    chunk: int
    """Where its definition is: an :class:`AgentDetail` at ``place`` of that chunk."""
    place: int
    neighbours: list[tuple[int, float]]
    """Agents whose descriptions overlap most with its own, and how much, from 0 to 1."""


class AgentFigures(TypedDict):
    """How agents fared: columns of equal length, a row for each subject and agent; ``None`` where not measured.

    Intervals are triples: value, lower, upper.
    """

    subject: list[int]
    agent: list[int]
    expected: list[int]
    chosen: list[int]
    precision: list[tuple[float, float, float] | None]
    recall: list[tuple[float, float, float] | None]
    f1: list[float | None]


class Cases(TypedDict):
    """Columns, one entry for each case of the dataset."""

    identifier: list[str]
    request: list[str]
    """The beginning of the request."""
    expected: list[int]
    acceptable: list[list[int]]
    forbidden: list[list[int]]
    stratum: list[int]
    split: list[int]
    tags: list[list[int]]
    badges: list[list[int]]
    """Critical, control, in quarantine: words."""


class Rows(TypedDict):
    """Columns, one entry for each case of each subject, in order of subject, then of case."""

    subject: list[int]
    case: list[int]
    chosen: list[int]
    """The usual choice; -1 where none was measured."""
    outcome: list[int]
    """One word: right, acceptable, twin, wrong, forbidden, over-delegated, under-delegated, flaky, unmeasured, not run;
    where an output alone was judged: passed, failed, flaky."""
    tone: list[int]
    """The tone of that mark, a word: its class in the stylesheet."""
    right: list[float | None]
    """Share of right choices."""
    passed: list[float | None]
    """Share of answers that passed their rubric."""
    score: list[float | None]
    """Weighted mean of the rubric, from 0 to 1."""
    states: list[list[int]]
    """Words to filter by: changed, wrong, rubric, unmeasured …"""
    trials: list[int]
    choices: list[list[int]]
    """The choice of each trial, as an index of an agent."""
    outcomes: list[list[int]]
    """The routing outcome of each choice: words."""
    cost: list[float | None]
    """In US dollars, over all trials."""
    seconds: list[float | None]
    """Mean latency of the trials."""
    was: list[int]
    """The usual choice before; -1 without one."""
    right_before: list[float | None]
    passed_before: list[float | None]
    choices_before: list[list[int]]
    outcomes_before: list[list[int]]
    change: list[int]
    """What became of the choice: broken, fixed, moved, unchanged … (a word; -1 without a baseline)."""
    rubric_change: list[int]
    """What became of the output, likewise."""
    stolen_by: list[int]
    lost_to: list[int]
    is_newly_flaky: list[int]
    """1 where all trials agreed before and do not now."""
    chunk: list[int]
    """Where the row's detail is; -1 where it is not in this page."""
    place: list[int]


class PastRun(TypedDict):
    """One earlier run; the run itself is the last one.

    A baseline that is no stored run stands at the head, without a beginning. ``chosen``, ``right`` and ``passed`` have
    one entry for each of ``rows``; they are empty for runs of which the page holds nothing but series.
    """

    identifier: str
    started: str
    commit: str
    branch: str
    is_dirty: bool
    label: str
    """``this run``, ``baseline`` or empty."""
    is_same_dataset: bool
    chosen: list[int]
    right: list[float | None]
    passed: list[float | None]


class PastSeries(TypedDict):
    """One metric over the runs; ``agent`` is -1 for a metric of the whole subject."""

    subject: int
    metric: str
    agent: int
    places: list[int]
    values: list[float]
    lower: list[float]
    upper: list[float]
    cases: int


class PastChange(TypedDict):
    """A change of level."""

    series: int
    before: int
    after: int
    cause: str
    commits: list[tuple[str, str]]
    """Short name and title."""


class Acceptance(TypedDict):
    """A break that was accepted, and why; nobody keeps when that was."""

    case: str
    subject: str
    is_choice: bool
    """Whether a choice broke, and not an output."""
    now: int
    """The choice that was accepted; -1 for an output."""
    expires: str
    """The day from which it is to be looked at again; empty for none."""
    reason: str


class Columns(TypedDict):
    """The element ``columns``."""

    format: int
    suite: str
    run: str
    words: list[str]
    agents: list[str]
    subjects: list[Subject]
    roster: list[AgentEntry]
    figures: AgentFigures
    cases: Cases
    rows: Rows
    runs: list[PastRun]
    series: list[PastSeries]
    changes: list[PastChange]
    acceptances: list[Acceptance]
    has_baseline: bool
    against: str
    sampled: str
    """Says what the page does not show in full; empty where it shows everything. Counts are always exact."""


class AgentDetail(TypedDict):
    """An agent's definition in a chunk; ``diff`` are lines of a unified diff against what it was, empty where equal."""

    kind: str
    """``agent``"""
    instructions: str
    front_matter: str
    diff: list[str]
    missing: str
    """Says in a sentence why an edited agent has no diff; empty where nothing is missing."""


class RowDetail(TypedDict):
    """A row's detail in a chunk: :class:`passmuster.adapters.reporters.case_views.DetailView` as plain data."""

    kind: str
    """``row``"""
    view: dict[str, Any]


Chunk = list[AgentDetail | RowDetail]
"""The elements ``chunk-…``: about a quarter of a megabyte each before packing."""
