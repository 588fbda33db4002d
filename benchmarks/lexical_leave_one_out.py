"""How often the lexical router finds the agent whose author wrote the request.

Most authors of agents put examples into the description: what a user says, and that this agent then takes over. These
user lines are requests with a known answer. In round j the j-th example of every agent is taken out of the roster and
asked for; the others stay. Examples are scarce and authors write them along with the description, so the figure is
good for comparing routers with one another, and flatters all of them.

Run it on a folder of Claude Code agents::

    python benchmarks/lexical_leave_one_out.py path/to/agents
"""

import argparse
import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName
from passmuster.ports import Router

VARIANTS: Mapping[str, tuple[str, ...]] = {
    "name, description, examples (default)": ("name", "description", "examples"),
    "name, description": ("name", "description"),
    "name, description, examples, body": ("name", "description", "examples", "body"),
}
PUBLIC = Path(__file__).parents[2] / "shared" / "data" / "rosters" / "davila7__claude-code-templates"
"""A public roster with examples, where one lies beside the project."""

RESAMPLES = 2_000
SEED = 20_250_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one request fared.

    Attributes:
        agent: Whose example it was.
        is_right: Whether that agent was chosen; abstaining is wrong here.
        is_near: Whether it was among the best three.
        seconds: How long routing took.
    """

    agent: AgentName
    is_right: bool
    is_near: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The outcomes of all requests, and the seconds that each round's router took to build."""

    outcomes: Sequence[Outcome]
    building: Sequence[float]

    @property
    def accuracy(self) -> float:
        """The share of requests for which the right agent was chosen."""
        return sum(outcome.is_right for outcome in self.outcomes) / len(self.outcomes)

    @property
    def accuracy_within_three(self) -> float:
        """The share of requests for which the right agent was among the best three."""
        return sum(outcome.is_near for outcome in self.outcomes) / len(self.outcomes)


def component(group: str, name: str) -> Component[Any, Any]:
    """Return a component as the product finds it."""
    (found,) = entry_points(group=group, name=name)
    loaded: Component[Any, Any] = found.load()
    return loaded


def load_roster(location: Path) -> Roster:
    """Load a folder of agents; of two with one name the first in order of paths stays."""
    loader = component("passmuster.roster_loaders", "claude_code")
    roster: Roster = loader.build(loader.options(), BuildContext(folder=location)).load(location)
    return roster


def build_router(roster: Roster, fields: Sequence[str]) -> Router:
    """Build the lexical router for a roster."""
    lexical = component("passmuster.routers", "lexical")
    router: Router = lexical.build(lexical.options(fields=fields), BuildContext(folder=Path(), roster=roster))
    return router


def rounds(roster: Roster) -> Iterator[tuple[Roster, list[tuple[AgentName, str]]]]:
    """Yield each round's roster, and the requests taken out of it with the agents that they belong to."""
    examples = {agent.name: [one for one in agent.examples if one.user] for agent in roster.agents}
    for turn in range(max((len(lines) for lines in examples.values()), default=0)):
        agents = tuple(
            replace(agent, examples=tuple(examples[agent.name][:turn] + examples[agent.name][turn + 1 :]))
            for agent in roster.agents
        )
        asked = [(name, lines[turn].user) for name, lines in examples.items() if turn < len(lines)]
        yield replace(roster, agents=agents), asked


async def measure(roster: Roster, fields: Sequence[str]) -> Measurement:
    """Route every example's user line with the example taken out."""
    outcomes, building = [], []
    for reduced, asked in rounds(roster):
        began = time.perf_counter()
        router = build_router(reduced, fields)
        building.append(time.perf_counter() - began)
        for agent, text in asked:
            began = time.perf_counter()
            decision = await router.route(Request(text=text))
            seconds = time.perf_counter() - began
            near = {ranked.agent for ranked in decision.ranking[:3]}
            outcomes.append(
                Outcome(agent=agent, is_right=decision.chosen == agent, is_near=agent in near, seconds=seconds)
            )
    return Measurement(outcomes=outcomes, building=building)


def interval(outcomes: Sequence[Outcome], *, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the 95 % interval of the accuracy: a bootstrap over agents, for an agent's requests are alike."""
    grouped: defaultdict[AgentName, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        grouped[outcome.agent].append(outcome.is_right)
    groups = [(sum(group), len(group)) for group in grouped.values()]
    generator = random.Random(SEED)  # noqa: S311 - a bootstrap keeps no secrets
    means = []
    for _ in range(resamples):
        drawn = generator.choices(groups, k=len(groups))
        means.append(sum(right for right, _ in drawn) / sum(size for _, size in drawn))
    return quantile(means, 0.025), quantile(means, 0.975)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which about that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def row(name: str, measurement: Measurement) -> str:
    """Return one line of the table."""
    lower, upper = interval(measurement.outcomes)
    times = [1_000 * outcome.seconds for outcome in measurement.outcomes]
    return (
        f"{name:<38}{measurement.accuracy:>7.3f}  [{lower:.3f}, {upper:.3f}]{measurement.accuracy_within_three:>8.3f}"
        f"{quantile(times, 0.5):>9.2f}{quantile(times, 0.95):>9.2f}{quantile(measurement.building, 0.5):>9.2f}"
    )


def main(arguments: Sequence[str]) -> int:
    """Measure all variants and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "roster", type=Path, nargs="?", default=PUBLIC, help="a folder of agent files whose descriptions hold examples"
    )
    location = parser.parse_args(arguments).roster
    if not location.is_dir():
        print(f"skipped: there is no roster at {location}; name a folder of agents with examples")
        return 0
    roster = load_roster(location)
    requests = sum(len(asked) for _, asked in rounds(roster))
    print(f"{len(roster.agents)} agents, {requests} requests")
    if not requests:
        print("no description holds an example with a user line")
        return 2
    print(f"{'fields':<38}{'@1':>7}  {'95 % interval':<14}{'@3':>8}{'p50 ms':>9}{'p95 ms':>9}{'build s':>9}")
    for name, fields in VARIANTS.items():
        print(row(name, asyncio.run(measure(roster, fields))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
