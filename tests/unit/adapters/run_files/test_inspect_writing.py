"""Runs as logs of Inspect, and what is believed of a log that passmuster wrote."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from passmuster.adapters.run_files.inspect import InspectFiles, InspectOptions
from passmuster.domain.answers import Answer
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.results import Trial
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_key,
    a_rubric,
    a_run,
    a_score,
    a_trial,
    an_unscored,
)


def test_what_was_judged_anew_in_the_tool_counts(tmp_path: Path) -> None:
    """A score that was edited in a log of ours is believed, not what was noted beside it."""
    case = a_case(rubric=a_rubric())
    trial = Trial(
        key=a_key(), answer=Answer(completion=a_completion()), outcomes=(a_score(),), started_at=MOMENT, duration=1.0
    )
    place, edited = tmp_path / "run.eval", tmp_path / "edited.eval"
    InspectFiles(InspectOptions()).write(a_run(trial, cases=[case]), [trial], place)
    with zipfile.ZipFile(place) as source, zipfile.ZipFile(edited, "w") as target:
        for name in source.namelist():
            content = json.loads(source.read(name))
            if name.startswith("samples/"):
                content["scores"]["contains"].update(value=0.5, explanation="looked at again")
            target.writestr(name, json.dumps(content))

    (back,) = InspectFiles(InspectOptions()).read(edited).trials()

    assert back.outcomes == (a_score(value=0.5, reason="looked at again"),)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trial": {"started_at": "2026-01-01T00:00:00"}}, "a moment"),
        ({"trial": {"duration": -1.0}}, "seconds"),
        ({"trial": {"inclusion": 0.0}}, "a probability"),
        ({"case": {"weight": 0.0}}, "a weight"),
        ({"case": {"identifier": ""}}, "a case without a name"),
        ({"trial": {"answer": {"completion": {"text": "", "usage": {"input_tokens": -1}}}}}, "tokens"),
        ({"trial": {"answer": {"completion": {"text": "", "usage": {"cost": "NaN"}}}}}, "cost"),
        ({"trial": {"answer": {"completion": {"text": "", "origin": "cached"}}}}, "a day"),
        ({"trial": {"answer": {"completion": {"text": "", "made_on": "then"}}}}, "a day"),
    ],
)
def test_our_own_notes_are_not_believed_either(
    tmp_path: Path, changes: Mapping[str, Mapping[str, object]], words: str
) -> None:
    """Anybody may have written them: values that no run can have are refused."""
    place, edited = tmp_path / "run.eval", tmp_path / "edited.eval"
    trial = a_trial(answer=Answer(completion=a_completion()))
    InspectFiles(InspectOptions()).write(a_run(trial), [trial], place)
    with zipfile.ZipFile(place) as source, zipfile.ZipFile(edited, "w") as target:
        for name in source.namelist():
            content = json.loads(source.read(name))
            for key, values in changes.items() if name.startswith("samples/") else ():
                content["metadata"]["passmuster"][key].update(values)
            target.writestr(name, json.dumps(content))

    with pytest.raises(InvalidInputError) as refusal:
        InspectFiles(InspectOptions()).read(edited)

    assert any(words in str(finding) for finding in refusal.value.findings)


def test_a_log_is_of_one_subject(tmp_path: Path) -> None:
    """A run of two cannot be one log; the option that chooses is named."""
    run = a_run(a_trial(), a_trial(subject="other"))

    with pytest.raises(InvalidConfigurationError, match="--subject"):
        InspectFiles(InspectOptions()).write(run, run.trials, tmp_path / "run.eval")

    assert not list(tmp_path.iterdir())


def test_the_tool_itself_reads_what_is_written(tmp_path: Path) -> None:
    """Inspect opens a log of ours, and finds in it the answers, scores and failures that the run has."""
    log = pytest.importorskip("inspect_ai.log", reason="Inspect is not installed")
    case = a_case("../odd/name", rubric=a_rubric())
    other = a_case()
    judged = Trial(
        key=a_key(case.identifier),
        answer=Answer(routing=a_decision(), completion=a_completion("It is.")),
        outcomes=(a_score(value=0.25),),
        started_at=MOMENT,
        duration=1.5,
    )
    failed = Trial(
        key=a_key(repetition=1),
        answer=Answer(completion=a_failure()),
        outcomes=(an_unscored(),),
        started_at=MOMENT,
        duration=0.5,
    )
    place = tmp_path / "run.eval"
    InspectFiles(InspectOptions()).write(a_run(judged, failed, cases=[case, other]), [judged, failed], place)

    found = log.read_eval_log(str(place))

    first, second = sorted(found.samples, key=lambda item: item.epoch)
    assert found.status == "success"
    assert (first.output.completion, first.scores["contains"].value) == ("It is.", 0.25)
    assert first.scores["agent_choice"].value == "C"
    assert (second.epoch, second.error.message) == (2, "the router is out of reach")
    assert log.read_eval_log_sample(str(place), id=first.id, epoch=1).output.completion == "It is."
