"""What is drawn of a report's past."""

from datetime import UTC, datetime

from passmuster.charting.histories import history_chart
from passmuster.domain.observations import Acceptance, Aspect
from passmuster.domain.pasts import Past, PastCase, PastChange, PastSeries, RunSummary
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName

SUBJECT, CASE = SubjectName("lexical"), CaseIdentifier("one")


def a_past(chosen: str = "aabb", **more: tuple[PastChange, ...]) -> Past:
    runs = tuple(
        RunSummary(
            identifier=RunIdentifier(f"run-{place}"),
            started_at=datetime(2026, 1, 1 + place, tzinfo=UTC),
            results={SUBJECT: {CASE: PastCase(chosen=name, right=1.0, passed=1.0 if name == "a" else 0.0)}},
        )
        for place, name in enumerate(chosen)
    )
    places = tuple(range(len(chosen)))
    series = [
        PastSeries(
            subject=SUBJECT,
            metric=metric,
            agent=agent,
            places=places,
            values=(0.5,) * len(places),
            lower=(0.4,) * len(places),
            upper=(0.6,) * len(places),
            cases=9,
        )
        for metric, agent in (("recall", "quiet"), ("recall", "moved"), ("routing_accuracy", ""))
    ]
    acceptances = (
        Acceptance(subject=SUBJECT, case=CASE, aspect=Aspect.ROUTING, was="a", now="b"),
        Acceptance(subject=SUBJECT, case=CASE, aspect=Aspect.OUTPUT),
        Acceptance(subject=SUBJECT, case=CaseIdentifier("gone"), aspect=Aspect.ROUTING, was="a", now="b"),
    )
    return Past(runs=runs, series=tuple(series), acceptances=acceptances, **more)


def test_the_subjects_come_first_and_agents_where_they_changed() -> None:
    """Quiet agents are counted, days are those of the runs, and a change stands at its run with its cause."""
    past = a_past(changes=(PastChange(series=1, before=1, after=2, cause="an edit"),))

    chart = history_chart("team", past)

    assert chart is not None
    assert [line.name for line in chart.lines] == ["lexical: routing accuracy", "lexical: recall of moved"]
    assert chart.left_out == 1
    assert chart.days[0] == "2026-01-01"
    assert [(step.index, step.cause) for step in chart.lines[1].steps] == [(2, "an edit")]


def test_an_acceptance_stands_where_the_break_was_first_seen() -> None:
    """Of a choice where it became the accepted one for the last time, of an output where fewer passed."""
    assert accepted_of("aabb") == (2,)
    assert accepted_of("abab") == (3,)
    assert accepted_of("aaaa") == ()


def accepted_of(chosen: str) -> tuple[int, ...]:
    chart = history_chart("team", a_past(chosen))
    assert chart is not None
    return chart.accepted


def test_one_run_is_no_history() -> None:
    """Nor is nothing."""
    assert history_chart("team", a_past("a")) is None
    assert history_chart("team", None) is None
