"""The commands of `passmuster dataset`; light, since --help reads them."""

from pathlib import Path
from typing import Annotated

import typer

from passmuster.cli.arguments import Cases as Only
from passmuster.cli.arguments import Json, Suite, SuiteOption

dataset = typer.Typer(name="dataset", help="Look after the cases.", no_args_is_help=True)


Cases = Annotated[
    str | None,
    typer.Argument(help="A suite; or cases of no suite: a file, a folder saved to disk, or hub:owner/name@revision."),
]
"""Which cases."""

Source = Annotated[str, typer.Argument(help="Cases: a file, a folder saved to disk, hub:owner/name@revision; a suite.")]
"""Which cases, where some must be named."""

Agents = Annotated[Path | None, typer.Option("--roster", help="The folder of the agents, for cases of no suite.")]
"""Which agents."""

LoaderOptions = Annotated[
    list[str] | None,
    typer.Option("--option", help="How cases of no suite are read: 'columns={request: text, agent: label}' …"),
]
"""Options of the dataset's loader."""

Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
"""Whether a file may be written over."""

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Where to write: .jsonl, .csv, .parquet, or a new folder.")
]
"""Where to write."""

Near = Annotated[
    float | None,
    typer.Option("--near", min=0.3, max=1, help="From which likeness two requests are near duplicates, such as 0.8."),
]
"""The likeness of near duplicates."""


@dataset.command("check")
def dataset_check(
    cases: Cases = None, *, roster: Agents = None, option: LoaderOptions = None, json: Json = False
) -> None:
    """Check every case: shape, identifiers, agents, rubrics. A file may be larger than memory."""
    from passmuster.cli import dataset_checking
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, roster=roster, options=option or ())
    raise typer.Exit(dataset_checking.check_dataset(wish, as_json=json))


@dataset.command("stats")
def dataset_stats(
    cases: Cases = None,
    *,
    roster: Agents = None,
    option: LoaderOptions = None,
    accuracy: Annotated[
        float, typer.Option(min=0.01, max=1, help="How often choices are right, for the smallest drop that shows.")
    ] = 0.8,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the agents' cases, into this SVG file.")] = None,
    json: Json = False,
) -> None:
    """Count cases by agent, split and tag, and say how small a drop of each agent would show."""
    from passmuster.cli import dataset_describing
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, roster=roster, options=option or ())
    more = dataset_describing.StatisticsWish(accuracy=accuracy, plot=plot, as_json=json)
    raise typer.Exit(dataset_describing.show_statistics(wish, more))


@dataset.command("split")
def dataset_split(  # noqa: PLR0913 - each is an option of the command
    cases: Source,
    *,
    output: Output = None,
    shares: Annotated[
        str, typer.Option("--shares", help="The share of each split.")
    ] = "train=0.5,validation=0.2,test=0.3",
    seed: Annotated[int, typer.Option(help="Decides who goes where among equals.")] = 0,
    near: Near = 0.8,
    reshuffle: Annotated[bool, typer.Option("--reshuffle", help="Split anew what is in a split already.")] = False,
    force: Force = False,
    option: LoaderOptions = None,
    json: Json = False,
) -> None:
    """Put cases into splits: agent by agent, with groups and near duplicates together."""
    from passmuster.application.splitting import SplitPlan
    from passmuster.cli import dataset_changing
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, options=option or (), default_split="")
    plan = SplitPlan(shares=dataset_changing.shares_of(shares), seed=seed, threshold=near, reshuffles=reshuffle)
    destination = dataset_changing.Destination(path=output, is_forced=force, as_json=json)
    raise typer.Exit(dataset_changing.split(wish, plan, destination))


@dataset.command("dedupe")
def dataset_dedupe(
    cases: Source,
    *,
    output: Output = None,
    near: Near = None,
    force: Force = False,
    option: LoaderOptions = None,
    json: Json = False,
) -> None:
    """Leave out cases that say what others say; those that contradict one another stay, and are named."""
    from passmuster.cli import dataset_changing
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, options=option or (), default_split="test")
    destination = dataset_changing.Destination(path=output, is_forced=force, as_json=json)
    raise typer.Exit(dataset_changing.dedupe(wish, near, destination))


@dataset.command("convert")
def dataset_convert(
    cases: Source,
    output: Annotated[Path, typer.Argument(help="Where to write: .jsonl, .csv, .parquet, or a new folder.")],
    *,
    force: Force = False,
    option: LoaderOptions = None,
    json: Json = False,
) -> None:
    """Write cases in another format, with every key; a folder is one of the library datasets."""
    from passmuster.cli import dataset_changing
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, options=option or ())
    raise typer.Exit(dataset_changing.convert(wish, output, is_forced=force, as_json=json))


@dataset.command("audit")
def dataset_audit(  # noqa: PLR0913 - each is an option of the command
    cases: Cases = None,
    *,
    roster: Agents = None,
    option: LoaderOptions = None,
    router: Annotated[
        list[str] | None, typer.Option("--router", help="One more router to ask, such as '{use: lexical}'.")
    ] = None,
    embedder: Annotated[
        str | None,
        typer.Option("--embedder", help="Finds leaks in other words, such as '{use: onnx, …}'. Default: the suite's."),
    ] = None,
    near: Annotated[float, typer.Option("--near", min=0.3, max=1, help="The likeness of near duplicates.")] = 0.8,
    mark: Annotated[bool, typer.Option("--mark", help="Tag leaky cases in their .jsonl files.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if anything must be looked at.")] = False,
    json: Json = False,
) -> None:
    """Find cases that repeat the agents' own words, and labels that routers or other cases speak against."""
    from passmuster.cli import dataset_auditing
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, roster=roster, options=option or ())
    more = dataset_auditing.AuditWish(
        routers=router or (), embedder=embedder, threshold=near, mark=mark, is_strict=strict, as_json=json
    )
    raise typer.Exit(dataset_auditing.run_audit(wish, more))


@dataset.command("card")
def dataset_card(  # noqa: PLR0913 - each is an option of the command
    cases: Cases = None,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file. Default: the screen.")] = None,
    title: Annotated[str, typer.Option(help="What to call the dataset. Default: its name.")] = "",
    license: Annotated[str, typer.Option("--license", help="The licence, such as apache-2.0.")] = "",  # noqa: A002 - the name of the option
    language: Annotated[list[str] | None, typer.Option(help="A language's code; may be repeated.")] = None,
    files: Annotated[str, typer.Option(help="The data files beside the card, such as '*.parquet'.")] = "",
    roster: Agents = None,
    option: LoaderOptions = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a page about a dataset from its own figures, with front matter for hubs."""
    from passmuster.application.dataset_cards import CardDetails
    from passmuster.cli import dataset_describing
    from passmuster.cli.dataset_opening import Wish

    wish = Wish(place=cases, roster=roster, options=option or ())
    details = CardDetails(title=title, license=license, languages=tuple(language or ()), files=files)
    raise typer.Exit(dataset_describing.write_card(wish, details, output, is_forced=force, as_json=json))


@dataset.command("perturb")
def dataset_perturb(
    suite: Suite = None,
    *,
    perturbation: Annotated[
        str, typer.Option("--perturbation", help="Which, divided by commas, or all. See docs/perturb.md.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .jsonl, .csv, .parquet.")],
    draws: Annotated[int, typer.Option(min=1, max=1000, help="How many rewordings of each case.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Equal seeds give equal words. Default: the suite's.")] = None,
    json: Json = False,
) -> None:
    """Write the suite's cases once more, reworded so that nothing should change."""
    from passmuster.cli import perturbing

    raise typer.Exit(perturbing.write_perturbed(suite, perturbation, output, draws, seed, as_json=json))


@dataset.command("harvest")
def dataset_harvest(  # noqa: PLR0913 - each is an option of the command
    source: Annotated[str, typer.Argument(help="examples, transcripts or recordings.")],
    suite: SuiteOption = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write; what is in it stays.")],
    place: Annotated[
        Path | None, typer.Option("--place", help="Where they lie. Default: this project's own transcripts.")
    ] = None,
    reviewer: Annotated[str | None, typer.Option(help="Who looks the cases over. Default: your account.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Write all of them unseen.")] = False,
    json: Json = False,
) -> None:
    """Make cases out of what was really asked: redacted, and looked at one by one."""
    from passmuster.cli import harvesting

    wish = harvesting.Wish(
        source=source, location=place, output=output, reviewer=reviewer, is_draft=draft, as_json=json
    )
    raise typer.Exit(harvesting.run_harvest(suite, wish))


@dataset.command("adopt")
def dataset_adopt(
    suite: Suite = None,
    *,
    case: Only = None,
    write: Annotated[bool, typer.Option("--write", help="Change the cases in their .jsonl files.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write all cases, changed, into this file instead.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Let cases expect what reviewers proposed in `passmuster serve`; without --write it only shows what changes."""
    from passmuster.cli import dataset_adopting
    from passmuster.cli.dataset_changing import Destination
    from passmuster.domain.values import CaseIdentifier

    destination = Destination(path=output, is_forced=force, as_json=json)
    only = tuple(map(CaseIdentifier, case or ()))
    wish = dataset_adopting.Wish(suite=suite, only=only, is_written=write, destination=destination)
    raise typer.Exit(dataset_adopting.run_adopt(wish))
