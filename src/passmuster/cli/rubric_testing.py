"""The command `rubric test`: what do criteria catch, and what do they mind that is harmless?"""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from passmuster.application.rubric_testing import RubricTest, judge_answers
from passmuster.application.trying_answers import AnswerSet, only_criteria, tried_answers
from passmuster.cli.confining import LABEL
from passmuster.cli.console import progress_bar, share_bar
from passmuster.cli.leaving import say
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.cli.rubric_views import plain_test, show_test
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.rubric_material import (
    OWN,
    CriteriaOf,
    executing_kinds,
    shipped_criteria,
    shipped_sets,
    suite_sets,
)
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity

CANNOT_TELL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted.

    Attributes:
        what: A suite, or components of criteria; empty for all that comes with passmuster.
        most: How many answers made by one edit are judged; ``None`` for all.
        is_own_only: Whether a mutant is judged only by the criterion that must catch it.
        bases: The sets of answers to use; empty for all.
        is_strict: Whether a criterion that was left out makes the test inconclusive.
        as_json: Whether machines read the result.
    """

    what: Collection[str]
    most: int | None
    is_own_only: bool
    bases: Collection[str]
    is_strict: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a test works with.

    Attributes:
        title: Whose rubrics are tried.
        sets: The answers with the criteria that apply to them.
        built: The criteria, and where they have code run.
        lacking: Criteria for which there are no answers.
    """

    title: str
    sets: tuple[AnswerSet, ...]
    built: CriteriaOf
    lacking: tuple[str, ...]


def run_test(wish: Wish) -> int:
    """Judge; 1 if a criterion catches none of its mutants or minds a harmless answer, 4 if a strict wish is not met."""
    known = Catalogue(folder=Path.cwd()).names("criteria")
    criteria = [word for word in wish.what if word in known]
    suites = [word for word in wish.what if word not in known]
    if len(suites) > 1:
        _refuse(f"{suites[1]!r} is no criterion, and {suites[0]!r} neither", f"known: {', '.join(known)}")
    with ExitStack() as stack:
        bench = stack.enter_context(opened(suites[0])) if suites else None
        material = _shipped(criteria) if bench is None else _of_suite(bench, criteria)
        sets = _chosen(material.sets, wish.bases)
        tested = _tested(material, sets, wish)
    if wish.as_json:
        print_json(plain_test(tested, material.title, material.lacking))
    else:
        show_test(tested, material.title, material.lacking)
    return _status(tested, wish)


def _status(tested: RubricTest, wish: Wish) -> int:
    if not tested.rates.holds:
        return 1
    return CANNOT_TELL if wish.is_strict and not tested.rates.is_complete else 0


def _shipped(criteria: Collection[str]) -> Material:
    sets = only_criteria(shipped_sets(), criteria)
    built = shipped_criteria(sets, Settings())
    judged = {reference.kind for item in sets for reference in item.references}
    wanted = criteria or executing_kinds()
    lacking = tuple(name for name in wanted if name not in judged)
    return Material(title="the criteria that come with passmuster", sets=sets, built=built, lacking=lacking)


def _of_suite(bench: Workbench, criteria: Collection[str]) -> Material:
    cases = {str(case.identifier): case for case in bench.cases}
    sets = only_criteria(suite_sets(bench.folder, cases), criteria)
    if not sets:
        _refuse(f"{str(bench.folder / OWN)!r} holds no answers", "see docs/rubric_test.md for what lies in that folder")
    built = CriteriaOf(criteria=bench.check_criteria([item.case for item in sets]), confinement=bench.confinement)
    judged = {reference.name for item in sets for reference in item.references}
    written = {one.name for case in bench.cases if case.rubric for one in case.rubric.criteria}
    lacking = tuple(sorted(written - judged)) if not criteria else ()
    return Material(title=bench.configuration.name, sets=sets, built=built, lacking=lacking)


def _chosen(sets: tuple[AnswerSet, ...], wanted: Collection[str]) -> tuple[AnswerSet, ...]:
    known = [item.name for item in sets]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        _refuse(f"there is no set of answers {unknown[0]!r}", f"known here: {', '.join(known) or 'none'}")
    return tuple(item for item in sets if not wanted or item.name in wanted)


def _tested(material: Material, sets: tuple[AnswerSet, ...], wish: Wish) -> RubricTest:
    make_ready(material.built, sets)
    tried = tried_answers(sets, most=wish.most)
    with progress_bar(len(tried), 0, f"{material.title}: judging") as tell:
        return asyncio.run(
            judge_answers(tried, material.built.criteria, tell, is_own_only=wish.is_own_only),
        )


def make_ready(built: CriteriaOf, sets: Iterable[AnswerSet]) -> None:
    """Look for a sandbox and prepare its environment, if a criterion runs code; say it where there is none."""
    kinds = {reference.kind for item in sets for reference in item.references}
    if kinds.isdisjoint(executing_kinds()):
        return
    with share_bar(LABEL) as told:
        refusal = built.confinement.make_ready(told)
    if refusal is not None:
        say(f"criteria that run code are left out: {refusal}")


def _refuse(message: str, hint: str) -> NoReturn:
    finding = Finding(rule="rubric-answers", severity=Severity.ERROR, message=message, hint=hint)
    raise InvalidConfigurationError([finding])
