"""The command `init`: a suite for the agents of this repository, with first cases from their own examples."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from passmuster.cli.console import safe, terminal
from passmuster.cli.leaving import say
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.hosts import RosterPlace, find_place
from passmuster.composition.rosters import load_roster
from passmuster.configuration.suite import NAME_PATTERN
from passmuster.domain.agents import AgentDefinition, AgentExample, Roster
from passmuster.domain.cases import LEAKY
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation
from passmuster.placing import write_whole

SUITE = """\
name: {name}
roster: {roster}
datasets:
  - {{use: files, location: ../../datasets/{name}/routing.jsonl}}
subjects:
  descriptions: {{use: routed, router: {{use: lexical}}}}
store: {{use: sqlite, location: ../../.passmuster/runs.sqlite}}
gate:
  - {{metric: unaccepted_breaks, maximum: 0}}
  - {{metric: harness_failure_rate, maximum: 0.02}}
"""

CONTROLS = (
    ("nobody-001", "What is seventeen times twenty-four?"),
    ("nobody-002", "Thanks, that was all for today."),
)
"""Requests that no coding agent should take."""


USUAL_AGENTS = Path(".claude/agents")
"""Where agents are looked for, if no host's are found."""


def init(agents: Path | None, name: str, host: str | None = None, *, as_json: bool = False) -> int:
    """Write a suite and its first cases; nothing that exists is touched.

    Args:
        agents: The folder of agents; ``None`` finds it.
        name: What to call the suite.
        host: By whose rules the agents are read; ``None`` finds it.
        as_json: Whether a machine reads the result.
    """
    _refuse_name(name)
    suite = Path("evals") / name / "suite.yaml"
    cases = Path("datasets") / name / "routing.jsonl"
    _refuse_existing([suite, cases])
    found = _found(agents, host)
    roster = load_roster(found.location, found.host)
    lines = [json.dumps(line, ensure_ascii=False) for line in _cases(roster)]
    section = _section(found, upwards=Path(*[".."] * len(suite.parent.parts)))
    write_whole(cases, "\n".join(lines) + "\n")
    write_whole(suite, SUITE.format(name=name, roster=section))
    silent = [agent.name for agent in roster.agents if not agent.examples]
    if as_json:
        written = {"suite": str(suite), "cases": str(cases)}
        counts = {"agents": len(roster.agents), "first_cases": len(lines)}
        print_json({**written, **counts, "without_example": silent, "findings": findings_of(roster.errors())})
        return 0
    console = terminal()
    console.print(f"{len(roster.agents)} agents, {len(lines)} first cases, most from the agents' own examples")
    if silent:
        console.print(safe(f"without an example, and so without a case yet: {', '.join(silent)}"))
    console.print(f"wrote {suite} and {cases}", soft_wrap=True)
    for finding in roster.errors():
        say(f"{finding.severity}: {finding} [{finding.rule}]")
    console.print("next: add requests that people really make, then `passmuster run` and `passmuster accept`;")
    console.print("commit the baseline, and let git ignore .passmuster/ and reports/")
    return 0


def _found(agents: Path | None, host: str | None) -> RosterPlace:
    if agents is not None:
        return find_place(agents, host)
    found = find_place(Path(), host)
    # A place without agents is complained about under the name that most people's agents have.
    return replace(found, location=USUAL_AGENTS) if found.location == Path() and found.host == "claude_code" else found


def _section(found: RosterPlace, *, upwards: Path) -> str:
    """Return the suite's section: JSON is YAML, too, and quotes whatever stands in a path."""
    places = {"location": str(found.location), **found.options}
    entries = [f"{key}: {json.dumps(str(upwards / place))}" for key, place in places.items()]
    return f"{{use: {found.host}, {', '.join(entries)}}}"


def _refuse_name(name: str) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        finding = Finding(
            rule="suite-name",
            severity=Severity.ERROR,
            message=f"{name!r} cannot be a suite's name",
            hint="write letters, digits, '-', '_' and '.', beginning with a letter or a digit",
        )
        raise InvalidConfigurationError([finding])


def _refuse_existing(paths: list[Path]) -> None:
    findings = [
        Finding(
            rule="exists",
            severity=Severity.ERROR,
            message="this file is already there",
            hint="choose another --name, or move it away",
            location=SourceLocation(path=str(path)),
        )
        for path in paths
        if path.exists()
    ]
    if findings:
        raise InvalidConfigurationError(findings)


def _cases(roster: Roster) -> Iterator[dict[str, object]]:
    for agent in roster.agents:
        for number, example in enumerate(agent.examples, start=1):
            if example.user.strip():
                yield _leaky_case(agent, example, number)
    for identifier, text in CONTROLS:
        yield {"identifier": identifier, "request": text, "expect": {"agent": None}, "tags": ["control"]}


def _leaky_case(agent: AgentDefinition, example: AgentExample, number: int) -> dict[str, object]:
    # The router reads the very words that it is asked: such a case proves that an agent can be reached, no more.
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", agent.name).strip(".-_") or "agent"
    return {
        "identifier": f"{slug}-example-{number}",
        "request": example.user,
        "expect": {"agent": agent.name},
        "tags": [LEAKY],
    }
