"""The command `verify`; light, since --help reads it."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Json, run_names, suite_names


def verify(
    run: Annotated[
        str | None, typer.Argument(help="A stored run. Default: the suite's latest.", autocompletion=run_names)
    ] = None,
    *,
    suite: Annotated[
        str | None,
        typer.Option("--suite", help="Whose store. Default: the only suite's.", autocompletion=suite_names),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every run of the store, of all suites.")] = False,
    head: Annotated[
        str | None, typer.Option("--head", metavar="HASH", help="What an earlier check printed, kept elsewhere.")
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Derive scores anew from the answers, where that asks nobody.")
    ] = False,
    json: Json = False,
) -> None:
    """Check that a stored run is what was put in, and name each row and column that somebody edited."""
    from passmuster.cli import verifying

    wish = verifying.Wish(run=run, is_all=every, head=head, scores=scores, as_json=json)
    raise typer.Exit(verifying.verify(suite, wish))
