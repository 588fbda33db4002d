"""Agents made up for the checks: a file's text, and what a host would get out of it."""

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, Roster, StrictVerdict
from passmuster.domain.values import AgentName, SourceLocation

DESCRIPTION = "Reviews changes to Python services for races and leaks."


def a_file(body: str = "Review the change.", *, name: str = "reviewer", front: str = "") -> str:
    """Write an agent file; further lines of the front matter end with a line feed."""
    return f"---\nname: {name}\ndescription: {DESCRIPTION}\n{front}---\n{body}\n"


def a_material(
    *texts: str,
    tools: tuple[str, ...] | None = None,
    description: str = DESCRIPTION,
    host: str = "claude_code",
    **changes: object,
) -> Material:
    """Make a roster of files ``0.md``, ``1.md``, …, as a host would get it out of them."""
    agents, files = [], []
    for number, text in enumerate(texts or (a_file(),)):
        place = SourceLocation(path=f"{number}.md", line=2)
        agent = AgentDefinition(
            name=AgentName(f"agent-{number}"),
            description=description,
            instructions=text.partition("\n---\n")[2].strip(),
            tools=tools,
            source=place,
            **changes,  # type: ignore[arg-type]  # the tests say what they mean
        )
        agents.append(agent)
        files.append(FileVerdict(location=place, name=agent.name, strict=StrictVerdict.VALID, host=HostVerdict.LOADED))
    roster = Roster(name="made up", host=host, agents=tuple(agents), files=tuple(files))
    known = {
        f"{number}.md": AgentText(path=f"{number}.md", text=text) for number, text in enumerate(texts or (a_file(),))
    }
    return Material(roster=roster, texts=known)
