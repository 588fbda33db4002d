"""The option `--shard` of the command `run`: a part of a run is made, and not judged."""

from passmuster.application.adapting import Sides
from passmuster.cli.console import safe, terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.observing import Observed
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench

STOPPED = 4
"""The exit status of a shard that the budget did not suffice for: nobody can tell yet."""


def run_shard(watching: Observed, sides: Sides, shard: str, *, as_json: bool) -> int:
    """Make one shard, say how the shards are put together, and return the exit status."""
    bench, made = watching.bench, []
    with watching.following(f"{bench.configuration.name}, shard {shard}", is_quiet=as_json) as run:

        async def make() -> None:
            run.begin()
            run.expect(sides.missing(None))
            made.append(await sides.make_only(run.told))

        run_interruptibly(make)
    total, done = run.total, run.done
    if as_json:
        print_json({"suite": bench.configuration.name, "shard": shard, "run": made[0], "missing": total, "made": done})
    else:
        terminal().print(safe(_told(bench, shard, total, done)), soft_wrap=True)
    return 0 if done == total else STOPPED


def _told(bench: Workbench, shard: str, total: int, done: int) -> str:
    if done < total:
        return (
            f"shard {shard} of {bench.configuration.name!r}: the budget was used up after {done:,} of {total:,} "
            "trials; go on with the same command and --resume"
        )
    return (
        f"shard {shard} of {bench.configuration.name!r}: {done:,} trials made; nothing is judged before all shards "
        "are there: then put them together with `passmuster merge`, and name the stores that they are in"
    )
