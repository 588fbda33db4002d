"""The commands of `passmuster dataset`; light, since --help reads them."""

import typer

from passmuster.cli.arguments import Json, Suite

dataset = typer.Typer(help="Look after the cases.", no_args_is_help=True)


@dataset.command("check")
def dataset_check(suite: Suite = None, *, json: Json = False) -> None:
    """Check every case of a suite: shape, identifiers, agents, rubrics."""
    from passmuster.cli import curating

    raise typer.Exit(curating.check_dataset(suite, as_json=json))
