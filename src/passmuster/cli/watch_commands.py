"""The command `watch`; light, since --help reads it."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Budget, EnvironmentFile, Json, Suite, subject_names


def watch(
    suite: Suite = None,
    *,
    subject: Annotated[
        list[str] | None,
        typer.Option(
            "--subject",
            help="Ask this subject; may be repeated. Default: those that cost nothing.",
            autocompletion=subject_names,
        ),
    ] = None,
    budget: Budget = None,
    json: Json = False,
    _environment_file: EnvironmentFile = None,
) -> None:
    """Look on while agents are edited, and say after each save which requests moved."""
    from passmuster.cli import watching

    wish = watching.Wish(only=subject or (), budget=tuple(budget or ()), as_json=json)
    watching.watch(suite, wish)
