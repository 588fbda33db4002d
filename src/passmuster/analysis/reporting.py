"""A run, a comparison and a verdict as one report: everything computed, nothing drawn."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from passmuster.analysis.adaptive import spending_sentence
from passmuster.analysis.comparing import compare
from passmuster.analysis.deciding_words import words_of_change
from passmuster.analysis.gating import judge
from passmuster.analysis.judging import outside
from passmuster.analysis.leaky_cases import leaky_sentence
from passmuster.analysis.narrowing import narrowing_sentence
from passmuster.analysis.noise import noise_sentence
from passmuster.analysis.observing import Key, observe, trials_by_case
from passmuster.analysis.rounds import fair_reports
from passmuster.analysis.twins import twin_sentence
from passmuster.domain.agents import HostVerdict
from passmuster.domain.answers import Completion, Failure, Origin
from passmuster.domain.comparisons import CaseChange, Comparison
from passmuster.domain.errors import RecordingStaleError
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Run, Unscored
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateVerdict

SHOWN_FILES = 5
"""How many troubled files a sentence names."""


def report_of(run: Run, policy: GatePolicy, baseline: Snapshot | None) -> Report:
    """Judge a run and lay out everything that a reviewer needs.

    A run that was cut short cannot pass: what is missing might have failed.

    Args:
        run: The candidate.
        policy: What the suite says about its gate.
        baseline: What it is compared with; ``None`` where nothing has been accepted yet.
    """
    snapshot = observe(run)
    comparison = None if baseline is None else compare(baseline, snapshot, run.cases, policy.costs)
    subjects = fair_reports(run, snapshot)
    judged = fair_reports(run, outside(snapshot, policy.quarantines)) if policy.quarantines else subjects
    verdict = judge(policy, judged, comparison, cases=run.cases, candidate=snapshot, looks=run.manifest.looks)
    return Report(
        manifest=run.manifest,
        roster=run.roster,
        verdict=_held_back(verdict, run),
        comparison=comparison,
        trust=tuple(_trust(run, snapshot, comparison)),
        subjects=subjects,
        cases=_case_reports(run, snapshot, comparison),
        early_warnings=tuple(_early_warnings(run, comparison)),
        quarantines=policy.quarantines,
    )


def _held_back(verdict: GateVerdict, run: Run) -> GateVerdict:
    if run.is_complete or verdict.outcome not in {GateOutcome.PASSED, GateOutcome.EQUAL}:
        return verdict
    reasons = (f"the run is incomplete: {_made(run)}",)
    return GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=reasons, findings=verdict.findings)


def _made(run: Run) -> str:
    return f"{len(run.trials)} of {run.manifest.planned} trials were made"


def _early_warnings(run: Run, comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        return
    for record in run.manifest.subjects:
        sentence = narrowing_sentence(comparison, record.name)
        if sentence is not None:
            yield f"{sentence}."


def _case_reports(run: Run, snapshot: Snapshot, comparison: Comparison | None) -> tuple[CaseReport, ...]:
    trials = trials_by_case(run)
    changes: dict[Key, list[CaseChange]] = defaultdict(list)
    for change in comparison.cases if comparison else ():
        changes[change.subject, change.case].append(change)
    cases = {case.identifier: case for case in run.cases}
    return tuple(
        CaseReport(
            subject=item.subject,
            case=cases[item.case],
            trials=tuple(trials.get((item.subject, item.case), ())),
            observation=item,
            changes=tuple(changes[item.subject, item.case]),
            deciding_words=words_of_change(changes[item.subject, item.case], trials.get((item.subject, item.case), ())),
        )
        for item in snapshot.observations
    )


def _trust(run: Run, snapshot: Snapshot, comparison: Comparison | None) -> Iterator[str]:
    yield from dict.fromkeys(caveat for record in run.manifest.subjects for caveat in record.caveats)
    if not run.is_complete:
        yield f"The run is incomplete: {_made(run)}."
    if run.manifest.selection:
        yield run.manifest.selection
    yield from filter(None, (spending_sentence(run),))
    yield from filter(None, (leaky_sentence(run, snapshot),))
    yield from filter(None, (twin_sentence(run),))
    yield from _origins(run)
    yield from _failures(run)
    yield from _files(run, HostVerdict.REFUSED, "not loaded by the host")
    yield from _files(run, HostVerdict.PLACEHOLDER, "loaded by the host without a description")
    noise = None if comparison is None else noise_sentence(comparison, run.manifest.subjects)
    if noise is not None:
        yield noise
    for warning in comparison.warnings if comparison else ():
        yield warning[0].upper() + warning[1:] + "."


def _files(run: Run, wanted: HostVerdict, fate: str) -> Iterator[str]:
    paths = [verdict.location.path for verdict in run.roster.files if verdict.host is wanted]
    if paths:
        subject = "1 agent file is" if len(paths) == 1 else f"{len(paths)} agent files are"
        more = f" and {len(paths) - SHOWN_FILES} more" if len(paths) > SHOWN_FILES else ""
        yield f"{subject} {fate}: {', '.join(paths[:SHOWN_FILES])}{more}."


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
        kinds.update(part.kind for part in parts if isinstance(part, Failure))
        # Without a completion every criterion is unscored, which is one failure and not many.
        if not isinstance(trial.answer.completion, Failure):
            kinds.update(item.failure.kind for item in trial.outcomes if isinstance(item, Unscored))
    stale = kinds.pop(RecordingStaleError.__name__, 0)
    if stale:
        answers = "answer has only a stale recording" if stale == 1 else "answers have only stale recordings"
        yield f"{stale} {answers}: the agent's instructions were edited since. Record again, or review and keep them."
    for kind, count in sorted(kinds.items()):
        failed = "1 measurement failed" if count == 1 else f"{count} measurements failed"
        yield f"{failed} in the harness ({kind}), which counts neither for nor against an agent."
