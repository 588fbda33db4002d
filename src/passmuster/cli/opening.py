"""What nearly every command begins with: the suite, its parts, its baseline."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from passmuster.application.reviewing import refuse_foreign
from passmuster.composition.building import Workbench
from passmuster.configuration.reading import find_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.verdicts import Snapshot


@contextmanager
def opened(suite: str | None) -> Iterator[Workbench]:
    """Open a suite, and close what it opened."""
    settings = Settings()
    bench = Workbench(find_suite(suite or settings.suite, Path.cwd()), settings)
    try:
        yield bench
    finally:
        bench.close()


def accepted_baseline(bench: Workbench) -> Snapshot | None:
    """Return the suite's accepted baseline; ``None`` where nothing has been accepted yet."""
    location = bench.baseline_location
    baseline = bench.baselines.read(location)
    refuse_foreign(baseline, bench.configuration.name, str(location))
    return baseline
