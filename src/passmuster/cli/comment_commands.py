"""The command `passmuster comment`; light, since --help reads it."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import EnvironmentFile, Json, SuiteOption


def comment(  # noqa: PLR0913 - each is an option of the command
    files: Annotated[
        list[Path] | None, typer.Argument(help="The comments. Default: the report.md of the only suite.")
    ] = None,
    *,
    host: Annotated[str, typer.Option(help="The code host: github, gitlab. Default: CI's.")] = "",
    address: Annotated[str, typer.Option(help="Where its interface is. Default: CI's.")] = "",
    repository: Annotated[str, typer.Option(help="The repository, or project. Default: CI's.")] = "",
    number: Annotated[int, typer.Option(min=0, help="Of the pull request, or merge request. Default: CI's.")] = 0,
    token_variable: Annotated[
        str, typer.Option(help="The variable that holds the token. Default: GITHUB_TOKEN, or GITLAB_TOKEN.")
    ] = "",
    unjudged: Annotated[
        Path | None,
        typer.Option("--unjudged", help="Say instead that there is no verdict, and why: a file with a line each."),
    ] = None,
    status: Annotated[
        int, typer.Option("--status", min=0, max=255, help="With --unjudged, what `passmuster run` ended with.")
    ] = 3,
    suite: SuiteOption = None,
    json: Json = False,
    _environment_file: EnvironmentFile = None,
) -> None:
    """Comment on the pull request; an earlier comment of the same suite is brought up to date."""
    from passmuster.cli import commenting
    from passmuster.composition.commenting import Told

    told = Told(host=host or "", address=address, repository=repository, number=number, token_variable=token_variable)
    wish = commenting.Wish(
        files=tuple(files or ()),
        told=told,
        missing=None if unjudged is None else commenting.Missing(reasons=unjudged, status=status, suite=suite),
        as_json=json,
    )
    raise typer.Exit(commenting.run_comment(wish))
