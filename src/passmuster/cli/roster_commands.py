"""The commands that look after agents, and set things up; light, since --help reads them."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import Host, Json, Suite, subject_names

roster = typer.Typer()


@roster.command()
def lint(  # noqa: PLR0913 - each is an option of the command
    place: Annotated[str | None, typer.Argument(help="A suite, or a folder of agents.")] = None,
    *,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only this rule; may be repeated.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, json, sarif, or editor: file:line:column.")] = "text",
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended without a change of meaning.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --fix, only show what would be mended.")] = False,
    host: Host = None,
    json: Json = False,
) -> None:
    """Find agents that never load, are never chosen, or take what is another's."""
    from passmuster.cli import linting

    wish = linting.Wish(rules=rule or (), form="json" if json else form, is_fixing=fix, is_trying=dry_run, host=host)
    raise typer.Exit(linting.lint(place, wish))


@roster.command()
def catalogue(
    place: Annotated[str | None, typer.Argument(help="A suite, a repository, or a folder of agents.")] = None,
    *,
    host: Host = None,
    older: Annotated[bool, typer.Option("--older", help="The form of older versions of Claude Code.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Only what it costs, without the text.")] = False,
    json: Json = False,
) -> None:
    """Show what the host tells its model about the agents, and what that costs in every request."""
    from passmuster.cli import cataloguing

    wish = cataloguing.Wish(host=host, is_older=older, is_summary=summary, as_json=json)
    raise typer.Exit(cataloguing.show_catalogue(place, wish))


@roster.command()
def train(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The folder for the model. Default: the one the suite names.")
    ] = None,
    router: Annotated[
        str | None, typer.Option("--router", help="trained, fused or embedding. Default: the suite's, else trained.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Train the router of this subject.", autocompletion=subject_names)
    ] = None,
    training: Annotated[
        list[str] | None, typer.Option("--training", help="A split to learn from; may be repeated. Default: train.")
    ] = None,
    validation: Annotated[
        list[str] | None,
        typer.Option("--validation", help="A split to calibrate on; may be repeated. Default: validation."),
    ] = None,
    json: Json = False,
) -> None:
    """Let a router learn from labelled requests, and keep the model in a folder."""
    from passmuster.cli import training as commands
    from passmuster.composition.training import TrainingWish

    wish = TrainingWish(router=router, subject=subject, training=training or (), validation=validation or ())
    raise typer.Exit(commands.run_training(suite, commands.Wish(output=output, training=wish, as_json=json)))


@roster.command()
def schema(
    what: Annotated[
        str, typer.Argument(help="suite, case, router_request, router_answer, command_request or command_answer.")
    ] = "suite",
) -> None:
    """Print the JSON Schema of a suite, of a case, or of what routers and programs are sent and answer."""
    from passmuster.cli import curating

    raise typer.Exit(curating.schema(what))


@roster.command()
def init(
    agents: Annotated[
        Path | None, typer.Option(help="The folder of agents. Default: where a host of this repository has them.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the suite.")] = "agents",
    host: Host = None,
    *,
    json: Json = False,
) -> None:
    """Set up a suite for the agents of this repository."""
    from passmuster.cli import starting

    raise typer.Exit(starting.init(agents, name, host, as_json=json))
