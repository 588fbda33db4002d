"""Examples that speak of another agent than the one whose description holds them."""

from collections.abc import Iterator

from passmuster.analysis.roster_checks.claude_code import BUILT_IN_AGENTS
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.roster_checks.rules import complaint, place_of, quoted
from passmuster.domain.agents import AgentDefinition, AgentExample
from passmuster.domain.findings import Finding


def misleading_examples(material: Material) -> Iterator[Finding]:
    """Find examples in which another agent is called, or one that is not there."""
    known = set(material.roster.names)
    for agent in material.roster.agents:
        for example in agent.examples:
            called = example.agent
            if called is None or _is_own(called, agent) or called.casefold() in BUILT_IN_AGENTS:
                continue
            if called in known:
                yield complaint(
                    "example-names-another",
                    place_of(agent, example.line),
                    f"an example of {agent.name!r} calls {called!r}: {_shown(example)}",
                    f"let the example call {agent.name!r}, or move it to the other's description",
                )
            else:
                yield complaint(
                    "example-names-nobody",
                    place_of(agent, example.line),
                    f"an example of {agent.name!r} calls {called!r}, which the roster does not have: {_shown(example)}",
                    f"write {agent.name!r}: choosers take examples by the letter",
                )


def _is_own(called: str, agent: AgentDefinition) -> bool:
    return called.rpartition(":")[2].casefold() == agent.name.rpartition(":")[2].casefold()


def _shown(example: AgentExample) -> str:
    return quoted(example.user or example.assistant or example.context)
