"""Drawn charts kept on this machine, so that a run that shows what an earlier one showed draws nothing.

A chart is known by its content: what is drawn, the modules and the style that draw it, and matplotlib's version. So a
kept one is never stale, and the files may be deleted at any moment. matplotlib is not imported where all are kept.
"""

import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import Fingerprint, fingerprint_of
from passmuster.drawing.rendering import Chart, png_of, svg_of
from passmuster.placing import place

MOST_FILES: Final = 400
"""So many charts are kept, those that were drawn last."""

_ENDING: Final = ".chart"
_DRAWING: Final = ("passmuster.drawing", "passmuster.texts")


class KeptCharts:
    """A folder of charts."""

    def __init__(self, folder: Path | None = None) -> None:
        """Name the user's folder for what can be made anew; without one nothing is kept."""
        self._folder = None if folder is None else folder / "charts"

    def svg(self, chart: Chart) -> bytes:
        """Return a chart as SVG, drawn if it is not kept."""
        return self._found(chart, "svg", svg_of)

    def png(self, chart: Chart) -> bytes:
        """Return a chart as PNG, likewise."""
        return self._found(chart, "png", png_of)

    def _found(self, chart: Chart, form: str, draw: Callable[[Chart], bytes]) -> bytes:
        if self._folder is None:
            return draw(chart)
        file = self._folder / f"{_identity(chart)}.{form}{_ENDING}"
        # A file that was cut, or that somebody else wrote, is drawn over.
        with suppress(OSError, zlib.error):
            return zlib.decompress(file.read_bytes())
        drawn = draw(chart)
        self._keep(file, drawn)
        return drawn

    def _keep(self, file: Path, drawn: bytes) -> None:
        # Where nothing can be kept, the next run draws again.
        with suppress(EnvironmentFaultError, OSError):
            place({file.name: zlib.compress(drawn)}, file.parent)
            kept = sorted(file.parent.glob(f"*{_ENDING}"), key=lambda path: path.stat().st_mtime_ns)
            for surplus in kept[:-MOST_FILES]:
                surplus.unlink(missing_ok=True)


def _identity(chart: Chart) -> Fingerprint:
    # A value's own text holds everything that is drawn, and numbers to their last digit.
    return fingerprint_of([repr(chart), _hand()])


@lru_cache(maxsize=1)
def _hand() -> Fingerprint:
    """Return the fingerprint of what draws."""
    sources = [
        [package, item.name, item.read_text(encoding="utf-8")]
        for package in _DRAWING
        for item in sorted(files(package).iterdir(), key=lambda item: item.name)
        if item.name.endswith((".py", ".mplstyle"))
    ]
    try:
        library = version("matplotlib")
    except PackageNotFoundError:
        library = ""
    return fingerprint_of([sources, library])
