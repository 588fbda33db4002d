"""Settings from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.configuration.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of their own."""
    for name in ("SUITE", "STORE", "REPORTS"):
        monkeypatch.delenv(f"PASSMUSTER_{name}", raising=False)


def test_nothing_is_set_unless_the_environment_says_so() -> None:
    """The suite decides then."""
    assert Settings() == Settings(suite=None, store=None, reports=None)


def test_the_environment_says_where_things_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable for each, with the program's name before it."""
    monkeypatch.setenv("PASSMUSTER_SUITE", "software_team")
    monkeypatch.setenv("PASSMUSTER_STORE", "runs.sqlite")
    monkeypatch.setenv("PASSMUSTER_REPORTS", "reports")

    settings = Settings()

    assert (settings.suite, settings.store, settings.reports) == ("software_team", "runs.sqlite", Path("reports"))


def test_an_empty_variable_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Continuous integration often defines variables without a value."""
    monkeypatch.setenv("PASSMUSTER_SUITE", "")
    monkeypatch.setenv("PASSMUSTER_REPORTS", "")

    assert Settings() == Settings(suite=None, reports=None)
    assert Settings().reports is None


def test_other_variables_are_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of other programs nor unknown ones of ours."""
    monkeypatch.setenv("SUITE", "another")
    monkeypatch.setenv("PASSMUSTER_UNKNOWN", "1")

    assert Settings().suite is None


def test_settings_do_not_change() -> None:
    """What was read at the door holds for the whole command."""
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.suite = "another"  # type: ignore[misc]  # that is the point
