"""Charts as bytes and as figures."""

import warnings

import matplotlib as mpl
from matplotlib.figure import Figure

from passmuster.drawing.forest import ForestChart, Row
from passmuster.drawing.rendering import figure_of, png_of, svg_of

from .conftest import Estimated


def test_equal_charts_are_equal_bytes(estimated: Estimated) -> None:
    """As SVG and as PNG, whatever the user's style: neither a time nor a version nor a random name is in them."""
    chart = ForestChart(what="Recall", subject="lexical", rows=(Row(label="a", estimate=estimated(0.5)),))
    first = svg_of(chart), png_of(chart)

    with mpl.rc_context({"font.size": 30, "svg.hashsalt": None, "svg.fonttype": "path", "axes.grid": True}):
        second = svg_of(chart), png_of(chart)

    assert first == second
    assert first[0].startswith(b"<?xml")
    assert first[1].startswith(b"\x89PNG")
    assert b"Matplotlib" not in first[0] + first[1]
    assert mpl.__version__.encode() not in first[1]


def test_a_figure_is_shown_by_a_notebook_as_it_is_drawn_elsewhere(estimated: Estimated) -> None:
    """It is a figure of matplotlib, made without pyplot, and shows itself as the SVG that reports have."""
    chart = ForestChart(what="Recall", subject="漢字", rows=(Row(label="漢字", estimate=estimated(0.5)),))

    with warnings.catch_warnings(), mpl.rc_context({"font.size": 30}):
        warnings.simplefilter("error")
        figure = figure_of(chart)
        shown = figure._repr_svg_()  # type: ignore[attr-defined]

    assert isinstance(figure, Figure)
    assert shown.encode() == svg_of(chart)
