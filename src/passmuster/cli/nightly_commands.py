"""The command `nightly`; light, since --help reads it."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Budget, EnvironmentFile, Json, Subjects, Suite


def nightly(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", help="Post the result to the address that this environment variable holds."),
    ] = None,
    webhook_secret: Annotated[
        str | None, typer.Option("--webhook-secret", help="Sign it with the secret in this environment variable.")
    ] = None,
    subject: Subjects = None,
    budget: Budget = None,
    resume: Annotated[bool, typer.Option("--resume", help="Finish a night that was interrupted.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked, and ask nobody.")] = False,
    _env_file: EnvironmentFile = None,
    json: Json = False,
) -> None:
    """Ask a live model anew, with controls, and tell drift of the model from edits of agents."""
    from passmuster.cli import nights

    wish = nights.Wish(
        webhook=webhook,
        webhook_secret=webhook_secret,
        only=tuple(subject or ()),
        budget=tuple(budget or ()),
        resume=resume,
        is_dry=dry_run,
        as_json=json,
    )
    raise typer.Exit(nights.nightly(suite, wish))
