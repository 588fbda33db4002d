"""What nearly every command begins with: the suite, its parts, its baseline."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from passmuster.application.reviewing import refuse_foreign
from passmuster.composition.building import Workbench
from passmuster.configuration.reading import find_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName
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


def former_agents(baseline: Snapshot | None) -> tuple[AgentName, ...]:
    """Return the agents of a baseline, which cases may still expect."""
    return () if baseline is None else tuple(agent.name for agent in baseline.agents)


def write_reports(bench: Workbench, report: Report, destination: Path) -> Sequence[Path]:
    """Let every reporter of the suite write into a folder."""
    return [path for reporter in bench.reporters for path in reporter.write(report, destination)]


def accepted_baseline(bench: Workbench) -> Snapshot | None:
    """Return the suite's accepted baseline; ``None`` where nothing has been accepted yet."""
    location = bench.baseline_location
    baseline = bench.baselines.read(location)
    refuse_foreign(baseline, bench.configuration.name, str(location))
    return baseline
