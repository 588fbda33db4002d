"""What `plan` prints: the bill, what can be seen, and which agents need more cases."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from passmuster.analysis.sensitivity import AGENT_DROP, AgentSight, Basis, Sight
from passmuster.analysis.slicing import ALL, METRIC_OF
from passmuster.application.billing import Source
from passmuster.application.foreseeing import AspectForesight, Foresight, SubjectForesight
from passmuster.cli.amounts import amount_text, money_text, points_text, time_text
from passmuster.cli.console import safe
from passmuster.domain.answers import Asked
from passmuster.domain.observations import NOBODY

SHOWN_AGENTS = 10
"""How many agents of each subject are advised on; the others are counted."""

WORDS = {Asked.ROUTING: "choices", Asked.COMPLETION: "outputs"}
SOURCES = {
    Source.NOBODY_ASKED: "nobody is asked, so nothing is paid",
    Source.EARLIER_RUNS: "reckoned from earlier runs",
    Source.SIZES: "reckoned from the size of what is sent, at 3 to 5 characters a token",
}
BASES = {
    Basis.REPEATED: "how much a trial varies was found from {} that had more than one",
    Basis.LARGEST: "hardly any case had more than one trial yet, so trials are taken to vary as much as they can",
    Basis.UNKNOWN: "nothing was measured yet, so half is taken to be right, where trials vary most",
}


def print_foresight(foresight: Foresight, console: Console) -> None:
    """Print everything, the bill first."""
    console.print(_bill_table(foresight))
    for sentence in _bill_notes(foresight):
        _note(sentence, console)
    for subject in foresight.subjects:
        console.print()
        console.print(safe(f"{subject.record.name} ({subject.record.description})"), style="bold")
        for sentence in _sentences(subject):
            console.print(safe(sentence))
        for aspect in subject.aspects:
            _print_aspect(subject, aspect, console)


def _note(sentence: str, console: Console) -> None:
    console.print(Text("· ") + safe(sentence), style="dim")


def _bill_table(foresight: Foresight) -> Table:
    bills = [foresight.bill, *([foresight.left] if foresight.interrupted else [])]
    table = Table(box=None, pad_edge=False)
    table.add_column(safe(f"{foresight.suite}: {count(foresight.cases, 'case')}"), no_wrap=True)
    for title in ("a new run", "run --resume")[: len(bills)]:
        table.add_column(title, justify="right")
    rows = {
        "trials": [f"{bill.trials:,}" for bill in bills],
        "  that ask for an output, too": [f"{bill.outputs:,}" for bill in bills],
        "  outputs that are there already": [f"{bill.replayed:,}" for bill in bills],
        "tokens sent": [amount_text(bill.amount.sent) for bill in bills],
        "tokens written": [amount_text(bill.amount.written) for bill in bills],
        "money": [money_text(bill.amount.money) for bill in bills],
        "time": [time_text(bill.seconds) for bill in bills],
    }
    for label, cells in rows.items():
        table.add_row(label, *cells)
    return table


def _bill_notes(foresight: Foresight) -> Iterator[str]:
    if foresight.interrupted:
        finished = foresight.bill.trials - foresight.left.trials
        yield f"run {foresight.interrupted} is unfinished: `run --resume` takes over {count(finished, 'trial')} of it"
    if foresight.bill.stale:
        stale = count(foresight.bill.stale, "output")
        yield f"{stale} can be had from stale recordings only, so not at all: the gate will say that it cannot tell"
    for subject in foresight.subjects:
        yield from _sources(subject)
    if foresight.runs:
        yield f"earlier runs: {', '.join(foresight.runs)}; ranges hold in 95 of 100 cases if nothing changes"


def _sources(subject: SubjectForesight) -> Iterator[str]:
    asked = [Asked.ROUTING, *([Asked.COMPLETION] if subject.bill.outputs else [])]
    found = {source: [WORDS[part] for part in asked if subject.sources[part] is source] for source in Source}
    said = [f"{' and '.join(parts)}: {SOURCES[source]}" for source, parts in found.items() if parts]
    yield f"{subject.record.name}: {'; '.join(said)}"
    bill = subject.bill
    if bill.amount.money.upper is None:
        yield f"{subject.record.name}: its price is unknown, because not every call so far named one"
    if bill.seconds.upper is None:
        yield f"{subject.record.name}: how long its trials take is known after a first run"


def _sentences(subject: SubjectForesight) -> Iterator[str]:
    if not subject.aspects:
        yield "nothing of it will be compared: all of its cases are controls, or in quarantine"
    elif subject.record.is_deterministic:
        yield "equal requests get equal answers, so every single break is seen"
        allowed = subject.allowed_breaks
        if allowed is None:
            yield "no rule of the gate counts its breaks: they are shown, and do not fail the gate by themselves"
        else:
            yield f"the gate fails from {count(allowed + 1, 'broken case')} on"
    elif subject.allowed_breaks is not None:
        yield "a rule of the gate counts its breaks, although it varies: what flips by chance will fail the gate"


def _print_aspect(subject: SubjectForesight, aspect: AspectForesight, console: Console) -> None:
    if subject.record.is_deterministic:
        overall = aspect.sights[0]
        of = f"1 of {count(overall.cases, 'case')}, or {points_text(overall.smallest)} points"
        console.print(safe(f"{METRIC_OF[aspect.aspect]}: the smallest visible drop is {of}"))
    else:
        console.print(_sights_table(aspect))
        for sentence in _remedies(aspect):
            console.print(safe(sentence))
    for sentence in _grounds(aspect, is_steady=subject.record.is_deterministic):
        _note(sentence, console)
    if aspect.agents:
        _print_agents(aspect.agents, console, is_steady=subject.record.is_deterministic)


def _sights_table(aspect: AspectForesight) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("points of 100", overflow="fold")
    for title in ("cases", "smallest drop", "allowed", "unchanged passes"):
        table.add_column(title, justify="right")
    for sight in aspect.sights:
        passes = "–" if sight.unchanged_passes is None else f"{100 * sight.unchanged_passes:.0f} %"
        margin = points_text(sight.stake.margin)
        table.add_row(safe(_label(aspect, sight)), str(sight.cases), points_text(sight.smallest), margin, passes)
    return table


def _label(aspect: AspectForesight, sight: Sight) -> str:
    metric = METRIC_OF[aspect.aspect]
    return metric if sight.stake.subset == ALL else f"{metric} of {sight.stake.subset}"


def _remedies(aspect: AspectForesight) -> Iterator[str]:
    for sight in aspect.sights:
        yield f"{_label(aspect, sight)}: {_remedy(sight)}"


def _remedy(sight: Sight) -> str:
    margin = sight.stake.margin
    if sight.cases < sight.stake.fewest:
        return f"{count(sight.cases, 'case')}: too few for the gate to tell, which takes {sight.stake.fewest}"
    if margin is None:
        return "no rule of the gate is about a drop of it"
    if sight.is_sharp:
        return f"a drop of the {points_text(margin)} points that the gate allows would be seen"
    wishes = [f"{sight.repetitions_needed} repetitions"] if sight.repetitions_needed else []
    wishes += [f"{sight.cases_needed} cases"] if sight.cases_needed else []
    said = f"a drop of the {points_text(margin)} points that the gate allows may well go unseen"
    return f"{said}; {' or '.join(wishes)} would show it" if wishes else f"{said}, and neither trials nor cases help"


def _grounds(aspect: AspectForesight, *, is_steady: bool) -> Iterator[str]:
    outlook = aspect.outlook
    if aspect.obstacle:
        yield f"{aspect.obstacle}: until a run is accepted the gate cannot tell; reckoned as if this one had been"
    if aspect.new:
        yield f"{count(aspect.new, 'case')} new or edited since the baseline: not compared until accepted"
    if is_steady:
        if aspect.agents and not outlook.owners:
            yield "which cases are right is known after a first run: until then all are taken to be"
        return
    before = outlook.baseline_trials or outlook.repetitions
    trials = f"{count(outlook.repetitions, 'trial')} of each case against {before} of the baseline"
    yield f"{trials}; {BASES[outlook.noise.basis].format(count(outlook.noise.repeated, 'case'))}"
    if aspect.tests > 1:
        yield f"the gate has {aspect.tests} such rules, and fails for this one alone at {_share(aspect)} error"


def _share(aspect: AspectForesight) -> str:
    stake = aspect.sights[0].stake
    return f"{100 * stake.aim.significance:.1f} %"


def _print_agents(agents: Sequence[AgentSight], console: Console, *, is_steady: bool) -> None:
    lacking = [agent for agent in agents if agent.lacking]
    cases = count(agents[0].needed, "case")
    if is_steady:
        title = f"an agent is watched by {cases} that rightly go to it"
    else:
        title = f"to see an agent lose {points_text(AGENT_DROP)} points takes {cases}"
    if not lacking:
        console.print(safe(f"{title}: all {len(agents) - 1} agents have them, and so has {NOBODY}"))
        return
    console.print(safe(f"{title}; {len(lacking)} of {len(agents)} have fewer:"))
    console.print(_agents_table(lacking[:SHOWN_AGENTS], is_steady=is_steady))
    if len(lacking) > SHOWN_AGENTS:
        _note(f"and {len(lacking) - SHOWN_AGENTS} more; `--json` lists all", console)


def _agents_table(agents: Sequence[AgentSight], *, is_steady: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("agent", overflow="fold")
    table.add_column("cases", justify="right")
    # Without noise it is the requests that it has; else those of a group count as one, where there are groups.
    has_count = is_steady or any(agent.counting != agent.cases for agent in agents)
    if has_count:
        table.add_column("its own" if is_steady else "groups as one", justify="right")
    table.add_column("smallest drop", justify="right")
    table.add_column("advice", no_wrap=True)
    for agent in agents:
        counting = [str(agent.counting)] if has_count else []
        advice = _advice(agent, is_steady=is_steady)
        table.add_row(safe(agent.agent), str(agent.cases), *counting, points_text(agent.smallest), advice)
    return table


def _advice(agent: AgentSight, *, is_steady: bool) -> str:
    more = f"add {agent.lacking}"
    if agent.is_unwatched:
        return f"unwatched, {more}"
    return f"hardly watched, {more}" if is_steady else more


def count(size: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{size:,} {what}" if size == 1 else f"{size:,} {what}s"
