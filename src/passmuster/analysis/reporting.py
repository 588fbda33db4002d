"""A run, a comparison and a verdict as one report: everything computed, nothing drawn."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from passmuster.analysis.comparing import compare
from passmuster.analysis.gating import judge
from passmuster.analysis.metrics import subject_reports
from passmuster.analysis.observing import observe
from passmuster.domain.answers import Completion, Failure, Origin
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Run, Trial, Unscored
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import CaseChange, Comparison, GateRule, Snapshot

Key = tuple[SubjectName, CaseIdentifier]


def report_of(run: Run, rules: Sequence[GateRule], baseline: Snapshot | None) -> Report:
    """Judge a run and lay out everything that a reviewer needs.

    Args:
        run: The candidate.
        rules: The gate's rules.
        baseline: What it is compared with; ``None`` where nothing has been accepted yet.
    """
    snapshot = observe(run)
    comparison = None if baseline is None else compare(baseline, snapshot)
    subjects = subject_reports(run)
    return Report(
        manifest=run.manifest,
        roster=run.roster,
        verdict=judge(rules, subjects, comparison),
        comparison=comparison,
        trust=tuple(_trust(run, comparison)),
        subjects=subjects,
        cases=_case_reports(run, snapshot, comparison),
    )


def _case_reports(run: Run, snapshot: Snapshot, comparison: Comparison | None) -> tuple[CaseReport, ...]:
    trials: dict[Key, list[Trial]] = defaultdict(list)
    for trial in run.trials:
        trials[trial.key.subject, trial.key.case].append(trial)
    changes: dict[Key, list[CaseChange]] = defaultdict(list)
    for change in comparison.cases if comparison else ():
        changes[change.subject, change.case].append(change)
    cases = {case.identifier: case for case in run.cases}
    return tuple(
        CaseReport(
            subject=item.subject,
            case=cases[item.case],
            trials=tuple(trials[item.subject, item.case]),
            observation=item,
            changes=tuple(changes[item.subject, item.case]),
        )
        for item in snapshot.observations
    )


def _trust(run: Run, comparison: Comparison | None) -> Iterator[str]:
    yield from dict.fromkeys(caveat for record in run.manifest.subjects for caveat in record.caveats)
    if not run.is_complete:
        yield f"The run is incomplete: {len(run.trials)} of {run.manifest.planned} trials were made."
    yield from _origins(run)
    yield from _failures(run)
    refused = [verdict for verdict in run.roster.files if verdict.host.value in {"refused", "placeholder"}]
    if refused:
        names = ", ".join(verdict.location.path for verdict in refused[:5])
        yield f"{len(refused)} agent files are not loaded by the host: {names}."
    for warning in comparison.warnings if comparison else ():
        yield warning[0].upper() + warning[1:] + "."


def _origins(run: Run) -> Iterator[str]:
    origins = Counter(
        trial.answer.completion.origin for trial in run.trials if isinstance(trial.answer.completion, Completion)
    )
    total = sum(origins.values())
    if not total:
        return
    if origins[Origin.AUTHORED]:
        yield (
            f"{origins[Origin.AUTHORED]} of {total} answers were written by people to show how rubrics work; "
            "no model wrote them."
        )
    if origins[Origin.RECORDED]:
        yield f"{origins[Origin.RECORDED]} of {total} answers are recordings, not made in this run."


def _failures(run: Run) -> Iterator[str]:
    kinds: Counter[str] = Counter()
    for trial in run.trials:
        parts = (trial.answer.routing, trial.answer.completion)
        failed = [part for part in parts if isinstance(part, Failure)]
        kinds.update(part.kind for part in failed)
        if not failed:
            kinds.update(item.failure.kind for item in trial.outcomes if isinstance(item, Unscored))
    for kind, count in sorted(kinds.items()):
        yield f"{count} measurements failed in the harness ({kind}); they count neither for nor against an agent."
