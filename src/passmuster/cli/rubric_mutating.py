"""The command `rubric mutate`: defects put into a good answer, and who catches them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from rich.table import Table
from rich.text import Text

from passmuster.analysis.code_edits.catalogue import MUTATORS
from passmuster.analysis.rubric_rates import Kind, Seen, Verdict
from passmuster.application.rubric_testing import judge_answers
from passmuster.application.trying_answers import AnswerSet, TriedAnswer, made_of, only_criteria
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.printing import print_json
from passmuster.cli.rubric_testing import make_ready
from passmuster.composition.rubric_material import CriteriaOf, loose_set, shipped_criteria
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import EnvironmentFaultError, InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.placing import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted.

    Attributes:
        answer: The file of the answer.
        output: The folder for the mutants; ``None`` writes none.
        criteria: Only defects that these must catch; empty for all.
        is_judging: Whether to see who catches which.
        as_json: Whether machines read the result.
    """

    answer: Path
    output: Path | None
    criteria: Collection[str]
    is_judging: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """What became of one mutant.

    Attributes:
        mutant: The mutant.
        failed_by: The criteria that failed it, where it was judged.
        is_judged: Whether the criterion that must catch it could judge it, having passed the answer as it was.
    """

    mutant: TriedAnswer
    failed_by: tuple[str, ...] = ()
    is_judged: bool = False

    @property
    def is_caught(self) -> bool:
        """Whether the criterion that must catch it does."""
        return self.mutant.target in self.failed_by


def run_mutate(wish: Wish) -> int:
    """Make mutants; 1 if one slips through the criterion that must catch it."""
    known = sorted({mutator.criterion for mutator in MUTATORS})
    wrong = [name for name in wish.criteria if name not in known]
    if wrong:
        _refuse("unknown-criterion", f"no defect is made for {wrong[0]!r}", f"known: {', '.join(known)}")
    item = loose_set(wish.answer, known)
    mutants = [answer for answer in made_of(item.good[0], wish.criteria or known) if answer.kind is Kind.MUTANT]
    if not mutants:
        hint = "an answer names the path of each file, as in ```python app/main.py"
        _refuse("rubric-answers", f"no defect can be put into {str(wish.answer)!r}", hint)
    if wish.output is not None:
        _write(wish.output, mutants)
    caught = _judged(item, mutants) if wish.is_judging else [Caught(mutant=mutant) for mutant in mutants]
    if wish.as_json:
        print_json([_plain(one) for one in caught])
    else:
        _show(caught, wish)
    return 1 if any(one.is_judged and not one.is_caught for one in caught) else 0


def _judged(item: AnswerSet, mutants: Sequence[TriedAnswer]) -> list[Caught]:
    """Judge by those criteria that the answer passes as it is: of others nothing can be learnt."""
    built = shipped_criteria((item,), Settings())
    make_ready(built, [item])
    passed = {verdict.criterion for verdict in _verdicts(item, item.good, built) if verdict.seen is Seen.PASSED}
    sets = only_criteria([item], passed) if passed else ()
    verdicts = _verdicts(sets[0], mutants, built) if sets else ()
    failed: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.seen is Seen.FAILED:
            failed.setdefault(verdict.answer, []).append(verdict.criterion)
    judged = {verdict.answer for verdict in verdicts if verdict.is_own and verdict.seen in {Seen.PASSED, Seen.FAILED}}
    return [
        Caught(mutant=one, failed_by=tuple(failed.get(one.name, ())), is_judged=one.name in judged) for one in mutants
    ]


def _verdicts(item: AnswerSet, answers: Sequence[TriedAnswer], built: CriteriaOf) -> tuple[Verdict, ...]:
    with progress_bar(len(answers), 0, "judging") as tell:
        return asyncio.run(judge_answers([(item, one) for one in answers], built.criteria, tell)).verdicts


def _write(folder: Path, mutants: Sequence[TriedAnswer]) -> None:
    try:
        for mutant in mutants:
            path = folder / mutant.target / f"{mutant.edit}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, mutant.text)
    except OSError as error:
        message = f"{str(folder)!r} cannot be written: {error.strerror}"
        raise EnvironmentFaultError(message, hint="name another folder with --output") from error


def _show(caught: Sequence[Caught], wish: Wish) -> None:
    console = terminal()
    table = Table(box=None, pad_edge=False)
    for heading in ("", "mutant", "what was done", "must catch", "failed by"):
        table.add_column(heading, overflow="fold")
    for one in caught:
        mark = Text("?", style="yellow")
        if one.is_judged:
            mark = Text("✔", style="green") if one.is_caught else Text("✘", style="bold red")
        cells = (one.mutant.edit, one.mutant.summary, one.mutant.target, ", ".join(one.failed_by) or "–")
        table.add_row(mark, *(safe(cell) for cell in cells))
    console.print(table)
    judged = [one for one in caught if one.is_judged]
    said = f"{sum(one.is_caught for one in judged)} of {len(judged)} caught by the criterion that must"
    if len(judged) < len(caught):
        said += f"; {len(caught) - len(judged)} not judged, where that criterion does not apply or the answer fails it"
    console.print(safe(said if wish.is_judging else f"{len(caught)} mutants"), style="dim")
    if wish.output is not None:
        console.print(safe(f"written into {wish.output}, in a folder for each criterion"), style="dim")


def _plain(one: Caught) -> dict[str, object]:
    return {
        "mutant": one.mutant.edit,
        "summary": one.mutant.summary,
        "target": one.mutant.target,
        "is_judged": one.is_judged,
        "is_caught": one.is_caught,
        "failed_by": list(one.failed_by),
    }


def _refuse(rule: str, message: str, hint: str) -> NoReturn:
    raise InvalidDatasetError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
