"""Arguments that many commands take; light, since --help reads them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal

import typer


def _from(source: str) -> Callable[[typer.Context, str], list[str]]:
    """Return what offers names to the shell.

    Args:
        source: The function of ``completing`` that finds them; that module is imported when a shell asks.
    """

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        from passmuster.cli import completing  # noqa: PLC0415 - see above

        return completing.offered(getattr(completing, source), context.params.get("suite"), incomplete)

    return complete


suite_names, subject_names, case_names = _from("suites"), _from("subjects"), _from("cases")
agent_names, run_names = _from("agents"), _from("runs")

Suite = Annotated[
    str | None,
    typer.Argument(
        help="A suite.yaml, its folder, or the folder's name below evals. Default: the only suite.",
        autocompletion=suite_names,
    ),
]
"""Which suite."""

SuiteOption = Annotated[
    str | None, typer.Option("--suite", help="The suite. Default: the only one.", autocompletion=suite_names)
]
"""Which suite, of commands whose argument is something else."""

Subjects = Annotated[
    list[str] | None,
    typer.Option("--subject", help="Only this subject; may be repeated.", autocompletion=subject_names),
]
"""Which subjects."""

Cases = Annotated[
    list[str] | None, typer.Option("--case", help="Only this case; may be repeated.", autocompletion=case_names)
]
"""Which cases."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
"""Whether to print for machines."""

Host = Annotated[
    str | None,
    typer.Option("--host", help="By whose rules a folder is read: claude_code, skills, copilot, … Default: found out."),
]
"""Which host's rules."""

ENVIRONMENT_FILE: Final = "PASSMUSTER_ENV_FILE"
"""The variable that names a file of further variables, called as such files are."""


def _choose(file: Path | None) -> None:
    """Say it for this process: a command reads its settings where it needs them, and some of them more than once."""
    if file is not None:
        os.environ[ENVIRONMENT_FILE] = str(file)


EnvironmentFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Look secrets up in this file as well.", callback=_choose),
]
"""Which file of variables; before the command, or behind those that ask models."""

Budget = Annotated[
    list[str] | None,
    typer.Option("--budget", help="Spend at most 5.00 (dollars), '200k tokens' or '500 requests'; may be repeated."),
]
"""The most that this process may spend on live backends."""

Fresh = Annotated[bool, typer.Option("--fresh", help="Ask again what the cache has answers to, and keep the new ones.")]
"""Whether answers that were kept before count for nothing."""

Strict = Annotated[
    bool, typer.Option("--strict", help="Let nothing pass from which a criterion was left out: status 4 instead.")
]
"""Whether a criterion that this machine cannot judge keeps the gate from passing."""

Shard = Annotated[
    str | None, typer.Option("--shard", help="Make only this part of the run and do not judge, such as 2/4.")
]
"""Which part of a run."""

Stores = Annotated[
    list[Path] | None,
    typer.Argument(help="The files that shards were stored in. Default: the suite's store.", show_default=False),
]
"""Where shards are."""

Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="Have this Dask cluster make the trials: tcp://HOST:PORT.")
]
"""Which cluster makes the trials."""

Log = Annotated[
    str | None, typer.Option("--log", metavar="FILE", help="Append a line of JSON for every event; - for stderr.")
]
"""Where a run is logged."""

LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"] | None,
    typer.Option("--log-level", help="Leave out of the log what is less grave. Default: info."),
]
"""How much is logged."""

LogContent = Annotated[
    bool | None, typer.Option("--log-content", help="Log requests and answers as well.", show_default=False)
]
"""Whether texts are logged."""

Telemetry = Annotated[
    bool | None,
    typer.Option("--telemetry", help="Send spans and metrics to an OpenTelemetry collector.", show_default=False),
]
"""Whether a collector hears of the run."""

Trace = Annotated[
    list[str] | None,
    typer.Option(
        "--trace",
        metavar="CASE",
        help="Run this case only, tell all, judge nothing; may be repeated.",
        autocompletion=case_names,
    ),
]
"""Which cases are traced."""

FORMATS: Final = "PASSMUSTER_FORMATS"
"""The variable that names reports which are written beside those of the suite."""


def _add_formats(written: str | None) -> None:
    """Say it for this process, as the variable would."""
    if written is not None:
        os.environ[FORMATS] = written


FurtherFormats = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAMES",
        help="Write these reports as well, parted by commas: junit, sarif, charts, …",
        callback=_add_formats,
    ),
]
"""Which reports a run writes beside those of the suite."""

Formats = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAMES",
        help="Write these reports only, parted by commas: html, markdown, json, junit, sarif, charts, …",
    ),
]
"""Which reports are written of a stored run."""

RunName = Annotated[
    str | None, typer.Option("--run", help="A stored run. Default: the latest.", autocompletion=run_names)
]
"""Which run."""

AgainstRun = Annotated[
    str | None,
    typer.Option(
        "--against-run",
        help="Compare with this stored run, not with the accepted baseline.",
        autocompletion=run_names,
    ),
]
"""Which run is compared with."""
