"""The catalogue as each host shows it, and what it costs."""

import pytest

from passmuster.analysis.catalogues import AGENT_LIMIT, CatalogueForm, catalogue_of, token_count
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.values import AgentName


def agent(name: str, description: str = "Does it.", **fields: object) -> AgentDefinition:
    tools, model = fields.pop("tools", None), fields.pop("model", None)
    assert tools is None or isinstance(tools, tuple)
    assert model is None or isinstance(model, str)
    return AgentDefinition(
        name=AgentName(name), description=description, instructions="", tools=tools, model=model, metadata=fields
    )


def roster(host: str, *agents: AgentDefinition) -> Roster:
    return Roster(name="team", host=host, agents=agents)


AGENTS = (
    agent("b", 'Reviews\\ncode. "Now"', tools=("Read", "Grep")),
    agent("a", disallowedTools="Edit, Write"),
    agent("c", tools=()),
    agent("d", tools=("Read", "Edit"), disallowedTools=["Edit"]),
    agent("e"),
)


@pytest.mark.parametrize(
    ("form", "heading"),
    [
        (CatalogueForm.NEWER, "Available agent types for the Agent tool:"),
        (CatalogueForm.OLDER, "Available agent types and the tools they have access to:"),
    ],
)
def test_claude_code_lists_agents_with_their_tools(form: CatalogueForm, heading: str) -> None:
    """Descriptions stand as they are, and tools as the host has them."""
    text = catalogue_of(roster("claude_code", *AGENTS), form=form).text

    assert text.split("\n") == [
        heading,
        "- a: Does it. (Tools: All tools except Edit, Write)",
        '- b: Reviews\\ncode. "Now" (Tools: Read, Grep)',
        "- c: Does it. (Tools: None)",
        "- d: Does it. (Tools: Read)",
        "- e: Does it. (Tools: All tools)",
    ]


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("skills", "The following skills are available for use with the Skill tool:\n\n- a: x\n- b: "),
        (
            "opencode",
            (
                "Available agent types and the tools they have access to:\n- a: x\n"
                "- b: This subagent should only be called manually by the user."
            ),
        ),
        (
            "gemini_cli",
            (
                "<available_subagents>\n"
                "  <subagent>\n    <name>a</name>\n    <description>x</description>\n  </subagent>\n"
                "  <subagent>\n    <name>b</name>\n    <description></description>\n  </subagent>\n"
                "</available_subagents>"
            ),
        ),
        (
            "vscode",
            (
                "<agents>\n<agent>\n<name>a</name>\n<description>x</description>\n<argumentHint>y</argumentHint>\n</agent>\n"
                "<agent>\n<name>b</name>\n</agent>\n</agents>"
            ),
        ),
        (
            "codex",
            (
                "Available roles:\na: {\nx\n- This role's model is set to `m` and cannot be changed.\n}\n"
                "b: {\n\n- This role's model is set to `m` and its reasoning effort is set to `low`. "
                "These settings cannot be changed.\n}"
            ),
        ),
    ],
)
def test_other_hosts_have_other_forms(host: str, text: str) -> None:
    """Each host's list is its own."""
    first = agent("a", "x", model="m", **{"argument-hint": "y"})
    second = agent("b", "", model="m", model_reasoning_effort="low")

    catalogue = catalogue_of(roster(host, first, second))

    assert catalogue.text == text
    assert catalogue.is_exact


@pytest.mark.parametrize("host", ["copilot", "cursor", "somebody"])
def test_unpublished_forms_are_stood_in_for(host: str) -> None:
    """The plainest form is used, and the catalogue says that it is not the host's."""
    catalogue = catalogue_of(roster(host, agent("a")))

    assert catalogue.text == "- a: Does it."
    assert not catalogue.is_exact
    assert catalogue.limit is None


def test_the_order_can_be_chosen() -> None:
    """Agents come in the order that is asked for; unknown names are left out, each is listed once."""
    order = [AgentName(name) for name in ("c", "a", "nobody", "c")]

    catalogue = catalogue_of(roster("copilot", *AGENTS), order)

    assert [entry.agent for entry in catalogue.entries] == ["c", "a"]


def test_a_rosters_own_order_comes_before_that_of_names() -> None:
    """The order of presentation, where a roster has one, is the catalogue's."""
    own = Roster(name="team", agents=AGENTS, presentation=(AgentName("e"), AgentName("b")))

    assert [entry.agent for entry in catalogue_of(own).entries][:3] == ["e", "b", "a"]


def test_costs_add_up() -> None:
    """Four characters are a token; shares make a whole."""
    catalogue = catalogue_of(roster("claude_code", *AGENTS))

    assert catalogue.tokens == token_count(catalogue.text) == -(-len(catalogue.text) // 4)
    assert sum(entry.share for entry in catalogue.entries) == pytest.approx(1)
    assert sum(entry.tokens for entry in catalogue.entries) <= catalogue.tokens
    assert catalogue.description_tokens == token_count("".join(item.description for item in AGENTS))


def test_nobody_costs_nothing() -> None:
    """An empty roster has an empty list."""
    catalogue = catalogue_of(roster("gemini_cli"))

    assert catalogue.entries == ()
    assert catalogue.description_tokens == 0


@pytest.mark.parametrize(("excess", "rules"), [(0, []), (1, ["large-catalogue"])])
def test_a_large_catalogue_is_warned_of(excess: int, rules: list[str]) -> None:
    """The limit is about descriptions; the dearest agents are named."""
    large = agent("large", "x" * (4 * AGENT_LIMIT - 4 + excess))

    catalogue = catalogue_of(roster("claude_code", large, agent("a", "x" * 4)))

    assert [finding.rule for finding in catalogue.findings] == rules
    assert all("'large' (" in finding.hint for finding in catalogue.findings)
