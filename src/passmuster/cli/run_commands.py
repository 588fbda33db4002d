"""Further commands on stored runs; light, since --help reads them."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import AgainstRun, FurtherFormats, Json, RunName, Strict, Suite, suite_names

runs = typer.Typer()


@runs.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where the table goes: .csv, .tsv, .jsonl, .parquet, or a new folder.")],
    *,
    suite: Annotated[
        str | None, typer.Option("--suite", help="Whose run. Default: the only suite's.", autocompletion=suite_names)
    ] = None,
    run: RunName = None,
    rows: Annotated[str, typer.Option("--rows", help="What a row stands for: trials, cases or scores.")] = "trials",
    push: Annotated[
        str | None,
        typer.Option("--push", metavar="OWNER/NAME", help="Put it into this dataset of Hugging Face as well."),
    ] = None,
    json: Json = False,
) -> None:
    """Write a stored run as a table, for a spreadsheet or a notebook."""
    from passmuster.cli import exporting

    raise typer.Exit(exporting.export(suite, exporting.Wish(file=file, run=run, rows=rows, push=push, as_json=json)))


@runs.command()
def rescore(
    suite: Suite = None,
    *,
    run: RunName = None,
    against_run: AgainstRun = None,
    strict: Strict = False,
    report: Annotated[bool, typer.Option(help="Write the reports.")] = True,
    _formats: FurtherFormats = None,
    json: Json = False,
) -> None:
    """Judge the answers of a stored run again by the criteria of now, asking no agent."""
    from passmuster.cli import rescoring

    wish = rescoring.Wish(run=run, against_run=against_run, is_strict=strict, write_reports=report, as_json=json)
    raise typer.Exit(rescoring.rescore(suite, wish))
