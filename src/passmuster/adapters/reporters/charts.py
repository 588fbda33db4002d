"""Charts of a subject as SVG: equal reports give equal bytes.

Figures are made directly, without pyplot, so that nothing global is left behind. matplotlib is imported only when a
chart is drawn: it takes most of a second.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from io import BytesIO
from typing import TYPE_CHECKING

from passmuster.adapters.reporters.anchors import slug
from passmuster.adapters.reporters.matrix_selection import Selection, select_pairs
from passmuster.adapters.reporters.number_text import count, percent
from passmuster.adapters.reporters.visible_text import agent_text, excerpt
from passmuster.adapters.reporters.wording import metric_label
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import AgentRow, Report, SubjectReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAXIMUM_ROWS = 40
"""A forest plot shows so many rows, the lowest values first to be chosen."""

GRID = "#d5dae0"
"""The colour of lines that only lead the eye."""

_LABEL_LENGTH = 32
_RIGHT = "#0072B2"
_MIXED = "#D55E00"
_DARK_FROM = 0.9
_CELL = 0.3
_ROW = 0.24
_CHARACTER = 0.075
_MARGIN = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One line of a forest plot."""

    label: str
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectCharts:
    """One subject's charts as SVG; ``None`` where there is nothing to draw.

    Attributes:
        confusion: Its confusion matrix.
        agents: The recall of each agent.
        subsets: Its metrics by subset.
        differences: What differs from the baseline, by metric.
    """

    confusion: bytes | None
    agents: bytes | None
    subsets: bytes | None
    differences: Mapping[str, bytes] = field(default_factory=dict)

    def named(self) -> Mapping[str, bytes]:
        """Return the charts that there are, by what they show."""
        drawn = {"confusion": self.confusion, "agents": self.agents, "subsets": self.subsets}
        drawn |= {f"difference-of-{metric.replace('_', '-')}": chart for metric, chart in self.differences.items()}
        return {name: chart for name, chart in drawn.items() if chart is not None}


def subject_charts(subject: SubjectReport) -> SubjectCharts:
    """Draw all charts of one subject."""
    selection = select_pairs(subject.confusion)
    has_counts = any(map(any, selection.counts))
    return SubjectCharts(
        confusion=confusion_chart(selection, subject.record.name) if has_counts else None,
        agents=forest_chart(agent_rows(subject.agents), f"Recall by agent, {subject.record.name}"),
        subsets=forest_chart(subset_rows(subject), f"By stratum, split and tag, {subject.record.name}"),
    )


def chart_files(report: Report, drawn: Sequence[SubjectCharts]) -> dict[str, bytes]:
    """Return the charts by the names of their files."""
    return {
        f"charts/{number}-{slug(subject.record.name)}-{name}.svg": chart
        for number, (subject, charts) in enumerate(zip(report.subjects, drawn, strict=True), 1)
        for name, chart in charts.named().items()
    }


def agent_rows(rows: Sequence[AgentRow]) -> tuple[ForestRow, ...]:
    """Return the recall of every agent that a case prefers, in order of name."""
    return tuple(
        ForestRow(label=agent_text(row.agent), estimate=row.recall)
        for row in sorted(rows, key=lambda row: row.agent)
        if row.recall is not None
    )


def subset_rows(subject: SubjectReport) -> tuple[ForestRow, ...]:
    """Return the metrics by subset, in the order of the report."""
    has_several = len({item.name for item in subject.metrics if item.subset != "all"}) > 1
    return tuple(
        ForestRow(
            label=item.subset.replace("=", ": ") + (f", {metric_label(item.name).text}" if has_several else ""),
            estimate=item.estimate,
        )
        for item in subject.metrics
        if item.subset != "all"
    )


def confusion_chart(selection: Selection, subject: str) -> bytes:
    """Draw a confusion matrix: a row's share gives a cell its depth, and the counts are written in."""
    size = len(selection.labels)
    labels = [excerpt(agent_text(label), _LABEL_LENGTH) for label in selection.labels]
    side = size * _CELL + max(map(len, labels)) * _CHARACTER + _MARGIN

    def draw(axes: "Axes") -> None:
        for row, numbers in enumerate(selection.counts):
            total = sum(numbers)
            for column, number in enumerate(numbers):
                if number:
                    _draw_cell(axes, (row, column), number, number / total)
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xlabel="chosen", ylabel="preferred")
        axes.set_aspect("equal")
        axes.set_xticks(range(size), labels, rotation=90)
        axes.set_yticks(range(size), labels)
        # Lines of our own: a grid between the labels would take a tick for each, and these most of the chart's time.
        between = [index + 0.5 for index in range(size - 1)]
        axes.hlines(between, -0.5, size - 0.5, color=GRID, linewidth=0.6, zorder=1.5)
        axes.vlines(between, -0.5, size - 0.5, color=GRID, linewidth=0.6, zorder=1.5)
        axes.tick_params(length=0)
        axes.set_title(f"Who was preferred, and who was chosen: {excerpt(subject, _LABEL_LENGTH)}")

    return svg(draw, width=max(4.0, side), height=max(3.6, side))


def forest_chart(rows: Sequence[ForestRow], title: str) -> bytes | None:
    """Draw shares with their intervals, one row each; of very many only the lowest."""
    if not rows:
        return None
    shown = _lowest(rows)
    labels = [f"{excerpt(row.label, 2 * _LABEL_LENGTH)}  (n {row.estimate.sample_size:,})" for row in shown]
    cut = f" (lowest {len(shown)} of {count(len(rows))})" if len(shown) < len(rows) else ""

    def draw(axes: "Axes") -> None:
        for index, row in enumerate(shown):
            estimate = row.estimate
            axes.plot([estimate.lower, estimate.upper], [index, index], color=_RIGHT, linewidth=1.6)
            axes.plot([estimate.value], [index], color=_RIGHT, marker="o", markersize=4.5)
        write_beside(axes, [percent(row.estimate.value) for row in shown], 1.03)
        axes.set(xlim=(-0.02, 1.02), ylim=(len(shown) - 0.4, -0.6))
        axes.set_yticks(range(len(shown)), labels)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        axes.set_title(f"{excerpt(title, 2 * _LABEL_LENGTH)}{cut}")

    return svg(draw, width=4.2 + max(map(len, labels)) * _CHARACTER, height=_MARGIN + len(shown) * _ROW)


def write_beside(axes: "Axes", texts: Sequence[str], place: float) -> None:
    """Write a text beside each row; the layout, which takes most of a chart's time, measures the widest alone."""
    widest = max(texts, key=len)
    for index, text in enumerate(texts):
        axes.text(place, index, text, va="center", fontsize=8).set_in_layout(text == widest)


def _lowest(rows: Sequence[ForestRow]) -> list[ForestRow]:
    ranked = sorted(range(len(rows)), key=lambda index: (rows[index].estimate.value, index))
    return [rows[index] for index in sorted(ranked[:MAXIMUM_ROWS])]


def _draw_cell(axes: "Axes", place: tuple[int, int], number: int, share: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - see the module's first lines

    row, column = place
    depth = 0.12 + 0.88 * share
    colour = _RIGHT if row == column else _MIXED
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, alpha=depth, linewidth=0))
    ink = "white" if depth > _DARK_FROM and row == column else "black"
    written = axes.text(column, row, count(number), ha="center", va="center", fontsize=7, color=ink)
    # It lies within the axes, so the layout need not measure it.
    written.set_in_layout(False)


def svg(draw: Callable[["Axes"], None], *, width: float, height: float) -> bytes:
    """Return what is drawn as SVG, in our style; sizes in inches."""
    with _style():
        from matplotlib.figure import Figure  # noqa: PLC0415 - see the module's first lines

        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.subplots())
        stream = BytesIO()
        # Dates and the program's version would make equal charts differ.
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return stream.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    """Apply our style on top of matplotlib's own defaults, whatever the user has set."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    # It reports a home folder that cannot be written, and characters that its font lacks; neither matters here.
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
            from matplotlib import style  # noqa: PLC0415 - see the module's first lines

            with (
                as_file(files(__package__) / "passmuster.mplstyle") as sheet,
                style.context([sheet], after_reset=True),
            ):
                yield
    finally:
        logger.setLevel(level)
