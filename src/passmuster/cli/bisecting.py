"""The command `bisect`: which commit broke it?"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passmuster.analysis.causes_in_words import SHORT, roster_words
from passmuster.application.bisecting import Bisection, BisectParts, Candidate, Evaluation, Standing, bisect
from passmuster.application.evaluating import SuiteParts
from passmuster.application.reusing import Track
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.history_document import plain_commit
from passmuster.cli.opening import accepted_baseline, former_agents, opened, opened_at
from passmuster.cli.printing import plain_change, plain_roster, print_json
from passmuster.composition.building import Workbench
from passmuster.composition.relocating import Relocation
from passmuster.composition.tracking import track_of
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.errors import InvalidBaselineError, InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Commit, Revision
from passmuster.domain.values import AgentName, CaseIdentifier

CANNOT_TELL = 4
SHOWN_CASES = 10
WORKING_TREE = "working tree"
MARKS = {
    Standing.GOOD: ("✔ good", "green"),
    Standing.BAD: ("✘ bad", "red"),
    Standing.UNKNOWN: ("? cannot tell", "yellow"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a search.

    Attributes:
        good: The revision in which it was right.
        bad: The one in which it is wrong; ``None`` means the working tree, or HEAD where that is clean.
        cases: The cases that are meant; empty asks the gate.
        only: The subjects to evaluate; empty means all.
        as_json: Whether a machine reads the result.
    """

    good: str
    bad: str | None
    cases: Sequence[str]
    only: Collection[str]
    as_json: bool


def run_bisect(suite: str | None, wish: Wish) -> int:
    """Find the commit that broke it; the exit status is 0 where it was found, and 4 where nobody can tell."""
    with opened(suite) as bench:
        found = _execute(bench, wish)
        if wish.as_json:
            print_json(_plain(bench.configuration.name, found))
        else:
            _show(found)
        return CANNOT_TELL if found.first_bad is None else 0


def _execute(bench: Workbench, wish: Wish) -> Bisection:
    parts = _parts(bench, wish)
    made: list[Bisection] = []
    with progress_bar(1, 0, f"{bench.configuration.name}: bisecting {len(parts.candidates)} revisions") as tell:

        async def search() -> None:
            # Not returned: when it lets go of Ctrl-C, asyncio spells out what its main task returned.
            made.append(await bisect(parts, tell))

        asyncio.run(search())
    return made[0]


def _parts(bench: Workbench, wish: Wish) -> BisectParts:
    good = bench.revisions.commit(wish.good, bench.folder)
    track = _track(bench, good)
    commits = bench.revisions.between(wish.good, wish.bad or "HEAD", bench.folder, track.paths)
    candidates = [Candidate(commit=commit) for commit in commits]
    state = bench.revisions.current(bench.folder)
    if wish.bad is None and state is not None and state.is_dirty:
        candidates.append(Candidate(commit=None))
    if not candidates:
        raise _nothing_between(wish)

    def open_suite(candidate: Candidate, former: Sequence[AgentName]) -> AbstractContextManager[SuiteParts]:
        return _suite_at(bench, candidate, former, wish.only)

    return BisectParts(
        good=Candidate(commit=good),
        candidates=tuple(candidates),
        open=open_suite,
        policy=bench.policy,
        cases=tuple(CaseIdentifier(case) for case in wish.cases),
        suite=bench.configuration.name,
        track=track,
    )


def _track(bench: Workbench, good: Commit) -> Track:
    """Return what the suite reads now, and what it read at the good revision."""
    now = track_of(bench)
    with opened_at(bench, good.identifier) as former:
        way_home = Relocation(copy=former.folder, home=bench.folder)
        then = [Path(way_home.path(str(path))) for path in track_of(former).paths]
    return replace(now, paths=tuple(dict.fromkeys([*now.paths, *then])))


@contextmanager
def _suite_at(
    bench: Workbench, candidate: Candidate, former: Sequence[AgentName], only: Collection[str]
) -> Iterator[SuiteParts]:
    """Open a suite as it was, in a temporary folder, to be run into the store of the one that is."""
    if candidate.commit is None:
        yield bench.parts([*former, *_accepted_agents(bench)], only)
        return
    commit = candidate.commit.identifier
    with opened_at(bench, commit) as then:
        way_home = Relocation(copy=then.folder, home=bench.folder)
        try:
            parts = then.parts([*former, *_accepted_agents(then)], only)
        except InvalidInputError as error:
            raise way_home.error(error, revision=commit[:SHORT]) from error
        revision = Revision(commit=commit, branch="", is_dirty=False)
        yield replace(way_home.parts(parts), store=bench.store, revision=revision)


def _accepted_agents(bench: Workbench) -> tuple[AgentName, ...]:
    """Return the agents that cases may name because the baseline has them; a baseline out of order has none."""
    try:
        return former_agents(accepted_baseline(bench))
    except InvalidBaselineError:
        return ()


def _nothing_between(wish: Wish) -> InvalidConfigurationError:
    finding = Finding(
        rule="not-bad",
        severity=Severity.ERROR,
        message=f"no commit between {wish.good!r} and {wish.bad or 'HEAD'!r} touches what the suite reads",
        hint="name an older good revision; what broke otherwise is no edit of agents, cases or the suite",
    )
    return InvalidConfigurationError([finding])


def _name(candidate: Candidate) -> str:
    return WORKING_TREE if candidate.commit is None else candidate.commit.identifier[:SHORT]


def _title(candidate: Candidate) -> str:
    commit = candidate.commit
    return "what is not committed" if commit is None else f"{commit.committed_at:%Y-%m-%d} {commit.title}"


def _show(found: Bisection) -> None:
    console = terminal()
    console.print(_steps(found.evaluations))
    console.print(Text("· ") + safe(_effort(found)), style="dim")
    if found.first_bad is None:
        _show_suspects(found)
    else:
        body = safe(f"{_name(found.first_bad)} {_title(found.first_bad)}")
        title = Text("✘ the first bad revision", style="bold red")
        console.print(Panel(body, title=title, title_align="left", border_style="red"))
    if found.broken is not None:
        edits = "no agent was edited" if found.broken.roster.is_empty else roster_words(found.broken.roster)
        console.print(safe(edits))
        console.print(_broken_table(_broken(found)))
    hidden = len(_broken(found)) - SHOWN_CASES
    if hidden > 0:
        console.print(f"… and {hidden} more, which --json lists", style="dim")


def _show_suspects(found: Bisection) -> None:
    reasons = {item.candidate: item.reason for item in found.evaluations if item.standing is Standing.UNKNOWN}
    lines = [
        f"{_name(item)} {_title(item)}" + (f" – {reasons[item]}" if item in reasons else "") for item in found.suspects
    ]
    body = Text("\n").join(safe(line) for line in lines)
    title = Text(
        f"? cannot tell which of these {len(lines)}" if len(lines) > 1 else "? cannot tell", style="bold yellow"
    )
    terminal().print(Panel(body, title=title, title_align="left", border_style="yellow"))


def _steps(evaluations: Sequence[Evaluation]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("revision", "", "trials", "commit"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"revision", ""})
    for item in evaluations:
        words, colour = MARKS[item.standing]
        found = item.found
        trials = "–" if found is None else f"{found.made} made" if found.made else "stored"
        table.add_row(safe(_name(item.candidate)), Text(words, style=colour), trials, safe(_title(item.candidate)))
    return table


def _effort(found: Bisection) -> str:
    runs = "1 run" if found.runs_made == 1 else f"{found.runs_made} runs"
    return (
        f"{len(found.evaluations)} revisions evaluated: {runs} made ({found.trials_made} trials), "
        f"{found.runs_reused} taken from the store ({found.trials_reused} trials)"
    )


def _broken(found: Bisection) -> Sequence[CaseChange]:
    return found.broken.of_kind(ChangeKind.BROKEN) if found.broken else ()


def _broken_table(changes: Sequence[CaseChange]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    several = len({change.subject for change in changes}) > 1
    for change in changes[:SHOWN_CASES]:
        way = f"{change.was} → {change.now}" if change.was != change.now else f"{change.aspect}"
        how = f"stolen by {change.stolen_by}" if change.stolen_by else f"lost to {change.lost_to}"
        is_known = change.stolen_by or change.lost_to
        case = f"{change.subject} {change.case}" if several else change.case
        table.add_row(safe(case), safe(way), safe(how if is_known else change.explanation))
    return table


def _plain(suite: str, found: Bisection) -> dict[str, object]:
    roster = found.broken.roster if found.broken else None
    return {
        "suite": suite,
        "first_bad": None if found.first_bad is None else _plain_candidate(found.first_bad),
        "suspects": [_plain_candidate(item) for item in found.suspects],
        "roster": None if roster is None else plain_roster(roster),
        "broken": [plain_change(change) for change in _broken(found)],
        "evaluated": [_plain_evaluation(item) for item in found.evaluations],
        "runs_made": found.runs_made,
        "runs_reused": found.runs_reused,
        "trials_made": found.trials_made,
        "trials_reused": found.trials_reused,
    }


def _plain_candidate(candidate: Candidate) -> dict[str, object]:
    return {"commit": None, "title": WORKING_TREE} if candidate.commit is None else plain_commit(candidate.commit)


def _plain_evaluation(item: Evaluation) -> dict[str, object]:
    return {
        **_plain_candidate(item.candidate),
        "standing": item.standing,
        "reason": item.reason,
        "run": item.found.run.manifest.identifier if item.found else None,
        "trials_made": item.found.made if item.found else 0,
        "trials_reused": item.found.reused if item.found else 0,
    }
