"""The commands of `passmuster cache`; light, since --help reads them."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Json, Subjects, SuiteOption, case_names, suite_names

cache = typer.Typer(name="cache", help="Look after the answers that are kept.", no_args_is_help=True)

CacheSuite = Annotated[
    str | None,
    typer.Option(
        "--suite", help="The suite whose cache is meant. Default: the one on this machine.", autocompletion=suite_names
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")]


@cache.callback()
def group() -> None:
    """Look after the answers that are kept."""


@cache.command()
def size(suite: CacheSuite = None, *, json: Json = False) -> None:
    """Say how many answers of which backend are kept, how large they are, and how old."""
    from passmuster.cli import caching

    raise typer.Exit(caching.show_size(suite, as_json=json))


@cache.command()
def prune(
    suite: CacheSuite = None,
    *,
    older_than: Annotated[
        float | None, typer.Option("--older-than", min=0, help="Take out answers made more than so many days ago.")
    ] = None,
    larger_than: Annotated[
        float | None,
        typer.Option("--larger-than", min=0, help="Keep so many megabytes: what was not used for longest goes first."),
    ] = None,
    json: Json = False,
) -> None:
    """Take old answers out, or as many as are too many."""
    from passmuster.cli import caching

    wish = caching.Pruning(older_than=older_than, larger_than=larger_than, as_json=json)
    raise typer.Exit(caching.prune(suite, wish))


@cache.command()
def clear(suite: CacheSuite = None, *, yes: Yes = False, json: Json = False) -> None:
    """Take every answer out."""
    from passmuster.cli import caching

    raise typer.Exit(caching.clear(suite, is_sure=yes, as_json=json))


@cache.command()
def why(
    case: Annotated[str, typer.Argument(help="The identifier of a case.", autocompletion=case_names)],
    *,
    suite: SuiteOption = None,
    subject: Subjects = None,
    json: Json = False,
) -> None:
    """Say which requests of a case are answered by the cache, and of the others what changed."""
    from passmuster.cli import caching

    raise typer.Exit(caching.why(suite, caching.Question(case=case, only=subject or (), as_json=json)))
