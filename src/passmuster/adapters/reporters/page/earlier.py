"""Earlier runs in the page: what each showed of every row, metrics over them, and what changed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.page.figures import share
from passmuster.adapters.reporters.page.interning import NOTHING, Names
from passmuster.adapters.reporters.page.page_format import Acceptance, PastChange, PastRun, PastSeries, Rows
from passmuster.domain.observations import Aspect, Snapshot
from passmuster.domain.pasts import Past, PastCase, RunSummary
from passmuster.domain.reports import Report
from passmuster.domain.results import RunManifest
from passmuster.texts.visible import visible

CELLS = 400_000
"""So many rows of all runs together stand in a page: of more, the oldest runs have their series only."""

THIS_RUN = "this run"
BASELINE = "baseline"
_SHORT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The columns of earlier runs."""

    runs: list[PastRun]
    series: list[PastSeries]
    changes: list[PastChange]
    acceptances: list[Acceptance]


def earlier_columns(report: Report, rows: Rows, agents: Names) -> Earlier:
    """Return the runs before this one with the baseline at their head, and this one last."""
    past = report.past or Past(runs=())
    known = _known(past, report.manifest)
    is_stored = report.before is not None and any(_is_against(run, report.before) for run in known)
    room = max(0, CELLS // max(1, len(rows["case"])) - 1)
    runs: list[PastRun] = []
    if report.before is not None and not is_stored:
        runs.append(_baseline_run(rows))
    shift = len(runs)
    runs += [_past_run(run, report, agents, is_whole=len(known) - place <= room) for place, run in enumerate(known)]
    runs.append(_this_run(report.manifest, rows))
    subjects = {subject.record.name: place for place, subject in enumerate(report.subjects)}
    return Earlier(
        runs=runs,
        series=[
            PastSeries(
                subject=subjects.get(series.subject, NOTHING),
                metric=series.metric,
                agent=agents.place(series.agent),
                places=[place + shift for place in series.places],
                values=[share(value) or 0 for value in series.values],
                lower=[share(value) or 0 for value in series.lower],
                upper=[share(value) or 0 for value in series.upper],
                cases=series.cases,
            )
            for series in past.series
        ],
        changes=[
            PastChange(
                series=change.series,
                before=change.before + shift,
                after=change.after + shift,
                cause=visible(change.cause),
                commits=[(visible(commit.identifier[:_SHORT]), visible(commit.title)) for commit in change.commits],
            )
            for change in past.changes
        ],
        acceptances=_acceptances(report, past, agents),
    )


def _known(past: Past, manifest: RunManifest) -> Sequence[RunSummary]:
    """Return the runs before this one, which the past holds last."""
    return past.runs[:-1] if past.runs and past.runs[-1].identifier == manifest.identifier else past.runs


def _is_against(run: RunSummary, before: Snapshot) -> bool:
    return before.label == f"run {run.identifier}"


def _this_run(manifest: RunManifest, rows: Rows) -> PastRun:
    revision = manifest.revision
    return PastRun(
        identifier=visible(manifest.identifier),
        started=manifest.started_at.isoformat(),
        commit="" if revision is None else visible(revision.commit),
        branch="" if revision is None else visible(revision.branch),
        is_dirty=revision is not None and revision.is_dirty,
        label=THIS_RUN,
        is_same_dataset=True,
        chosen=rows["chosen"],
        right=rows["right"],
        passed=rows["passed"],
    )


def _baseline_run(rows: Rows) -> PastRun:
    return PastRun(
        identifier=BASELINE,
        started="",
        commit="",
        branch="",
        is_dirty=False,
        label=BASELINE,
        is_same_dataset=True,
        chosen=rows["was"],
        right=rows["right_before"],
        passed=rows["passed_before"],
    )


def _past_run(run: RunSummary, report: Report, agents: Names, *, is_whole: bool) -> PastRun:
    found: list[PastCase | None] = []
    if is_whole:
        found = [run.results.get(item.subject, {}).get(item.case.identifier) for item in report.cases]
    return PastRun(
        identifier=visible(run.identifier),
        started=run.started_at.isoformat(),
        commit=visible(run.commit),
        branch=visible(run.branch),
        is_dirty=run.is_dirty,
        label=BASELINE if report.before is not None and _is_against(run, report.before) else "",
        is_same_dataset=run.dataset == report.manifest.dataset,
        chosen=[NOTHING if case is None else agents.place(case.chosen) for case in found],
        right=[None if case is None else share(case.right) for case in found],
        passed=[None if case is None else share(case.passed) for case in found],
    )


def _acceptances(report: Report, past: Past, agents: Names) -> list[Acceptance]:
    known = past.acceptances or (() if report.before is None else report.before.acceptances)
    return [
        Acceptance(
            case=visible(item.case),
            subject=visible(item.subject),
            is_choice=item.aspect is Aspect.ROUTING,
            now=agents.place(item.now),
            expires=visible(item.expires or ""),
            reason=visible(item.reason),
        )
        for item in known
    ]
