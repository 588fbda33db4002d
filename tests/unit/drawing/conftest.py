"""What tests of charts read of them."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from passmuster.domain.observations import Estimate
from passmuster.drawing.rendering import Chart, svg_of

Texts = Callable[[Chart], list[str]]
Estimated = Callable[..., Estimate]


@pytest.fixture
def texts() -> Texts:
    """Give what draws a chart and returns its texts."""

    def read(chart: Chart) -> list[str]:
        tree = ET.fromstring(svg_of(chart))  # noqa: S314 - made a moment ago by ourselves
        return ["".join(item.itertext()) for item in tree.iter("{http://www.w3.org/2000/svg}text")]

    return read


@pytest.fixture
def estimated() -> Estimated:
    """Give what makes an estimate."""

    def make(value: float, *, width: float = 0.1, size: int = 9) -> Estimate:
        return Estimate(
            value=value, lower=value - width, upper=value + width, confidence=0.95, sample_size=size, method="Wilson"
        )

    return make
