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
