"""Further commands on stored runs; light, since --help reads them."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import (
    AgainstRun,
    FurtherFormats,
    Json,
    RunName,
    Strict,
    Suite,
    subject_names,
    suite_names,
)

runs = typer.Typer()


@runs.command()
def export(  # noqa: PLR0913 - each is an option of the command
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
    form: Annotated[
        str | None,
        typer.Option("--format", help="Write results of a tool instead: inspect (.eval) or promptfoo (.json)."),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", help="With --format, only this subject.", autocompletion=subject_names),
    ] = None,
    json: Json = False,
) -> None:
    """Write a stored run as a table, for a spreadsheet or a notebook, or as another tool writes its results."""
    from passmuster.cli import exchanging, exporting

    if form is not None or subject is not None:
        other = exchanging.Wish(
            file=file,
            run=run,
            format=form,
            subject=subject,
            has_table=rows != "trials" or push is not None,
            as_json=json,
        )
        raise typer.Exit(exchanging.export_as(suite, other))
    raise typer.Exit(exporting.export(suite, exporting.Wish(file=file, run=run, rows=rows, push=push, as_json=json)))


@runs.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What the tool wrote its results into.")],
    *,
    suite: Annotated[
        str | None,
        typer.Option("--suite", help="Whose run it becomes. Default: the only suite's.", autocompletion=suite_names),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="The tool: inspect or promptfoo. Default: what a file looks like.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Call who answered so. Default: as the file does.")
    ] = None,
    passing: Annotated[
        float | None,
        typer.Option("--passing", min=0, max=1, help="Scores of Inspect pass from this value on. Default: 1."),
    ] = None,
    json: Json = False,
) -> None:
    """Bring results of another tool along, as runs of a suite; the same file makes one run, however often."""
    from passmuster.cli import importing

    wish = importing.Wish(files=files, format=form, subject=subject, passing=passing, as_json=json)
    raise typer.Exit(importing.run_import(suite, wish))


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
