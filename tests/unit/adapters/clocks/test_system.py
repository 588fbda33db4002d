"""The machine's clock."""

from datetime import UTC
from pathlib import Path

from passmuster.adapters.clocks.system import COMPONENT
from passmuster.components import BuildContext


def test_the_time_of_day_is_in_coordinated_universal_time() -> None:
    """Times know their zone, so that they can be compared and stored."""
    clock = COMPONENT.build(COMPONENT.options(), BuildContext(folder=Path()))

    assert clock.now().tzinfo is UTC


def test_elapsed_time_never_goes_backwards() -> None:
    """A later look is not an earlier time."""
    clock = COMPONENT.build(COMPONENT.options(), BuildContext(folder=Path()))

    looks = [clock.elapsed() for _ in range(100)]

    assert looks == sorted(looks)
