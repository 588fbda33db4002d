"""Which files a suite reads."""

from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.composition.tracking import track_of
from passmuster.configuration.settings import Settings

SUITE = """\
name: team
roster: {use: claude_code, location: ../../.claude/agents}
datasets:
  - {use: files, location: ../../datasets/routing.jsonl}
backends:
  recordings: {use: recorded, location: ../../recordings}
subjects:
  ours: {use: routed, router: {use: callable, target: "../../tools/router.py:choose"}, backend: recordings}
store: {use: sqlite, location: ../../.passmuster/runs.sqlite}
reports_location: ../../reports
"""


def test_everything_that_decides_results_is_tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents, cases with their rubrics, recordings and code; neither the store nor the reports."""
    folder = tmp_path / "evals" / "team"
    folder.mkdir(parents=True)
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    track = track_of(Workbench(Path("evals/team/suite.yaml"), Settings()))

    named = {str(path) for path in track.paths}
    assert track.folder == Path("evals/team")
    assert named >= {
        "evals/team",
        ".claude/agents",
        "datasets/routing.jsonl",
        "datasets/routing.rubrics.yaml",
        "recordings",
        "tools/router.py",
    }
    assert not any("passmuster" in path or "reports" in path for path in named)
