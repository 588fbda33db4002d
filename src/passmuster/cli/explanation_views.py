"""An explanation on the screen, for people."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from passmuster.analysis.contrasts import Contrast, ScoreShift
from passmuster.application.ablating import Ablation
from passmuster.application.explaining import Change, ExplainParts, Explanation
from passmuster.application.guilt import MovedCase
from passmuster.application.mending import MOST_WORDS, Kind, Mend, Mends
from passmuster.cli.bars import bar
from passmuster.cli.console import safe, terminal
from passmuster.domain.answers import RankedAgent
from passmuster.domain.cases import Expectation
from passmuster.domain.observations import NOBODY

SHOWN_AGENTS = 5
SHOWN_TERMS = 8
SHOWN_CASES = 5
SHOWN_SHIFTS = 5
SHOWN_ALTERNATIVES = 2
INDENT = (0, 0, 0, 2)

SCORE_BAR = 8
"""Characters of the longest bar of a score."""

LEAN_BAR = 6
"""Characters of the longest bar on either side of a middle line."""


def show(found: Explanation, parts: ExplainParts) -> None:
    """Print where a request goes, and why."""
    console = terminal()
    _show_decision(found, parts, console)
    for contrast in (one for one in found.contrasts if one.terms):
        _show_contrast(contrast, console)
    if found.mends is not None:
        _show_mends(found.mends, console)
    if found.ablation is not None:
        _show_ablation(found.ablation, console)
    elif not found.has_scores and not parts.budget:
        hint = "· --budget 20 asks it again without each agent and sentence, at most 20 times"
        console.print(hint, style="dim")
    if found.change is not None:
        _show_change(found.change, parts, console)


def _show_decision(found: Explanation, parts: ExplainParts, console: Console) -> None:
    decision = found.decision
    console.print(safe(parts.request.text), style="italic")
    chosen = Text(decision.chosen or NOBODY, style="bold")
    reason = f" – {decision.rationale}" if decision.rationale else ""
    console.print(Text("goes to ") + chosen + safe(reason))
    if parts.case is not None:
        console.print(safe(_expected(parts.case.expectation)))
    if decision.ranking:
        console.print(_ranking(decision.ranking, is_plain=console.is_dumb_terminal))
    elif not found.has_scores:
        console.print("this router gives no scores, so there is nothing to break down")


def _expected(expectation: Expectation) -> str:
    wanted = f"expected: {expectation.preferred or NOBODY}"
    also = f"; right as well: {', '.join(sorted(expectation.acceptable))}" if expectation.acceptable else ""
    return wanted + also


def _ranking(ranking: Sequence[RankedAgent], *, is_plain: bool) -> Table:
    table = _table("agent", "score", "", "words that decide")
    shown = ranking[:SHOWN_AGENTS]
    greatest = max((ranked.score for ranked in shown), default=0.0)
    for ranked in shown:
        table.add_row(
            safe(ranked.agent),
            f"{ranked.score:.3f}",
            bar(ranked.score, greatest, SCORE_BAR, is_plain=is_plain),
            safe(_terms(ranked)),
        )
    return table


def _terms(ranked: RankedAgent) -> str:
    terms = sorted(ranked.terms, key=lambda item: (-item.weight, item.term))
    shown = ", ".join(f"{item.term} {item.weight:+.2f}" for item in terms[:SHOWN_TERMS])
    more = len(terms) - SHOWN_TERMS
    return f"{shown}, and {more} more" if more > 0 else shown


def _show_contrast(contrast: Contrast, console: Console) -> None:
    one, other = contrast.scores
    _heading(f"why {contrast.one} and not {contrast.other}: {one:.3f} against {other:.3f}", console)
    terms = sorted(contrast.terms, key=lambda term: (-abs(term.difference), term.term))[:SHOWN_TERMS]
    table = Table(box=None, pad_edge=False)
    table.add_column("word", overflow="fold")
    for name in (contrast.one, contrast.other, "difference"):
        table.add_column(safe(name), justify="right", overflow="fold")
    table.add_column("", no_wrap=True)
    rest = [term.difference for term in contrast.terms if term not in terms]
    greatest = max(abs(size) for size in (*(term.difference for term in terms), sum(rest)))
    for term in sorted(terms, key=lambda term: (-term.difference, term.term)):
        table.add_row(
            safe(term.term),
            f"{term.one:.3f}",
            f"{term.other:.3f}",
            f"{term.difference:+.3f}",
            _lean(term.difference, greatest, is_plain=console.is_dumb_terminal),
        )
    if rest:
        drawn = _lean(sum(rest), greatest, is_plain=console.is_dumb_terminal)
        table.add_row(Text(f"{len(rest)} more", style="dim"), "", "", f"{sum(rest):+.3f}", drawn)
    console.print(Padding(table, INDENT, expand=False))


def _lean(difference: float, greatest: float, *, is_plain: bool) -> Text:
    """Draw what speaks for the one to the right of a middle line, and what speaks for the other to its left."""
    middle = "|" if is_plain else "│"
    if difference < 0:
        drawn = bar(-difference, greatest, LEAN_BAR, is_plain=is_plain, is_leftward=True)
        return Text(drawn.rjust(LEAN_BAR), style="red") + Text(middle)
    drawn = bar(difference, greatest, LEAN_BAR, is_plain=is_plain)
    return Text(" " * LEAN_BAR + middle) + Text(drawn, style="green")


def _show_mends(mends: Mends, console: Console) -> None:
    wanted = mends.wanted or NOBODY
    _heading(f"what would send it to {wanted}", console)
    for mend in mends.found:
        console.print(Padding(safe(f"· {_change_in_words(mend)}: {'; '.join(_effects(mend, wanted))}"), INDENT))
    if not mends.is_complete:
        console.print(Padding("· the budget ended before all changes were tried; --budget allows more", INDENT))
    elif not mends.found:
        sentence = f"· no change of up to {MOST_WORDS} words in one description does"
        console.print(Padding(sentence, INDENT))


def _change_in_words(mend: Mend) -> str:
    words = " and ".join(f"'{word}'" for word in mend.words)
    words += "".join(f" or '{word}'" for word in mend.alternatives[:SHOWN_ALTERNATIVES])
    if mend.kind is Kind.ADDED:
        return f"add {words} to the description of {mend.agent}"
    return f"take {words} out of the description of {mend.agent}"


def _effects(mend: Mend, wanted: str) -> Iterator[str]:
    with_word = f", with '{mend.words[0]}'" if mend.alternatives else ""
    yield f"{wanted} is then chosen" + ("" if mend.margin is None else f" by {mend.margin:.3g}") + with_word
    if not mend.others:
        return
    moved = len(mend.broken) + len(mend.fixed) + len(mend.moved)
    yield f"of {mend.others} other cases {moved or 'none'} {'moves' if moved == 1 else 'move'}"
    for cases, words in ((mend.broken, "wrong"), (mend.fixed, "right")):
        if cases:
            yield f"{len(cases)} {'goes' if len(cases) == 1 else 'go'} {words} then: {_named(cases)}"


def _named(cases: Sequence[MovedCase]) -> str:
    names = ", ".join(f"{case.case} to {case.now}" for case in cases[:SHOWN_CASES])
    more = len(cases) - SHOWN_CASES
    return f"{names} and {more} more" if more > 0 else names


def _show_ablation(ablation: Ablation, console: Console) -> None:
    _heading("left out and asked again", console)
    chosen = ablation.ranking[0]
    for gone, now in zip(ablation.ranking, ablation.ranking[1:], strict=False):
        console.print(Padding(safe(f"· without {gone} as well: {now or NOBODY}"), INDENT))
    table = _table("agent", "without the sentence", "goes to")
    for item in ablation.sentences:
        style = "" if item.chosen == chosen else "bold"
        table.add_row(safe(item.agent), safe(item.sentence), Text(item.chosen or NOBODY, style=style))
    console.print(Padding(table, INDENT, expand=False))
    if not ablation.is_complete:
        console.print(Padding("· the budget ended before all was tried; --budget allows more", INDENT))


def _show_change(change: Change, parts: ExplainParts, console: Console) -> None:
    _heading(f"at {change.reference} it went to {change.chosen or NOBODY}", console)
    if not change.shifts:
        return
    table = _table("agent", "then", "own edit", "others'", "now", "words")
    for shift in change.shifts:
        table.add_row(
            safe(shift.agent),
            _score(shift.before),
            f"{shift.own:+.3f}",
            f"{shift.others:+.3f}",
            _score(shift.after),
            safe(_shifted(shift)),
        )
    console.print(Padding(table, INDENT, expand=False))
    if parts.case is not None and change.chosen is not None:
        hint = f"· `passmuster blame --against {change.reference} --case {parts.case.identifier}` looks for the edit"
        console.print(Padding(safe(hint), INDENT), style="dim")


def _shifted(shift: ScoreShift) -> str:
    own = [f"{term.term} {term.own:+.2f}" for term in shift.terms if abs(term.own) >= abs(term.others)]
    others = [f"{term.term} {term.others:+.2f}" for term in shift.terms if abs(term.own) < abs(term.others)]
    told = ", ".join(own[:SHOWN_SHIFTS])
    aside = f"by others: {', '.join(others[:SHOWN_SHIFTS])}" if others else ""
    return "; ".join(part for part in (told, aside) if part)


def _score(score: float | None) -> str:
    return "–" if score is None else f"{score:.3f}"


def _heading(words: str, console: Console) -> None:
    console.print()
    console.print(safe(words), style="bold")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
