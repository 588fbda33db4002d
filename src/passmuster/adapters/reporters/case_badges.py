"""What sets a case apart, in words: critical, a control, or in quarantine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.anchors import case_anchor
from passmuster.adapters.reporters.wording import CHANGES, Mark, is_moved, outcome_mark
from passmuster.domain.cases import Case
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import Quarantine
from passmuster.texts.visible import visible

CRITICAL = "critical"
CONTROL = "control"


class Quarantines:
    """The quarantines in force, by case."""

    def __init__(self, quarantines: Iterable[Quarantine] = ()) -> None:
        """Take the quarantines of a report."""
        self._by_case: dict[CaseIdentifier, list[Quarantine]] = {}
        for item in quarantines:
            self._by_case.setdefault(item.case, []).append(item)

    def of(self, subject: SubjectName, case: CaseIdentifier) -> Quarantine | None:
        """Return the quarantine that covers a subject's answers to a case."""
        return next((item for item in self._by_case.get(case, ()) if item.covers(subject, case)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineView:
    """One quarantine.

    Attributes:
        case: Which case.
        anchor: Where it stands on the page; ``None`` where the run has no such case.
        fared: How each subject fares with it.
        terms: Owner, expiry and reason.
    """

    case: str
    anchor: str | None
    fared: tuple[tuple[str, Mark], ...]
    terms: str


def badges(case: Case, quarantine: Quarantine | None = None) -> tuple[str, ...]:
    """Return what sets a case apart, in a few words each."""
    words = [CRITICAL] if case.is_critical else []
    words += [CONTROL] if case.is_control else []
    words += [] if quarantine is None else [f"quarantine: {quarantine.owner} until {quarantine.expires}"]
    return tuple(map(visible, words))


def quarantine_terms(quarantine: Quarantine) -> str:
    """Return who is to mend a case, until when, and why it is in quarantine."""
    reason = f": {quarantine.reason}" if quarantine.reason else ""
    return visible(f"{quarantine.owner}, until {quarantine.expires}{reason}")


def quarantine_views(report: Report) -> tuple[QuarantineView, ...]:
    """Lay out the quarantines in force, those that expire first at the top."""
    by_case: dict[CaseIdentifier, list[CaseReport]] = {}
    wanted = {item.case for item in report.quarantines}
    for item in report.cases:
        if item.case.identifier in wanted:
            by_case.setdefault(item.case.identifier, []).append(item)
    ordered = sorted(report.quarantines, key=lambda item: (item.expires, item.case, item.subject or ""))
    return tuple(_quarantine_view(item, by_case) for item in ordered)


def _quarantine_view(item: Quarantine, by_case: Mapping[CaseIdentifier, Sequence[CaseReport]]) -> QuarantineView:
    covered = [one for one in by_case.get(item.case, ()) if item.covers(one.subject, item.case)]
    return QuarantineView(
        case=visible(item.case),
        anchor=case_anchor(covered[0].subject, item.case) if covered else None,
        fared=tuple((visible(one.subject), _fared(one)) for one in covered),
        terms=quarantine_terms(item),
    )


def _fared(item: CaseReport) -> Mark:
    moved = [CHANGES[change.kind] for change in item.changes if is_moved(change)]
    return moved[0] if moved else outcome_mark(item.observation)
