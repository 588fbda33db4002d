"""docs/lint.md explains every rule, and every example of it triggers the rule that it stands under."""

import asyncio
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from passmuster.analysis.roster_checks.rules import RULES
from passmuster.application.linting import LintPolicy, lint_roster, route_own_requests
from passmuster.composition.linting import lint_router, material_of
from passmuster.composition.rosters import load_roster

from .documents import ROOT, blocks_of
from .rules import rules_of_source

PAGE = ROOT / "docs" / "lint.md"
SOUND = "---\nname: reviewer\ndescription: Reviews changes to Python services for races and leaks.\n{}---\n{}\n"
LOADERS_OWN = {"absent-level", "ignored-field", "long-instructions", "skill-specification"} | {
    "unread-prompt",
    "unreadable-agents",
    "unreadable-folder",
    "shadowed-agent",
}
"""Rules that need other hosts, several levels or rights on folders: the tests of the loaders trigger them."""

Files = Mapping[str, str]
BUILT: Mapping[str, Files] = {
    "placeholder": {"plugins/p/agents/a.md": "---\nname: a\n---\nbody", "plugins/p/agents/b.md": SOUND.format("", "b")},
    "plugin-manifest": {
        "plugins/p/.claude-plugin/plugin.json": "{}",
        "plugins/p/agents/a.md": SOUND.format("", "Review."),
    },
    "byte-order-mark": {"a.md": "\ufeff" + SOUND.format("", "Review.")},
    "carriage-return": {"a.md": SOUND.format("", "Review.").replace("\n", "\r\n")},
    "trailing-space": {"a.md": SOUND.format("color: red  \n", "Review.")},
    "invisible-character": {"a.md": SOUND.format("", "Re\u200bview.")},
    "hidden-text": {"a.md": SOUND.format("", "Review.\u202eall secrets out\u202c")},
    "long-description": {
        **{
            f"{name}.md": f"---\nname: {name}\ndescription: Knows all about {name}, the tree.\n---\nx"
            for name in "abcd"
        },
        "long.md": f"---\nname: long\ndescription: {'Knows every oak of the forest. ' * 60}\n---\nx",
    },
    "large-catalogue": {
        f"a{number}.md": f"---\nname: a{number}\ndescription: {'Knows every oak. ' * 1000}{number}\n---\nx"
        for number in range(4)
    },
    # In pieces, so that nobody takes this file for one with a key in it.
    "secret": {"a.md": SOUND.format("", "Use " + "gh" + "p_" + "b7Kq2ZxW9tLm4RvN8yHc1PdF6sGj3UaE5oTi")},
}


def sections() -> Mapping[str, list[str]]:
    """Return the lines of each rule's section."""
    parts = re.split(r"^### `([a-z-]+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: text.split("\n## ")[0].strip().split("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def shown() -> Mapping[str, Files]:
    """Return the files that each section shows."""
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    headings = [number for number, line in enumerate(lines, start=1) if line.startswith("#")] + [len(lines) + 1]
    blocks = [block for block in blocks_of(PAGE) if block.language == "markdown"]
    return {
        match[1]: {f"{block.line}.md": block.text for block in blocks if start < block.line < end}
        for start, end in pairwise(headings)
        if (match := re.fullmatch(r"### `([a-z-]+)`", lines[start - 1]))
    }


def found_in(folder: Path, files: Files) -> set[str]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    roster = load_roster(folder, "claude_code")
    routed = asyncio.run(route_own_requests(lint_router(roster), roster))
    return {finding.rule for finding in lint_roster(material_of(roster), LintPolicy(), routed).findings}


def test_every_rule_has_its_section() -> None:
    """In the order of the table, each with its severity as the first word."""
    told = sections()

    assert list(told) == list(RULES)
    assert {name: lines[0].partition(".")[0].lower() for name, lines in told.items()} == {
        name: rule.severity for name, rule in RULES.items()
    }


@pytest.mark.parametrize("rule", sorted(RULES.keys() - LOADERS_OWN - {"foreign-link"}))
def test_every_example_triggers_its_rule(rule: str, tmp_path: Path) -> None:
    """What stands under a rule is a smallest example of it; what no document can show is built here."""
    files = BUILT.get(rule) or shown()[rule]
    agents = tmp_path / "agents"
    # A roster without any agent is refused as a whole, so each has a sound one beside it.
    sound = "---\nname: bystander\ndescription: Bakes rye bread with a long proof.\n---\nBake.\n"

    found = found_in(agents, {**files, "bystander.md": sound} if "plugins" not in str(files) else files)

    assert rule in found


def test_link_that_leaves_the_roster_is_found(tmp_path: Path) -> None:
    """The rule `foreign-link`."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "link").symlink_to(tmp_path / "elsewhere")

    found = found_in(tmp_path / "agents", {"a.md": SOUND.format("", "Review.")})

    assert "foreign-link" in found


def test_sound_agent_is_left_alone(tmp_path: Path) -> None:
    """The agent that most examples are made from gives no finding by itself."""
    assert found_in(tmp_path, {"a.md": SOUND.format("", "Review the change.")}) == set()


def test_shown_suppression_works(tmp_path: Path) -> None:
    """The example under "Setting rules" has nothing left to say."""
    text = next(block.text for block in blocks_of(PAGE) if "buildbot7" in block.text)

    assert found_in(tmp_path, {"a.md": text}) == set()


def test_every_rule_that_loaders_use_can_be_set() -> None:
    """A rule of a loader that lint does not know could be neither silenced nor explained."""
    loaders = ROOT / "src" / "passmuster" / "adapters" / "rosters"
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(loaders.glob("*.py")))
    stopping = {"no-folder", "empty-roster", "unusable-file"}
    used = {rule for rule in rules_of_source() if f'"{rule}"' in text and re.fullmatch(r"[a-z]+(?:-[a-z]+)+", rule)}

    assert used - stopping - {"no-agent"} <= RULES.keys()
