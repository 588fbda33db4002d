"""`run --perturb`: ask reworded requests as well, and say how far the choices stay."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from passmuster.analysis.perturbations.packs import PACKS, Pack, perturbed
from passmuster.analysis.perturbations.rosters import among_distractors, in_another_order, with_neutral_names
from passmuster.application.asking import Asking, Means
from passmuster.application.curating import refuse_unknown_agents
from passmuster.application.invariance import (
    AGAIN,
    DISTRACTORS,
    NAMES,
    ORDER,
    Invariance,
    Pair,
    Plan,
    RosterPack,
    measure,
)
from passmuster.application.invariance_document import markdown_of, plain
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.opening import accepted_baseline, former_agents, opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.case_files import refuse_unwritable, write_cases
from passmuster.composition.places import place as place_of
from passmuster.domain.budgets import UNBOUNDED, Cap
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import SourceLocation, SubjectName
from passmuster.placing import place

ALL = "all"
ROSTER_PACKS = (ORDER, NAMES, DISTRACTORS)
SHOWN_EXAMPLES = 5
SHOWN_AGENTS = 1
LONGEST_REQUEST = 240
REPORT = "perturbations.md"

DISTRACTOR_COUNT = 10
"""How many agents of another roster compete as well, unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        packs: Names of packs, divided by commas, or ``all``.
        distractors: A folder of agents that are to compete as well.
        number: How many of them at most.
        only: The subjects to ask; empty means all.
        cap: What may be spent; what it does not bound is as the suite says.
        is_fresh: Whether answers that were kept before are asked for again.
        write_reports: Whether a file is written.
        as_json: Whether a machine reads the result.
    """

    packs: str
    distractors: Path | None
    number: int
    only: Collection[str]
    cap: Cap = UNBOUNDED
    is_fresh: bool = False
    write_reports: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The packs that were asked for."""

    requests: tuple[Pack, ...]
    rosters: tuple[str, ...]


def run_perturbed(suite: str | None, wish: Wish) -> int:
    """Measure how far choices stay when nothing changes that should matter.

    Nothing is stored and nothing judged: a run of reworded requests must not become a baseline.

    Raises:
        EnvironmentFaultError: If no choice at all could be measured.
    """
    chosen = _chosen(wish.packs, wish.distractors)
    with opened(suite, wish.cap, is_fresh=wish.is_fresh) as bench:
        refuse_unknown_agents(bench.cases, bench.roster, former_agents(accepted_baseline(bench)))
        packs = tuple(_roster_packs(bench, chosen, wish))
        names = [planned.record.name for planned in bench.subjects(wish.only)]
        bench.refuse_missing_secrets(names)
        found = {name: _measured(bench, name, chosen.requests, packs) for name in names}
        if not any(pack.pairs for rows in found.values() for pack in rows):
            message = "no choice could be measured"
            raise EnvironmentFaultError(message, hint=f"passmuster run {bench.configuration.name} says why")
        written = _written(bench, found) if wish.write_reports else None
        if wish.as_json:
            print_json(plain(bench.configuration.name, bench.configuration.seed, found))
        else:
            _show(found, written)
        return 0


def write_perturbed(suite: str | None, packs: str, output: Path, draws: int, seed: int | None, *, as_json: bool) -> int:
    """Write every case of a suite as some packs reword it; each stands or falls with its original."""
    chosen = _chosen(packs, None)
    if chosen.rosters and ALL not in packs:
        message = f"{chosen.rosters[0]!r} changes the roster, and no case"
        hint = f"write some of {', '.join(pack.name for pack in PACKS)}"
        raise InvalidConfigurationError([_unknown(message, hint)])
    refuse_unwritable(output)
    _refuse_taken(output)
    with opened(suite) as bench:
        made = [
            case
            for original in bench.cases
            for pack in chosen.requests
            for draw in range(1, draws + 1)
            if (
                case := perturbed(
                    original,
                    pack,
                    seed=bench.configuration.seed if seed is None else seed,
                    names=bench.roster.names,
                    draw=draw,
                    day=bench.clock.now().date().isoformat(),
                )
            )
        ]
        # Another draw may make the same words.
        apart = {(case.group, case.request.text): case for case in reversed(made)}
        count = write_cases(reversed(apart.values()), output)
        if as_json:
            print_json({"cases": count, "file": str(output)})
        else:
            terminal().print(safe(f"{count} cases written: {output}"), soft_wrap=True)
        return 0


def _chosen(names: str, distractors: Path | None) -> Chosen:
    """Read the names of packs.

    Raises:
        InvalidConfigurationError: Naming every one that is not known.
    """
    known = {pack.name: pack for pack in PACKS}
    asked = [name.strip().replace("-", "_") for name in names.split(",") if name.strip()]
    usual = [*known, ORDER, NAMES]
    wanted = list(dict.fromkeys(usual if ALL in asked else asked))
    if distractors is not None and DISTRACTORS not in wanted:
        wanted.append(DISTRACTORS)
    unknown = [name for name in wanted if name not in known and name not in ROSTER_PACKS]
    all_known = ", ".join([*usual, DISTRACTORS, ALL])
    complaints = [(f"there is no perturbation {name!r}", f"known: {all_known}") for name in unknown]
    if DISTRACTORS in wanted and distractors is None:
        complaints.append(("distractors are taken from another roster", "add --distractors FOLDER"))
    if not wanted:
        complaints.append(("--perturb names nothing", f"write {ALL}, or some of {', '.join(usual)}"))
    if complaints:
        raise InvalidConfigurationError([_unknown(message, hint) for message, hint in complaints])
    return Chosen(
        requests=tuple(known[name] for name in wanted if name in known),
        rosters=tuple(name for name in wanted if name in ROSTER_PACKS),
    )


def _refuse_taken(output: Path) -> None:
    """Refuse to write over cases that somebody may have worked on."""
    if output.exists():
        finding = Finding(
            rule="exists",
            severity=Severity.ERROR,
            message="this place is taken",
            hint="name another one, or move it away",
            location=SourceLocation(path=str(output)),
        )
        raise InvalidConfigurationError([finding])


def _unknown(message: str, hint: str) -> Finding:
    return Finding(rule="unknown-perturbation", severity=Severity.ERROR, message=message, hint=hint)


def _roster_packs(bench: Workbench, chosen: Chosen, wish: Wish) -> Iterator[RosterPack]:
    seed = bench.configuration.seed
    for name in chosen.rosters:
        if name == ORDER:
            changed, summary = in_another_order(bench.roster, seed=seed), "the agents shown in another order"
        elif name == NAMES:
            changed, summary = with_neutral_names(bench.roster, seed=seed), "agents called agent-01 and so on"
        else:
            others = bench.roster_at(place_of(Path(), str(wish.distractors)))
            changed = among_distractors(bench.roster, others, number=wish.number, seed=seed)
            summary = f"{len(changed.added)} agents of {others.name} compete as well"
        yield RosterPack(name=name, summary=summary, changed=changed)


def _measured(
    bench: Workbench, name: SubjectName, packs: Sequence[Pack], roster_packs: Sequence[RosterPack]
) -> tuple[Invariance, ...]:
    [planned] = bench.subjects([name])
    plan = Plan(
        roster=bench.roster,
        cases=bench.cases,
        packs=packs,
        roster_packs=roster_packs,
        is_deterministic=planned.record.is_deterministic,
        seed=bench.configuration.seed,
    )
    means = Means(
        build=lambda roster: bench.subjects([name], roster)[0],
        executor=bench.executor,
        clock=bench.clock,
        budget=plan.calls,
    )
    made: list[tuple[Invariance, ...]] = []
    with progress_bar(plan.calls, 0, f"{name}: perturbing") as tell:

        async def run() -> None:
            # Not returned: asyncio spells out what its main task returns when it lets go of Ctrl-C.
            made.append(await measure(plan, Asking(means, tell)))

        asyncio.run(run())
    return made[0]


def _written(bench: Workbench, found: dict[SubjectName, tuple[Invariance, ...]]) -> Path:
    text = markdown_of(bench.configuration.name, bench.configuration.seed, found)
    [written] = place({REPORT: text.encode()}, bench.reports_location)
    return written


def _show(found: dict[SubjectName, tuple[Invariance, ...]], written: Path | None) -> None:
    console = terminal()
    for name, rows in found.items():
        console.print(Text(str(name), style="bold"))
        console.print(_table(rows))
        if rows and rows[0].pack == AGAIN:
            console.print("· this subject varies: compare each row with the first", style="dim")
        for row, pair in _examples(rows):
            console.print(Text(f"\n{row.pack}: ", style="bold") + safe(_example(pair)))
    if written is not None:
        console.print(f"\nreport: {written}", soft_wrap=True)


def _table(rows: Sequence[Invariance]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("perturbation", no_wrap=True)
    for heading in ("cases", "choices kept", "right before", "after"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("least kept", overflow="fold")
    for row in rows:
        kept = row.unchanged
        shown = "–" if kept is None else f"{kept.value:.1%} [{kept.lower:.0%}, {kept.upper:.0%}]"
        before, after = row.accuracy
        style = "red" if row.difference is not None and row.difference.upper < 0 else ""
        table.add_row(
            row.pack,
            str(len(row.pairs)),
            shown,
            f"{before:.1%}" if row.pairs else "–",
            Text(f"{after:.1%}" if row.pairs else "–", style=style),
            safe(row.obstacle or _weakest(row)),
        )
    return table


def _weakest(row: Invariance) -> str:
    shares = sorted((share.value, name) for name, share in row.by_agent().items() if share.value < 1)
    return ", ".join(f"{name} {value:.0%}" for value, name in shares[:SHOWN_AGENTS])


def _examples(rows: Sequence[Invariance]) -> list[tuple[Invariance, Pair]]:
    """Return the worst example of each pack, the most telling packs first."""
    worst = [(row, pair) for row in rows for pair in row.worst(1) if not pair.is_unchanged]
    return sorted(worst, key=lambda item: -item[1].lost_margin)[:SHOWN_EXAMPLES]


def _example(pair: Pair) -> str:
    text = pair.text if len(pair.text) <= LONGEST_REQUEST else f"{pair.text[:LONGEST_REQUEST]} …"
    was = pair.before.chosen or NOBODY
    now = pair.after_name or NOBODY
    return f"{pair.case.identifier} went to {was}, now to {now}\n  {text}"
