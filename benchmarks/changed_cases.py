"""How many of the requests that an edit moves are among those that `run --changed` runs.

Agents of a suite are edited one at a time, by a seed: a description is widened by the names of four other agents, gets
a sentence of another agent, loses one of its own, is replaced by a short one, or gets one word more. All cases are
routed before and after; what went elsewhere is looked for among the cases that the product selects::

    python benchmarks/changed_cases.py [suite.yaml] [--edits 30]

The store of the suite is not touched: what is known of the cases is one run of all of them, made here, with or without
its rankings, which is what a stored run and an accepted baseline show.
"""

import argparse
import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from passmuster.analysis.nearness import Past
from passmuster.analysis.observing import observe
from passmuster.analysis.selecting import CaseSelection, Draw, Former, select_cases
from passmuster.application.evaluating import EvaluateSuite
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier
from passmuster.testing.fakes import MemoryStore

SUITE = Path(__file__).parents[1] / "evals" / "software_team" / "suite.yaml"
SHARE = 0.1
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_EXAMPLES = "<example>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A roster with one edited description, and what kind of edit it was."""

    kind: str
    roster: Roster


def edits(roster: Roster, number: int) -> Iterator[Edited]:
    """Yield as many edits, the same ones every time."""
    for seed in range(number):
        draw = random.Random(seed)  # noqa: S311 - nothing secret
        agent = draw.choice(roster.agents)
        others = [other for other in roster.agents if other != agent]
        kind = draw.choice(["widened", "sentence more", "sentence less", "shortened", "word more"])
        edited = _edited(kind, agent, others, draw)
        agents = tuple(edited if one == agent else one for one in roster.agents)
        yield Edited(kind=kind, roster=replace(roster, agents=agents))


def _edited(
    kind: str, agent: AgentDefinition, others: Sequence[AgentDefinition], draw: random.Random
) -> AgentDefinition:
    head, mark, examples = agent.description.partition(_EXAMPLES)
    own, foreign = _SENTENCE.split(head.strip()), _SENTENCE.split(_head(draw.choice(others)))
    if kind == "widened":
        names = ", ".join(other.name.replace("-", " ") for other in draw.sample(others, 4))
        own.append(f"Also use it for {names} work.")
    elif kind == "sentence more":
        own.append(draw.choice(foreign))
    elif kind == "sentence less":
        own.pop(draw.randrange(len(own)))
    elif kind == "shortened":
        short = f"Use for {agent.name.replace('-', ' ')} work of any kind."
        return replace(agent, description=short, examples=())
    else:
        words = [word for other in others for word in re.findall(r"[A-Za-z]{4,}", _head(other))]
        own.append(f"{draw.choice(words)}.")
    return replace(agent, description=f"{' '.join(own) or 'An agent.'}\n\n{mark}{examples}")


def _head(agent: AgentDefinition) -> str:
    return agent.description.partition(_EXAMPLES)[0].strip()


class Suite:
    """A suite whose cases are routed in memory."""

    def __init__(self, place: Path) -> None:
        """Build its parts once."""
        self.bench = Workbench(place, Settings())
        # Without a rubric nobody is asked to write.
        self.parts = replace(
            self.bench.parts(),
            cases=tuple(replace(case, rubric=None) for case in self.bench.cases),
            store=MemoryStore(),
        )

    def run(self, roster: Roster) -> Run:
        """Run all cases with a roster."""
        parts = replace(self.parts, roster=roster, subjects=self.bench.subjects((), roster), store=MemoryStore())
        evaluate = EvaluateSuite(parts=parts)
        return asyncio.run(evaluate.execute(evaluate.start(), lambda _trial: None))

    def select(self, past: Past, roster: Roster) -> CaseSelection:
        """Select the cases of the next run."""
        former = Former(roster=self.parts.roster, cases=self.parts.cases, label="before")
        return select_cases(self.parts.cases, roster, former, past, Draw(share=SHARE, seed=self.parts.seed))


def moved(before: Snapshot, after: Snapshot) -> tuple[set[CaseIdentifier], set[CaseIdentifier]]:
    """Return the cases that any subject sends elsewhere, and those of them that broke."""
    pairs = [
        pair for pair in zip(before.observations, after.observations, strict=True) if pair[0].chosen != pair[1].chosen
    ]
    broken = {one.case for one, other in pairs if (one.routing_rate or 0) > (other.routing_rate or 0)}
    return {one.case for one, _ in pairs}, broken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", nargs="?", type=Path, default=SUITE)
    parser.add_argument("--edits", type=int, default=30)
    given = parser.parse_args()
    suite = Suite(given.suite)
    run = suite.run(suite.parts.roster)
    snapshot = observe(run)
    names = [record.name for record in run.manifest.subjects]
    known = {
        "baseline and a stored run": Past(baseline=snapshot, runs=[run], subjects=names),
        "baseline alone": Past(baseline=snapshot, runs=[], subjects=names),
        "no margins, no rankings": Past(baseline=_blind(snapshot), runs=[], subjects=names),
        "nothing": Past(baseline=None, runs=[], subjects=names),
    }
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for edited in edits(suite.parts.roster, given.edits):
        went, broken = moved(snapshot, observe(suite.run(edited.roster)))
        for label, past in known.items():
            began = time.perf_counter()
            selection = suite.select(past, edited.roster)
            totals[label]["milliseconds"] += round(1000 * (time.perf_counter() - began))
            ran = set(selection.inclusions)
            found = {"moved": len(went), "found": len(went & ran), "broke": len(broken), "seen": len(broken & ran)}
            totals[label].update(found | {"ran": len(ran), "certain": len(selection.certain)})
            kinds[edited.kind].update({f"{label}: {name}": number for name, number in found.items()})
    cases = given.edits * len(suite.parts.cases)
    for label, total in totals.items():
        print(
            f"{label}: moved {total['found']}/{total['moved']}, broke {total['seen']}/{total['broke']}, "
            f"cases run {total['ran'] / cases:.1%} ({total['certain'] / cases:.1%} for sure), "
            f"{total['milliseconds'] / given.edits:.0f} ms to select"
        )
    for kind, total in sorted(kinds.items()):
        print(
            f"  {kind}: "
            + ", ".join(f"{label} {total[f'{label}: found']}/{total[f'{label}: moved']}" for label in known)
        )


def _blind(snapshot: Snapshot) -> Snapshot:
    """Return what a router without scores would have left."""
    observations = tuple(replace(item, margin=None, score=None, rival="") for item in snapshot.observations)
    return replace(snapshot, observations=observations)


if __name__ == "__main__":
    main()
