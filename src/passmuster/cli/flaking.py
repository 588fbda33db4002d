"""The command `flakes`: which cases pass now and fail then, and what to do about them."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from passmuster.analysis.ledger import TIMES, CaseHistory, of_classes
from passmuster.analysis.stability import ENOUGH, Stability
from passmuster.application.ledger import Steadiness, steadiness_of
from passmuster.cli.console import interval, progress_bar, safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.domain.observations import Aspect
from passmuster.domain.verdicts import Quarantine

SHOWN = 40
"""How many cases the table lists, unless all are asked for."""

SHOWN_CHOICES = 3
COLOURS = {Stability.FLAKY: "yellow", Stability.FAILING: "red", Stability.STABLE: "green", Stability.NEW: "dim"}
TROUBLED = (Stability.FLAKY, Stability.FAILING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        only: Whose trials count; empty means those of every subject that varies.
        runs: How many runs are read, the latest ones.
        is_all: Whether steady and new cases are listed as well.
        as_json: Whether a machine reads the result.
    """

    only: Collection[str]
    runs: int
    is_all: bool
    as_json: bool


def flakes(suite: str | None, wish: Wish) -> int:
    """Show which cases are flaky, by the stored runs."""
    with opened(suite) as bench:
        with progress_bar(wish.runs, 0, f"{bench.configuration.name}: reading runs") as tell:
            found = steadiness_of(
                bench.store, bench.configuration.name, bench.cases, wish.only, limit=wish.runs, progress=tell
            )
        shown = of_classes(found.histories, *(Stability if wish.is_all else TROUBLED))
        if wish.as_json:
            print_json(_plain(found, shown, bench))
        else:
            _show(found, shown, bench, is_all=wish.is_all)
        return 0


def _show(found: Steadiness, shown: Sequence[CaseHistory], bench: Workbench, *, is_all: bool) -> None:
    console = terminal()
    listed = shown if is_all else shown[:SHOWN]
    if listed:
        console.print(_table(listed, bench))
    if len(shown) > len(listed):
        console.print(f"… and {len(shown) - len(listed)} more, which --all lists", style="dim")
    for sentence in _trust(found):
        console.print(Text("· ") + safe(sentence), style="dim")
    _advise(found, bench, console)


def _table(histories: Sequence[CaseHistory], bench: Workbench) -> Table:
    table = Table(box=None, pad_edge=False)
    subjects = {item.subject for item in histories}
    for heading in ("", "case", "subject")[: 2 if len(subjects) == 1 else 3]:
        table.add_column(heading, overflow="fold", no_wrap=heading == "")
    for heading in ("passed", "flips, 95 %", f"{TIMES} in a row"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("went to", overflow="fold")
    controls = {case.identifier for case in bench.cases if case.is_control}
    for item in histories:
        output = " (output)" if item.aspect is Aspect.OUTPUT else ""
        control = " (control)" if item.case in controls else ""
        table.add_row(
            Text(item.stability, style=COLOURS[item.stability]),
            safe(f"{item.case}{output}{control}{_quarantined(item, bench)}"),
            *([safe(item.subject)] if len(subjects) > 1 else []),
            f"{item.passes} of {item.trials}",
            interval(item.flips),
            "–" if item.every_time is None else f"{item.every_time:.3f}",
            safe(_choices(item)),
        )
    return table


def _choices(item: CaseHistory) -> str:
    shown = ", ".join(f"{name} {count}" for name, count in item.choices[:SHOWN_CHOICES])
    return f"{shown}, …" if len(item.choices) > SHOWN_CHOICES else shown


def _quarantined(item: CaseHistory, bench: Workbench) -> str:
    covering = _covering(item, bench.policy.quarantines)
    if covering:
        return f" (in quarantine until {covering[0].expires}: {covering[0].owner})"
    return " (its quarantine is over)" if _covering(item, bench.quarantines) else ""


def _covering(item: CaseHistory, quarantines: Sequence[Quarantine]) -> Sequence[Quarantine]:
    return [entry for entry in quarantines if entry.covers(item.subject, item.case)]


def _trust(found: Steadiness) -> Iterator[str]:
    classes = Counter(item.stability for item in found.histories)
    counts = ", ".join(f"{classes[one]} {one}" for one in (*TROUBLED, Stability.STABLE, Stability.NEW))
    if found.subjects:
        runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
        yield f"{runs} of {', '.join(found.subjects)}: {counts}"
    if classes[Stability.NEW]:
        yield f"new: fewer than {ENOUGH} trials under equal conditions; `passmuster run --fresh` adds some"
    if found.kept:
        yield (
            f"{found.kept:,} choices and answers do not count, since they had been made before and were kept: the same "
            "answer once more shows nothing"
        )
    if found.steady:
        names = ", ".join(found.steady)
        yield f"left out, because they answer equal requests equally: {names}; name one with --subject to check that"


def _advise(found: Steadiness, bench: Workbench, console: Console) -> None:
    """Print the lines that put flaky cases into quarantine, and say which ones need it no more."""
    flaky = of_classes(found.histories, Stability.FLAKY)
    loose = [item for item in flaky if not _covering(item, bench.policy.quarantines)]
    if loose:
        console.print("\nMend these cases, or keep them out of the gate until somebody has; in suite.yaml:\n")
        for line in quarantine_lines(loose, bench.configuration.subjects):
            console.print(safe(line), soft_wrap=True)
    entries = {item.case for item in found.histories if _covering(item, bench.quarantines)}
    for case in sorted(entries):
        own = [item for item in found.histories if item.case == case and _covering(item, bench.quarantines)]
        if all(item.stability is Stability.STABLE for item in own):
            passed = f"{sum(item.passes for item in own)} of {sum(item.trials for item in own)} trials passed"
            console.print(safe(f"{case} is steady again ({passed}): take it out of quarantine"), soft_wrap=True)


def quarantine_lines(flaky: Sequence[CaseHistory], subjects: Collection[str]) -> Iterator[str]:
    """Yield the lines of a suite that put cases into quarantine; owner and day are for people to fill in."""
    yield "quarantine:"
    worst = {(item.subject, item.case): item for item in reversed(flaky)}
    for item in reversed(worst.values()):
        reason = json.dumps(f"flaky: {item.passes} of {item.trials} trials passed")
        case, subject = json.dumps(item.case, ensure_ascii=False), f", subject: {item.subject}"
        named = subject if len(subjects) > 1 else ""
        yield f"  - {{case: {case}, owner: <who mends it>, expires: <YYYY-MM-DD>, reason: {reason}{named}}}"


def _plain(found: Steadiness, shown: Sequence[CaseHistory], bench: Workbench) -> dict[str, object]:
    classes = Counter(item.stability for item in found.histories)
    return {
        "suite": bench.configuration.name,
        "runs": found.runs,
        "subjects": list(found.subjects),
        "left_out": list(found.steady),
        "kept": found.kept,
        "counts": {str(one): classes[one] for one in Stability},
        "cases": [_plain_history(item, bench) for item in shown],
    }


def _plain_history(item: CaseHistory, bench: Workbench) -> dict[str, object]:
    flips = item.flips
    return {
        "subject": item.subject,
        "case": item.case,
        "aspect": item.aspect,
        "stability": item.stability,
        "trials": item.trials,
        "passes": item.passes,
        "conditions": item.conditions,
        "flips": None
        if flips is None
        else {"value": flips.value, "lower": flips.lower, "upper": flips.upper, "pairs": flips.sample_size},
        "passes_every_time": item.every_time,
        "choices": dict(item.choices),
        "quarantined": bool(_covering(item, bench.policy.quarantines)),
    }
