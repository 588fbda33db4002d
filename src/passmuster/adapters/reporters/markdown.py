"""The report as a comment on a pull request.

Everything that is not ours is escaped for GitHub Flavored Markdown (https://github.github.com/gfm/), and mentions,
references to issues and addresses are parted by an invisible space, so that a request in a dataset notifies nobody.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from passmuster.adapters.reporters.movement_views import expected_text, ordered_transitions, takings
from passmuster.adapters.reporters.number_text import count
from passmuster.adapters.reporters.views import EstimateView, score_rows, verdict_reasons
from passmuster.adapters.reporters.visible_text import excerpt
from passmuster.adapters.reporters.wording import CHANGES, MOVED_KINDS, VERDICTS, tally
from passmuster.domain.cases import Case
from passmuster.domain.reports import Report
from passmuster.domain.verdicts import Aspect, CaseChange
from passmuster.placing import place
from passmuster.ports import BuildContext, Component, Reporter

FILE_NAME = "report.md"
MARKER = "<!-- passmuster -->"
"""The comment's first line: by it a later comment finds the one that it replaces."""

MAXIMUM_TRANSITIONS = 20
MAXIMUM_SENTENCES = 12

_SENTENCE_LENGTH = 500
_REQUEST_LENGTH = 140
_NAME_LENGTH = 80
_PARTED = "\N{ZERO WIDTH SPACE}"
_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")
_LINKED = re.compile(r"@(?=\S)|#(?=\d)|\bGH-(?=\d)|(?<=:)/(?=/)|\bwww(?=\.)", re.IGNORECASE)
_BLOCK = re.compile(r"^(?:[-+=#]|\d+(?=[.)](?:\s|$)))")


class MarkdownOptions(BaseModel):
    """Options of ``markdown``: none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MarkdownReporter:
    """Writes ``report.md``."""

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the comment.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        return place({FILE_NAME: render(report).encode("utf-8")}, destination)


def render(report: Report) -> str:
    """Return the comment; equal reports give equal comments."""
    parts = (_verdict(report), _scores(report), _moved(report), _trust(report), _footer(report))
    return f"{MARKER}\n" + "\n".join(line for part in parts for line in part) + "\n"


def escape(text: str, limit: int = _SENTENCE_LENGTH) -> str:
    """Return untrusted text for one line of Markdown, be it a paragraph, a list or a cell of a table."""
    line = excerpt(text, limit)
    # Backslashes before entities: those bring no character that needs one.
    line = _SPECIAL.sub(lambda found: f"\\{found[0]}", line)
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _LINKED.sub(lambda found: f"{found[0]}{_PARTED}", line)
    return _BLOCK.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", line)


def _verdict(report: Report) -> Iterator[str]:
    mark = VERDICTS[report.verdict.outcome]
    first, *others = verdict_reasons(report)
    yield f"### {mark.sign} {mark.word}: {escape(report.manifest.suite, _NAME_LENGTH)}"
    yield ""
    yield f"{escape(first)}."
    yield from _sentences(others)
    yield ""


def _scores(report: Report) -> Iterator[str]:
    rows = list(score_rows(report))
    if not rows:
        return
    names = [escape(subject.record.name, _NAME_LENGTH) for subject in report.subjects]
    yield _row(["Metric", *names])
    yield _row(["---"] * (len(names) + 1))
    for row in rows:
        cells = [_estimate(item, change) for item, change in zip(row.estimates, row.changes, strict=True)]
        yield _row([escape(row.label) + (f" ({row.note})" if row.note else ""), *cells])
    yield ""


def _estimate(item: EstimateView | None, change: str) -> str:
    if item is None:
        return "–"
    difference = f"; against the baseline {change}" if change else ""
    interval = f"{item.interval}, " if item.interval else ""
    return f"{item.value} ({interval}n {item.sample}{difference})"


def _moved(report: Report) -> Iterator[str]:
    comparison = report.comparison
    if comparison is None:
        yield "There is no accepted baseline to compare with."
        yield ""
        return
    groups = ordered_transitions(comparison.cases)
    changes = sorted(
        (change for _, rows in groups for change in rows), key=lambda change: MOVED_KINDS.index(change.kind)
    )
    yield f"**Against {escape(comparison.against)}: {tally(changes)}**"
    yield ""
    warnings = [f"Early warning: {sentence}" for sentence in report.early_warnings]
    sentences = [*(item.sentence for item in takings(changes)), *warnings]
    if sentences:
        yield from _sentences(sentences)
        yield ""
    if changes:
        yield from _transitions(report, changes)


def _transitions(report: Report, changes: Sequence[CaseChange]) -> Iterator[str]:
    cases = {(item.subject, item.case.identifier): item.case for item in report.cases}
    yield _row(["", "Case", "Was → now", "Expected", "Request", "Why"])
    yield _row(["---"] * 6)
    for change in islice(changes, MAXIMUM_TRANSITIONS):
        yield _transition(change, cases.get((change.subject, change.case)))
    if len(changes) > MAXIMUM_TRANSITIONS:
        yield ""
        yield f"… and {count(len(changes) - MAXIMUM_TRANSITIONS)} more; report.html lists them."
    yield ""


def _transition(change: CaseChange, case: Case | None) -> str:
    mark = CHANGES[change.kind]
    pair = "output"
    if change.aspect is Aspect.ROUTING:
        pair = " → ".join(escape(name or "not measured", _NAME_LENGTH) for name in (change.was, change.now))
    return _row(
        [
            f"{mark.sign} {mark.word}",
            f"{escape(change.case, _NAME_LENGTH)} ({escape(change.subject, _NAME_LENGTH)})",
            pair,
            "" if case is None else escape(expected_text(case), _NAME_LENGTH),
            "" if case is None else escape(case.request.text, _REQUEST_LENGTH),
            escape(change.explanation),
        ]
    )


def _trust(report: Report) -> Iterator[str]:
    if report.trust:
        yield "**Can I trust it?**"
        yield ""
        yield from _sentences(report.trust)
        yield ""


def _footer(report: Report) -> Iterator[str]:
    manifest = report.manifest
    revision = "" if manifest.revision is None else f", commit {escape(manifest.revision.commit[:12])}"
    yield f"Run {escape(manifest.identifier, _NAME_LENGTH)}{revision}, {count(len(report.cases), 'row')} of results."


def _sentences(sentences: Sequence[str]) -> Iterator[str]:
    yield from (f"- {escape(sentence)}" for sentence in sentences[:MAXIMUM_SENTENCES])
    if len(sentences) > MAXIMUM_SENTENCES:
        yield f"- and {count(len(sentences) - MAXIMUM_SENTENCES)} more"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _build(_options: MarkdownOptions, _context: BuildContext) -> Reporter:
    return MarkdownReporter()


COMPONENT: Final = Component(options=MarkdownOptions, build=_build, is_deterministic=lambda _options: True)
