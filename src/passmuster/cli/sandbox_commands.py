"""The commands of `passmuster sandbox`, and `passmuster doctor`; light, since --help reads them."""

import typer

from passmuster.cli.arguments import Json, Suite

sandbox = typer.Typer(
    name="sandbox", help="Look after the place where the code of answers is run.", no_args_is_help=True
)


@sandbox.callback()
def group() -> None:
    """Look after the place where the code of answers is run."""


@sandbox.command()
def prepare(*, json: Json = False) -> None:
    """Install what the code of answers may import, once on this machine; a run does it by itself."""
    from passmuster.cli import confining

    raise typer.Exit(confining.prepare(as_json=json))


@sandbox.command()
def where(*, json: Json = False) -> None:
    """Say where that is, and whether it is ready."""
    from passmuster.cli import confining

    raise typer.Exit(confining.where(as_json=json))


@sandbox.command()
def remove(*, json: Json = False) -> None:
    """Remove it."""
    from passmuster.cli import confining

    raise typer.Exit(confining.remove(as_json=json))


def doctor(suite: Suite = None, *, json: Json = False) -> None:
    """Try what passmuster needs of this machine, and say what to do where something is missing."""
    from passmuster.cli import diagnosing

    raise typer.Exit(diagnosing.doctor(suite, as_json=json))
