"""A report as the data of its page: columns that are read at once, and chunks that are read when they are needed."""

import shlex
from dataclasses import dataclass

from passmuster.adapters.reporters.page.details import BYTE_BUDGET, pack_details
from passmuster.adapters.reporters.page.earlier import earlier_columns
from passmuster.adapters.reporters.page.figures import share
from passmuster.adapters.reporters.page.interning import Names
from passmuster.adapters.reporters.page.packing import packed
from passmuster.adapters.reporters.page.page_format import FORMAT, AgentFigures, Columns, Subject
from passmuster.adapters.reporters.page.rosters import agent_details, agent_entries, roster_parts
from passmuster.adapters.reporters.page.rows import RowColumns
from passmuster.adapters.reporters.page.sending import sending
from passmuster.domain.observations import NOBODY, Estimate
from passmuster.domain.reports import Report, SubjectReport
from passmuster.texts.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class PageData:
    """What the page holds for its script, packed.

    Attributes:
        columns: The element that is read when the page opens.
        chunks: Those that are read later.
        sampled: Says what cannot be opened; empty where everything can.
    """

    columns: str
    chunks: tuple[str, ...]
    sampled: str


def page_data(report: Report, *, budget: int = BYTE_BUDGET) -> PageData:
    """Pack a report; the chunks take about so many bytes at most."""
    agents, words = Names([*report.roster.names, NOBODY]), Names()
    parts = roster_parts(report)
    details = pack_details(report, agent_details(parts), budget=budget)
    filling = RowColumns(report, words, agents)
    cases, places = filling.cases()
    rows = filling.rows(places, details.rows)
    figures = _figures(report, agents)
    earlier = earlier_columns(report, rows, agents)
    roster = agent_entries(report, parts, details.agents, agents)
    columns = Columns(
        format=FORMAT,
        suite=visible(report.manifest.suite),
        run=visible(report.manifest.identifier),
        words=words.listed(),
        agents=agents.listed(),
        subjects=[_subject(report, subject) for subject in report.subjects],
        roster=roster,
        figures=figures,
        cases=cases,
        rows=rows,
        runs=earlier.runs,
        series=earlier.series,
        changes=earlier.changes,
        acceptances=earlier.acceptances,
        has_baseline=report.comparison is not None,
        against="" if report.comparison is None else visible(report.comparison.against),
        sampled=details.sampled,
    )
    return PageData(columns=packed(columns), chunks=details.chunks, sampled=details.sampled)


def _subject(report: Report, subject: SubjectReport) -> Subject:
    record = subject.record
    named = shlex.join(["--subject", record.name]) if len(report.subjects) > 1 else ""
    words = ["passmuster run", shlex.quote(report.manifest.suite), named, "--trace {case}"]
    return Subject(
        name=visible(record.name),
        description=visible(record.description),
        is_deterministic=record.is_deterministic,
        caveats=[visible(caveat) for caveat in record.caveats],
        can_rerun=visible(" ".join(word for word in words if word)),
        sends=visible(sending(report.manifest.configuration, record.name)),
    )


def _figures(report: Report, agents: Names) -> AgentFigures:
    rows = [(place, row) for place, subject in enumerate(report.subjects) for row in subject.agents]
    return AgentFigures(
        subject=[place for place, _ in rows],
        agent=[agents.place(row.agent) for _, row in rows],
        expected=[row.expected for _, row in rows],
        chosen=[row.chosen for _, row in rows],
        precision=[_triple(row.precision) for _, row in rows],
        recall=[_triple(row.recall) for _, row in rows],
        f1=[share(row.f1) for _, row in rows],
    )


def _triple(estimate: Estimate | None) -> tuple[float, float, float] | None:
    if estimate is None:
        return None
    value, lower, upper = share(estimate.value), share(estimate.lower), share(estimate.upper)
    return None if value is None else (value, value if lower is None else lower, value if upper is None else upper)
