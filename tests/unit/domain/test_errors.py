"""Errors and findings as people read them."""

import pytest

from passmuster.domain.answers import Failure, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.errors import (
    BackendError,
    InvalidDatasetError,
    PassmusterError,
    RecordingMissingError,
    RunNotFoundError,
)
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    """Message and hint make one sentence; without a hint there is no dash."""
    assert str(PassmusterError("it is wrong", hint="mend it")) == "it is wrong — mend it"
    assert str(PassmusterError("it is wrong")) == "it is wrong"


def test_a_finding_says_where_what_and_what_instead() -> None:
    """Each part that is known is written, in the form that editors understand."""
    location = SourceLocation(path="a.yaml", line=2, column=5)
    finding = Finding(rule="rule", severity=Severity.ERROR, message="it is wrong", hint="mend it", location=location)
    bare = Finding(rule="rule", severity=Severity.NOTE, message="it is wrong")

    assert str(finding) == "a.yaml:2:5: it is wrong — mend it"
    assert str(bare) == "it is wrong"


def test_invalid_input_carries_every_finding_in_order() -> None:
    """Nothing is said about only the first of many complaints."""
    findings = [Finding(rule="rule", severity=Severity.ERROR, message=f"complaint {number}") for number in range(3)]

    error = InvalidDatasetError(findings)

    assert error.findings == tuple(findings)
    assert str(error) == "complaint 0\ncomplaint 1\ncomplaint 2"


async def test_a_trial_failure_becomes_data() -> None:
    """The failure says where, what kind, and whether trying again may help."""

    async def fail() -> str:
        message = "out of reach"
        error = BackendError(message, hint="wait")
        error.is_transient = True
        raise error

    result = await attempt(Stage.COMPLETION, fail())

    assert result == Failure(
        stage=Stage.COMPLETION, kind="BackendError", message="out of reach — wait", is_transient=True
    )


async def test_the_kind_of_a_failure_is_the_name_of_its_own_class() -> None:
    """Kinds are told apart as finely as the errors are."""

    async def fail() -> str:
        message = "no recording"
        raise RecordingMissingError(message)

    result = await attempt(Stage.COMPLETION, fail())

    assert isinstance(result, Failure)
    assert result.kind == "RecordingMissingError"
    assert not result.is_transient


async def test_what_is_no_trial_failure_passes_through() -> None:
    """A bug stops the run, and so does every other error of ours."""

    async def fail() -> str:
        message = "no run"
        raise RunNotFoundError(message)

    with pytest.raises(RunNotFoundError):
        await attempt(Stage.ROUTING, fail())


async def test_what_succeeds_is_given_back() -> None:
    """Nothing is wrapped around a result."""

    async def succeed() -> str:
        return "done"

    assert await attempt(Stage.ROUTING, succeed()) == "done"
