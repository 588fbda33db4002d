"""Commands that look back over stored runs and revisions; light, since --help reads them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from passmuster.cli.arguments import Json, Subjects, Suite, agent_names, case_names, run_names, subject_names

past = typer.Typer()


@past.command()
def history(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Only this subject.", autocompletion=subject_names)
    ] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="Only this metric; recall for the agents.")] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", help="Only the recall of this agent.", autocompletion=agent_names)
    ] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, max=10_000, help="How many runs, the latest ones.")] = 200,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it, into this SVG file.")] = None,
    json: Json = False,
) -> None:
    """Show what stored runs tell over time, and which revisions changed a level."""
    from passmuster.application.history import Selection
    from passmuster.cli import recalling

    selection = Selection(subject=subject, metric=metric, agent=agent)
    wish = recalling.Wish(selection=selection, runs=runs, plot=plot, as_json=json)
    raise typer.Exit(recalling.history(suite, wish))


@past.command()
def bisect(
    good: Annotated[str, typer.Argument(help="A revision in which it was right.")],
    bad: Annotated[
        str | None, typer.Argument(help="A later one in which it is wrong. Default: the files as they are.")
    ] = None,
    suite: Suite = None,
    *,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", help="Ask about this case; may be repeated.", autocompletion=case_names),
    ] = None,
    subject: Subjects = None,
    json: Json = False,
) -> None:
    """Find the commit that broke it, with stored results first."""
    from passmuster.cli import bisecting

    wish = bisecting.Wish(good=good, bad=bad, cases=case or (), only=subject or (), as_json=json)
    raise typer.Exit(bisecting.run_bisect(suite, wish))


@past.command("cascade-curve")
def cascade_curve(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    first: Annotated[str, typer.Option("--first", help="The cheap subject, which would always be asked.")],
    second: Annotated[str, typer.Option("--second", help="The dear one, asked where the first is unsure.")],
    signal: Annotated[
        Literal["margin", "confidence"] | None, typer.Option("--signal", help="What tells how sure the first is.")
    ] = None,
    loss: Annotated[
        float, typer.Option("--loss", min=0, max=1, help="How much accuracy may be lost for a cheaper bound.")
    ] = 0.01,
    split: Annotated[str | None, typer.Option("--split", help="Only cases of this split.")] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="A run of both. Default: the latest of each.", autocompletion=run_names)
    ] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it, into this SVG file.")] = None,
    json: Json = False,
) -> None:
    """Show what asking a dear router only where a cheap one is unsure costs and gains."""
    from passmuster.application.cascading import Signal
    from passmuster.cli import cascading

    told = None if signal is None else Signal(signal)
    wish = cascading.Wish(
        first=first, second=second, signal=told, loss=loss, split=split, run=run, plot=plot, as_json=json
    )
    raise typer.Exit(cascading.cascade_curve(suite, wish))
