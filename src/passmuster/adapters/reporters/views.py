"""A report as plain view data for the page: every number formatted, every text visible, nothing escaped yet."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from passmuster.adapters.reporters.case_badges import QuarantineView, quarantine_views
from passmuster.adapters.reporters.difference_views import DifferenceView, difference_view
from passmuster.adapters.reporters.glance_views import Glance, glance, worst_agents
from passmuster.adapters.reporters.judged_views import JudgedRow, judged_rows
from passmuster.adapters.reporters.matrix_selection import Selection, select_pairs
from passmuster.adapters.reporters.movement_views import Movement, movement
from passmuster.adapters.reporters.rule_views import RuleTable, rule_table
from passmuster.adapters.reporters.spending_views import SpendingView, spending_view
from passmuster.adapters.reporters.wording import VERDICTS, Mark
from passmuster.domain.observations import NOBODY, Estimate
from passmuster.domain.reports import AgentRow, ConfusionMatrix, Report, SubjectReport
from passmuster.domain.results import RunManifest
from passmuster.domain.values import SubjectName
from passmuster.texts.metrics import METRICS, metric_label
from passmuster.texts.numbers import (
    NO_BREAK,
    count,
    percent,
    percent_interval,
    points,
    points_interval,
)
from passmuster.texts.visible import agent_text, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """A share with its interval, which a plain count has not; the positions are percentages of a drawing's width."""

    value: str
    interval: str
    sample: str
    at: str
    lower_at: str
    upper_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One metric of all subjects, side by side; ``changes`` are the differences from the baseline."""

    label: str
    note: str
    estimates: tuple[EstimateView | None, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """How one agent fared."""

    name: str
    expected: str
    chosen: str
    precision: EstimateView | None
    recall: EstimateView | None
    f1: str
    is_worst: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetView:
    """One metric over one subset."""

    dimension: str
    value: str
    metric: str
    estimate: EstimateView


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """A count; ``tone`` is empty for none, ``right`` on the diagonal, else ``mixed``."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """A confusion matrix as a table, perhaps of some agents only, which ``note`` then says."""

    labels: tuple[str, ...]
    rows: tuple[tuple[MatrixCell, ...], ...]
    note: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """Everything about one subject; ``key`` tells it apart in the page."""

    key: str
    name: str
    description: str
    nature: str
    caveats: tuple[str, ...]
    matrix: MatrixView
    agents: tuple[AgentView, ...]
    subsets: tuple[SubsetView, ...]
    differences: DifferenceView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """What the page says without its script."""

    title: str
    run: str
    verdict: Mark
    reasons: tuple[str, ...]
    glance: Glance
    rules: RuleTable
    movement: Movement | None
    early_warnings: tuple[str, ...]
    trust: tuple[str, ...]
    quarantines: tuple[QuarantineView, ...]
    scores: tuple[ScoreRow, ...]
    confidence: str
    methods: str
    subjects: tuple[SubjectView, ...]
    rows: str
    manifest: tuple[tuple[str, str], ...]
    judged: tuple[JudgedRow, ...]
    spending: SpendingView
    configuration: str


def page_view(report: Report, *, title: str | None = None) -> PageView:
    """Lay out a report; ``title`` replaces the suite's name in the heading."""
    manifest = report.manifest
    return PageView(
        title=visible(title or manifest.suite),
        run=f"run {visible(manifest.identifier)} of {manifest.started_at:%Y-%m-%d %H:%M:%S} UTC",
        verdict=VERDICTS[report.verdict.outcome],
        reasons=verdict_reasons(report),
        glance=glance(report),
        rules=rule_table(report.verdict, report.comparison),
        movement=movement(report),
        early_warnings=tuple(map(visible, report.early_warnings)),
        trust=trust_sentences(report),
        quarantines=quarantine_views(report),
        scores=tuple(score_rows(report)),
        confidence=_confidence(report),
        methods="; ".join(sorted({visible(item.method) for item in _overall(report)})),
        subjects=tuple(
            _subject(f"subject-{number}", report, subject) for number, subject in enumerate(report.subjects, 1)
        ),
        rows=count(len(report.cases), "row" if len(report.subjects) > 1 else "case"),
        manifest=tuple(_manifest(report)),
        judged=judged_rows(report),
        spending=spending_view(report),
        configuration=visible(
            json.dumps(dict(manifest.configuration), indent=2, sort_keys=True, ensure_ascii=False, default=str)
        ),
    )


def verdict_reasons(report: Report) -> tuple[str, ...]:
    """Return the verdict's reasons, each once and without its full stop; a suite without rules gets one of its own."""
    reasons = report.verdict.reasons or ("The suite has no gate rules, so nothing could fail",)
    return tuple(dict.fromkeys(visible(reason).removesuffix(".") for reason in reasons))


def trust_sentences(report: Report) -> tuple[str, ...]:
    """Return what limits the results, but for what could not be compared: that stands with what moved."""
    told = () if report.comparison is None else [item.reason for item in report.comparison.incomparable]
    known = {_plain(reason) for reason in told}
    return tuple(visible(sentence) for sentence in report.trust if _plain(sentence) not in known)


def _plain(sentence: str) -> str:
    return sentence.removesuffix(".").casefold()


def estimate_view(estimate: Estimate) -> EstimateView:
    """Lay out an estimate of a share."""
    return EstimateView(
        value=percent(estimate.value),
        interval="" if estimate.method == "exact" else percent_interval(estimate),
        sample=count(estimate.sample_size),
        at=_position(estimate.value),
        lower_at=_position(estimate.lower),
        upper_at=_position(estimate.upper),
    )


def score_rows(report: Report) -> Iterator[ScoreRow]:
    """Lay out the metrics over all cases: known ones first, in the order of their table."""
    found = {item.name for subject in report.subjects for item in subject.metrics if item.subset == "all"}
    changes = () if report.comparison is None else report.comparison.metrics
    by_name = {(change.subject, change.metric): change.difference for change in changes if change.subset == "all"}
    for name in (*(known for known in METRICS if known in found), *sorted(found - METRICS.keys())):
        label = metric_label(name)
        estimates = [subject.metric(name) for subject in report.subjects]
        yield ScoreRow(
            label=visible(label.text),
            note="lower is better" if label.lower_is_better else "",
            estimates=tuple(None if item is None else estimate_view(item) for item in estimates),
            changes=tuple(_change(by_name.get((subject.record.name, name))) for subject in report.subjects),
        )


def _position(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"


def _change(difference: Estimate | None) -> str:
    if difference is None:
        return ""
    interval = "" if difference.lower == difference.upper else f" ({points_interval(difference)})"
    return f"{points(difference.value)}{interval}"


def _confidence(report: Report) -> str:
    levels = {item.confidence for item in _overall(report)}
    return " and ".join(f"{100 * level:g}{NO_BREAK}%" for level in sorted(levels))


def _overall(report: Report) -> Iterator[Estimate]:
    """Yield the estimates over all cases that have an interval."""
    for subject in report.subjects:
        yield from (
            item.estimate for item in subject.metrics if item.subset == "all" and item.estimate.method != "exact"
        )


def _subject(key: str, report: Report, subject: SubjectReport) -> SubjectView:
    record = subject.record
    worst = {row.agent for row in worst_agents(subject.agents)}
    return SubjectView(
        key=key,
        name=visible(record.name),
        description=visible(record.description),
        nature="equal requests get equal answers" if record.is_deterministic else "answers vary",
        caveats=tuple(map(visible, record.caveats)),
        matrix=_matrix(subject.confusion),
        agents=tuple(_agent(row, is_worst=row.agent in worst) for row in sorted(subject.agents, key=_by_name)),
        subsets=tuple(_subsets(subject)),
        differences=difference_view(report, record.name),
    )


def _by_name(row: AgentRow) -> tuple[bool, str]:
    return (row.agent == NOBODY, row.agent)


def _agent(row: AgentRow, *, is_worst: bool) -> AgentView:
    return AgentView(
        name=agent_text(row.agent),
        expected=count(row.expected),
        chosen=count(row.chosen),
        precision=None if row.precision is None else estimate_view(row.precision),
        recall=None if row.recall is None else estimate_view(row.recall),
        f1=percent(row.f1),
        is_worst=is_worst,
    )


def _subsets(subject: SubjectReport) -> Iterator[SubsetView]:
    for item in subject.metrics:
        if item.subset != "all":
            dimension, _, value = item.subset.partition("=")
            yield SubsetView(
                dimension=visible(dimension),
                value=visible(value),
                metric=visible(metric_label(item.name).text),
                estimate=estimate_view(item.estimate),
            )


def _matrix(matrix: ConfusionMatrix) -> MatrixView:
    selection = select_pairs(matrix)
    return MatrixView(
        labels=tuple(map(agent_text, selection.labels)),
        rows=tuple(
            tuple(_cell(number, is_right=row == column) for column, number in enumerate(numbers))
            for row, numbers in enumerate(selection.counts)
        ),
        note=selection_note(selection),
        summary=_matrix_summary(matrix),
    )


def selection_note(selection: Selection) -> str:
    """Say what a matrix leaves out; empty if nothing."""
    if not selection.hidden_agents:
        return ""
    return (
        f"Shown are the agents of the most frequent mix-ups; {count(selection.hidden_agents, 'agent')} with "
        f"{count(selection.hidden_mixes, 'mix-up')} are left out, and report.json holds the scores of all."
    )


def _cell(number: int, *, is_right: bool) -> MatrixCell:
    return MatrixCell(text=count(number) if number else "", tone="" if not number else "right" if is_right else "mixed")


def _matrix_summary(matrix: ConfusionMatrix) -> str:
    total = sum(map(sum, matrix.counts))
    right = sum(row[index] for index, row in enumerate(matrix.counts))
    pairs = sorted(
        (-number, matrix.labels[row], matrix.labels[column])
        for row, numbers in enumerate(matrix.counts)
        for column, number in enumerate(numbers)
        if number and row != column
    )
    named = "; ".join(f"{agent_text(was)} → {agent_text(now)}: {count(-number)}" for number, was, now in pairs[:3])
    most = f" Most frequent off the diagonal: {named}." if named else ""
    return f"{count(right)} of {count(total, 'case')} went to the preferred agent.{most}"


def _manifest(report: Report) -> Iterator[tuple[str, str]]:
    manifest = report.manifest
    facts = {
        "run": manifest.identifier,
        "suite": manifest.suite,
        "started": manifest.started_at.isoformat(),
        "seed": str(manifest.seed),
        "trials planned": count(manifest.planned),
        "made in turns with": manifest.against or "",
        "selection": manifest.selection,
        "looks at growing data": str(manifest.looks) if manifest.looks > 1 else "",
        "roster": f"{report.roster.name}, {count(len(report.roster.agents), 'agent')}, {manifest.roster}",
        "dataset": manifest.dataset,
        "revision": _revision(manifest),
        **{
            f"subject {_name(record.name)}": f"{record.description}, {record.fingerprint}"
            for record in manifest.subjects
        },
        **{f"version of {name}": str(version) for name, version in sorted(manifest.versions.items())},
    }
    yield from ((visible(label), visible(text)) for label, text in facts.items() if text)


def _name(name: SubjectName) -> str:
    return visible(name)


def _revision(manifest: RunManifest) -> str:
    revision = manifest.revision
    if revision is None:
        return "not in a repository"
    return f"{revision.commit} on {revision.branch}{', with changes not committed' if revision.is_dirty else ''}"
