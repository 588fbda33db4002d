"""A run, a comparison and a verdict as one report: everything computed, nothing drawn."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from passmuster.analysis.adaptive import spending_sentence
from passmuster.analysis.compact_trials import CellTrials, kinds_of
from passmuster.analysis.compacting import Excerpt, excerpt_of, excerpt_sentence
from passmuster.analysis.comparing import compare
from passmuster.analysis.deciding_words import words_of_change
from passmuster.analysis.fair_metrics import fair_reports
from passmuster.analysis.gating import judge
from passmuster.analysis.judged_rates import judged_rates, judged_sentences
from passmuster.analysis.judging import outside
from passmuster.analysis.kept_answers import kept_sentences
from passmuster.analysis.leaky_cases import leaky_sentence
from passmuster.analysis.leaving_out import left_out_in, left_out_sentences
from passmuster.analysis.narrowing import narrowing_sentence
from passmuster.analysis.noise import noise_sentence
from passmuster.analysis.observing import Key, observe, trials_by_case
from passmuster.analysis.spending import had, spending_line, spending_sentences, stopped_sentence
from passmuster.analysis.twins import twin_sentence
from passmuster.domain.agents import HostVerdict
from passmuster.domain.answers import Completion, Failure, Origin
from passmuster.domain.comparisons import CaseChange, Comparison
from passmuster.domain.errors import RecordingStaleError
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Run, Trial, Unscored
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateVerdict

SHOWN_FILES = 5
"""How many troubled files a sentence names."""

SHOWN_CHARACTERS = 300
"""How much of a failure's message a sentence repeats."""


def report_of(run: Run, policy: GatePolicy, baseline: Snapshot | None, *, is_whole: bool = True) -> Report:
    """Judge a run and lay out everything that a reviewer needs.

    A run that was cut short cannot pass: what is missing might have failed.

    Args:
        run: The candidate.
        policy: What the suite says about its gate.
        baseline: What it is compared with; ``None`` where nothing has been accepted yet.
        is_whole: Whether the baseline is whole; one that is made in turns with the run may be cut short, too.
    """
    snapshot, spending = observe(run), had(run.segments)
    comparison = None if baseline is None else compare(baseline, snapshot, run.cases, policy.costs)
    subjects = fair_reports(run, snapshot)
    judged = fair_reports(run, outside(snapshot, policy.quarantines)) if policy.quarantines else subjects
    verdict = judge(policy, judged, comparison, cases=run.cases, candidate=snapshot, looks=run.manifest.looks)
    excerpt = excerpt_of(run, snapshot, comparison)
    shown = () if excerpt is None else (excerpt_sentence(run, excerpt),)
    return Report(
        manifest=run.manifest,
        roster=run.roster,
        verdict=_held_back(verdict, run, is_whole=is_whole),
        comparison=comparison,
        trust=(*shown, *_trust(run, snapshot, comparison)),
        subjects=subjects,
        cases=_case_reports(run, snapshot, comparison, excerpt),
        early_warnings=tuple(_early_warnings(run, comparison)),
        quarantines=policy.quarantines,
        spending=spending,
        spent=spending_line(spending),
        left_out=left_out_in(snapshot),
        judged=judged_rates(run),
        before=baseline,
    )


def _held_back(verdict: GateVerdict, run: Run, *, is_whole: bool) -> GateVerdict:
    """Let nothing pass of which a part is missing: not what it is compared with, either."""
    stopped = stopped_sentence(run)
    is_cut = not run.is_complete or not is_whole or (stopped is not None and run.manifest.looks > 1)
    if not is_cut or verdict.outcome not in {GateOutcome.PASSED, GateOutcome.EQUAL}:
        return verdict
    cut = "what the run is compared with is incomplete" if run.is_complete else f"the run is incomplete: {_made(run)}"
    reasons = (stopped or cut,)
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


def _case_reports(
    run: Run, snapshot: Snapshot, comparison: Comparison | None, excerpt: Excerpt | None
) -> tuple[CaseReport, ...]:
    counted = trials_by_case(run)
    trials = counted if excerpt is None else {**counted, **excerpt.trials}
    changes: dict[Key, list[CaseChange]] = defaultdict(list)
    for change in comparison.cases if comparison else ():
        changes[change.subject, change.case].append(change)
    cases = {case.identifier: case for case in run.cases}
    return tuple(
        CaseReport(
            subject=item.subject,
            case=cases[item.case],
            trials=_as_shown(trials.get((item.subject, item.case), ())),
            observation=item,
            changes=tuple(changes[item.subject, item.case]),
            deciding_words=words_of_change(changes[item.subject, item.case], trials.get((item.subject, item.case), ())),
            is_reduced=isinstance(trials.get((item.subject, item.case)), CellTrials),
        )
        for item in snapshot.observations
    )


def _as_shown(trials: Sequence[Trial]) -> Sequence[Trial]:
    return trials if isinstance(trials, CellTrials) else tuple(trials)


def _trust(run: Run, snapshot: Snapshot, comparison: Comparison | None) -> Iterator[str]:
    yield from dict.fromkeys(caveat for record in run.manifest.subjects for caveat in record.caveats)
    if run.manifest.sandbox is not None and run.manifest.sandbox.caveat:
        yield run.manifest.sandbox.caveat
    yield from left_out_sentences(run, snapshot)
    yield from judged_sentences(run)
    stopped = stopped_sentence(run)
    if stopped is not None:
        yield f"{stopped[0].upper()}{stopped[1:]}."
    elif not run.is_complete:
        yield f"The run is incomplete: {_made(run)}."
    yield from spending_sentences(had(run.segments))
    if run.manifest.selection:
        yield run.manifest.selection
    yield from filter(None, (spending_sentence(run),))
    yield from filter(None, (leaky_sentence(run, snapshot),))
    yield from filter(None, (twin_sentence(run),))
    yield from _origins(run)
    yield from kept_sentences(run)
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
    origins: Counter[Origin] = Counter()
    for trial, count in kinds_of(run.trials):
        if isinstance(trial.answer.completion, Completion):
            origins[trial.answer.completion.origin] += count
    total = sum(origins.values())
    if not total:
        return
    if origins[Origin.AUTHORED]:
        yield (
            f"{origins[Origin.AUTHORED]} of {total} answers were written to show how rubrics work; "
            "they are nobody's answers to these requests."
        )
    if origins[Origin.RECORDED]:
        yield f"{origins[Origin.RECORDED]} of {total} answers are recordings, not made in this run."


def _failures(run: Run) -> Iterator[str]:
    kinds: Counter[str] = Counter()
    first: dict[str, str] = {}
    for failure, alike in _failed(run):
        kinds[failure.kind] += alike
        first.setdefault(failure.kind, _one_line(failure.message))
    stale = kinds.pop(RecordingStaleError.__name__, 0)
    if stale:
        answers = "answer has only a stale recording" if stale == 1 else "answers have only stale recordings"
        yield (
            f"{stale} {answers}: the agent's instructions were edited since. "
            "`passmuster record` refreshes them; or review and keep them."
        )
    for kind, count in sorted(kinds.items()):
        failed = "1 measurement failed" if count == 1 else f"{count} measurements failed"
        told = f" {'It said' if count == 1 else 'The first'}: {first[kind]}" if first[kind] else ""
        yield f"{failed} in the harness ({kind}), which counts neither for nor against an agent.{told}"


def _failed(run: Run) -> Iterator[tuple[Failure, int]]:
    """Yield what failed, and how many failures are like it."""
    for trial, alike in kinds_of(run.trials):
        parts = (trial.answer.routing, trial.answer.completion)
        yield from ((part, alike) for part in parts if isinstance(part, Failure))
        # Without a completion every criterion is unscored, which is one failure and not many.
        if not isinstance(trial.answer.completion, Failure):
            unscored = (item for item in trial.outcomes if isinstance(item, Unscored))
            yield from ((item.failure, alike) for item in unscored if not item.is_left_out)


def _one_line(message: str) -> str:
    words = " ".join(message.split())
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS]}…"
