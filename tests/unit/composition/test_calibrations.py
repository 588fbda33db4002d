"""Calibrations as files of the repository."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from passmuster.analysis.judge_calibration import CalibratedQuestion, calibrate
from passmuster.composition.calibrations import read_calibrations, write_calibration
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.judging import JudgeCalibration, JudgedLabel
from passmuster.domain.values import CaseIdentifier, Fingerprint


def a_calibration(judge: str = "0123456789", criterion: str = "is polite/kind") -> JudgeCalibration:
    question = CalibratedQuestion(
        criterion=criterion,
        judge=Fingerprint(judge),
        choices=("no", "yes"),
        passing="yes",
        models=("made-up",),
        date="2026-01-02",
    )
    answers = [
        JudgedLabel(case=CaseIdentifier("c"), answer=f"answer {at}", length=at, people={"ann": told}, choice="yes")
        for at, told in enumerate(["yes", "no", "yes"])
    ]
    return calibrate(question, answers)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Unchanged, from a file whose name is safe and whose text people can read."""
    file = write_calibration(a_calibration(), tmp_path / "calibrations")

    assert file.name == "is_polite_kind-01234567.json"
    assert '"confusion": [\n' in file.read_text()
    assert read_calibrations(tmp_path / "calibrations") == (a_calibration(),)


def test_a_new_judge_of_a_criterion_replaces_the_old_one(tmp_path: Path) -> None:
    """And leaves other criteria alone."""
    write_calibration(a_calibration("old"), tmp_path)
    write_calibration(a_calibration("old", "another"), tmp_path)

    write_calibration(a_calibration("new"), tmp_path)

    assert sorted((item.criterion, item.judge) for item in read_calibrations(tmp_path)) == [
        ("another", "old"),
        ("is polite/kind", "new"),
    ]


def test_no_folder_is_no_calibration(tmp_path: Path) -> None:
    """Nothing was measured yet."""
    assert read_calibrations(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("text", "told"), [("{", "Expecting property name"), ("{}", "it has no line"), ('{"calibration": 1}', "criterion")]
)
def test_what_is_no_calibration_is_told(tmp_path: Path, text: str, told: str) -> None:
    """Each file at once, with what to do."""
    (tmp_path / "a.json").write_text(text)
    (tmp_path / "b.json").write_text(text)

    with pytest.raises(InvalidConfigurationError) as caught:
        read_calibrations(tmp_path)

    assert len(caught.value.findings) == 2
    assert told in caught.value.findings[0].message


def test_counts_that_cannot_be_are_no_calibration(tmp_path: Path) -> None:
    """A file that was edited by hand is not trusted further than its types."""
    file = write_calibration(replace(a_calibration(), good=2), tmp_path)
    file.write_text(json.dumps({**json.loads(file.read_text()), "good": "many"}))

    with pytest.raises(InvalidConfigurationError, match="good"):
        read_calibrations(tmp_path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "calibrations").write_text("")

    with pytest.raises(EnvironmentFaultError, match="cannot be written"):
        write_calibration(a_calibration(), tmp_path / "calibrations")
