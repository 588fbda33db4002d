"""The command `record`; light, since --help reads it."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Budget, Cases, EnvironmentFile, Fresh, Json, Subjects, Suite

record = typer.Typer()


@record.command("record")
def record_(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    subject: Subjects = None,
    case: Cases = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only what has no recording yet.")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Only what an edit made stale.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Everything anew, what people wrote included; see --fresh.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Record nothing; exit with 1 if something is missing or stale.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it may be spent.")] = False,
    budget: Budget = None,
    fresh: Fresh = False,
    json: Json = False,
    _environment_file: EnvironmentFile = None,
) -> None:
    """Ask models for the answers that recordings lack, and write them into the repository."""
    from passmuster.cli import recording

    wish = recording.Wish(
        only=subject or (),
        cases=case or (),
        missing=missing,
        stale=stale,
        every=every,
        is_check=check,
        is_sure=yes,
        budget=tuple(budget or ()),
        is_fresh=fresh,
        as_json=json,
    )
    raise typer.Exit(recording.record(suite, wish))
