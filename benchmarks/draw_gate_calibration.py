"""Draws what `gate_calibration.py --write` has kept: the picture of docs/calibration.md."""

import json
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "gate_calibration.json"
PICTURE = HERE.parent / "docs" / "images" / "gate_calibration.svg"
TRIALS = 3
STYLES = {
    "naive": ("#D55E00", "o", "any drop of the mean"),
    "threshold": ("#E69F00", "s", "a drop of over 2 points"),
    "any case": ("#CC79A7", "^", "any case flipped"),
    "McNemar": ("#56B4E9", "D", "McNemar"),
}
OURS = "#0072B2"
UNSURE = "#BBBBBB"

Cell = dict[str, Any]


def main() -> None:
    """Draw one panel for each world and number of cases."""
    cells: list[Cell] = json.loads(RESULTS.read_text(encoding="utf-8"))
    chosen = [cell for cell in cells if cell["setting"]["trials"] == TRIALS]
    worlds = sorted({cell["setting"]["world"] for cell in chosen})
    sizes = sorted({cell["setting"]["cases"] for cell in chosen})
    figure = Figure(figsize=(10, 6), layout="constrained")
    panels = figure.subplots(len(worlds), len(sizes), sharex=True, sharey=True, squeeze=False)
    for row, world in zip(panels, worlds, strict=True):
        for axes, size in zip(row, sizes, strict=True):
            of_panel = [
                cell for cell in chosen if (cell["setting"]["world"], cell["setting"]["cases"]) == (world, size)
            ]
            _draw(axes, sorted(of_panel, key=lambda cell: float(cell["setting"]["drop"])))
            axes.set_title(f"{world} world, {size} cases", fontsize=10)
    figure.supxlabel("true drop, points", fontsize=10)
    figure.supylabel(f"share of changes, % ({TRIALS} trials of each case against 10 kept ones)", fontsize=10)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, fontsize=9, frameon=False)
    figure.savefig(PICTURE, format="svg", metadata={"Date": None})


def _draw(axes: Axes, cells: list[Cell]) -> None:
    drops = [100 * cell["setting"]["drop"] for cell in cells]
    failed = [100 * cell["failed"] for cell in cells]
    unsure = [100 * (cell["failed"] + cell["unsure"]) for cell in cells]
    axes.fill_between(drops, failed, unsure, color=UNSURE, alpha=0.6, linewidth=0, label="passmuster: cannot tell")
    for name, (colour, marker, label) in STYLES.items():
        blocked = [100 * cell["peers"][name] for cell in cells]
        axes.plot(drops, blocked, color=colour, marker=marker, markersize=4, linewidth=1, label=f"{label}: blocked")
    axes.plot(drops, failed, color=OURS, marker="o", linewidth=2.5, label="passmuster: failed")
    axes.axhline(5, color="black", linewidth=0.5, linestyle=":")
    axes.set_ylim(-2, 102)
    axes.set_xticks(drops)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
