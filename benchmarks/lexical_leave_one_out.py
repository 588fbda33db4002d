"""How often the lexical router, and others, find the agent whose author wrote the request.

Most authors of agents put examples into the description: what a user says, and that this agent then takes over. These
user lines are requests with a known answer. In round j the j-th example of every agent is taken out of the roster and
asked for; the others stay. Examples are scarce and authors write them along with the description, so the figure is
good for comparing routers with one another, and flatters all of them.

bm25s and the TF-IDF of scikit-learn answer the same requests over the same texts, as people would set them up: one text
for each agent, of its name, its description without the examples, and the user lines of the other examples.

Run it on a folder of Claude Code agents::

    python benchmarks/lexical_leave_one_out.py path/to/agents
"""

import argparse
import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from snowballstemmer import stemmer

from passmuster.adapters.routers.tokens import without_examples
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName
from passmuster.ports import Router

DEFAULT = ("name", "description", "examples")
WITH_BODY = (*DEFAULT, "body")
PUBLIC = Path(__file__).parents[2] / "shared" / "data" / "rosters" / "davila7__claude-code-templates"
"""A public roster with examples, where one lies beside the project."""

NEAR = 3
BEST = 10
RESAMPLES = 2_000
SEED = 20_250_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one request fared.

    Attributes:
        agent: Whose example it was.
        is_right: Whether that agent was chosen; abstaining is wrong here.
        is_near: Whether it was among the best three.
        rank: Its place among the best ten, counted from 1; 0 if it was not among them.
        seconds: How long routing took.
    """

    agent: AgentName
    is_right: bool
    is_near: bool
    seconds: float
    rank: int = 0


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

    @property
    def reciprocal_rank(self) -> float:
        """The mean of one divided by the right agent's place; 0 where it is not among the best ten."""
        return sum(1 / outcome.rank for outcome in self.outcomes if outcome.rank) / len(self.outcomes)


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


Ranker = Callable[[str], Sequence[AgentName]]
"""Names the best agents for a request, the best one first; the first one is the choice. May be empty."""


def routed(roster: Roster, fields: Sequence[str]) -> Ranker:
    """Rank with the lexical router; where it chooses nobody, its ranking does not count as a choice."""
    router = build_router(roster, fields)

    def rank(text: str) -> Sequence[AgentName]:
        decision = asyncio.run(router.route(Request(text=text)))
        names = [ranked.agent for ranked in decision.ranking]
        return names if decision.chosen is not None else [AgentName(""), *names]

    return rank


def by_words(roster: Roster, fields: Sequence[str]) -> Ranker:
    """Rank with bm25s: English stop words, Snowball stems."""
    stem = stemmer("english").stemWords

    def tokens(texts: Sequence[str]) -> Any:  # noqa: ANN401 - bm25s gives its tokens no name
        return bm25s.tokenize(list(texts), stopwords="en", stemmer=stem, show_progress=False)

    ranker = bm25s.BM25()
    ranker.index(tokens([one_text(agent, fields) for agent in roster.agents]), show_progress=False)

    def rank(text: str) -> Sequence[AgentName]:
        places, _ = ranker.retrieve(tokens([text]), k=min(BEST, len(roster.agents)), show_progress=False)
        return [roster.names[place] for place in places[0].tolist()]

    return rank


def by_vectors(**options: Any) -> Callable[[Roster, Sequence[str]], Ranker]:  # noqa: ANN401 - scikit-learn's own
    """Rank with the cosine of scikit-learn's TF-IDF vectors."""

    def make(roster: Roster, fields: Sequence[str]) -> Ranker:
        vectorizer = TfidfVectorizer(sublinear_tf=True, **options)
        agents = vectorizer.fit_transform([one_text(agent, fields) for agent in roster.agents])

        def rank(text: str) -> Sequence[AgentName]:
            scores = (agents @ vectorizer.transform([text]).T).toarray()[:, 0]
            return [roster.names[place] for place in np.argsort(-scores, kind="stable")[:BEST].tolist()]

        return rank

    return make


def one_text(agent: AgentDefinition, fields: Sequence[str]) -> str:
    """Return all that the other rankers read of an agent."""
    parts = {
        "name": agent.name,
        "description": without_examples(agent.description),
        "examples": " ".join(example.user for example in agent.examples),
        "body": agent.instructions,
    }
    return " ".join(parts[field] for field in fields)


def measure(roster: Roster, make: Callable[[Roster, Sequence[str]], Ranker], fields: Sequence[str]) -> Measurement:
    """Ask for every example's user line with the example taken out."""
    outcomes, building = [], []
    for reduced, asked in rounds(roster):
        began = time.perf_counter()
        rank = make(reduced, fields)
        building.append(time.perf_counter() - began)
        for agent, text in asked:
            began = time.perf_counter()
            names = list(rank(text))
            outcomes.append(_outcome(agent, names, time.perf_counter() - began))
    return Measurement(outcomes=outcomes, building=building)


def _outcome(agent: AgentName, names: Sequence[AgentName], seconds: float) -> Outcome:
    """Say how a request fared; a choice of nobody stands first as an empty name, and takes no place in the ranking."""
    ranked = [name for name in names if name]
    rank = ranked.index(agent) + 1 if agent in ranked else 0
    is_right = bool(names) and names[0] == agent
    return Outcome(agent=agent, is_right=is_right, is_near=0 < rank <= NEAR, seconds=seconds, rank=rank)


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
        f"{measurement.reciprocal_rank:>8.3f}"
        f"{quantile(times, 0.5):>9.2f}{quantile(times, 0.95):>9.2f}{quantile(measurement.building, 0.5):>9.2f}"
    )


CONTENDERS: Mapping[str, tuple[Callable[[Roster, Sequence[str]], Ranker], tuple[str, ...]]] = {
    "lexical (default)": (routed, DEFAULT),
    "bm25s": (by_words, DEFAULT),
    "TF-IDF, words": (by_vectors(stop_words="english"), DEFAULT),
    "TF-IDF, grams": (by_vectors(analyzer="char_wb", ngram_range=(2, 5)), DEFAULT),
    "lexical, no examples": (routed, ("name", "description")),
    "lexical, with body": (routed, WITH_BODY),
    "bm25s, with body": (by_words, WITH_BODY),
    "TF-IDF, words, with body": (by_vectors(stop_words="english"), WITH_BODY),
}


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
    print(f"{'':<38}{'@1':>7}  {'95 % interval':<14}{'@3':>8}{'MRR':>8}{'p50 ms':>9}{'p95 ms':>9}{'build s':>9}")
    for name, (make, fields) in CONTENDERS.items():
        print(row(name, measure(roster, make, fields)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
