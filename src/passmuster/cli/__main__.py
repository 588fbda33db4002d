"""The door: what can be typed, and the exit status that comes back.

0 passed or equal, 1 the gate failed, 2 input, 3 the environment or a bug of ours, 4 cannot tell; 130 after Ctrl-C.
"""

import gc
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from passmuster.cli.arguments import (
    AgainstRun,
    Budget,
    Cases,
    EnvironmentFile,
    Formats,
    Fresh,
    FurtherFormats,
    Json,
    Log,
    LogContent,
    LogLevel,
    RunName,
    Scheduler,
    Shard,
    Stores,
    Strict,
    Subjects,
    Suite,
    SuiteOption,
    Telemetry,
    Trace,
    agent_names,
    case_names,
    subject_names,
)
from passmuster.cli.cache_commands import cache
from passmuster.cli.comment_commands import comment
from passmuster.cli.dataset_commands import dataset
from passmuster.cli.judge_commands import judge
from passmuster.cli.nightly_commands import nightly
from passmuster.cli.past_commands import past
from passmuster.cli.record_commands import record
from passmuster.cli.roster_commands import roster
from passmuster.cli.router_commands import router
from passmuster.cli.rubric_commands import rubric
from passmuster.cli.run_commands import runs
from passmuster.cli.sandbox_commands import doctor, sandbox
from passmuster.cli.serve_commands import serve
from passmuster.cli.store_commands import store
from passmuster.cli.verify_commands import verify
from passmuster.cli.watch_commands import watch

YOUNG_OBJECTS = 50_000
"""New objects after which Python looks for those that nobody needs; by itself it looks after 700."""

app = typer.Typer(
    name="passmuster",
    help="Find what a change to your agents breaks, before it is merged.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Rich draws the results; drawing the help with it would take as long as all that --help may take.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,  # noqa: FBT002 - how Typer knows a flag
    _environment_file: EnvironmentFile = None,
) -> None:
    """Find what a change to your agents breaks, before it is merged."""
    if show:
        from passmuster import __version__

        typer.echo(f"passmuster {__version__}")
        raise typer.Exit


@app.command()
def run(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Finish the latest interrupted run.")] = False,
    subject: Subjects = None,
    against: Annotated[
        str | None, typer.Option("--against", help="Compare with the suite at this git revision, run in turns.")
    ] = None,
    against_run: AgainstRun = None,
    repetitions: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Trials of each case. Default: the suite's.")
    ] = None,
    adaptive: Annotated[bool, typer.Option("--adaptive", help="Spend trials where they decide something.")] = False,
    maximum_trials: Annotated[
        int | None, typer.Option(min=1, max=1000, help="With --adaptive, trials of a case at most. Default: 9.")
    ] = None,
    changed: Annotated[
        str | None, typer.Option("--changed", help="Run only what edits since this git revision may concern.")
    ] = None,
    audit: Annotated[
        float | None, typer.Option(min=0, max=1, help="With --changed, the share of other cases drawn. Default: 0.1.")
    ] = None,
    perturb: Annotated[
        str | None, typer.Option("--perturb", help="Ask reworded requests as well and see what stays: typos,… or all.")
    ] = None,
    distractors: Annotated[
        Path | None, typer.Option("--distractors", help="With --perturb, a folder of agents that compete as well.")
    ] = None,
    distractor_count: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="With --distractors, how many at most. Default: 10.")
    ] = None,
    budget: Budget = None,
    fresh: Fresh = False,
    strict: Strict = False,
    shard: Shard = None,
    scheduler: Scheduler = None,
    trace: Trace = None,
    log: Log = None,
    log_level: LogLevel = None,
    log_content: LogContent = None,
    telemetry: Telemetry = None,
    report: Annotated[bool, typer.Option(help="Write the reports.")] = True,
    _formats: FurtherFormats = None,
    json: Json = False,
    _environment_file: EnvironmentFile = None,
) -> None:
    """Evaluate a suite, compare with the accepted baseline, and judge."""
    from passmuster.cli import running
    from passmuster.cli.observing import Observing

    wish = running.Wish(
        resume=resume,
        only=subject or (),
        against=against,
        against_run=against_run,
        repetitions=repetitions,
        is_adaptive=adaptive,
        maximum_trials=maximum_trials,
        changed=changed,
        audit=audit,
        perturb=perturb,
        distractors=distractors,
        distractor_count=distractor_count,
        budget=tuple(budget or ()),
        is_fresh=fresh,
        is_strict=strict,
        shard=shard,
        scheduler=scheduler,
        trace=tuple(trace or ()),
        observing=Observing(log=log, log_level=log_level, log_content=log_content, telemetry=telemetry),
        write_reports=report,
        as_json=json,
    )
    raise typer.Exit(running.run(suite, wish))


@app.command()
def merge(
    stores: Stores = None,
    *,
    suite: SuiteOption = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="The store that the whole goes into. Default: the suite's own.")
    ] = None,
    against_run: AgainstRun = None,
    report: Annotated[bool, typer.Option(help="Write the reports.")] = True,
    _formats: FurtherFormats = None,
    json: Json = False,
) -> None:
    """Put the shards of a run together, compare with the accepted baseline, and judge."""
    from passmuster.cli import merging

    wish = merging.Wish(stores=stores or (), into=into, against_run=against_run, write_reports=report, as_json=json)
    raise typer.Exit(merging.run_merge(suite, wish))


@app.command()
def plan(
    suite: Suite = None,
    *,
    subject: Subjects = None,
    repetitions: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Trials of each case. Default: the suite's.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a run would cost and what it could see, before anything is spent."""
    from passmuster.cli import planning

    raise typer.Exit(planning.plan(suite, planning.Wish(only=subject or (), repetitions=repetitions, as_json=json)))


@app.command()
def compare(suite: Suite = None, *, run: RunName = None, against_run: AgainstRun = None, json: Json = False) -> None:
    """Show what differs between a run and the baseline."""
    from passmuster.cli import reviewing

    raise typer.Exit(reviewing.compare(suite, run, against_run, as_json=json))


@app.command()
def gate(
    suite: Suite = None,
    *,
    run: RunName = None,
    against_run: AgainstRun = None,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Judge a stored run; the exit status is the verdict."""
    from passmuster.cli import reviewing

    raise typer.Exit(reviewing.gate(suite, run, against_run, is_strict=strict, as_json=json))


@app.command()
def accept(  # noqa: PLR0913 - each is an option of the command
    suite: Suite = None,
    *,
    run: RunName = None,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", help="Accept only this case; may be repeated.", autocompletion=case_names),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option("--agent", help="Accept only what this agent gained or lost.", autocompletion=agent_names),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why a break is accepted.")] = "",
    expires: Annotated[
        datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="Until when a break is accepted.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a run the baseline, as a text file to commit."""
    from passmuster.application.accepting import Grounds
    from passmuster.cli import reviewing

    grounds = Grounds(reason=reason, expires=None if expires is None else expires.date().isoformat())
    raise typer.Exit(reviewing.accept(suite, run, case or [], agent, grounds, as_json=json))


@app.command()
def report(
    suite: Suite = None,
    *,
    run: RunName = None,
    against_run: AgainstRun = None,
    formats: Formats = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write into.")] = None,
    json: Json = False,
) -> None:
    """Write the reports of a stored run."""
    from passmuster.cli import reviewing

    raise typer.Exit(reviewing.report(suite, run, output, against=against_run, formats=formats, as_json=json))


@app.command()
def explain(  # noqa: PLR0913 - each is an option of the command
    request: Annotated[
        str | None,
        typer.Argument(
            help="The identifier of a case, or a request in quotes.", show_default=False, autocompletion=case_names
        ),
    ] = None,
    *,
    text: Annotated[str | None, typer.Option("--text", help="A request, whatever it looks like.")] = None,
    suite: SuiteOption = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="The subject. Default: the first.", autocompletion=subject_names)
    ] = None,
    versus: Annotated[
        str | None,
        typer.Option(
            "--versus",
            help="Why not this agent? Default: the expected one, and the runner-up.",
            autocompletion=agent_names,
        ),
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="Say what changed since this git revision as well.")
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", min=0, help="Choices to try at most. Default: 1000, or 0 if not free.")
    ] = None,
    json: Json = False,
) -> None:
    """Say where a request goes, which words decide, and what would send it elsewhere."""
    from passmuster.cli import explaining

    wish = explaining.Wish(
        wanted=request, text=text, subject=subject, versus=versus, against=against, budget=budget, as_json=json
    )
    raise typer.Exit(explaining.run_explain(suite, wish))


@app.command()
def blame(
    suite: Suite = None,
    *,
    against: Annotated[str, typer.Option("--against", help="The git revision to compare the agents with.")] = "HEAD",
    case: Cases = None,
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject", help="Whose choices. Default: the first that answers equally.", autocompletion=subject_names
        ),
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", min=1, help="Calls at most. Default: 5000, or 200 if the subject varies.")
    ] = None,
    json: Json = False,
) -> None:
    """Find the edits that made requests go wrong."""
    from passmuster.cli import blaming

    wish = blaming.Wish(against=against, cases=case or (), subject=subject, budget=budget, as_json=json)
    raise typer.Exit(blaming.run_blame(suite, wish))


@app.command()
def flakes(
    suite: Suite = None,
    *,
    subject: Subjects = None,
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="How many runs, the latest ones.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="List steady and new cases as well.")] = False,
    json: Json = False,
) -> None:
    """Show which cases pass now and fail then, and how to keep them out of the gate."""
    from passmuster.cli import flaking

    raise typer.Exit(flaking.flakes(suite, flaking.Wish(only=subject or (), runs=runs, is_all=every, as_json=json)))


@app.command()
def selftest(
    suite: Suite = None,
    *,
    subject: Subjects = None,
    mutations: Annotated[int, typer.Option(min=1, help="How often to make each harmful edit, at most.")] = 3,
    json: Json = False,
) -> None:
    """Edit the roster in memory and see whether the gate notices what it should."""
    from passmuster.cli import selftesting

    raise typer.Exit(selftesting.run_selftest(suite, only=subject or (), limit=mutations, as_json=json))


for group in (past, roster, record, runs, dataset, router, cache, store, rubric, judge, sandbox):
    app.add_typer(group)
for command in (watch, doctor, comment, serve, nightly, verify):
    app.command()(command)


def main() -> NoReturn:
    """Run the command line; every error becomes a sentence and an exit status."""
    from passmuster.cli import characters, leaving

    characters.settle()
    # Starting makes some hundred thousand objects that stay, and a run makes few that only a search can free.
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)
    sys.exit(leaving.guarded(app))


if __name__ == "__main__":
    main()
