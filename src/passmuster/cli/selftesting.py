"""The command `selftest`: does this suite's gate notice what it should, and only that?"""

import asyncio
from collections.abc import Collection, Iterator

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passmuster.application.curating import refuse_unknown_agents
from passmuster.application.mutating import Edit, Mutation
from passmuster.application.planning import PlannedSubject
from passmuster.application.selftesting import Probe, Selftest, SelftestParts, selftest, usual_subjects
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.opening import accepted_baseline, former_agents, opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.rewriting import rewritten
from passmuster.domain.agents import Roster
from passmuster.domain.values import SubjectName
from passmuster.domain.verdicts import GateOutcome

SHOWN_AGENTS = 6
"""How many unwatched agents a sentence names."""

WORDS = {
    Edit.NONE: "nothing edited",
    Edit.REFLOWED: "descriptions reflowed",
    Edit.REFORMATTED: "files reformatted",
    Edit.REORDERED: "files reordered",
    Edit.SWAPPED: "descriptions swapped",
    Edit.BLANKED: "description blanked",
    Edit.DUPLICATED: "agent duplicated",
    Edit.DELETED: "agent deleted",
}
COLOURS = {
    GateOutcome.PASSED: "green",
    GateOutcome.EQUAL: "green",
    GateOutcome.FAILED: "red",
    GateOutcome.INCONCLUSIVE: "yellow",
}


def run_selftest(suite: str | None, *, only: Collection[str], limit: int, as_json: bool) -> int:
    """Mutate the roster and judge; the exit status is 1 if the gate missed an edit or minded a neutral one."""
    with opened(suite) as bench:
        former = former_agents(accepted_baseline(bench))
        names = only or usual_subjects(bench.subjects(), bench.policy.rules)
        bench.refuse_missing_secrets(names)
        refuse_unknown_agents(bench.cases, bench.roster, former)
        with rewritten(bench.roster, bench.roster_location, bench.roster_at) as copies:
            found = _execute(_parts(bench, names, limit, copies))
        if as_json:
            print_json(_plain(found, bench))
        else:
            _show(found, bench, is_chosen=bool(only))
        return 0 if found.holds else 1


def _parts(bench: Workbench, names: Collection[str], limit: int, copies: tuple[Mutation, ...]) -> SelftestParts:
    def build(roster: Roster) -> tuple[PlannedSubject, ...]:
        return bench.subjects(names, roster)

    return SelftestParts(
        suite=bench.configuration.name,
        roster=bench.roster,
        cases=bench.cases,
        build=build,
        policy=bench.policy,
        executor=bench.executor,
        clock=bench.clock,
        repetitions=bench.configuration.repetitions,
        seed=bench.configuration.seed,
        limit=limit,
        rewritten=copies,
    )


def _execute(parts: SelftestParts) -> Selftest:
    with progress_bar(len(parts.cases), 0, f"{parts.suite}: mutating") as tell:
        return asyncio.run(selftest(parts, tell))


def _show(found: Selftest, bench: Workbench, *, is_chosen: bool) -> None:
    console = terminal()
    console.print(_table(found.probes))
    for sentence in _trust(found, bench, is_chosen=is_chosen):
        console.print(Text("· ") + safe(sentence), style="dim")
    harmful = sum(not probe.edit.is_neutral for probe in found.probes)
    if found.holds:
        title = Text("✔ the gate notices what it should", style="bold green")
        said = f"{harmful} harmful edits turned it red; {len(found.probes) - harmful} neutral ones left it green"
        body = Text(said)
    else:
        title = Text("✘ the gate cannot be relied on", style="bold red")
        body = Text("\n").join(safe(sentence) for sentence in _complaints(found))
    console.print(Panel(body, title=title, title_align="left", border_style="green" if found.holds else "red"))


def _table(probes: tuple[Probe, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("edit", no_wrap=True)
    table.add_column("agents", overflow="fold")
    table.add_column("broken", justify="right")
    table.add_column("gate", no_wrap=True)
    for probe in probes:
        mark = Text("✔", style="green") if probe.holds else Text("✘", style="bold red")
        agents = " ↔ ".join(probe.agents) or ("–" if probe.edit is Edit.NONE else "all")
        gate = Text(_gate(probe), style=COLOURS[probe.outcome])
        table.add_row(mark, WORDS[probe.edit], safe(agents), str(probe.broken), gate)
    return table


def _gate(probe: Probe) -> str:
    if probe.outcome is GateOutcome.INCONCLUSIVE:
        return "cannot tell"
    return "red" if probe.outcome is GateOutcome.FAILED else "green"


def _trust(found: Selftest, bench: Workbench, *, is_chosen: bool) -> Iterator[str]:
    yield f"{_counted(len(bench.cases), 'case')}; subjects: {', '.join(found.subjects)}; only choices were measured"
    left_out = _left_out(found, bench)
    if left_out and not is_chosen:
        yield f"left out, because they vary or the gate has no rule on their choices: {', '.join(left_out)}"
    if all(probe.edit is not Edit.REFORMATTED for probe in found.probes):
        yield "the files themselves were not rewritten: a copy of them does not load as the same roster"
    names = found.unwatched
    if names:
        more = f" and {len(names) - SHOWN_AGENTS} more" if len(names) > SHOWN_AGENTS else ""
        agents = len(names) + len(found.watched)
        shown = ", ".join(names[:SHOWN_AGENTS])
        yield f"no request to lose, and so not drawn, have {len(names)} of {_counted(agents, 'agent')}: {shown}{more}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _left_out(found: Selftest, bench: Workbench) -> list[SubjectName]:
    return [SubjectName(name) for name in bench.configuration.subjects if name not in found.subjects]


def _complaints(found: Selftest) -> Iterator[str]:
    for probe in found.probes:
        if not probe.holds:
            yield _complaint(probe)
    if all(probe.edit.is_neutral for probe in found.probes):
        yield "no request goes rightly to any agent, so none can be lost: add cases, or correct their labels"


def _complaint(probe: Probe) -> str:
    reason = f": {probe.reason}" if probe.reason else ""
    if probe.edit is Edit.NONE:
        return f"the gate is not green even where nothing is edited{reason}"
    if probe.edit.is_neutral:
        return f"{WORDS[probe.edit]}, which changes no word, and the gate is {_gate(probe)}{reason}"
    sentence = f"{WORDS[probe.edit]} ({' ↔ '.join(probe.agents)}), and the gate is {_gate(probe)}"
    if probe.broken:
        return f"{sentence}, although {probe.broken} broke{reason}; let the gate allow less"
    return f"{sentence}: add requests that {probe.agents[0]} should get for what it does, not for its name"


def _plain(found: Selftest, bench: Workbench) -> dict[str, object]:
    return {
        "suite": bench.configuration.name,
        "holds": found.holds,
        "cases": len(bench.cases),
        "subjects": list(found.subjects),
        "left_out": _left_out(found, bench),
        "probes": [
            {
                "edit": probe.edit,
                "agents": list(probe.agents),
                "wanted": "green" if probe.edit.is_neutral else "red",
                "outcome": probe.outcome,
                "broken": probe.broken,
                "reason": probe.reason,
                "holds": probe.holds,
            }
            for probe in found.probes
        ],
        "watched": list(found.watched),
        "unwatched": list(found.unwatched),
    }
