"""How often `blame` finds the guilty sentence, and what it costs.

Edits of our own roster are planted, drawn from a seed. One sentence is guilty: it puts words from another agent's
description into an agent's own, and at least one request flips by it alone. Four to twelve other edits of up to five
agents are harmless: stop words exchanged, sentences none of whose words occurs in any request, sentences in bodies. All
of them together flip nothing. Some requests still flip only by the guilty sentence and some of the others together,
because the lengths of descriptions count; there the answer is right if no part of it flips the request, which is tried
out for every part. Whether any smaller set would have done, is tried out as well.

The varying router makes the same choices nine times out of ten, and otherwise any other.

Run it::

    python benchmarks/blame_accuracy.py
"""

import argparse
import asyncio
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import median

from passmuster.application.asking import Means
from passmuster.application.blaming import BlameParts, blame
from passmuster.application.edits import Edit, Field, RosterEdits
from passmuster.application.guilt import Blame
from passmuster.application.planning import PlannedSubject
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import Answer, Asked, Failure, RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.values import AgentName, CaseIdentifier, fingerprint_of
from passmuster.ports import Subject

SUITE = Path(__file__).parents[1] / "evals" / "software_team" / "suite.yaml"
STEADY = 0.9
"""How often the varying router makes the lexical choice."""

FEWEST_HUNKS = 4
MOST_HUNKS = 12
MOST_AGENTS = 5
BUDGET = 20_000
BUDGET_OF_VARYING = 200
SMALL = 3
"""Only sets of up to so many edits are compared with all smaller sets of any edits."""

EXCHANGED = {
    "the": "that",
    "a": "the",
    "and": "or",
    "or": "and",
    "with": "by",
    "this": "that",
    "for": "to",
    "is": "was",
}
FILLERS = (
    "Quiet",
    "gladly",
    "herons",
    "ponder",
    "mossy",
    "lanterns",
    "amber",
    "twilight",
    "wander",
    "velvet",
    "meadow",
    "harp",
    "violet",
    "orchard",
    "pebbles",
    "whistle",
    "juniper",
    "thistle",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A roster with one guilty sentence and some harmless edits.

    Attributes:
        roster: The roster after all edits.
        thief: The agent that got the guilty sentence.
        sentence: The guilty sentence.
        hunks: How many harmless edits there are.
    """

    roster: Roster
    thief: AgentName
    sentence: str
    hunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one planted edit fared.

    Attributes:
        exact: Flipped requests for which the guilty sentence and nothing else was named.
        smallest: Those for which more was named, and no smaller set of edits flips them.
        minimal: Those for which more was named, no part of which flips them; but a smaller set does.
        wrong: The others.
        calls: Calls of each request's search.
        total: All calls: to find what flipped, to search, and to see what reverting costs.
        seconds: How long it took.
    """

    exact: int
    smallest: int
    minimal: int
    wrong: int
    calls: tuple[int, ...]
    total: int
    seconds: float

    @property
    def is_found(self) -> bool:
        """Whether every answer is right, and the guilty sentence was named at least once."""
        return self.exact > 0 and self.wrong == 0


class Varying:
    """A subject that mostly chooses as another one, and otherwise anybody; equal repetitions get equal answers."""

    writes = False
    takes_assignments = False

    def __init__(self, inner: Subject, roster: Roster, seed: int) -> None:
        """Take the subject to follow."""
        self._inner = inner
        self._names = roster.names
        self._salt = [seed, roster.fingerprint]

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        """Choose."""
        answer = await self._inner.respond(request, repetition=repetition, assigned=assigned, asked=asked)
        generator = random.Random(fingerprint_of([*self._salt, request.text, repetition]))  # noqa: S311 - no secret
        if generator.random() < STEADY or not isinstance(answer.routing, RoutingDecision):
            return answer
        others = [name for name in self._names if name != answer.routing.chosen]
        return Answer(routing=RoutingDecision(chosen=generator.choice(others)))

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        """Know of no failure beforehand."""
        return self._inner.foresee(request, repetition=repetition, assigned=assigned, asked=asked)


class Bench:
    """Our own suite, and what planting and blaming need of it."""

    def __init__(self) -> None:
        """Load the suite; only its cases without a rubric are asked."""
        self.workbench = Workbench(SUITE, Settings())
        self.roster = self.workbench.roster
        self.cases = tuple(case for case in self.workbench.cases if case.rubric is None)
        text = " ".join(case.request.text for case in self.cases).lower()
        self.fillers = [word for word in FILLERS if word.lower() not in text]
        lost = self.wrong(self.roster, self.cases)
        self.right = tuple(case for case in self.cases if case.identifier not in lost)

    def subject(self, roster: Roster) -> PlannedSubject:
        """Build the lexical subject."""
        return self.workbench.subjects(["lexical"], roster)[0]

    def varying(self, roster: Roster, seed: int) -> PlannedSubject:
        """Build the varying subject."""
        steady = self.subject(roster)
        record = replace(steady.record, is_deterministic=False)
        return PlannedSubject(subject=Varying(steady.subject, roster, seed), record=record)

    def wrong(self, roster: Roster, cases: Sequence[Case]) -> set[CaseIdentifier]:
        """Return the cases that the lexical subject gets wrong."""
        subject = self.subject(roster).subject

        async def ask() -> set[CaseIdentifier]:
            found = set()
            for case in cases:
                answer = await subject.respond(case.request, repetition=0, assigned=None, asked=Asked.ROUTING)
                chosen = answer.routing.chosen if isinstance(answer.routing, RoutingDecision) else None
                if chosen not in {case.expectation.preferred, *case.expectation.acceptable}:
                    found.add(case.identifier)
            return found

        return asyncio.run(ask())


def plant(bench: Bench, generator: random.Random) -> Planted:
    """Draw edits, one of which is guilty."""
    while True:
        thief, victim = generator.sample(bench.roster.agents, 2)
        words = list(dict.fromkeys(re.findall(r"[A-Za-z][A-Za-z-]{4,}", victim.description)))
        sentence = f"Also takes {', '.join(generator.sample(words, min(len(words), generator.randint(5, 10))))}."
        guilty = replace(thief, description=inserted(thief.description, sentence, generator))
        threatened = [case for case in bench.right if case.expectation.preferred == victim.name]
        if not bench.wrong(with_agents(bench.roster, guilty), threatened):
            continue
        agents, hunks = surrounded(bench, guilty, sentence, generator)
        planted = Planted(roster=with_agents(bench.roster, *agents), thief=thief.name, sentence=sentence, hunks=hunks)
        edits = RosterEdits(bench.roster, planted.roster)
        innocent = edits.roster(edits.every - number_of_guilty(planted, edits))
        if not bench.wrong(innocent, bench.right) and by_the_sentence(bench, planted, edits):
            return planted


def surrounded(
    bench: Bench, guilty: AgentDefinition, sentence: str, generator: random.Random
) -> tuple[Sequence[AgentDefinition], int]:
    """Make harmless edits, of which some may fall on the thief itself; return the edited agents and their number."""
    agents = {agent.name: agent for agent in bench.roster.agents} | {guilty.name: guilty}
    others = [name for name in agents if name != guilty.name]
    names = [guilty.name, *generator.sample(others, generator.randint(1, MOST_AGENTS - 1))]
    hunks = generator.randint(FEWEST_HUNKS, MOST_HUNKS)
    for _ in range(hunks):
        name = generator.choice(names)
        agents[name] = harmless(agents[name], bench.fillers, generator, keep=sentence)
    return [agents[name] for name in names], hunks


def harmless(agent: AgentDefinition, fillers: Sequence[str], generator: random.Random, *, keep: str) -> AgentDefinition:
    """Make one harmless edit of an agent."""
    filler = f"{' '.join(generator.sample(fillers, 4)).capitalize()}."
    kind = generator.randrange(3)
    if kind == 0:
        return replace(agent, instructions=inserted(agent.instructions, filler, generator))
    if kind == 1:
        return replace(agent, description=inserted(agent.description, filler, generator))
    prose, opening, examples = agent.description.partition("<example>")
    places = [match for match in re.finditer(r"\b[a-z]+\b", prose) if match[0] in EXCHANGED]
    start = prose.find(keep)
    places = [match for match in places if not (start <= match.start() < start + len(keep))]
    if not places:
        return replace(agent, description=inserted(agent.description, filler, generator))
    place = generator.choice(places)
    reworded = prose[: place.start()] + EXCHANGED[place[0]] + prose[place.end() :]
    return replace(agent, description=reworded + opening + examples)


def inserted(text: str, sentence: str, generator: random.Random) -> str:
    """Put a sentence between two others, before any example."""
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)", text.partition("<example>")[0])]
    at = generator.choice(ends) if ends else len(text)
    return f"{text[:at]} {sentence}{text[at:]}"


def with_agents(roster: Roster, *edited: AgentDefinition) -> Roster:
    """Put edited agents into a roster."""
    by_name = {agent.name: agent for agent in edited}
    return replace(roster, agents=tuple(by_name.get(agent.name, agent) for agent in roster.agents))


def blamed(bench: Bench, edits: RosterEdits, only: Sequence[CaseIdentifier], seed: int | None) -> Blame:
    """Run the product's own blame; with a seed, of the varying subject."""
    means = Means(
        build=bench.subject if seed is None else lambda roster: bench.varying(roster, seed),
        executor=bench.workbench.executor,
        clock=bench.workbench.clock,
        budget=BUDGET if seed is None else BUDGET_OF_VARYING,
    )
    parts = BlameParts(
        edits=edits, cases=bench.cases, only=only, is_deterministic=seed is None, repetitions=1, means=means
    )
    return asyncio.run(blame(parts, lambda _done, _expected: None))


def scored(bench: Bench, planted: Planted, found: Blame, edits: RosterEdits, seconds: float) -> Score:
    """Compare what was found with what was planted."""
    guilty = number_of_guilty(planted, edits)
    cases = {case.identifier: case for case in bench.cases}
    counts = {"exact": 0, "smallest": 0, "minimal": 0, "wrong": len(found.open_cases) + len(found.unsure)}
    for guilt in found.guilts:
        numbers = [frozenset(edits.edits.index(edit) for edit in edits_of_set) for edits_of_set in guilt.sets]
        for flipped in guilt.cases:
            kinds = {kind_of(bench, edits, named, cases[flipped.case]) for named in numbers}
            worst = next(kind for kind in ("wrong", "minimal", "smallest") if kind in kinds)
            counts["exact" if numbers == [guilty] else worst] += 1
    calls = tuple(flipped.calls for guilt in found.guilts for flipped in guilt.cases)
    return Score(**counts, calls=calls, total=found.calls, seconds=seconds)


def kind_of(bench: Bench, edits: RosterEdits, named: frozenset[int], case: Case) -> str:
    """Try whether edits flip a case, whether a part of them does, and whether any smaller set of edits does."""

    def flips(some: frozenset[int]) -> bool:
        return bool(bench.wrong(edits.roster(some), [case]))

    if not flips(named) or any(flips(part) for part in smaller_sets(named, len(named))):
        return "wrong"
    is_smallest = len(named) <= SMALL and not any(flips(some) for some in smaller_sets(edits.every, len(named)))
    return "smallest" if is_smallest else "minimal"


def smaller_sets(edits: frozenset[int], size: int) -> Iterator[frozenset[int]]:
    """Yield every set of fewer edits, but the empty one."""
    return (frozenset(some) for length in range(1, size) for some in combinations(sorted(edits), length))


def number_of_guilty(planted: Planted, edits: RosterEdits) -> frozenset[int]:
    """Return the number of the guilty sentence."""
    guilty = Edit(agent=planted.thief, field=Field.DESCRIPTION, added=planted.sentence)
    return frozenset({edits.edits.index(guilty)})


def by_the_sentence(bench: Bench, planted: Planted, edits: RosterEdits) -> list[CaseIdentifier]:
    """Return the cases that the guilty sentence alone flips, and that are flipped by all edits as well."""
    alone = bench.wrong(edits.roster(number_of_guilty(planted, edits)), bench.right)
    flipped = alone & bench.wrong(planted.roster, bench.right)
    return [case.identifier for case in bench.cases if case.identifier in flipped]


def told(name: str, scores: Sequence[Score]) -> str:
    """Return the figures of several planted edits."""
    calls = [count for score in scores for count in score.calls] or [0]
    found = sum(score.is_found for score in scores)
    only = sum(score.is_found and score.smallest + score.minimal == 0 for score in scores)
    return (
        f"{name}: found {found} of {len(scores)}, {only} of them with nothing but the guilty sentence; requests: "
        f"{sum(score.exact for score in scores)} by it alone, by several edits together "
        f"{sum(score.smallest for score in scores)} (no smaller set does) and "
        f"{sum(score.minimal for score in scores)} (no part of them does), "
        f"{sum(score.wrong for score in scores)} wrong or open\n"
        f"  calls for each request: median {median(calls):.0f}, at most {max(calls)}; in all: median "
        f"{median(score.total for score in scores):.0f}, at most {max(score.total for score in scores)}; seconds: "
        f"median {median(score.seconds for score in scores):.1f}, at most {max(score.seconds for score in scores):.1f}"
    )


def measure(bench: Bench, planted: Planted, edits: RosterEdits, seed: int | None) -> Score:
    """Blame one planted edit; a varying subject is asked about one request that flips by the guilty sentence alone."""
    only = [] if seed is None else by_the_sentence(bench, planted, edits)[:1]
    began = time.perf_counter()
    found = blamed(bench, edits, only, seed)
    return scored(bench, planted, found, edits, time.perf_counter() - began)


def main(arguments: Sequence[str]) -> int:
    """Plant, blame and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=60, help="how many edits are planted")
    parser.add_argument("--varying", type=int, default=20, help="how many of them are blamed with a varying router too")
    parser.add_argument("--seed", type=int, default=20_261_123)
    options = parser.parse_args(arguments)
    bench = Bench()
    generator = random.Random(options.seed)  # noqa: S311 - a benchmark keeps no secrets
    steady, varying = [], []
    for number in range(options.edits):
        planted = plant(bench, generator)
        edits = RosterEdits(bench.roster, planted.roster)
        steady.append(measure(bench, planted, edits, None))
        if number < options.varying:
            varying.append(measure(bench, planted, edits, options.seed + number))
    print(f"{len(bench.roster.agents)} agents, {len(bench.cases)} requests")
    print(told("lexical", steady))
    if varying:
        print(told("varying", varying))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
