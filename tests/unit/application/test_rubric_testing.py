"""Criteria tried with answers of known worth."""

from passmuster.analysis.rubric_rates import Kind, Seen
from passmuster.application.rubric_testing import judge_answers
from passmuster.application.trying_answers import AnswerSet, TriedAnswer, made_of, only_criteria, tried_answers
from passmuster.domain.cases import Case, CriterionReference, Expectation, Request, Rubric
from passmuster.domain.errors import CriterionError, CriterionUnavailableError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import CaseIdentifier

GOOD = '''```python lamp.py
"""Lamps."""


def find(number: int) -> str:
    """Find a lamp."""
    return str(number)
```
'''


class Counting:
    """Passes answers with a text, and counts what it was asked."""

    def __init__(self, wanted: str, error: Exception | None = None) -> None:
        self.wanted = wanted
        self.error = error
        self.seen: list[str] = []

    async def assess(self, exhibit: Exhibit) -> Score:
        self.seen.append(str(exhibit.case.identifier))
        if self.error is not None:
            raise self.error
        passed = self.wanted in exhibit.completion.text
        return Score(criterion="c", value=float(passed), passed=passed, reason="looked")


def answers(*kinds: str, name: str = "lamps") -> AnswerSet:
    references = tuple(CriterionReference(kind=kind, name=f"{kind}-here") for kind in kinds)
    case = Case(
        identifier=CaseIdentifier(name),
        request=Request(text="lamps"),
        expectation=Expectation(preferred=None),
        rubric=Rubric(criteria=references),
    )
    good = TriedAnswer(name=f"{name}/as-written", kind=Kind.GOOD, text=GOOD)
    return AnswerSet(name=name, case=case, answers=(good,))


def test_mutants_are_made_for_criteria_that_apply() -> None:
    """No other mutant says anything; harmless variants are made for all."""
    made = list(made_of(answers("docstrings").good[0], {"docstrings"}))

    assert {one.target for one in made if one.kind is Kind.MUTANT} == {"docstrings"}
    assert any(one.kind is Kind.NEUTRAL for one in made)
    assert len({one.name for one in made}) == len(made)


def test_targets_are_what_the_rubric_calls_them() -> None:
    """A rubric may give a criterion a name of its own."""
    tried = tried_answers([answers("docstrings")], most=None)

    assert {one.target for _, one in tried if one.kind is Kind.MUTANT} == {"docstrings-here"}


def test_of_many_mutants_so_many_are_taken() -> None:
    """Which ones depends on names, not on the order of the sets."""
    sets = [answers("docstrings", name=name) for name in ("a", "b", "c")]

    some = tried_answers(sets, most=1)
    others = tried_answers(sets[::-1], most=1)

    assert sorted(one.name for _, one in some) == sorted(one.name for _, one in others)
    assert sum(one.edit == "drop-docstrings" for _, one in some) == 1


def test_only_wanted_criteria_are_left() -> None:
    """Sets without any of them are left out."""
    assert only_criteria([answers("ruff")], {"docstrings"}) == ()
    kept = only_criteria([answers("ruff", "docstrings")], {"docstrings"})
    assert [one.kind for one in kept[0].references] == ["docstrings"]


async def test_what_criteria_say_is_counted() -> None:
    """A mutant without the text is caught, the good answer is not."""
    item = answers("docstrings")
    criterion = Counting('"""Find a lamp."""')
    told: list[tuple[int, int]] = []

    found = await judge_answers(
        tried_answers([item], most=None),
        {item.references[0].fingerprint: criterion},
        lambda done, total: told.append((done, total)),
    )

    assert found.rates.holds
    assert found.rates.named is not None
    assert found.rates.named.value == 1.0
    assert told[-1][0] == told[-1][1] == len(found.tried)


async def test_own_only_asks_nobody_else_about_mutants() -> None:
    """Quicker; good answers are judged by all as ever."""
    item = answers("docstrings", "ruff")
    docstrings, ruff = Counting("lamp"), Counting("lamp")
    criteria = {item.references[0].fingerprint: docstrings, item.references[1].fingerprint: ruff}

    await judge_answers(tried_answers([item], most=None), criteria, lambda *_: None, is_own_only=True)

    assert "lamps/drop-docstrings" in docstrings.seen
    assert "lamps/drop-docstrings" not in ruff.seen
    assert "lamps/as-written" in ruff.seen


async def test_failures_of_the_harness_are_told_apart() -> None:
    """What cannot be judged here is left out; what broke is not judged; neither is a verdict."""
    item = answers("docstrings", "ruff")
    criteria = {
        item.references[0].fingerprint: Counting("", CriterionUnavailableError("no sandbox")),
        item.references[1].fingerprint: Counting("", CriterionError("broke")),
    }

    found = await judge_answers([(item, item.good[0])], criteria, lambda *_: None)

    assert [verdict.seen for verdict in found.verdicts] == [Seen.LEFT_OUT, Seen.UNJUDGED]
    assert not found.rates.is_complete
