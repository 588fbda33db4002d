"""The command `merge`: a run that was made in shards is put together, and judged."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.merging import Merged, Source, merge
from passmuster.cli.console import EXIT_STATUS, progress_bar
from passmuster.cli.opening import accepted_baseline, opened, stored_baseline, write_reports
from passmuster.cli.running import show
from passmuster.composition.building import Workbench
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `merge`.

    Attributes:
        stores: The files that hold shards; empty means the suite's own store.
        into: The file for the whole; ``None`` means the suite's own store.
        against_run: Compare with this stored run.
        write_reports: Whether reports are written.
        as_json: Whether a machine reads the result.
    """

    stores: Sequence[Path]
    into: Path | None
    against_run: str | None
    write_reports: bool
    as_json: bool


def run_merge(suite: str | None, wish: Wish) -> int:
    """Put the shards of a suite together, judge the whole as `run` does, and return the exit status."""
    with opened(suite) as bench, ExitStack() as closing:
        sources = [Source(label=str(path), store=_store(bench, path, closing)) for path in dict.fromkeys(wish.stores)]
        own = bench.store
        into = own
        if wish.into is not None:
            into = bench.store_at(wish.into)
            closing.callback(into.close)
        with progress_bar(1, 0, f"{bench.configuration.name}: putting shards together") as tell:
            name = bench.configuration.name
            merged = merge(name, sources or [Source(label="the suite's store", store=own)], into, tell)
        report = _report(bench, merged, wish)
        written = write_reports(bench, report, bench.reports_location) if wish.write_reports else ()
        show(report, written, as_json=wish.as_json)
        return EXIT_STATUS[report.verdict.outcome]


def _store(bench: Workbench, path: Path, closing: ExitStack) -> Store:
    if not path.is_file():
        finding = Finding(
            rule="no-store",
            severity=Severity.ERROR,
            message=f"there is no store {str(path)!r}",
            hint="name the files that shards were stored in, such as shard-1/runs.sqlite",
        )
        raise InvalidConfigurationError([finding])
    store = bench.store_at(path)
    closing.callback(store.close)
    return store


def _report(bench: Workbench, merged: Merged, wish: Wish) -> Report:
    report = report_of(merged.run, bench.policy, _baseline(bench, merged, wish))
    sentence = f"The run was put together of {len(merged.pieces)} shards: {', '.join(_named(merged))}."
    return replace(report, trust=(*report.trust, sentence))


def _named(merged: Merged) -> Sequence[str]:
    return [f"{piece.shard} is run {piece.manifest.identifier}" for piece in merged.pieces]


def _baseline(bench: Workbench, merged: Merged, wish: Wish) -> Snapshot | None:
    if wish.against_run is not None:
        return stored_baseline(bench, wish.against_run)
    if merged.against is None:
        return accepted_baseline(bench)
    manifest = merged.against.manifest
    revision = "another revision" if manifest.revision is None else manifest.revision.commit[:12]
    return replace(observe(merged.against), label=f"{bench.configuration.name} at {revision}")
