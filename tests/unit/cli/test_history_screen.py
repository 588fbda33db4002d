"""A history in words and bars."""

from dataclasses import replace
from typing import Any

import pytest

from passmuster.analysis.causes import Cause, Difference
from passmuster.analysis.causes_in_words import between, cause_sentence, difference_words, revision_words, roster_words
from passmuster.analysis.past_runs import PastRun
from passmuster.cli.bars import sparkline
from passmuster.cli.history_screen import metric_words
from passmuster.domain.comparisons import RosterChange
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Revision
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_manifest

REVISION = Revision(commit="0123456789abcdef", branch="main", is_dirty=False)
SNAPSHOT = Snapshot(suite="example", agents=(), subjects=(), observations=())
RUNS = [
    PastRun(manifest=a_manifest(f"run-{number}", revision=REVISION if number else None), snapshot=SNAPSHOT, results={})
    for number in range(4)
]


def agents(*names: str) -> tuple[AgentName, ...]:
    return tuple(map(AgentName, names))


EDITED = RosterChange(
    description_edited=agents("debugger"),
    otherwise_edited=agents("cook"),
    added=agents("baker"),
    removed=agents("old"),
)


def a_cause(*, distance: int = 0, **changes: Any) -> Cause:  # noqa: ANN401 - any field of a difference
    difference = replace(Difference(roster=RosterChange()), **changes)
    return Cause(difference=difference, before=1, after=2, distance=distance)


def test_bars_go_from_the_lowest_to_the_highest_value() -> None:
    """Of a level history every bar is the same; of a long one only the latest values are shown."""
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([0.7] * 3) == "▅▅▅"
    assert len(sparkline([0.1, 0.2] * 100)) == 40


@pytest.mark.parametrize(
    ("revision", "words"), [(None, "–"), (REVISION, "0123456"), (replace(REVISION, is_dirty=True), "0123456*")]
)
def test_a_revision_is_named_shortly(revision: Revision | None, words: str) -> None:
    """With an asterisk where files differed from it."""
    assert revision_words(revision) == words


def test_metrics_and_runs_are_named_for_people() -> None:
    """A recall by its agent; a run with its revision, where it has one."""
    assert metric_words("macro_f1", "") == "macro f1"
    assert metric_words("recall", "debugger") == "recall of debugger"
    assert between(RUNS, 0, 1) == "between runs run-0 and run-1 (0123456)"


def test_agents_are_counted_and_named() -> None:
    """Up to a handful."""
    many = RosterChange(added=agents(*(f"agent-{number}" for number in range(7))))

    assert roster_words(EDITED) == (
        "the roster changed (4 agents: cook edited, debugger edited, baker added, old removed)"
    )
    assert roster_words(many).endswith("agent-4 added and 2 more)")
    assert roster_words(RosterChange(added=agents("one"))) == "the roster changed (1 agent: one added)"


def test_every_difference_is_said() -> None:
    """The likeliest cause first; a model that alone changed is said to be the only one."""
    everything = Difference(
        roster=RosterChange(added=agents("one")),
        is_configured_otherwise=True,
        is_dataset_changed=True,
        models_before=("small",),
        models_after=("large",),
        versions=("numpy", "passmuster"),
    )
    model = Difference(roster=RosterChange(), models_before=("small",), models_after=("large",))

    assert list(difference_words(everything)) == [
        "the roster changed (1 agent: one added)",
        "the subject is configured otherwise",
        "the model changed (small → large)",
        "other versions of numpy, passmuster",
        "the dataset changed, and only shared cases count",
    ]
    assert list(difference_words(model)) == ["only the model changed (small → large)"]


def test_a_cause_is_said_with_its_distance() -> None:
    """Right there, beside it, or nowhere."""
    here = cause_sentence(RUNS, a_cause(is_configured_otherwise=True))
    beside = cause_sentence(RUNS, a_cause(distance=-2, is_configured_otherwise=True))
    nowhere = cause_sentence(RUNS, a_cause(is_dataset_changed=True))

    assert here == "the subject is configured otherwise"
    assert beside == (
        "nothing differs right there; 2 runs earlier, between runs run-1 (0123456) and run-2 (0123456): "
        "the subject is configured otherwise"
    )
    assert nowhere.startswith("the dataset changed, and only shared cases count; else agents, subject and models")
