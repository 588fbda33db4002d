"""A history as plain data, for machines."""

from collections.abc import Sequence

from passmuster.analysis.causes_in_words import difference_words
from passmuster.analysis.histories import FALSE_ALARMS
from passmuster.analysis.past_runs import PastRun, measured
from passmuster.application.history import Explained, History
from passmuster.cli.printing import plain_roster
from passmuster.domain.results import Commit, Revision


def plain_history(suite: str, found: History) -> dict[str, object]:
    """Return a history as plain data."""
    return {
        "suite": suite,
        "runs": [_plain_run(run) for run in found.runs],
        "left_out": {"incomplete": found.incomplete, "partial": found.partial, "compared": found.compared},
        "false_alarms": {"subjects": FALSE_ALARMS, "agents": FALSE_ALARMS},
        "series": [
            {
                "subject": series.subject,
                "metric": series.metric,
                "agent": series.agent or None,
                "cases": series.cases,
                "runs": [found.runs[place].manifest.identifier for place in series.places],
                "values": list(series.values),
            }
            for series in found.series
        ],
        "changes": [_plain_change(found.runs, explained) for explained in found.changes],
    }


def _plain_run(run: PastRun) -> dict[str, object]:
    manifest = run.manifest
    return {
        "run": manifest.identifier,
        "started_at": manifest.started_at.isoformat(),
        "revision": _plain_revision(manifest.revision),
        "roster": manifest.roster,
        "dataset": manifest.dataset,
        "metrics": {
            subject: {metric: value for (metric, agent), value in measured(results.values()).items() if not agent}
            for subject, results in run.results.items()
        },
    }


def _plain_revision(revision: Revision | None) -> dict[str, object] | None:
    if revision is None:
        return None
    return {"commit": revision.commit, "branch": revision.branch, "is_dirty": revision.is_dirty}


def _plain_change(runs: Sequence[PastRun], explained: Explained) -> dict[str, object]:
    change, cause = explained.change, explained.cause
    return {
        "subject": change.series.subject,
        "metric": change.series.metric,
        "agent": change.series.agent or None,
        "before": round(change.point.before, 9),
        "after": round(change.point.after, 9),
        "size": round(change.point.size, 9),
        "probability": change.point.probability,
        "last_run_before": runs[change.before].manifest.identifier,
        "first_run_after": runs[change.after].manifest.identifier,
        "cause": {
            "last_run_before": runs[cause.before].manifest.identifier,
            "first_run_after": runs[cause.after].manifest.identifier,
            "runs_later": cause.distance,
            "is_known": cause.difference.can_explain,
            "differences": list(difference_words(cause.difference)),
            "roster": plain_roster(cause.difference.roster),
            "is_configured_otherwise": cause.difference.is_configured_otherwise,
            "is_dataset_changed": cause.difference.is_dataset_changed,
            "models": [list(cause.difference.models_before), list(cause.difference.models_after)],
            "versions": list(cause.difference.versions),
        },
        "commits": [plain_commit(commit) for commit in explained.commits] if explained.is_known else None,
    }


def plain_commit(commit: Commit) -> dict[str, object]:
    """Return a commit as plain data."""
    return {"commit": commit.identifier, "title": commit.title, "committed_at": commit.committed_at.isoformat()}
