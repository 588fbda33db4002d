"""What stands behind a change: at its place, beside it, or nothing that is known."""

from collections.abc import Sequence
from typing import Any

from passmuster.analysis.causes import NEAR, cause_of, differences
from passmuster.analysis.change_points import ChangePoint
from passmuster.analysis.histories import LevelChange, Series
from passmuster.analysis.past_runs import PastRun
from passmuster.domain.agents import Roster
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import SubjectName, fingerprint_of
from passmuster.testing.factories import a_manifest, a_roster, a_subject_record, an_agent

MODEL = SubjectName("model")
OLD = a_roster()
NEW = a_roster(an_agent("debugger", "Finds out why."), "code-reviewer", "planner")


def a_past_run(
    roster: Roster = OLD,
    *,
    models: tuple[str, ...] = (),
    router: str = "",
    **manifest: Any,  # noqa: ANN401 - any field of a manifest
) -> PastRun:
    record = a_subject_record(MODEL, models=models, fingerprint=fingerprint_of(router))
    snapshot = Snapshot(suite="example", agents=Snapshot.prints(roster), subjects=(record,), observations=())
    return PastRun(manifest=a_manifest(**manifest), snapshot=snapshot, results={})


def a_change(runs: Sequence[PastRun], index: int) -> LevelChange:
    series = Series(
        subject=MODEL,
        metric="routing_accuracy",
        agent="",
        places=tuple(range(len(runs))),
        values=(0.5,) * len(runs),
        cases=10,
    )
    point = ChangePoint(index=index, before=0.8, after=0.7, probability=0.001)
    return LevelChange(series=series, point=point, before=index - 1, after=index)


def test_what_differs_is_told_apart() -> None:
    """Agents, configuration, cases, models and versions."""
    before = a_past_run(models=("small",), versions={"passmuster": "1", "numpy": "1"})
    dataset = fingerprint_of("other")
    after = a_past_run(NEW, models=("large",), router="x", dataset=dataset, versions={"passmuster": "1", "numpy": "2"})

    found = differences(before, after, MODEL)

    assert found.roster.description_edited == ("debugger",)
    assert (found.roster.added, found.roster.removed) == (("planner",), ("test-engineer",))
    assert found.is_configured_otherwise
    assert found.is_dataset_changed
    assert (found.models_before, found.models_after) == (("small",), ("large",))
    assert found.versions == ("numpy",)


def test_other_cases_or_packages_explain_nothing() -> None:
    """A series rests on the cases that are shared, and a version of numpy chooses no agent; one of ours may."""
    before = a_past_run(versions={"passmuster": "1", "numpy": "1"})
    packages = a_past_run(dataset=fingerprint_of("other"), versions={"passmuster": "1", "numpy": "2"})
    ours = a_past_run(versions={"passmuster": "2", "numpy": "1"})

    assert not differences(before, packages, MODEL).can_explain
    assert differences(before, ours, MODEL).can_explain


def test_an_unknown_model_is_no_other_model() -> None:
    """Runs that nobody wrote in know no models."""
    found = differences(a_past_run(), a_past_run(models=("large",)), MODEL)

    assert not found.can_explain
    assert (found.models_before, found.models_after) == ((), ())


def test_the_place_itself_comes_first() -> None:
    """Also where something differs beside it."""
    runs = [a_past_run(), a_past_run(models=("a",)), a_past_run(NEW, models=("b",)), a_past_run(models=("b",))]

    cause = cause_of(runs, a_change(runs, 2))

    assert (cause.before, cause.after, cause.distance) == (1, 2, 0)
    assert cause.difference.roster.added == ("planner",)


def test_the_nearest_difference_stands_in_for_none() -> None:
    """Noise moves a change some runs away from its cause; of two as near the earlier one is taken."""
    earlier = [a_past_run()] * 3 + [a_past_run(NEW)] * 6
    both = [a_past_run()] * 3 + [a_past_run(NEW)] * 4 + [a_past_run()] * 3

    assert (cause_of(earlier, a_change(earlier, 5)).distance, cause_of(both, a_change(both, 5)).distance) == (-2, -2)
    assert cause_of(both, a_change(both, 6)).after == 7


def test_far_away_is_no_cause() -> None:
    """Where nothing differs near by, what answers has changed."""
    runs = [a_past_run()] * 4 + [a_past_run(NEW)] * (NEAR + 5)

    near, far = (cause_of(runs, a_change(runs, 4 + distance)) for distance in (NEAR, NEAR + 1))

    assert near.difference.can_explain
    assert not far.difference.can_explain
    assert far.distance == 0
