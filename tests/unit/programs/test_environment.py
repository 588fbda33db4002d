"""What a program sees of the environment."""

import pytest

from passmuster.programs.environment import ALWAYS_PASSED, handed_on


def test_a_program_sees_what_is_named_and_what_every_program_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set is not handed on as an empty one."""
    monkeypatch.setenv("MINE", "1")
    monkeypatch.setenv("OTHER", "2")
    monkeypatch.delenv("ABSENT", raising=False)

    seen = handed_on(["MINE", "ABSENT"])

    assert seen["MINE"] == "1"
    assert "PATH" in seen
    assert set(seen) <= {"MINE", *ALWAYS_PASSED}
