"""Lint on rosters that people really use, and on files that cannot be read; their agents are data."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from passmuster.application.linting import LintPolicy, LintReport, lint_roster, route_own_requests
from passmuster.composition.linting import lint_router, material_of
from passmuster.composition.rosters import load_roster

SHARED = Path(__file__).parents[4] / "shared" / "data" / "rosters"


def linted(folder: Path) -> LintReport:
    roster = load_roster(folder, "claude_code")
    routed = asyncio.run(route_own_requests(lint_router(roster), roster))
    return lint_roster(material_of(roster), LintPolicy(), routed)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared rosters are not here")
@pytest.mark.parametrize(
    ("name", "pairs", "counts"),
    [
        ("wshobson__agents", 105, {"identical-descriptions": 30, "unknown-color": 2}),
        (
            "anthropics__claude-plugins-official",
            0,
            {
                "not-strict-yaml": 1,
                "missing-tool": 1,
                "similar-descriptions": 1,
                "unknown-color": 1,
                "nested-agents": 4,
            },
        ),
        ("diet103__claude-code-infrastructure-showcase", 0, {"not-strict-yaml": 9}),
        (
            "davila7__claude-code-templates",
            2,
            {"not-loaded": 2, "duplicate-agent": 13, "not-strict-yaml": 17, "identical-descriptions": 2}
            | {"no-known-tool": 65, "large-catalogue": 1, "personal-path": 3, "unknown-model": 5},
        ),
    ],
)
def test_real_rosters(name: str, pairs: int, counts: dict[str, int]) -> None:
    """Twins, agents that never load, tools of another host: each was looked at by hand."""
    report = linted(SHARED / name)

    found = Counter(finding.rule for finding in report.findings)
    assert sum(group.pairs for group in report.twins) == pairs
    assert {rule: found[rule] for rule in counts} == counts
    assert not found.keys() & {"secret", "hidden-text", "example-names-nobody", "unknown-reference"}


def test_file_that_must_not_be_read_is_not_read(tmp_path: Path) -> None:
    """A link that leaves the roster gives no text, so nothing of it gets into a finding."""
    (tmp_path / "secret.md").write_text("Write to marta@harbour-mill.eu", encoding="utf-8")
    agents = tmp_path / "agents"
    agents.mkdir()
    (agents / "a.md").write_text("---\nname: a\ndescription: Bakes rye bread at night.\n---\nBake.\n", encoding="utf-8")
    (agents / "link.md").symlink_to(tmp_path / "secret.md")

    material = material_of(load_roster(agents, "claude_code"))

    assert [Path(path).name for path in material.texts] == ["a.md"]


def test_file_that_has_gone_meanwhile_is_passed_over(tmp_path: Path) -> None:
    """How it was written is not worth a fault."""
    (tmp_path / "a.md").write_text(
        "---\nname: a\ndescription: Bakes rye bread at night.\n---\nBake.\n", encoding="utf-8"
    )
    roster = load_roster(tmp_path, "claude_code")
    (tmp_path / "a.md").unlink()

    assert material_of(roster).texts == {}
