"""Equal input gives equal bytes, whatever the order of files and lines, and whatever the hash seed."""

import json
import random
from pathlib import Path

import pytest

from .conftest import REQUESTS, Repository, case_line


def test_two_runs_are_equal_byte_for_byte(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hash seeds 0 and 1, shuffled lines and renamed agent files: the baselines are the same file."""
    other = Repository(tmp_path_factory.mktemp("other"))
    other.fill()
    lines = [case_line(name, *request) for name, request in REQUESTS.items()]
    random.Random(3).shuffle(lines)  # noqa: S311 - any other order will do
    other.write_cases(lines)
    for number, path in enumerate(sorted(other.agents.iterdir(), reverse=True)):
        path.rename(path.with_name(f"{number}.md"))

    for place, seed in ((repository, "0"), (other, "1")):
        assert place.passmuster("run", PYTHONHASHSEED=seed).status == 4
        assert place.passmuster("accept", PYTHONHASHSEED=seed).status == 0

    assert repository.baseline.read_bytes() == other.baseline.read_bytes()
    assert decisions(repository.report.parent) == decisions(other.report.parent)


def decisions(folder: Path) -> list[object]:
    """Return what the JSON report says of every case, without where and when."""
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    cases = sorted(data["cases"], key=lambda case: str(case["case"]))
    for case in cases:
        for trial in case.get("trials", []):
            trial.pop("started_at", None)
            trial.pop("duration", None)
        case.pop("source", None)
    return cases
