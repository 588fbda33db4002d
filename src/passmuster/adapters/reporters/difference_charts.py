"""Forest plots of the paired differences from the baseline: over all cases, and by subset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from passmuster.adapters.reporters.charts import GRID, svg, write_beside
from passmuster.adapters.reporters.difference_views import changed_metrics
from passmuster.adapters.reporters.number_text import points
from passmuster.adapters.reporters.visible_text import excerpt
from passmuster.adapters.reporters.wording import metric_label, subset_text
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.metric_names import SLICED
from passmuster.domain.reports import Report
from passmuster.domain.results import SubjectRecord
from passmuster.domain.verdicts import GateFinding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAXIMUM_ROWS = 30
"""So many rows are drawn: all cases, what stands out, then parts with most cases."""

_DIMENSIONS = ("all", "stratum", "split", "agent", "tag")
"""In the order of the rows; agents and tags with most cases come first."""

_INK = "#1b2026"
_PLAIN = "#6b7480"
_BETTER = "#0072B2"
_WORSE = "#D55E00"
_LABEL_LENGTH = 40
_CHARACTER = 0.075
_ROW = 0.235
_WIDTH = 5.2
_MARGIN = 1.5
_ROOM = 1.08
_WHOLE = 0.8
"""The share of intervals that the axis must hold whole; longer ones are cut, and end in an arrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceLine:
    """One row of the plot; ``margin`` is the drop that a rule of the gate allows there."""

    change: MetricChange
    margin: float | None

    @property
    def reach(self) -> float:
        """How far the interval is from zero at its farther end."""
        return max(abs(self.change.difference.lower), abs(self.change.difference.upper))


def difference_charts(report: Report, subject: SubjectRecord) -> dict[str, bytes]:
    """Draw a subject's differences by metric; nothing is drawn where nothing differs."""
    if report.comparison is None:
        return {}
    return {
        metric: difference_chart(_lines(changes, report.verdict.findings, subject), subject.name)
        for metric, changes in changed_metrics(report.comparison, subject.name).items()
        if metric in SLICED
    }


def difference_chart(lines: Sequence[DifferenceLine], subject: str) -> bytes:
    """Draw one metric's differences, one row for each subset."""
    labels = [_label(line.change) for line in lines]
    reach = _reach(lines)

    def draw(axes: "Axes") -> None:
        axes.axvline(0, color=_INK, linewidth=0.9)
        axes.hlines([index - 0.5 for index in _breaks(lines)], -reach, reach, color=GRID, linewidth=0.6)
        _draw_intervals(axes, lines, reach)
        _draw_values(axes, lines, reach)
        _draw_margins(axes, lines)
        axes.set(xlim=(-reach, reach), ylim=(len(lines) - 0.4, -0.6), xlabel=_legend(lines))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:+.3g}".replace("-", "−") if value else "0")
        axes.set_yticks(range(len(lines)), labels)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        axes.set_title(f"{metric_label(lines[0].change.metric).text}, against the baseline: {excerpt(subject, 32)}")

    return svg(draw, width=_WIDTH + max(map(len, labels)) * _CHARACTER, height=_MARGIN + len(lines) * _ROW)


def _lines(
    changes: Sequence[MetricChange], findings: Sequence[GateFinding], subject: SubjectRecord
) -> tuple[DifferenceLine, ...]:
    # Without noise a row of nothing says nothing.
    drawn = [item for item in changes if item.subset == "all" or item.difference.value or not subject.is_deterministic]
    order = {dimension: number for number, dimension in enumerate(_DIMENSIONS)}

    def place(item: MetricChange) -> tuple[int, int, str]:
        dimension = item.subset.partition("=")[0]
        is_long = dimension in {"agent", "tag"}
        return order.get(dimension, len(order)), -item.difference.sample_size if is_long else 0, item.subset

    ranked = sorted(drawn, key=place)
    kept = sorted(ranked, key=lambda item: not (item.subset == "all" or item.is_notable))[:MAXIMUM_ROWS]
    margins = dict(_margins(findings, subject, changes[0].metric))
    return tuple(DifferenceLine(change=item, margin=margins.get(item.subset)) for item in sorted(kept, key=place))


def _margins(findings: Sequence[GateFinding], subject: SubjectRecord, metric: str) -> Iterator[tuple[str, float]]:
    for finding in findings:
        rule = finding.rule
        if finding.subject == subject.name and rule.metric == metric and rule.maximum_drop is not None:
            yield finding.subset or rule.subset or "all", rule.maximum_drop


def _label(change: MetricChange) -> str:
    return f"{excerpt(subset_text(change.subset), _LABEL_LENGTH)}  (n {change.difference.sample_size:,})"


def _reach(lines: Sequence[DifferenceLine]) -> float:
    """Return where the axis ends on both sides: far enough for every value, every margin, and most intervals."""
    reaches = sorted(line.reach for line in lines)
    whole = max(reaches[int(_WHOLE * (len(reaches) - 1))], lines[0].reach)
    # Weighted for a random sample of the cases, a difference may be greater than 1.
    values = [1.1 * abs(line.change.difference.value) for line in lines]
    margins = [1.2 * line.margin for line in lines if line.margin is not None]
    return max(min(1.0, max(whole, *margins, 0.0)), *values) * _ROOM


def _breaks(lines: Sequence[DifferenceLine]) -> list[int]:
    dimensions = [line.change.subset.partition("=")[0] for line in lines]
    return [index for index in range(1, len(lines)) if dimensions[index] != dimensions[index - 1]]


def _draw_intervals(axes: "Axes", lines: Sequence[DifferenceLine], reach: float) -> None:
    ends = [(line.change.difference.lower, line.change.difference.upper) for line in lines]
    axes.hlines(
        range(len(lines)),
        [max(lower, -reach) for lower, _ in ends],
        [min(upper, reach) for _, upper in ends],
        colors=[_standing(line.change)[0] for line in lines],
        linewidth=1.6,
    )
    for index, (lower, upper) in enumerate(ends):
        colour = _standing(lines[index].change)[0]
        for end, is_cut, arrow in ((-reach, lower < -reach, "<"), (reach, upper > reach, ">")):
            if is_cut:
                axes.plot([end], [index], color=colour, marker=arrow, markersize=5, clip_on=False)


def _draw_values(axes: "Axes", lines: Sequence[DifferenceLine], reach: float) -> None:
    alike: dict[tuple[str, str, float], list[int]] = {}
    for index, line in enumerate(lines):
        alike.setdefault(_standing(line.change), []).append(index)
    for (colour, marker, size), rows in alike.items():
        values = [lines[row].change.difference.value for row in rows]
        axes.plot(values, rows, color=colour, marker=marker, markersize=size, linestyle="none")
    write_beside(axes, [_number(line.change) for line in lines], reach * 1.04)


def _number(change: MetricChange) -> str:
    return f"{points(change.difference.value).removesuffix(' points')}{' ◆' if change.is_notable else ''}"


def _standing(change: MetricChange) -> tuple[str, str, float]:
    """Return colour, marker and size; only what is no chance finding has a colour."""
    if change.is_notable:
        return (_WORSE if change.difference.value < 0 else _BETTER), "D", 6
    return (_INK, "s", 5.5) if change.subset == "all" else (_PLAIN, "o", 4.5)


def _draw_margins(axes: "Axes", lines: Sequence[DifferenceLine]) -> None:
    whole = lines[0].margin
    if whole is not None:
        axes.axvline(-whole, color=_WORSE, linewidth=1.1, linestyle=(0, (4, 3)))
    for index, line in enumerate(lines):
        if line.margin is not None and line.margin != whole:
            axes.plot(
                [-line.margin] * 2, [index - 0.4, index + 0.4], color=_WORSE, linewidth=1.4, linestyle=(0, (2, 1))
            )


def _legend(lines: Sequence[DifferenceLine]) -> str:
    level = 100 * lines[0].change.difference.confidence
    said = [f"candidate less baseline, in percentage points, with intervals of {level:g} %"]
    if any(line.change.is_notable for line in lines):
        said.append("◆ stands out among all subsets")
    if lines[0].margin is not None:
        said.append(f"dashed: a drop of {100 * lines[0].margin:g} points, which the gate allows")
    if any(line.margin not in {None, lines[0].margin} for line in lines):
        said.append("short dashes: the drop that the gate allows there")
    return "\n".join(said)
