"""The commands of `passmuster judge`; light, since --help reads them."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import Json, suite_names

judge = typer.Typer(name="judge", help="Measure models that judge answers.", no_args_is_help=True)


@judge.callback()
def group() -> None:
    """Measure models that judge answers."""


@judge.command()
def calibrate(  # noqa: PLR0913 - each is an option of the command
    labels: Annotated[Path | None, typer.Argument(help="What people say of answers: JSON Lines or CSV.")] = None,
    suite: Annotated[
        str | None, typer.Option("--suite", help="The suite whose judges are meant.", autocompletion=suite_names)
    ] = None,
    *,
    reviews: Annotated[
        bool, typer.Option("--reviews", help="Take the labels that people gave in passmuster serve.")
    ] = False,
    again: Annotated[
        int, typer.Option("--again", min=0, max=14, help="Ask so many times more, to see whether verdicts flip.")
    ] = 0,
    budget: Annotated[
        list[str] | None, typer.Option("--budget", help="Spend no more: 5.00, 200k tokens or 500 requests.")
    ] = None,
    keep: Annotated[bool, typer.Option(help="Write the calibration beside the suite.")] = True,
    json: Json = False,
) -> None:
    """Have judges judge what people have labelled, and say how far the two agree."""
    from passmuster.cli import judging

    wish = judging.Wish(
        labels=judging.place_of_labels(labels, has_reviews=reviews),
        suite=suite,
        again=again,
        budget=tuple(budget or ()),
        is_kept=keep,
        as_json=json,
    )
    raise typer.Exit(judging.calibrate(wish))
