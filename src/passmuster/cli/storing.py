"""The commands `store upgrade` and `store copy`."""

from contextlib import closing

from passmuster.application.copying import copy_runs
from passmuster.cli.console import progress_bar, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.stores import upgrade_store
from passmuster.configuration.settings import Settings


def upgrade(suite: str | None, *, as_json: bool) -> int:
    """Bring the store of a suite up to date, and return the exit status."""
    with opened(suite) as bench:
        kind = upgrade_store(bench, Settings().store)
    if as_json:
        print_json({"store": kind, "is_latest": True})
    else:
        terminal().print(f"The store ({kind}) is in its latest form.")
    return 0


def copy(suite: str | None, target: str, *, as_json: bool) -> int:
    """Put the runs of a suite into another store, and return the exit status."""
    with opened(suite) as bench, closing(bench.store_at(target)) as other:
        name = bench.configuration.name
        with progress_bar(1, 0, f"{name}: copying runs") as tell:
            done = copy_runs(name, bench.store, other, tell)
    if as_json:
        print_json({"copied": list(done.runs), "known": done.known, "trials": done.trials})
    else:
        runs = f"{len(done.runs):,} run{'' if len(done.runs) == 1 else 's'}"
        terminal().print(f"{name}: copied {runs} with {done.trials:,} trials; {done.known:,} were there already.")
    return 0
