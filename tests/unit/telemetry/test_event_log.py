"""Lines of JSON in a file, whatever the file is like."""

import json
import logging
import os
from pathlib import Path

import pytest

from passmuster.domain.endpoints import Endpoint
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import RunIdentifier
from passmuster.policies.events import LimitChanged, Sent
from passmuster.services.redaction import Redaction
from passmuster.telemetry.event_log import EventLog, LineHandler, logging_to
from passmuster.telemetry.watching import WHERE, TrialBegun, TrialEnded, Whereabouts
from passmuster.testing import factories

SERVICE = Endpoint(provider="openai", address="https://models.example.invalid/v1")
KEY = "sk-planted-0123456789"
LIMIT = LimitChanged(endpoint=SERVICE, limit=8, reason="the service refused")


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_line_says_whose_trial_it_is(tmp_path: Path) -> None:
    """When, how grave, what, and of which trial; a limit is no part of a trial."""
    file, trial = tmp_path / "log.jsonl", factories.a_trial()

    with logging_to(str(file), level=logging.INFO, redact=str):
        log, token = EventLog(), WHERE.set(Whereabouts(run=RunIdentifier("run-1"), key=trial.key))
        log(TrialBegun(plan=factories.a_plan()))
        log(TrialEnded(trial=trial))
        log(LIMIT)
        WHERE.reset(token)

    ended, limit = lines(file)
    assert {"time", "level", "event", "duration"} <= set(ended)
    assert (ended["event"], ended["level"]) == ("trial", "info")
    assert (ended["run"], ended["subject"], ended["case"], ended["repetition"]) == (
        "run-1",
        "lexical",
        trial.key.case,
        0,
    )
    assert limit["event"] == "limit"
    assert "case" not in limit


def test_less_grave_lines_are_written_on_request(tmp_path: Path) -> None:
    """What is sent is told to those who want to know everything, with texts only if they want those as well."""
    file = tmp_path / "log.jsonl"
    sent = Sent(endpoint=SERVICE, request=factories.a_completion_request("Why?"), attempt=1)

    with logging_to(str(file), level=logging.DEBUG, redact=str):
        EventLog()(sent)
        EventLog(has_texts=True)(sent)

    without, with_texts = lines(file)
    assert "messages" not in without
    assert "Why?" in str(with_texts["messages"])


def test_no_secret_is_written(tmp_path: Path) -> None:
    """Wherever it stands, also escaped."""
    file, key = tmp_path / "log.jsonl", f'{KEY}"ü'

    with logging_to(str(file), level=logging.INFO, redact=Redaction([key]).text):
        EventLog()(LimitChanged(endpoint=SERVICE, limit=1, reason=f"because of {key}"))

    assert KEY not in file.read_text(encoding="utf-8")
    assert "<secret>" in file.read_text(encoding="utf-8")


def test_a_log_is_appended_to_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    """A process that was killed does not spoil the line of the next one; and the file is for the user alone."""
    file = tmp_path / "log.jsonl"

    with logging_to(str(file), level=logging.INFO, redact=str):
        EventLog()(LIMIT)
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole + '{"time": "2026', encoding="utf-8")
    with logging_to(str(file), level=logging.INFO, redact=str):
        EventLog()(LIMIT)

    first, broken, second = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["event"] == json.loads(second)["event"] == "limit"
    assert broken == '{"time": "2026'
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["missing/log.jsonl", "", "."])
def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    """Before anything is run."""
    with (
        pytest.raises(EnvironmentFaultError, match="cannot be written"),
        logging_to(str(tmp_path / name), level=logging.INFO, redact=str),
    ):
        pass


def test_what_is_said_to_people_is_still_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged cache is told on the screen and in the log; what happens in runs in the log only."""
    file = tmp_path / "log.jsonl"

    with logging_to(str(file), level=logging.INFO, redact=str):
        logging.getLogger("passmuster.cache").warning("the kept answers are damaged")
        EventLog().write(logging.ERROR, "failed", {})

    assert capsys.readouterr().err == "the kept answers are damaged\n"
    assert [line["event"] for line in lines(file)] == ["message", "failed"]
    assert logging.getLogger("passmuster").handlers == []


def test_a_full_disk_ends_no_run() -> None:
    """It is remembered, and said at the end."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    handler = LineHandler(os.open("/dev/full", os.O_WRONLY))

    handler.emit(logging.LogRecord("passmuster", logging.INFO, "", 0, "event", (), None))
    handler.close()

    assert "No space left" in handler.trouble
