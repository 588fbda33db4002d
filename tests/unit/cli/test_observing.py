"""Who watches a run: what the command line asks for, and else the environment."""

import json
from pathlib import Path

import pytest

from passmuster.cli import observing
from passmuster.cli.observing import Observing, observed
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import MissingExtraError


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A suite that asks nobody."""
    suite = {
        "name": "example",
        "roster": {"use": "claude_code", "location": "./agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl"}],
        "subjects": {"lexical": {"use": "routed", "router": {"use": "lexical"}}},
        "cache": False,
    }
    (tmp_path / "suite.yaml").write_text(json.dumps(suite))
    return Workbench(tmp_path / "suite.yaml", Settings(cache=tmp_path / "cache"))


def test_the_command_line_goes_before_the_environment() -> None:
    """Option by option."""
    settings = Settings(log="there.jsonl", log_level="error", log_content=True, telemetry=True)

    completed = Observing(log="here.jsonl", telemetry=False).completed(settings)

    assert completed == Observing(log="here.jsonl", log_level="error", log_content=True, telemetry=False)
    assert Observing().completed(Settings()) == Observing(log_level="info", log_content=False, telemetry=False)


def test_nobody_watches_by_default(bench: Workbench) -> None:
    """And then policies tell nobody but the meter."""
    with observed(bench, Observing()) as watching:
        assert watching.watchers == []

    assert bench.live.policies.listeners == [bench.live.meter]


def test_watchers_are_told_of_requests_until_the_end(bench: Workbench, tmp_path: Path) -> None:
    """Another run of the same process is none of their business."""
    with observed(bench, Observing(log=str(tmp_path / "log.jsonl"))) as watching:
        assert bench.live.policies.listeners == [bench.live.meter, watching.log]

    assert bench.live.policies.listeners == [bench.live.meter]


def test_a_missing_package_is_named_with_what_installs_it(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is run."""
    monkeypatch.setattr(observing, "TELEMETRY_MODULES", ("opentelemetry.sdk", "no_such_package.sdk"))

    with (
        pytest.raises(MissingExtraError, match=r"pip install 'passmuster\[telemetry\]'"),
        observed(bench, Observing(telemetry=True)),
    ):
        pass
