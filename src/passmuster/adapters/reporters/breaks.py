"""What broke, case by case, with the agent whose description is to be looked at."""

from dataclasses import dataclass

from passmuster.adapters.reporters.case_badges import Quarantines
from passmuster.adapters.reporters.movement_views import expected_text, rates_text, words_of
from passmuster.adapters.reporters.places import Places
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.values import SourceLocation
from passmuster.domain.verdicts import Quarantine
from passmuster.texts.visible import agent_text, excerpt, visible

STOLEN = "stolen-request"
LOST = "lost-request"
CHOICE = "broken-choice"
OUTPUT = "broken-output"

KINDS = {
    STOLEN: "A request goes to another agent, whose description was edited or is new.",
    LOST: "A request goes elsewhere, because the agent that had it was edited, renamed or removed.",
    CHOICE: "A request goes wrong that went right, and no edit of the agents involved explains it.",
    OUTPUT: "An answer does not pass its rubric any more.",
}
"""What can break, the gravest first, each by its stable name."""

_REQUEST_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One case that broke.

    Attributes:
        kind: One of ``KINDS``.
        agent: Whose description is to be looked at; empty where nobody knows.
        change: What became of it.
        item: The case with its trials; ``None`` where the run has none.
        place: The line of the description; the case's own where no file holds the agent; ``None`` where both lack.
        quarantine: What keeps it outside the gate, where it is in quarantine.
    """

    kind: str
    agent: str
    change: CaseChange
    item: CaseReport | None
    place: SourceLocation | None
    quarantine: Quarantine | None

    @property
    def title(self) -> str:
        """What happened to whom, in a few words."""
        if self.kind == STOLEN:
            return f"{agent_text(self.agent)} takes requests of {agent_text(self.change.was)}"
        if self.kind == LOST:
            return f"{agent_text(self.change.was)} loses requests to {agent_text(self.change.now)}"
        return "Choices that broke" if self.kind == CHOICE else "Answers that broke"

    @property
    def sentence(self) -> str:
        """What became of the case and why, in one line."""
        change = self.change
        told = [f"{excerpt(change.case, 120)} ({visible(change.subject)})"]
        if change.aspect is Aspect.ROUTING:
            told += [" → ".join(agent_text(name) for name in dict.fromkeys((change.was, change.now)))]
        told += [rates_text(change)] if change.was == change.now else []
        told += [self.why]
        if self.item is not None:
            told += [f"expected {expected_text(self.item.case)}"]
            told += [f"request: {excerpt(self.item.case.request.text, _REQUEST_LENGTH)}"]
        return "; ".join(filter(None, told))

    @property
    def why(self) -> str:
        """Why it broke, as far as that is known, with the words that decided."""
        words = ", ".join(() if self.item is None else words_of(self.item, self.change))
        told = (visible(self.change.explanation), f"deciding words: {words}" if words else "")
        return "; ".join(filter(None, told))


def breaks_of(report: Report, places: Places) -> tuple[Break, ...]:
    """Return what broke against the baseline, the gravest first; what is in quarantine comes last."""
    if report.comparison is None:
        return ()
    items = {(item.subject, item.case.identifier): item for item in report.cases}
    quarantines = Quarantines(report.quarantines)
    found = [
        _break(report, places, change, items.get((change.subject, change.case)), quarantines)
        for change in report.comparison.of_kind(ChangeKind.BROKEN)
    ]
    return tuple(sorted(found, key=_gravity))


def _gravity(item: Break) -> tuple[bool, bool, int, str, str]:
    is_critical = item.item is not None and item.item.case.is_critical
    return (
        item.quarantine is not None,
        not is_critical,
        list(KINDS).index(item.kind),
        item.change.subject,
        item.agent,
    )


def _break(
    report: Report, places: Places, change: CaseChange, item: CaseReport | None, quarantines: Quarantines
) -> Break:
    kind, agent = _fault(report, change, item)
    place = places.of_agent(report.roster, agent)
    if place is None and item is not None and item.case.source is not None:
        place = places.place(item.case.source)
    return Break(
        kind=kind,
        agent=agent,
        change=change,
        item=item,
        place=place,
        quarantine=quarantines.of(change.subject, change.case),
    )


def _fault(report: Report, change: CaseChange, item: CaseReport | None) -> tuple[str, str]:
    """Return what broke, and the agent whose description is to be looked at."""
    known = {str(name) for name in report.roster.names}
    if change.aspect is Aspect.OUTPUT:
        return OUTPUT, _writer(item)
    if change.stolen_by:
        return STOLEN, change.stolen_by
    # An agent that is gone has no description to look at.
    own = change.was if change.was in known else change.now
    if change.lost_to:
        return LOST, own
    # Where a third agent shifted the balance, its description is the one to look at.
    edited = {*change.edited, *_edited(report)} & known
    return CHOICE, next((name for name in (change.now, change.was, *sorted(edited)) if name in edited), own)


def _edited(report: Report) -> set[str]:
    """Return the agents whose description is another than in the baseline, or new."""
    roster = None if report.comparison is None else report.comparison.roster
    return set() if roster is None else {*roster.description_edited, *roster.added}


def _writer(item: CaseReport | None) -> str:
    """Return who wrote the answers to a case, or else who should have."""
    if item is None:
        return ""
    writers = [trial.answer.writer for trial in item.trials if trial.answer.writer is not None]
    return writers[0] if writers else item.case.expectation.preferred or ""
