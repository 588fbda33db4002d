"""A dataset as a picture in SVG: how many cases each agent has in each split.

Figures are made directly, without pyplot, so that nothing global is left behind; equal datasets give equal bytes.
"""

from passmuster.application.describing_datasets import Census
from passmuster.cli.leaving import printable
from passmuster.drawing.look import our_look
from passmuster.drawing.saving import saved_svg

MOST_AGENTS = 60
"""So many agents are drawn, those with the most cases."""

LENGTH = 40

_COLOURS = {"train": "#0072B2", "validation": "#E69F00", "test": "#009E73", "": "#999999"}
_WIDTH = 8.0
_BAR = 0.22
_MARGIN = 1.1


def draw_census(census: Census, name: str) -> bytes:
    """Draw a dataset; agents that do not fit are counted in the title."""
    ranked = sorted(census.measured, key=lambda agent: (-census.measured[agent], agent))
    shown = ranked[:MOST_AGENTS][::-1]
    more = f", {len(ranked) - len(shown)} agents not shown" if len(ranked) > len(shown) else ""
    with our_look():
        from matplotlib.figure import Figure  # noqa: PLC0415 - takes most of a second

        figure = Figure(figsize=(_WIDTH, _MARGIN + _BAR * max(1, len(shown))), layout="constrained")
        axes = figure.subplots()
        left = [0] * len(shown)
        for split, colour in _COLOURS.items():
            counts = [census.by_agent[agent, split] for agent in shown]
            if any(counts):
                axes.barh([_excerpt(agent) for agent in shown], counts, left=left, color=colour, label=split or "none")
                left = [before + count for before, count in zip(left, counts, strict=True)]
        axes.set_xlabel("cases")
        axes.set_title(f"{_excerpt(name)}: {census.cases:,} cases{more}")
        axes.margins(y=0.01)
        if shown:
            axes.legend(loc="lower right")
        return saved_svg(figure)


def _excerpt(text: str) -> str:
    # A dollar sign begins a formula.
    shown = printable(text).replace("\n", " ").replace("$", r"\$")
    return shown if len(shown) <= LENGTH else f"{shown[: LENGTH - 1]}…"
