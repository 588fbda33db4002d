"""The commands of `passmuster store`; light, since --help reads them."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Json, suite_names

store = typer.Typer(name="store", help="Look after the place where runs are kept.", no_args_is_help=True)

StoreSuite = Annotated[
    str | None,
    typer.Option(
        "--suite", help="The suite whose store is meant. Default: the one on this machine.", autocompletion=suite_names
    ),
]


@store.callback()
def group() -> None:
    """Look after the place where runs are kept."""


@store.command()
def upgrade(suite: StoreSuite = None, *, json: Json = False) -> None:
    """Bring a server's tables into the form that this version writes; nobody should be at work in them."""
    from passmuster.cli import storing

    raise typer.Exit(storing.upgrade(suite, as_json=json))


@store.command()
def copy(
    target: Annotated[
        str, typer.Argument(metavar="STORE", help="Where to: a file, or a URL such as postgresql://host/database.")
    ],
    suite: StoreSuite = None,
    *,
    json: Json = False,
) -> None:
    """Put the suite's runs into another store, which is made if there is none; what it holds already stays."""
    from passmuster.cli import storing

    raise typer.Exit(storing.copy(suite, target, as_json=json))


@store.command()
def stats(suite: StoreSuite = None, *, json: Json = False) -> None:
    """Say how much the store holds, of which suites, and what taking old runs out would give."""
    from passmuster.cli import store_keeping

    raise typer.Exit(store_keeping.stats(suite, as_json=json))


@store.command()
def prune(
    older_than: Annotated[str, typer.Option("--older-than", help="Runs that began longer ago: 90d, 12w or 36h.")],
    keep: Annotated[int, typer.Option("--keep", min=0, help="So many of the latest runs stay, however old.")] = 10,
    suite: StoreSuite = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Take old runs of the suite out of the store; runs that the baseline or another run rests on stay."""
    from passmuster.cli import store_keeping

    wish = store_keeping.Wish(older_than=older_than, keep=keep, is_trial=dry_run, is_sure=yes, as_json=json)
    raise typer.Exit(store_keeping.prune(suite, wish))
