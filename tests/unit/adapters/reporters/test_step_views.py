"""What a subject did, and where criteria point."""

from dataclasses import replace

from passmuster.adapters.reporters.step_views import SHOWN_STEPS, place_views, step_views
from passmuster.domain.activities import Activity, ChangeKind, FileChange, ToolUse, UseOutcome
from passmuster.testing import factories


def test_all_that_was_done_is_told_in_order() -> None:
    """Tools, commands and files, each with what became of it and nothing that steers a terminal."""
    activity = Activity(
        tool_uses=(ToolUse(name="Read\x1b", arguments={"path": "a.py"}, outcome=UseOutcome.REFUSED),),
        commands=("pytest -q",),
        changes=(FileChange(path="a.py", kind=ChangeKind.WRITTEN, text="x = 1"),),
    )

    steps = step_views(replace(factories.a_completion("done"), activity=activity))

    assert [(step.kind, step.outcome) for step in steps] == [("tool", "refused"), ("command", ""), ("file", "written")]
    assert (steps[0].text, steps[1].text, steps[2].text) == ('{"path": "a.py"}', "pytest -q", "x = 1")
    assert "\x1b" not in steps[0].name


def test_of_very_many_steps_the_first_are_told() -> None:
    """The rest is counted."""
    activity = Activity(commands=tuple(map(str, range(SHOWN_STEPS + 7))))

    steps = step_views(replace(factories.a_completion("done"), activity=activity))

    assert len(steps) == SHOWN_STEPS + 1
    assert "7 more steps" in steps[-1].text


def test_places_are_told_only_where_they_are_places() -> None:
    """What has a file and a message is a place; a list of anything else is left to the evidence."""
    [place, whole] = place_views(
        {"places": [{"file": "a.py", "line": 3, "message": "bad\nname"}, {"file": "b.py", "message": "missing"}]}
    )

    assert (place.file, place.line, place.message) == ("a.py", 3, "bad name")
    assert whole.line == 0
    assert place_views({"places": ["a.py:3"]}) == place_views({"places": "a.py"}) == place_views({}) == ()
