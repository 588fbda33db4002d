"""The commands of `passmuster rubric`; light, since --help reads them."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import Json

rubric = typer.Typer(name="rubric", help="See whether rubrics tell good answers from bad.", no_args_is_help=True)


@rubric.callback()
def group() -> None:
    """See whether rubrics tell good answers from bad."""


@rubric.command("test")
def try_rubrics(  # noqa: PLR0913 - each is an option of the command
    what: Annotated[
        list[str] | None,
        typer.Argument(help="A suite with answers of its own, or criteria. Default: what comes with passmuster."),
    ] = None,
    *,
    most: Annotated[int, typer.Option("--most", min=1, help="Answers made by one edit, of different bases.")] = 4,
    every: Annotated[bool, typer.Option("--all", help="All that can be made of every base.")] = False,
    own: Annotated[
        bool, typer.Option("--own", help="Judge a mutant only by the criterion that must catch it.")
    ] = False,
    base: Annotated[list[str] | None, typer.Option("--base", help="Only this set of answers; may be repeated.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 where a criterion was left out.")] = False,
    json: Json = False,
) -> None:
    """Let criteria judge answers with known defects, and harmless variants: what is caught, what is a false alarm."""
    from passmuster.cli import rubric_testing

    wish = rubric_testing.Wish(
        what=what or (),
        most=None if every else most,
        is_own_only=own,
        bases=base or (),
        is_strict=strict,
        as_json=json,
    )
    raise typer.Exit(rubric_testing.run_test(wish))


@rubric.command()
def mutate(
    answer: Annotated[Path, typer.Argument(help="An answer in Markdown, with files of Python.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The folder for the mutants. Default: none is written.")
    ] = None,
    criterion: Annotated[
        list[str] | None, typer.Option("--criterion", help="Only defects that this must catch; may be repeated.")
    ] = None,
    judge: Annotated[bool, typer.Option(help="See which criterion catches which mutant.")] = True,
    json: Json = False,
) -> None:
    """Put known defects into a good answer, one at a time, and show which criterion catches each."""
    from passmuster.cli import rubric_mutating

    wish = rubric_mutating.Wish(answer=answer, output=output, criteria=criterion or (), is_judging=judge, as_json=json)
    raise typer.Exit(rubric_mutating.run_mutate(wish))
