"""Which runs go by their age, and which stay because something rests on them."""

from datetime import timedelta
from typing import Any

import pytest

from passmuster.application.pruning import ENDS, Pruning, age_of, choose
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import RunManifest
from passmuster.testing.factories import MOMENT, a_manifest, a_snapshot, a_subject_record

PRUNING = Pruning(older_than=timedelta(days=90), keep=0)


def run(days: float, **changes: Any) -> RunManifest:  # noqa: ANN401 - any field
    """Return a run that began so many days ago, named after them."""
    changes.setdefault("subjects", (a_subject_record(fingerprint=f"of day {days}"),))
    return a_manifest(f"{days}", started_at=MOMENT - timedelta(days=days), **changes)


def gone(*runs: RunManifest, keep: int = 0, baseline: Snapshot | None = None) -> list[str]:
    pruning = Pruning(older_than=PRUNING.older_than, keep=keep)
    return [item.identifier for item in choose(runs, baseline, MOMENT, pruning).going]


def test_older_runs_go_the_oldest_first() -> None:
    """A run of just that age stays."""
    assert gone(run(91), run(90), run(400), run(0)) == ["400", "91"]


def test_the_latest_stay_however_old() -> None:
    """A suite that nobody has run for long keeps its end, also where there are fewer runs than that."""
    assert gone(run(400), run(300), run(200), keep=2) == ["400"]
    assert gone(run(400), keep=10) == []


def test_what_a_kept_run_refers_to_stays_in_turn() -> None:
    """Its other side, and the run whose answers were judged again; not what a run that goes refers to."""
    runs = [run(5, rescored="200"), run(200, against="300"), run(300), run(400, against="500"), run(500)]

    choice = choose(runs, None, MOMENT, PRUNING)

    assert [item.identifier for item in choice.going] == ["500", "400"]
    assert choice.staying == {"5": "age", "200": "reference", "300": "reference"}


def test_runs_of_what_was_accepted_stay_at_both_ends() -> None:
    """The first ones, of which it was accepted, and the last ones; others of another subject go."""
    record = a_subject_record(fingerprint="accepted")
    runs = [run(100 + day, subjects=(record,)) for day in range(2 * ENDS + 3)]
    snapshot = a_snapshot(subjects=(record,))

    assert gone(*runs, run(99), baseline=snapshot) == ["112", "111", "110", "99"]


@pytest.mark.parametrize(("text", "hours"), [("90d", 2160), ("2w", 336), ("36h", 36)])
def test_an_age_has_a_unit(text: str, hours: int) -> None:
    """Days, weeks or hours."""
    assert age_of(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "0d", "1.5d", "9999999d", "90 days", "٣d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    """Nothing is removed by a guess."""
    with pytest.raises(InvalidConfigurationError, match="no age"):
        age_of(text)
