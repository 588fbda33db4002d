"""Annotations as GitHub's workflow commands: lines that the runner of a job takes for more than text.

Source: GitHub, "Workflow commands for GitHub Actions", and the escaping of its package @actions/core.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.breaks import Break
from passmuster.adapters.reporters.views import verdict_reasons
from passmuster.adapters.reporters.wording import VERDICTS
from passmuster.domain.reports import Report
from passmuster.domain.values import SourceLocation
from passmuster.domain.verdicts import GateOutcome
from passmuster.texts.numbers import count
from passmuster.texts.visible import visible

MAXIMUM_OF_LEVEL = 10
"""A step shows so many errors, and so many warnings."""

SHOWN_CASES = 5
_MESSAGE_LENGTH = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark that is shown beside a line of a file; without a place it is shown with the job alone."""

    level: str
    title: str
    message: str
    place: SourceLocation | None = None

    @property
    def line(self) -> str:
        """The command, on one line."""
        place = self.place
        known = () if place is None else (("file", place.path), ("line", str(place.line or 1)))
        properties = ",".join(f"{name}={_property(value)}" for name, value in (*known, ("title", self.title)))
        return f"::{self.level} {properties}::{_data(self.message[:_MESSAGE_LENGTH])}"


def annotations_of(report: Report, breaks: Sequence[Break]) -> tuple[Annotation, ...]:
    """Return at most ten errors and ten warnings: the verdict, and what broke by the agent that took it.

    Where the gate does not fail, nothing is an error: a break may be chance, or be accepted by the rules.
    """
    is_failed = report.verdict.outcome is GateOutcome.FAILED
    verdict = list(_verdict(report))
    groups: dict[tuple[bool, str, str, SourceLocation | None], list[Break]] = defaultdict(list)
    for item in breaks:
        groups[item.quarantine is not None, item.change.subject, item.title, item.place].append(item)
    grave: list[Annotation] = []
    light: list[Annotation] = []
    for (is_quarantined, subject, title, place), items in groups.items():
        is_error = is_failed and not is_quarantined
        quarantined = ", in quarantine" if is_quarantined else ""
        found = Annotation(
            level="error" if is_error else "warning",
            title=f"{title} ({visible(subject)}, {count(len(items), 'case')}{quarantined})",
            message=_message(items),
            place=place,
        )
        (grave if is_error else light).append(found)
    first = [item for item in verdict if item.level == "error"] + grave
    second = [item for item in verdict if item.level == "warning"] + light
    return (*_bounded(first), *_bounded(second))


def _verdict(report: Report) -> Iterator[Annotation]:
    levels = {GateOutcome.FAILED: "error", GateOutcome.INCONCLUSIVE: "warning"}
    outcome = report.verdict.outcome
    if outcome in levels:
        title = f"passmuster: {VERDICTS[outcome].word}: {visible(report.manifest.suite)}"
        reasons = verdict_reasons(report)
        more = [f"and {count(len(reasons) - SHOWN_CASES)} more"] if len(reasons) > SHOWN_CASES else []
        yield Annotation(level=levels[outcome], title=title, message="\n".join([*reasons[:SHOWN_CASES], *more]))


def _message(items: Sequence[Break]) -> str:
    more = [f"and {count(len(items) - SHOWN_CASES)} more"] if len(items) > SHOWN_CASES else []
    return "\n".join([*(item.sentence for item in items[:SHOWN_CASES]), *more])


def _bounded(annotations: Sequence[Annotation]) -> Sequence[Annotation]:
    """Return at most as many as a step shows; the last of many says how many there are beside it."""
    if len(annotations) <= MAXIMUM_OF_LEVEL:
        return annotations
    hidden = annotations[MAXIMUM_OF_LEVEL - 1 :]
    titles = "\n".join(item.title for item in hidden[:SHOWN_CASES])
    last = Annotation(
        level=annotations[0].level, title=f"passmuster: {count(len(hidden))} more, in the report", message=titles
    )
    return (*annotations[: MAXIMUM_OF_LEVEL - 1], last)


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
