"""The sections of a comment on a pull request: each is there only where it has something to say."""

import re
from collections.abc import Iterator, Sequence

from passmuster.adapters.reporters.case_badges import Quarantines, badges, quarantine_views
from passmuster.adapters.reporters.difference_views import difference_sentence, direction, notable_changes
from passmuster.adapters.reporters.fitting import Section
from passmuster.adapters.reporters.judged_views import judged_rows
from passmuster.adapters.reporters.markdown_text import NAME_LENGTH, cells, escape
from passmuster.adapters.reporters.metric_lines import MetricLine, metric_lines
from passmuster.adapters.reporters.movement_views import (
    expected_text,
    ordered_transitions,
    rates_text,
    roster_rows,
    takings,
    words_of,
)
from passmuster.adapters.reporters.rule_views import rule_table
from passmuster.adapters.reporters.views import trust_sentences
from passmuster.adapters.reporters.wording import CHANGES, cases_left_out, tally
from passmuster.analysis.observing import usual_choice
from passmuster.domain.comparisons import CaseChange, ChangeKind, MetricChange
from passmuster.domain.metric_names import UNACCEPTED_BREAKS
from passmuster.domain.observations import ACCEPTED, NOBODY, Aspect
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.verdicts import GateOutcome
from passmuster.texts.metrics import metric_label
from passmuster.texts.numbers import count

OPEN_BREAKS = 5
"""So many cases that broke are shown unfolded."""

FEW_SENTENCES = 3
"""More sentences than these are folded away."""

MAXIMUM_NAMES = 12

_BY_CHANCE = "What chooses here varies: a single one of these may have moved by chance, whatever was edited."
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}$")
_NO_BASELINE = "there is no accepted baseline"
_REQUEST_LENGTH = 140
_GRAVITY = {ChangeKind.BROKEN: 6, ChangeKind.UNMEASURED: 20, ChangeKind.MOVED: 24, ChangeKind.FIXED: 28}
_HEADINGS = {
    ChangeKind.BROKEN: "newly wrong",
    ChangeKind.UNMEASURED: "not measured on both sides",
    ChangeKind.MOVED: "moved, and as right as before",
    ChangeKind.FIXED: "newly right",
}


def sections_of(report: Report, maximum_rows: int) -> list[Section]:
    """Return all sections that have something to say, in the order in which they are read."""
    parts = (_moved, _metrics, _cases, _remedy, _differences, _rules, _judged, _quarantines, _trust, _other_metrics)
    return [section for part in parts for section in part(report, maximum_rows)]


def _moved(report: Report, maximum_rows: int) -> Iterator[Section]:
    """Yield what moved in sentences: counts, who took from whom, and how the rosters differ."""
    comparison = report.comparison
    if comparison is None:
        if not any(_NO_BASELINE in reason for reason in report.verdict.reasons):
            yield Section(name="the baseline", gravity=5, head=(f"T{_NO_BASELINE[1:]} to compare with.", ""))
        return
    changes = [change for _, rows in ordered_transitions(comparison.cases) for change in rows]
    left_out = cases_left_out(comparison.cases)
    against = _COMMIT.sub(r"\1", comparison.against)
    heading = f"**Against {escape(against)}: {tally(changes)}{f'; {left_out}' if left_out else ''}**"
    sentences = [f"≠ {escape(item.reason)}" for item in comparison.incomparable]
    # A rule on breaks says it in its reason already.
    sentences += [] if _fails_on_breaks(report) else [escape(item.sentence) for item in takings(changes)]
    sentences += [f"{label}: {_some(agents)}" for label, agents in roster_rows(comparison.roster)]
    yield Section(name="what moved", gravity=5, head=(heading, ""))
    warnings = [f"Early warning: {escape(sentence)}" for sentence in report.early_warnings]
    yield from _list("who took what from whom", 8, sentences, maximum_rows)
    yield from _list("early warnings", 22, warnings, maximum_rows)


def _metrics(report: Report, maximum_rows: int) -> Iterator[Section]:
    """Yield one line for each metric that is compared, or that a suite is about."""
    lines = [line for line in metric_lines(report) if line.is_main]
    if lines:
        yield _metric_table("metrics", 14, lines, maximum_rows, is_compared=report.comparison is not None)
    if lines and _rests_on_an_interval(report):
        said = "The gate's interval is not the table's, which is two-sided: it asks in one direction only."
        yield Section(name="a word on intervals", gravity=39, head=(said, ""))


def _rests_on_an_interval(report: Report) -> bool:
    """Whether the reasons tell an interval that somebody could take for one of the table's."""
    return report.verdict.outcome in {GateOutcome.FAILED, GateOutcome.INCONCLUSIVE} and any(
        item.outcome is report.verdict.outcome and item.estimate is not None and item.estimate.confidence < 1
        for item in report.verdict.findings
    )


def _fails_on_breaks(report: Report) -> bool:
    return any(
        item.rule.metric == UNACCEPTED_BREAKS and item.is_gated and item.outcome is GateOutcome.FAILED
        for item in report.verdict.findings
    )


def _remedy(report: Report, _maximum_rows: int) -> Iterator[Section]:
    """Yield what to do about breaks that a rule minds, where there is a baseline that could take them in."""
    comparison = report.comparison
    if comparison is not None and comparison.against == ACCEPTED and _fails_on_breaks(report):
        sentence = (
            "To mend it, edit the description. If it is wanted: `passmuster run`, then `passmuster accept "
            '--reason "…"`, and commit the baseline with the change.'
        )
        yield Section(name="what to do", gravity=9, head=(sentence, ""))


def _other_metrics(report: Report, maximum_rows: int) -> Iterator[Section]:
    """Yield the others, folded away."""
    lines = [line for line in metric_lines(report) if not line.is_main]
    if lines:
        table = _metric_table("other metrics", 40, lines, maximum_rows, is_compared=False)
        yield _folded(table, count(len(lines), "other metric"), others=len(lines))


def _metric_table(
    name: str, gravity: int, lines: Sequence[MetricLine], maximum_rows: int, *, is_compared: bool
) -> Section:
    is_one = len({line.subject for line in lines}) == 1
    columns = ["Metric", *([] if is_one else ["Subject"]), "Now"]
    columns += ["Against the baseline", "Better", "Worse"] if is_compared else []
    rows = [
        [
            escape(line.label) + (f" ({line.note})" if line.note else ""),
            *([] if is_one else [escape(line.subject, NAME_LENGTH)]),
            line.now,
            *([line.change, line.improved, line.regressed] if is_compared else []),
        ]
        for line in lines
    ]
    return Section(
        name=name,
        gravity=gravity,
        head=_table_head(columns),
        rows=tuple(map(cells, rows[:maximum_rows])),
        tail=("",),
        others=max(0, len(rows) - maximum_rows),
    )


def _cases(report: Report, maximum_rows: int) -> Iterator[Section]:
    """Yield a table of the cases of each kind that somebody must look at."""
    if report.comparison is None:
        return
    cases = {(item.subject, item.case.identifier): item for item in report.cases}
    quarantines, seen = Quarantines(report.quarantines), _mixed_up_before(report)
    changes = [change for _, rows in ordered_transitions(report.comparison.cases) for change in rows]
    columns = ["", "Case", "Was → now", "Expected", "Request", "Why"]
    is_one = len(report.subjects) == 1
    varying = {subject.record.name for subject in report.subjects if not subject.record.is_deterministic}
    for kind, gravity in _GRAVITY.items():
        own = [change for change in changes if change.kind is kind]
        rows = [
            _transition(change, cases.get((change.subject, change.case)), (quarantines, seen), is_one=is_one)
            for change in own
        ]
        if rows:
            heading = f"{CHANGES[kind].sign} {count(len(rows), 'case')} {_HEADINGS[kind]}"
            # A single case of a model may be any cause's, or none's; what all of them say is the gate's business.
            chance = (_BY_CHANCE, "") if any(change.subject in varying for change in own) else ()
            table = Section(
                name=f"cases {_HEADINGS[kind]}",
                gravity=gravity,
                head=(*chance, *_table_head(columns)),
                rows=tuple(rows[:maximum_rows]),
            )
            is_open = kind is ChangeKind.BROKEN and len(rows) <= OPEN_BREAKS
            yield _folded(table, heading, others=len(rows), is_open=is_open)


def _mixed_up_before(report: Report) -> frozenset[tuple[str, str, str]] | None:
    """Return which agents were taken for which in the baseline, by subject; ``None`` where that is not known."""
    if report.before is None:
        return None
    preferred = {item.case.identifier: item.case.expectation.preferred or NOBODY for item in report.cases}
    return frozenset(
        (item.subject, preferred[item.case], usual_choice(item.chosen))
        for item in report.before.observations
        if item.case in preferred
    )


def _transition(
    change: CaseChange,
    item: CaseReport | None,
    known: tuple[Quarantines, frozenset[tuple[str, str, str]] | None],
    *,
    is_one: bool,
) -> str:
    quarantines, seen = known
    case = None if item is None else item.case
    words = ", ".join(() if item is None else words_of(item, change))
    apart = () if case is None else badges(case, quarantines.of(change.subject, change.case))
    whose = ", ".join(escape(text, NAME_LENGTH) for text in (*(() if is_one else (change.subject,)), *apart))
    pair = "output"
    if change.aspect is Aspect.ROUTING:
        both = [escape(name or "not measured", NAME_LENGTH) for name in (change.was, change.now)]
        pair = " → ".join(dict.fromkeys(both))
    # Where the choice is the same, only the rates say what broke.
    rates = rates_text(change) if change.was == change.now else ""
    return cells(
        [
            f"{CHANGES[change.kind].sign} {_what(change, item, seen)}",
            f"{escape(change.case, NAME_LENGTH)} ({whose})" if whose else escape(change.case, NAME_LENGTH),
            f"{pair}, {rates}" if rates else pair,
            "" if case is None else escape(expected_text(case), NAME_LENGTH),
            "" if case is None else escape(case.request.text, _REQUEST_LENGTH),
            escape(f"{change.explanation} ({words})" if words else change.explanation),
        ]
    )


def _what(change: CaseChange, item: CaseReport | None, seen: frozenset[tuple[str, str, str]] | None) -> str:
    """Say what became of a case, and whether two agents are mixed up that nobody mixed up before."""
    word = "stolen" if change.stolen_by else "lost" if change.lost_to else CHANGES[change.kind].word
    if change.kind is not ChangeKind.BROKEN or change.aspect is not Aspect.ROUTING or item is None or seen is None:
        return word
    mixed = (change.subject, item.case.expectation.preferred or NOBODY, change.now)
    return word if mixed in seen else f"{word}, **new mix-up**"


def _differences(report: Report, maximum_rows: int) -> Iterator[Section]:
    notable = notable_changes(report.comparison.metrics) if report.comparison else []
    if notable:
        rows = [escape(_notable(change)) for change in notable]
        yield from _list("subsets that stand out", 26, rows, maximum_rows, heading="**Subsets that stand out**")


def _notable(change: MetricChange) -> str:
    mark, metric = direction(change), metric_label(change.metric).text.lower()
    return f"{mark.sign} {mark.word}: {change.subject}, {metric}, {difference_sentence(change)}"


def _rules(report: Report, maximum_rows: int) -> Iterator[Section]:
    """Yield a table of the rules, where there is more than the one that the reasons speak of."""
    table = rule_table(report.verdict)
    if table.note and len(table.gated) > 1:
        yield Section(name="what the verdict rests on", gravity=7, head=(table.note, ""))
    if len(table.gated) > 1:
        rows = [
            cells(
                [
                    f"{rule.mark.sign} {rule.mark.word}",
                    *(escape(text, NAME_LENGTH) for text in (rule.subject, rule.rule, rule.subset)),
                ]
            )
            for rule in table.gated
        ]
        shown = Section(
            name="rules of the gate",
            gravity=16,
            head=_table_head(["Outcome", "Subject", "Rule", "Cases"]),
            rows=tuple(rows[:maximum_rows]),
        )
        yield _folded(shown, f"Rules of the gate: {table.summary}", others=len(rows))
    if table.others:
        sentence = f"{count(len(table.others), 'subset')} had too few cases to be gated."
        yield Section(name="subsets that are not gated", gravity=38, head=(sentence, ""))


def _judged(report: Report, maximum_rows: int) -> Iterator[Section]:
    """Yield a table of the criteria that models judged, where there are any."""
    rows = [
        cells([*(escape(text, NAME_LENGTH) for text in (row.criterion, row.subject)), row.raw, row.corrected])
        for row in judged_rows(report)
    ]
    if rows:
        yield Section(
            name="what models judged",
            gravity=30,
            head=_table_head(["Judged by a model", "Subject", "Passes", "Truly passes"]),
            rows=tuple(rows[:maximum_rows]),
            tail=("",),
            others=max(0, len(rows) - maximum_rows),
        )


def _quarantines(report: Report, maximum_rows: int) -> Iterator[Section]:
    rows = [
        f"{escape(item.case, NAME_LENGTH)} "
        f"({'; '.join(f'{escape(name, NAME_LENGTH)} {mark.sign} {mark.word}' for name, mark in item.fared)}"
        f"{'' if item.fared else 'not in this run'}): {escape(item.terms)}"
        for item in quarantine_views(report)
    ]
    yield from _list("quarantines", 32, rows, maximum_rows, heading="**In quarantine, outside the gate**")


def _trust(report: Report, maximum_rows: int) -> Iterator[Section]:
    rows = [f"- {escape(sentence)}" for sentence in trust_sentences(report)]
    if not rows:
        return
    section = Section(name="what limits the results", gravity=18, rows=tuple(rows[:maximum_rows]))
    is_open = len(rows) <= FEW_SENTENCES or report.verdict.outcome is GateOutcome.INCONCLUSIVE
    yield _folded(section, f"Can I trust it? {count(len(rows), 'remark')}", others=len(rows), is_open=is_open)


def _list(name: str, gravity: int, rows: Sequence[str], maximum_rows: int, heading: str = "") -> Iterator[Section]:
    if rows:
        yield Section(
            name=name,
            gravity=gravity,
            head=(heading, "") if heading else (),
            rows=tuple(f"- {row}" for row in rows[:maximum_rows]),
            tail=("",),
            others=max(0, len(rows) - maximum_rows),
        )


def _folded(section: Section, heading: str, *, others: int, is_open: bool = False) -> Section:
    """Return a section that waits until somebody opens it; ``others`` is how many rows there are in all."""
    return Section(
        name=section.name,
        gravity=section.gravity,
        # Markdown is read again behind an empty line only. The heading is ours, and no text of anybody's.
        head=(f"<details{' open' if is_open else ''}><summary>{heading}</summary>", "", *section.head),
        rows=section.rows,
        tail=("", "</details>", ""),
        others=others - len(section.rows),
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {count(len(names) - MAXIMUM_NAMES)} more" if len(names) > MAXIMUM_NAMES else ""
    return ", ".join(escape(name, NAME_LENGTH) for name in names[:MAXIMUM_NAMES]) + more


def _table_head(columns: Sequence[str]) -> tuple[str, ...]:
    return (cells(list(columns)), cells(["---"] * len(columns)))
