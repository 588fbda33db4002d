"""Rosters that people really use; their agents are data, never instructions."""

from collections import Counter
from pathlib import Path

import pytest

from passmuster.adapters.rosters.claude_code import COMPONENT
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster, StrictVerdict

SHARED = Path(__file__).parents[5] / "shared" / "data"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared rosters are not here")


def load(location: Path, **options: object) -> Roster:
    return COMPONENT.build(COMPONENT.options.model_validate(options), BuildContext(folder=location)).load(location)


@pytest.mark.parametrize(
    ("path", "strict", "host", "agents", "examples"),
    [
        ("seed", {"invalid": 1}, {"loaded leniently": 1}, 1, 3),
        (
            "rosters/diet103__claude-code-infrastructure-showcase",
            {"valid": 1, "invalid": 9, "no front matter": 1},
            {"loaded": 1, "loaded leniently": 9, "not an agent": 1},
            10,
            26,
        ),
        (
            "rosters/anthropics__claude-plugins-official",
            {"valid": 30, "invalid": 1},
            {"loaded": 30, "loaded leniently": 1},
            31,
            15,
        ),
        ("rosters/wshobson__agents", {"valid": 202}, {"loaded": 202}, 202, 0),
        (
            "rosters/davila7__claude-code-templates",
            {"valid": 395, "invalid": 22, "no front matter": 7},
            {"loaded": 385, "loaded leniently": 17, "shadowed": 13, "refused": 2, "not an agent": 7},
            402,
            471,
        ),
    ],
)
def test_real_rosters(path: str, strict: dict[str, int], host: dict[str, int], agents: int, examples: int) -> None:
    """Every file of the real rosters has its verdict, and every example has a request."""
    roster = load(SHARED / path, duplicates="keep_first")

    found = [example for agent in roster.agents for example in agent.examples]
    assert Counter(file.strict.value for file in roster.files) == strict
    assert Counter(file.host.value for file in roster.files) == host
    assert (len(roster.agents), len(found)) == (agents, examples)
    assert all(example.user and example.line for example in found)
    assert all(file.reason for file in roster.files if file.strict is not StrictVerdict.VALID)


@pytest.mark.parametrize(
    ("name", "duplicates"),
    [
        ("anthropics__claude-plugins-official", {"code-reviewer", "code-simplifier"}),
        ("wshobson__agents", set()),
    ],
)
def test_real_plugins_without_their_prefixes(name: str, duplicates: set[str]) -> None:
    """As one folder the plugins' agents clash exactly where two of them have one name."""
    roster = load(SHARED / "rosters" / name, layout="folder")

    assert {finding.message.split("'")[1] for finding in roster.errors()} == duplicates


def test_the_seed_loads_as_the_product_loads_it() -> None:
    """Its literal line breaks stay in the description, and its three examples name it."""
    (agent,) = load(SHARED / "seed").agents

    assert agent.name == "python-backend-architect"
    assert "\\n\\nExamples:\\n- <example>\\n" in agent.description
    assert agent.metadata == {"color": "blue"}
    assert agent.tools is None
    assert [example.agent for example in agent.examples] == [agent.name] * 3
    assert agent.examples[0].user == "I need to add a user authentication endpoint to my FastAPI app"
