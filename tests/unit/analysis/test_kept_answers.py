"""How a report says what was not asked now."""

import pytest

from passmuster.analysis.kept_answers import kept_sentences
from passmuster.domain.answers import Answer, Completion, Origin
from passmuster.domain.results import Run
from passmuster.testing import factories


def a_run(*answers: Answer) -> Run:
    cases = tuple(factories.a_case(f"case-{number}") for number in range(len(answers)))
    trials = tuple(
        factories.a_trial(case.identifier, answer=answer) for case, answer in zip(cases, answers, strict=True)
    )
    return factories.a_run(*trials, cases=cases)


def written(origin: Origin, made_on: str = "") -> Answer:
    return Answer(completion=Completion(text="x", origin=origin, made_on=made_on))


def test_nothing_is_said_where_everything_was_made_now_or_recorded() -> None:
    """Recordings have a sentence of their own."""
    run = a_run(written(Origin.FRESH), written(Origin.RECORDED, "2025-01-01"))

    assert list(kept_sentences(run)) == []


@pytest.mark.parametrize(
    ("day", "age"),
    [
        ("2026-01-02", "the oldest from the day of this run"),
        ("2026-01-01", "the oldest from 2026-01-01, 1 day before this run"),
        ("2025-12-03", "the oldest from 2025-12-03, 30 days before this run"),
    ],
)
def test_the_oldest_answer_is_told_with_its_age(day: str, age: str) -> None:
    """Of all that were taken from the cache."""
    run = a_run(written(Origin.CACHED, day), written(Origin.CACHED, "2026-01-02"), written(Origin.FRESH))

    (sentence,) = kept_sentences(run)

    assert sentence.startswith("2 of 3 answers rest on what was had before and kept")
    assert age in sentence
    assert "--fresh" in sentence


def test_choices_are_counted_by_themselves() -> None:
    """A choice rests on the answers of a model that made it."""
    run = a_run(Answer(routing=factories.a_decision(made_on="2026-01-01")), Answer(routing=factories.a_decision()))

    (sentence,) = kept_sentences(run)

    assert sentence.startswith("1 of 2 choices rest on")
