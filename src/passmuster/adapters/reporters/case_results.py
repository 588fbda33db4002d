"""What a case is to those who read tests: passed, failed, in error, or skipped, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from passmuster.adapters.reporters.breaks import Break
from passmuster.adapters.reporters.case_badges import quarantine_terms
from passmuster.adapters.reporters.movement_views import expected_text
from passmuster.domain.answers import Failure
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.reports import CaseReport
from passmuster.domain.results import Score, Unscored
from passmuster.domain.verdicts import Quarantine
from passmuster.texts.numbers import count, percent
from passmuster.texts.visible import agent_text, excerpt, visible

MOSTLY = 0.5
"""A case that is right at least this often passes: what wavers is the gate's matter, and not one case's."""

_MESSAGE_LENGTH = 300
_REQUEST_LENGTH = 1_000
_SHOWN = 12


class Fate(StrEnum):
    """What became of a case, in the words of test reports."""

    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case as a test.

    Attributes:
        fate: What became of it.
        kind: A stable word for why, such as ``stolen-request``; empty for one that passed.
        message: Why, in one line.
        text: Everything that somebody needs who reads no other report.
    """

    fate: Fate
    kind: str = ""
    message: str = ""
    text: str = ""


def case_result(
    item: CaseReport, broken: Sequence[Break], quarantine: Quarantine | None, *, known_is_failure: bool
) -> CaseResult:
    """Judge one case of one subject.

    Args:
        item: The case.
        broken: What broke of it.
        quarantine: What keeps it outside the gate.
        known_is_failure: Whether a case fails that was wrong in the baseline already; else it is skipped.
    """
    text = "\n".join(_lines(item, broken))
    if not item.observation.was_asked:
        return CaseResult(fate=Fate.SKIPPED, kind="left-out", message="left out of this run", text=text)
    if _is_unmeasured(item):
        return CaseResult(fate=Fate.ERROR, kind="harness-failure", message=_first_failure(item), text=text)
    wrong = _wrong(item)
    if not wrong:
        return CaseResult(fate=Fate.PASSED, text=text if _says_more(item, broken) else "")
    kind = broken[0].kind if broken else "wrong-choice" if Aspect.ROUTING in wrong else "failed-rubric"
    message = _message(item, wrong)
    if quarantine is not None:
        terms = excerpt(f"in quarantine ({quarantine_terms(quarantine)}): {message}", _MESSAGE_LENGTH)
        return CaseResult(fate=Fate.SKIPPED, kind="quarantine", message=terms, text=text)
    if not known_is_failure and all(_is_known(item, aspect) for aspect in wrong):
        return CaseResult(fate=Fate.SKIPPED, kind="known", message=f"wrong before already: {message}", text=text)
    return CaseResult(fate=Fate.FAILED, kind=kind, message=message, text=text)


def _is_unmeasured(item: CaseReport) -> bool:
    """Whether something was asked for, and the harness failed in every repetition."""
    seen = item.observation
    writes = any(trial.answer.completion is not None for trial in item.trials)
    chooses = any(trial.answer.routing is not None for trial in item.trials)
    is_judged = bool(seen.passed or seen.left_out) or item.case.rubric is None
    return bool(seen.failures) and ((chooses and not seen.outcomes) or (writes and not is_judged))


def _wrong(item: CaseReport) -> tuple[Aspect, ...]:
    rates = {Aspect.ROUTING: item.observation.routing_rate, Aspect.OUTPUT: item.observation.rubric_rate}
    return tuple(aspect for aspect, rate in rates.items() if rate is not None and rate < MOSTLY)


def _is_known(item: CaseReport, aspect: Aspect) -> bool:
    """Whether the baseline has the case, and has it wrong."""
    changes = [change for change in item.changes if change.aspect is aspect]
    return any(
        change.kind is not ChangeKind.BROKEN and change.baseline_rate is not None and change.baseline_rate < MOSTLY
        for change in changes
    )


def _says_more(item: CaseReport, broken: Sequence[Break]) -> bool:
    rates = (item.observation.routing_rate, item.observation.rubric_rate)
    is_flaky = any(rate is not None and rate < 1 for rate in rates)
    return bool(is_flaky or broken or item.observation.failures or item.observation.left_out)


def _message(item: CaseReport, wrong: Sequence[Aspect]) -> str:
    told = []
    if Aspect.ROUTING in wrong:
        told.append(f"expected {expected_text(item.case)}, chosen {_chosen(item)}")
    if Aspect.OUTPUT in wrong:
        failed = ", ".join(dict.fromkeys(score.criterion for score in _scores(item) if not score.passed))
        told.append(f"the answer does not pass its rubric{f': {failed}' if failed else ''}")
    return excerpt("; ".join(told), _MESSAGE_LENGTH)


def _chosen(item: CaseReport) -> str:
    names = [NOBODY if name is None else name for name in item.observation.chosen]
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    if len(counts) == 1:
        return agent_text(names[0])
    return ", ".join(f"{agent_text(name)} {number}×" for name, number in counts.items())


def _first_failure(item: CaseReport) -> str:
    return excerpt(next(_failures(item), "the harness failed"), _MESSAGE_LENGTH)


def _failures(item: CaseReport) -> Iterator[str]:
    for trial in item.trials:
        parts = (trial.answer.routing, trial.answer.completion)
        failures = [part for part in parts if isinstance(part, Failure)]
        failures += [part.failure for part in trial.outcomes if isinstance(part, Unscored) and not part.is_left_out]
        yield from (f"{failure.kind}: {failure.message}" for failure in failures)


def _scores(item: CaseReport) -> list[Score]:
    scores = (outcome for trial in item.trials for outcome in trial.outcomes if isinstance(outcome, Score))
    return [score for score in scores if not score.is_left_out]


def _lines(item: CaseReport, broken: Sequence[Break]) -> Iterator[str]:
    seen = item.observation
    yield f"request: {excerpt(item.case.request.text, _REQUEST_LENGTH)}"
    yield f"expected: {expected_text(item.case)}"
    if seen.chosen:
        right = sum(outcome.is_right for outcome in seen.outcomes)
        yield f"chosen: {_chosen(item)} ({right} of {count(len(seen.outcomes), 'repetition')} right)"
    if seen.rubric_rate is not None:
        yield f"rubric: {percent(seen.rubric_rate)} of {count(len(seen.passed), 'answer')} passed"
    yield from (f"why: {one.why}" for one in broken if one.why)
    failed = [score for score in _scores(item) if not score.passed]
    yield from (f"{visible(score.criterion)}: {excerpt(score.reason, _MESSAGE_LENGTH)}" for score in failed[:_SHOWN])
    yield from (f"failure of the harness: {excerpt(text, _MESSAGE_LENGTH)}" for text in [*_failures(item)][:_SHOWN])
    if seen.left_out:
        yield f"criteria left out, which this machine cannot judge: {', '.join(map(visible, seen.left_out))}"
