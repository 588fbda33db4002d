"""A history in the terminal: the latest runs, every series as a line of bars, and each change with what lies behind."""

from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from rich.table import Table
from rich.text import Text

from passmuster.analysis.causes import Cause
from passmuster.analysis.causes_in_words import SHORT, between, cause_sentence, revision_words
from passmuster.analysis.histories import FALSE_ALARMS, Series
from passmuster.analysis.past_runs import PastRun, measured
from passmuster.application.history import Explained, History
from passmuster.cli.bars import sparkline
from passmuster.cli.console import safe, terminal
from passmuster.domain.metric_names import ROUTING_ACCURACY, RUBRIC_PASS_RATE

SHOWN_RUNS = 15
SHOWN_METRICS = 3
SHOWN_COMMITS = 5
STRIP = 11
"""Characters of the strip in which a run's value is a dot."""

POINTS = 100


def show_history(found: History) -> None:
    """Print a history."""
    console = terminal()
    console.print(_runs_table(found))
    for letter, column in zip(ascii_lowercase, _columns(found), strict=False):
        console.print(safe(f"{letter}: {_named(*column)}"), style="dim")
    hidden = len(found.runs) - SHOWN_RUNS
    if hidden > 0:
        console.print(f"… and {hidden} earlier ones, which --json lists", style="dim")
    console.print()
    console.print(_series_table(found, is_plain=console.is_dumb_terminal))
    for explained in found.changes:
        _show_change(found.runs, explained)
    for sentence in _trust(found):
        console.print(Text("· ") + safe(sentence), style="dim")


def _runs_table(found: History) -> Table:
    table = Table(box=None, pad_edge=False)
    # A run's name begins with its day; metrics have letters, because two long names would not fit beside each other.
    for heading in ("run", "revision", "roster"):
        table.add_column(heading, no_wrap=True)
    metrics = _columns(found)
    for letter, _ in zip(ascii_lowercase, metrics, strict=False):
        table.add_column(letter, justify="right", no_wrap=True)
    strip = next((item for item in reversed(found.series) if _key(item) == metrics[0]), None) if metrics else None
    table.add_column("", no_wrap=True)
    first = max(0, len(found.runs) - SHOWN_RUNS)
    for place, run in list(enumerate(found.runs))[first:]:
        values = [_own_value(run, *column) for column in metrics]
        cells = ["–" if value is None else f"{value:.3f}" for value in values]
        manifest = run.manifest
        table.add_row(
            safe(manifest.identifier),
            safe(revision_words(manifest.revision)),
            safe(manifest.roster[:SHORT]),
            *cells,
            _strip(strip, place, found.changes),
        )
    return table


def _columns(found: History) -> list[tuple[str, str, str]]:
    """Return the metrics that the table of runs shows: the few that count most, or what was selected instead."""
    known = list(dict.fromkeys(_key(series) for series in found.series))
    telling = [key for key in known if key[1] in {ROUTING_ACCURACY, RUBRIC_PASS_RATE}]
    return telling[:SHOWN_METRICS] or known[:2]


def _named(subject: str, metric: str, agent: str) -> str:
    return f"{subject} {metric_words(metric, agent)}"


def _key(series: Series) -> tuple[str, str, str]:
    return (series.subject, series.metric, series.agent)


def _own_value(run: PastRun, subject: str, metric: str, agent: str) -> float | None:
    """Return what a run showed over all of its own cases, as its report said."""
    results = {str(name): own for name, own in run.results.items()}.get(subject, {})
    return measured(results.values()).get((metric, agent))


def _strip(series: Series | None, place: int, changes: Sequence[Explained]) -> Text:
    """Draw one run's value as a dot between the lowest and the highest one, and mark a change of level before it."""
    if series is None or place not in series.places:
        return Text("")
    low, high = min(series.values), max(series.values)
    value = series.values[series.places.index(place)]
    at = round((value - low) / (high - low) * (STRIP - 1)) if high > low else STRIP // 2
    dots = Text("·" * at + "●" + "·" * (STRIP - 1 - at))
    for explained in changes:
        if explained.change.after == place and _key(explained.change.series) == _key(series):
            return dots + Text(" ") + _arrow(explained.change.point.size)
    return dots


def _arrow(size: float) -> Text:
    return Text("▼", style="red") if size < 0 else Text("▲", style="green")


def _series_table(found: History, *, is_plain: bool) -> Table:
    changed = {id(explained.change.series) for explained in found.changes}
    table = Table(box=None, pad_edge=False)
    for heading, justify in (("series", "left"), ("cases", "right"), ("runs", "right"), ("level", "right")):
        table.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    table.add_column("trend", no_wrap=True)
    alone = len({_key(series) for series in found.series}) == 1
    for series in found.series:
        if not series.agent or id(series) in changed or alone:
            level = f"{_level(series, found.changes):.3f}"
            name = safe(_named(*_key(series)))
            trend = sparkline(series.values, is_plain=is_plain)
            table.add_row(name, str(series.cases), str(len(series.values)), level, trend)
    return table


def _level(series: Series, changes: Sequence[Explained]) -> float:
    """Return the mean since the last change."""
    levels = [item.change.point.after for item in changes if item.change.series is series]
    return levels[-1] if levels else sum(series.values) / len(series.values)


def metric_words(metric: str, agent: str) -> str:
    """Name a metric for people."""
    return f"{metric.replace('_', ' ')} of {agent}" if agent else metric.replace("_", " ")


def _show_change(runs: Sequence[PastRun], explained: Explained) -> None:
    console = terminal()
    change = explained.change
    point, series = change.point, change.series
    words = f"{_named(*_key(series))}: {point.before:.3f} → {point.after:.3f}"
    size = f" ({point.size * POINTS:+.1f} points, p {point.probability:.2g})"
    console.print(_arrow(point.size) + Text(" ") + safe(words + size))
    for sentence in _story(runs, explained):
        console.print(Text("  ") + safe(sentence))


def _story(runs: Sequence[PastRun], explained: Explained) -> Iterator[str]:
    change, cause = explained.change, explained.cause
    yield f"{between(runs, change.before, change.after)}: {cause_sentence(runs, cause)}"
    if not explained.is_known:
        yield "git cannot tell the commits between the two"
    elif not explained.commits and _revisions_differ(runs, cause):
        yield "no commit between the two touches what the suite reads"
    for commit in explained.commits[-SHOWN_COMMITS:]:
        yield f"{commit.identifier[:SHORT]} {commit.committed_at:%Y-%m-%d} {commit.title}"
    hidden = len(explained.commits) - SHOWN_COMMITS
    if hidden > 0:
        yield f"… and {hidden} commits before these"


def _revisions_differ(runs: Sequence[PastRun], cause: Cause) -> bool:
    before, after = (runs[place].manifest.revision for place in (cause.before, cause.after))
    return before is not None and after is not None and before.commit != after.commit


def _trust(found: History) -> Iterator[str]:
    """Say what the page rests on, and what was left out."""
    able = sum(series.can_change for series in found.series)
    if not able:
        yield "no series is long enough, or varies at all: about a dozen complete runs can show a change of level"
    elif not found.changes:
        yield f"no level changed in {_counted(able, 'series', 'series')}"
    if able:
        rate = f"{FALSE_ALARMS * 100:g} %"
        yield (
            f"of histories without a change {rate} would show one among the subjects' metrics, and {rate} among the "
            "agents"
        )
    yield "every series rests on the cases that all of its runs share; the table shows each run over all of its own"
    listed = sum(bool(series.agent) for series in found.series)
    changed = len({id(item.change.series) for item in found.changes if item.change.series.agent})
    if listed > max(changed, 1):
        yield f"{_counted(listed - changed, 'agent', 'agents')} without a change not listed; --agent NAME shows one"
    for number, why in (
        (found.incomplete, "not finished"),
        (found.partial, "made of some of the cases only"),
        (found.compared, "made of another revision to compare with"),
    ):
        if number:
            yield f"left out: {_counted(number, 'run', 'runs')} {why}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
