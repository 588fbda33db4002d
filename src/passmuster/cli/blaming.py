"""The command `blame`: which edits made requests go wrong."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from passmuster.application.asking import Means
from passmuster.application.blaming import BlameParts, blame
from passmuster.application.curating import refuse_unknown_agents
from passmuster.application.edits import Edit, RosterEdits
from passmuster.application.guilt import Blame, FlippedCase, Guilt, MovedCase, OpenCase, Reverting
from passmuster.application.planning import PlannedSubject
from passmuster.application.selftesting import usual_subjects
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.opening import opened, roster_at
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.domain.agents import Roster
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import CaseIdentifier

UNCERTAIN = 4

BUDGET = 5_000
"""Choices of a subject that answers equally: seconds."""

BUDGET_OF_VARYING = 200
"""Choices of a subject that varies: each may cost money."""

SHOWN_CASES = 10
SHOWN_CHARACTERS = 600
INDENT = (0, 0, 0, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        against: The git revision that the agents are compared with.
        cases: Only these cases; empty means all that flipped.
        subject: Whose choices; ``None`` leaves it to us.
        budget: How many choices may be asked for; ``None`` leaves it to us.
        as_json: Whether a machine reads the result.
    """

    against: str
    cases: Sequence[str]
    subject: str | None
    budget: int | None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What was compared, for the words around the result."""

    suite: str
    against: str
    record: SubjectRecord
    edits: RosterEdits
    budget: int


def run_blame(suite: str | None, wish: Wish) -> int:
    """Find the guilty edits; the exit status is 4 if not every case that flipped could be explained."""
    with opened(suite) as bench:
        baseline = roster_at(bench, wish.against)
        planned = _planned(bench, wish.subject)
        bench.refuse_missing_secrets([planned.record.name])
        refuse_unknown_agents(bench.cases, bench.roster, baseline.names)
        edits = RosterEdits(baseline, bench.roster)
        usual = BUDGET if planned.record.is_deterministic else BUDGET_OF_VARYING
        setting = _Setting(
            suite=bench.configuration.name,
            against=wish.against,
            record=planned.record,
            edits=edits,
            budget=usual if wish.budget is None else wish.budget,
        )
        found = _execute(_parts(bench, wish, setting), setting)
        if wish.as_json:
            print_json(_plain(found, setting))
        else:
            _show(found, setting)
        return 0 if found.is_certain else UNCERTAIN


def _planned(bench: Workbench, wanted: str | None) -> PlannedSubject:
    """Build the subject that is asked for, or the first steady one that the gate guards, or the first one."""
    if wanted is not None:
        return bench.subjects([wanted])[0]
    subjects = bench.subjects()
    if not any(planned.record.is_deterministic for planned in subjects):
        return subjects[0]
    name = usual_subjects(subjects, bench.policy.rules)[0]
    return next(planned for planned in subjects if planned.record.name == name)


def _parts(bench: Workbench, wish: Wish, setting: _Setting) -> BlameParts:
    def build(roster: Roster) -> PlannedSubject:
        return bench.subjects([setting.record.name], roster)[0]

    return BlameParts(
        edits=setting.edits,
        cases=bench.cases,
        only=tuple(CaseIdentifier(name) for name in wish.cases),
        is_deterministic=setting.record.is_deterministic,
        repetitions=bench.configuration.repetitions,
        means=Means(build=build, executor=bench.executor, clock=bench.clock, budget=setting.budget),
    )


def _execute(parts: BlameParts, setting: _Setting) -> Blame:
    with progress_bar(2 * len(parts.cases), 0, f"{setting.suite}: blaming") as tell:
        return asyncio.run(blame(parts, tell))


def _show(found: Blame, setting: _Setting) -> None:
    console = terminal()
    for guilt in found.guilts:
        _show_guilt(guilt, console)
    for item in found.open_cases:
        _show_open(item, console)
    for sentence in _remarks(found, setting):
        console.print(Text("· ") + safe(sentence), style="dim")
    words, colour, body = _verdict(found, setting)
    title = Text(words, style=f"bold {colour}")
    console.print(Panel(safe(body), title=title, title_align="left", border_style=colour))


def _show_open(item: OpenCase, console: Console) -> None:
    console.print(safe(f"{item.case.case}, {item.case.was} → {item.case.now}: not searched to the end"), style="bold")
    for edits in item.sets:
        console.print(Padding(f"flipped by {_counted(edits)}:", INDENT, expand=False))
        _show_edits(edits, console)
    if item.suspects:
        beginning = "perhaps by some of" if item.sets else "flipped by some of"
        console.print(Padding(f"{beginning} {_counted(item.suspects)}:", INDENT, expand=False))
        _show_edits(item.suspects[:SHOWN_CASES], console)


def _show_guilt(guilt: Guilt, console: Console) -> None:
    cases = "1 case" if len(guilt.cases) == 1 else f"{len(guilt.cases)} cases"
    for number, edits in enumerate(guilt.sets):
        places = " and ".join(dict.fromkeys(f"{edit.agent}, {edit.field}" for edit in edits))
        together = " only together" if len(edits) > 1 else ""
        beginning = "or, as well by itself, " if number else ""
        console.print(safe(f"{beginning}{places}: flips {cases}{together}"), style="bold")
        _show_edits(edits, console)
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for case in guilt.cases:
        table.add_row(safe(case.case), safe(f"{case.was} → {case.now}"), safe(_words(case)))
    console.print(Padding(table, INDENT, expand=False))
    console.print(Padding(safe(_price(guilt)), INDENT, expand=False))


def _words(case: FlippedCase) -> str:
    told = "by " + ", ".join(f"'{word}'" for word in case.words) if case.words else ""
    return told if case.is_sure else f"{told} (not sure)".strip()


def _show_edits(edits: Sequence[Edit], console: Console) -> None:
    is_scattered = len({(edit.agent, edit.field) for edit in edits}) > 1
    for edit in edits:
        if is_scattered:
            console.print(Padding(safe(f"{edit.agent}, {edit.field}"), INDENT, expand=False))
        rows = [("-", edit.removed, "red"), ("+", edit.added, "green")]
        for sign, words, colour in rows:
            if words:
                console.print(Padding(safe(f"{sign} {_cut(words)}"), INDENT, expand=False), style=colour)
        if not edit.removed and not edit.added:
            console.print(Padding(f"white space and punctuation of the {edit.field}", INDENT, expand=False))
        if edit.within:
            console.print(Padding(safe(f"in: {_cut(edit.within)}"), INDENT, expand=False), style="dim")


def _cut(words: str) -> str:
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS]} …"


def _price(guilt: Guilt) -> str:
    several = len(guilt.sets) > 1 or len(guilt.sets[0]) > 1
    taken = "all of it taken back" if several else "taken back"
    is_one = len(guilt.cases) == 1
    if not guilt.is_settled:
        wrong = "the case still goes wrong" if is_one else "the cases still go wrong"
        return f"{taken}, {wrong}: there are more edits like these"
    right = "the case goes right" if is_one else "the cases go right"
    if guilt.reverting is None:
        return f"{taken}, {right}; what that does to others was not measured: the budget did not do"
    return f"{taken}, {right}, and {_elsewhere(guilt.reverting)}"


def _elsewhere(reverting: Reverting) -> str:
    told = [
        f"{how} {len(cases)} other{'s' if len(cases) > 1 else ''} ({_moves(cases)})"
        for how, cases in (("break", reverting.broken), ("mend", reverting.fixed))
        if cases
    ]
    return f"it would {' and '.join(told)}" if told else "no other case changes sides"


def _moves(cases: Sequence[MovedCase]) -> str:
    shown = "; ".join(f"{item.case} {item.was} → {item.now}" for item in cases[:SHOWN_CASES])
    more = len(cases) - SHOWN_CASES
    return f"{shown}; and {more} more" if more > 0 else shown


def _remarks(found: Blame, setting: _Setting) -> Iterator[str]:
    agents = len({edit.agent for edit in setting.edits.edits})
    if agents:
        yield (
            f"{_counted(setting.edits.edits)} of {agents} agent{'' if agents == 1 else 's'} since {setting.against}; "
            f"subject: {setting.record.name}; {found.calls:,} of {setting.budget:,} calls"
        )
    reasons = {
        "could not be measured surely enough, so it is open whether they flipped": found.unsure,
        "were not asked any more: the budget is used up": found.unasked,
        "did not flip from right to wrong": found.unflipped,
    }
    for reason, cases in reasons.items():
        if cases:
            more = ", …" if len(cases) > SHOWN_CASES else ""
            yield f"{reason}: {', '.join(cases[:SHOWN_CASES])}{more}"
    if found.chances:
        yield f"{found.chances} more seemed to flip, and did not when they were asked anew"
    if any(not case.is_sure for guilt in found.guilts for case in guilt.cases):
        yield "not sure: an answer on the way stayed open, or did not hold when it was asked for once more"


def _counted(edits: Sequence[Edit]) -> str:
    return "1 edit" if len(edits) == 1 else f"{len(edits)} edits"


def _verdict(found: Blame, setting: _Setting) -> tuple[str, str, str]:
    explained = sum(len(guilt.cases) for guilt in found.guilts)
    flipped = explained + len(found.open_cases)
    cases = f"{flipped} case{'' if flipped == 1 else 's'} flipped from right to wrong"
    if not setting.edits.edits:
        return "= nothing to blame", "green", f"the agents are the same as at {setting.against}"
    if not found.is_certain:
        is_short = found.open_cases or found.unasked
        advice = "; raise --budget, or name fewer cases with --case" if is_short else ""
        return "? not explained to the end", "yellow", f"{cases}, {explained} of them explained{advice}"
    if not flipped:
        return "= nothing to blame", "green", "no case flipped from right to wrong"
    guilty = tuple(dict.fromkeys(edit for guilt in found.guilts for edits in guilt.sets for edit in edits))
    return "✔ blamed", "green", f"{cases}, by {_counted(guilty)} of {len(setting.edits.edits)}"


def _plain(found: Blame, setting: _Setting) -> dict[str, object]:
    return {
        "suite": setting.suite,
        "subject": setting.record.name,
        "against": setting.against,
        "edits": len(setting.edits.edits),
        "agents": list(dict.fromkeys(edit.agent for edit in setting.edits.edits)),
        "certain": found.is_certain,
        "calls": found.calls,
        "budget": setting.budget,
        "guilts": [
            {
                "sets": [[_plain_edit(edit) for edit in edits] for edits in guilt.sets],
                "settled": guilt.is_settled,
                "cases": [_plain_case(case) for case in guilt.cases],
                "reverting": None if guilt.reverting is None else _plain_reverting(guilt.reverting),
            }
            for guilt in found.guilts
        ],
        "open": [
            {
                **_plain_case(item.case),
                "sets": [[_plain_edit(edit) for edit in edits] for edits in item.sets],
                "suspects": [_plain_edit(edit) for edit in item.suspects],
            }
            for item in found.open_cases
        ],
        "unsure": list(found.unsure),
        "unasked": list(found.unasked),
        "unflipped": list(found.unflipped),
        "chances": found.chances,
    }


def _plain_edit(edit: Edit) -> dict[str, object]:
    return {
        "agent": edit.agent,
        "field": edit.field,
        "removed": edit.removed,
        "added": edit.added,
        "within": edit.within,
    }


def _plain_case(case: FlippedCase) -> dict[str, object]:
    return {**_plain_move(case), "words": list(case.words), "calls": case.calls, "sure": case.is_sure}


def _plain_reverting(reverting: Reverting) -> dict[str, object]:
    return {
        "broken": [_plain_move(item) for item in reverting.broken],
        "fixed": [_plain_move(item) for item in reverting.fixed],
    }


def _plain_move(item: MovedCase) -> dict[str, object]:
    return {"case": item.case, "was": item.was, "now": item.now}
