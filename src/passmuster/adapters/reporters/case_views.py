"""A case of a subject as plain view data: the one row of it, and everything about it."""

from dataclasses import dataclass

from passmuster.adapters.reporters.anchors import case_anchor
from passmuster.adapters.reporters.case_badges import Quarantines, badges, quarantine_terms
from passmuster.adapters.reporters.trial_views import TrialView, trial_views
from passmuster.adapters.reporters.wording import CHANGES, Mark, outcome_mark, rubric_mark
from passmuster.analysis.observing import usual_choice
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.observations import CaseObservation
from passmuster.domain.reports import CaseReport
from passmuster.domain.verdicts import Quarantine
from passmuster.texts.numbers import decimal
from passmuster.texts.visible import agent_text, clipped, excerpt, visible

STATES = ("changed", "wrong", "rubric", "unmeasured", "critical", "control", "quarantined", "not-run", "flaky")
"""What cases can be filtered by."""

TEXT_LENGTH = 20_000
"""A request, a turn or a completion is cut after so many characters."""

_EXCERPT_LENGTH = 140
_CALM = frozenset({ChangeKind.UNCHANGED, ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.LEFT_OUT})
_UNTOLD = frozenset({ChangeKind.UNCHANGED, ChangeKind.LEFT_OUT})
"""Kinds without a mark of their own: that nothing was asked, the outcome says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One case on one line.

    Attributes:
        anchor: Its fragment.
        identifier: What people call it.
        expected: Who should take it.
        chosen: Who took it most often; empty where no choice was measured.
        mark: Right, wrong, flaky …
        rubric: The rubric's mark.
        changes: Marks of what became of it.
        tags: Split, stratum and tags.
        badges: What sets it apart: critical, a control, in quarantine.
        states: Words to filter by, out of :data:`STATES`.
        excerpt: The beginning of the request.
    """

    anchor: str
    identifier: str
    expected: str
    chosen: str
    mark: Mark
    rubric: Mark | None
    changes: tuple[Mark, ...]
    tags: tuple[str, ...]
    badges: tuple[str, ...]
    states: tuple[str, ...]
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """A text, and how many characters of it are left out."""

    text: str
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailView:
    """One case in full."""

    row: RowView
    request: TextView
    history: tuple[tuple[str, TextView], ...]
    acceptable: tuple[str, ...]
    forbidden: tuple[str, ...]
    explanations: tuple[str, ...]
    words: tuple[str, ...]
    trials: tuple[TrialView, ...]
    facts: tuple[tuple[str, str], ...]


def gravity(item: CaseReport) -> int:
    """Return how soon somebody may want to know more of a row: 0 for one that broke, and more for calmer ones."""
    kinds = {change.kind for change in item.changes}
    if ChangeKind.BROKEN in kinds:
        return 0
    if kinds - _CALM:
        return 1
    if _is_wrong(item.observation):
        return 2
    return 3 if item.case.rubric is not None else 4


def _is_wrong(observation: CaseObservation) -> bool:
    rates = (observation.routing_rate, observation.rubric_rate)
    return observation.failures > 0 or any(rate is not None and rate < 1 for rate in rates)


def _row(item: CaseReport, quarantines: Quarantines) -> RowView:
    case, observation = item.case, item.observation
    quarantine = quarantines.of(item.subject, case.identifier)
    changes = tuple(change.kind for change in item.changes if change.kind not in _UNTOLD)
    return RowView(
        anchor=case_anchor(item.subject, case.identifier),
        identifier=visible(case.identifier),
        expected=agent_text(case.expectation.preferred),
        chosen=visible(usual_choice(observation.chosen)),
        mark=outcome_mark(observation),
        rubric=rubric_mark(observation),
        changes=tuple(CHANGES[kind] for kind in dict.fromkeys(changes)),
        tags=tuple(map(visible, (case.stratum.value, case.split, *sorted(case.tags)))),
        badges=badges(case, quarantine),
        states=states_of(item, quarantine),
        excerpt=excerpt(case.request.text, _EXCERPT_LENGTH),
    )


def states_of(item: CaseReport, quarantine: Quarantine | None) -> tuple[str, ...]:
    """Return what a row can be found by, out of :data:`STATES`."""
    observation = item.observation
    rates = (observation.routing_rate, observation.rubric_rate)
    states = {
        "wrong": any(rate is not None and rate < 1 for rate in rates),
        "changed": any(change.kind not in _CALM for change in item.changes),
        "rubric": item.case.rubric is not None,
        "unmeasured": observation.failures > 0,
        "critical": item.case.is_critical,
        "control": item.case.is_control,
        "quarantined": quarantine is not None,
        "not-run": not observation.was_asked,
        "flaky": any(rate is not None and 0 < rate < 1 for rate in rates),
    }
    return tuple(state for state, holds in states.items() if holds)


def detail_view(item: CaseReport, quarantines: Quarantines) -> DetailView:
    """Lay out one case in full."""
    case = item.case
    return DetailView(
        row=_row(item, quarantines),
        request=_text(case.request.text),
        history=tuple((turn.role.value, _text(turn.content)) for turn in case.request.history),
        acceptable=tuple(map(visible, sorted(case.expectation.acceptable))),
        forbidden=tuple(map(visible, sorted(case.expectation.forbidden))),
        explanations=tuple(
            f"{CHANGES[change.kind].word}: {visible(change.explanation)}"
            for change in item.changes
            if change.explanation
        ),
        words=tuple(map(visible, item.deciding_words)),
        trials=trial_views(item.trials, case),
        facts=_facts(item, quarantines),
    )


def _text(text: str) -> TextView:
    shown, left_out = clipped(text, TEXT_LENGTH)
    return TextView(text=shown, left_out=left_out)


def _facts(item: CaseReport, quarantines: Quarantines) -> tuple[tuple[str, str], ...]:
    case = item.case
    quarantine = quarantines.of(item.subject, case.identifier)
    facts = {
        "in quarantine, outside the gate": "" if quarantine is None else quarantine_terms(quarantine),
        "written at": "" if case.source is None else str(case.source),
        **_provenance(case),
        "group": case.group,
        "weight": "" if case.weight == 1 else decimal(case.weight),
        "fingerprint": case.fingerprint,
    }
    return tuple((label, visible(text)) for label, text in facts.items() if text)


def _provenance(case: Case) -> dict[str, str]:
    made = case.provenance
    if made is None:
        return {}
    return {
        "author": f"{made.author}, {made.date}",
        "reviewed by": made.reviewed_by or "nobody",
        "note": made.note,
    }
