"""The report as a comment on a pull request.

Everything that is not ours is escaped for GitHub Flavored Markdown (https://github.github.com/gfm/), and mentions,
references to issues and addresses are parted by an invisible space, so that a request in a dataset notifies nobody.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from passmuster.adapters.reporters.case_badges import Quarantines, badges, quarantine_views
from passmuster.adapters.reporters.difference_views import difference_sentence, direction, notable_changes
from passmuster.adapters.reporters.judged_views import judged_rows
from passmuster.adapters.reporters.movement_views import (
    expected_text,
    ordered_transitions,
    rates_text,
    roster_rows,
    takings,
    words_of,
)
from passmuster.adapters.reporters.number_text import count
from passmuster.adapters.reporters.rule_views import SHOWN_REASONS, rule_table
from passmuster.adapters.reporters.views import EstimateView, score_rows, trust_sentences, verdict_reasons
from passmuster.adapters.reporters.visible_text import excerpt
from passmuster.adapters.reporters.wording import (
    CHANGES,
    MOVED_KINDS,
    VERDICTS,
    cases_left_out,
    metric_label,
    tally,
)
from passmuster.domain.comparisons import CaseChange, MetricChange
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import CaseReport, Report
from passmuster.placing import place

FILE_NAME = "report.md"
MARKER = "<!-- passmuster -->"
"""The comment's first line: by it a later comment finds the one that it replaces."""

MAXIMUM_LENGTH = 60_000
"""GitHub takes 65,536 characters."""

MAXIMUM_TRANSITIONS = 20
MAXIMUM_SENTENCES = 12
MAXIMUM_RULES = 12
MAXIMUM_NAMES = 12

_SENTENCE_LENGTH = 500
_REQUEST_LENGTH = 140
_NAME_LENGTH = 80
_PARTED = "\N{ZERO WIDTH SPACE}"
_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")
_LINKED = re.compile(r"@(?=\S)|#(?=\d)|\bGH-(?=\d)|(?<=:)/(?=/)|\bwww(?=\.)", re.IGNORECASE)
_BLOCK = re.compile(r"^(?:[-+=#]|\d+(?=[.)](?:\s|$)))")


class MarkdownReporter:
    """Writes ``report.md``."""

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the comment.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        return place({FILE_NAME: render(report).encode("utf-8")}, destination)


def render(report: Report) -> str:
    """Return the comment; equal reports give equal comments.

    What does not fit a comment is cut at the end of a line, and the comment says so.
    """
    parts = (_verdict, _rules, _scores, _judged, _differences, _moved, _quarantines, _trust)
    last = "\n".join(_footer(report))
    lines, room = [MARKER], MAXIMUM_LENGTH - len(MARKER) - len(last)
    for line in (line for part in parts for line in part(report)):
        room -= len(line) + 1
        if room < 0:
            lines += ["", "… cut here, because a comment holds no more; report.html holds the rest.", ""]
            break
        lines.append(line)
    return "\n".join([*lines, last]) + "\n"


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
    said = escape(first)
    yield said if said.endswith("…") else f"{said}."
    yield from _sentences(others, SHOWN_REASONS - 1)
    yield ""


def _rules(report: Report) -> Iterator[str]:
    """Yield a table of the rules, where there is more than the one that the reasons speak of."""
    table = rule_table(report.verdict)
    if len(table.gated) > 1:
        yield f"**Rules of the gate: {table.summary}**"
        yield ""
        if table.note:
            yield table.note
            yield ""
        yield _row(["Outcome", "Subject", "Rule", "Cases"])
        yield _row(["---"] * 4)
        for rule in table.gated[:MAXIMUM_RULES]:
            cells = (escape(text, _NAME_LENGTH) for text in (rule.subject, rule.rule, rule.subset))
            yield _row([f"{rule.mark.sign} {rule.mark.word}", *cells])
        yield ""
    more = max(0, len(table.gated) - MAXIMUM_RULES) if len(table.gated) > 1 else 0
    notes = [f"{count(more)} more rules are in report.html"] if more else []
    notes += [f"{count(len(table.others), 'subset')} had too few cases to be gated"] if table.others else []
    if notes:
        yield f"{'; '.join(notes)}."
        yield ""


def _judged(report: Report) -> Iterator[str]:
    """Yield a table of the criteria that models judged, where there are any."""
    if not report.judged:
        return
    yield _row(["Judged by a model", "Subject", "Passes", "Truly passes"])
    yield _row(["---"] * 4)
    for row in judged_rows(report):
        cells = (escape(text, _NAME_LENGTH) for text in (row.criterion, row.subject))
        yield _row([*cells, row.raw, row.corrected])
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
    left_out = cases_left_out(comparison.cases)
    yield f"**Against {escape(comparison.against)}: {tally(changes)}{f'; {left_out}' if left_out else ''}**"
    yield ""
    for item in comparison.incomparable[:MAXIMUM_SENTENCES]:
        yield f"- ≠ {escape(item.reason)}"
    for label, agents in roster_rows(comparison.roster):
        yield f"- {label}: {_some(agents)}"
    if comparison.incomparable or not comparison.roster.is_empty:
        yield ""
    warnings = [f"Early warning: {sentence}" for sentence in report.early_warnings]
    sentences = [*(item.sentence for item in takings(changes)), *warnings]
    if sentences:
        yield from _sentences(sentences)
        yield ""
    if changes:
        yield from _transitions(report, changes)


def _transitions(report: Report, changes: Sequence[CaseChange]) -> Iterator[str]:
    cases = {(item.subject, item.case.identifier): item for item in report.cases}
    quarantines = Quarantines(report.quarantines)
    yield _row(["", "Case", "Was → now", "Expected", "Request", "Why"])
    yield _row(["---"] * 6)
    for change in islice(changes, MAXIMUM_TRANSITIONS):
        yield _transition(change, cases.get((change.subject, change.case)), quarantines)
    if len(changes) > MAXIMUM_TRANSITIONS:
        yield ""
        yield f"… and {count(len(changes) - MAXIMUM_TRANSITIONS)} more; report.html lists them."
    yield ""


def _transition(change: CaseChange, item: CaseReport | None, quarantines: Quarantines) -> str:
    mark, case = CHANGES[change.kind], None if item is None else item.case
    words = ", ".join(() if item is None else words_of(item, change))
    apart = () if case is None else badges(case, quarantines.of(change.subject, change.case))
    whose = ", ".join(escape(text, _NAME_LENGTH) for text in (change.subject, *apart))
    pair = "output"
    if change.aspect is Aspect.ROUTING:
        both = [escape(name or "not measured", _NAME_LENGTH) for name in (change.was, change.now)]
        pair = " → ".join(dict.fromkeys(both))
    # Where the choice is the same, only the rates say what broke.
    rates = rates_text(change) if change.was == change.now else ""
    return _row(
        [
            f"{mark.sign} {mark.word}",
            f"{escape(change.case, _NAME_LENGTH)} ({whose})",
            f"{pair}, {rates}" if rates else pair,
            "" if case is None else escape(expected_text(case), _NAME_LENGTH),
            "" if case is None else escape(case.request.text, _REQUEST_LENGTH),
            escape(f"{change.explanation} ({words})" if words else change.explanation),
        ]
    )


def _differences(report: Report) -> Iterator[str]:
    notable = notable_changes(report.comparison.metrics) if report.comparison else []
    if not notable:
        return
    yield "**Subsets that stand out**"
    yield ""
    yield from _sentences([_notable(change) for change in notable])
    yield ""


def _notable(change: MetricChange) -> str:
    mark, metric = direction(change), metric_label(change.metric).text.lower()
    return f"{mark.sign} {mark.word}: {change.subject}, {metric}, {difference_sentence(change)}"


def _quarantines(report: Report) -> Iterator[str]:
    views = quarantine_views(report)
    if not views:
        return
    yield "**In quarantine, outside the gate**"
    yield ""
    for item in views[:MAXIMUM_SENTENCES]:
        fared = "; ".join(f"{escape(name, _NAME_LENGTH)} {mark.sign} {mark.word}" for name, mark in item.fared)
        yield f"- {escape(item.case, _NAME_LENGTH)} ({fared or 'not in this run'}): {escape(item.terms)}"
    if len(views) > MAXIMUM_SENTENCES:
        yield f"- and {count(len(views) - MAXIMUM_SENTENCES)} more"
    yield ""


def _trust(report: Report) -> Iterator[str]:
    sentences = trust_sentences(report)
    if sentences:
        yield "**Can I trust it?**"
        yield ""
        yield from _sentences(sentences)
        yield ""


def _footer(report: Report) -> Iterator[str]:
    manifest = report.manifest
    revision = "" if manifest.revision is None else f", commit {escape(manifest.revision.commit[:12])}"
    if report.spent:
        yield escape(report.spent)
        yield ""
    yield f"Run {escape(manifest.identifier, _NAME_LENGTH)}{revision}, {count(len(report.cases), 'row')} of results."


def _sentences(sentences: Sequence[str], limit: int = MAXIMUM_SENTENCES) -> Iterator[str]:
    yield from (f"- {escape(sentence)}" for sentence in sentences[:limit])
    if len(sentences) > limit:
        yield f"- and {count(len(sentences) - limit)} more"


def _some(names: Sequence[str]) -> str:
    more = f" and {count(len(names) - MAXIMUM_NAMES)} more" if len(names) > MAXIMUM_NAMES else ""
    return ", ".join(escape(name, _NAME_LENGTH) for name in names[:MAXIMUM_NAMES]) + more


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
