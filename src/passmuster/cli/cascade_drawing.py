"""The curve of a cascade as a picture in SVG; equal studies give equal bytes."""

from passmuster.application.cascading import CascadeStudy
from passmuster.cli.leaving import printable
from passmuster.drawing.look import BAD, GOOD, our_look
from passmuster.drawing.saving import saved_svg

PERCENT = 100
LENGTH = 40

_CURVE = GOOD
_CHANCE = "#999999"
_CHOSEN = BAD


def draw_cascade(study: CascadeStudy, first: str, second: str) -> bytes:
    """Draw accuracy against the share of requests that the second subject is asked."""
    points = study.curve.points
    shares = [PERCENT * point.share for point in points]
    accuracies = [PERCENT * point.accuracy for point in points]
    with our_look():
        from matplotlib.figure import Figure  # noqa: PLC0415 - matplotlib takes most of a second

        figure = Figure(figsize=(6.0, 4.0), layout="constrained")
        axes = figure.subplots()
        axes.plot(shares, accuracies, color=_CURVE, linewidth=1.8, label=f"by {study.signal}")
        ends = [accuracies[0], accuracies[-1]]
        axes.plot([0, PERCENT], ends, color=_CHANCE, linestyle="--", linewidth=1, label="by chance")
        chosen = (PERCENT * study.chosen.share, PERCENT * study.chosen.accuracy)
        axes.plot(*([value] for value in chosen), color=_CHOSEN, marker="D", linestyle="", label="to take")
        axes.set_xlabel(f"requests that {_excerpt(second)} is asked, %")
        axes.set_ylabel("right choices, %")
        axes.set_title(f"{_excerpt(first)}, then {_excerpt(second)} ({study.cases} cases)")
        axes.grid(axis="y")
        axes.legend(loc="lower right")
        return saved_svg(figure)


def _excerpt(text: str) -> str:
    shown = printable(text).replace("\n", " ").replace("$", r"\$")
    return shown if len(shown) <= LENGTH else f"{shown[: LENGTH - 1]}…"
