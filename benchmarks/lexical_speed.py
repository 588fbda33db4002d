"""How quick the lexical router is beside bm25s and the TF-IDF of scikit-learn, on rosters of growing size.

All three choose among the same agents for the same thousand requests. bm25s indexes name and description with the same
stems; scikit-learn indexes their grams of two to five characters inside words; the lexical router does both, weighs
names and examples apart, and says of every choice what each word added. Small rosters are drawn from public ones; for
large ones, sentences of public descriptions are dealt out to new agents.

Each figure is the processor's time, the least of several runs, for other jobs only ever make things slower. An index
is built anew with nothing kept from the last time. Run it beside the public rosters::

    python benchmarks/lexical_speed.py

A million made-up requests to the project's own agents, ten thousand at a time::

    python benchmarks/lexical_speed.py --million
"""

import argparse
import json
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import bm25s
import numpy as np
from lexical_leave_one_out import PUBLIC, load_roster
from sklearn.feature_extraction.text import TfidfVectorizer
from snowballstemmer import stemmer

from passmuster.adapters.routers import lexical_index, tokens
from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.cases import Request
from passmuster.domain.values import AgentName

SIZES = (20, 150, 200, 2_000)
REQUESTS = 1_000
SINGLE = 200
"""Requests that are asked one by one."""

ROUNDS = 5
MILLION = 1_000_000
BATCH = 10_000
ROOT = Path(__file__).parents[1]
SEED = 20_250_101
BEST = 10
"""How many agents each of the three is to rank."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_TOKEN = r"(?u)[^\W_]+"  # noqa: S105 - a pattern, no password


class Contender(Protocol):
    """One way to rank agents."""

    def one(self, text: str) -> object:
        """Rank the best agents for one request."""
        ...

    def all(self, texts: Sequence[str]) -> object:
        """Rank the best agents for many requests."""
        ...


class Lexical:
    """The lexical router, with all that a decision holds."""

    def __init__(self, roster: Roster, **options: int) -> None:
        """Index the roster."""
        self._router = LexicalRouter(roster, LexicalOptions(**options))

    def one(self, text: str) -> object:
        """Rank the best agents for one request."""
        return finished(self._router.route(Request(text=text)))

    def all(self, texts: Sequence[str]) -> object:
        """Rank the best agents for many requests."""
        return self._router.route_all([Request(text=text) for text in texts])


def finished(coroutine: Any) -> object:  # noqa: ANN401 - any coroutine that never waits
    """Run a coroutine that never waits, without the time that an event loop takes to begin."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    message = "a router without a model waits for nobody"
    raise RuntimeError(message)


class Words:
    """bm25s over name and description, English stop words, Snowball stems."""

    def __init__(self, roster: Roster) -> None:
        """Index the roster."""
        self._stem = stemmer("english").stemWords
        self._size = min(BEST, len(roster.agents))
        self._ranker = bm25s.BM25()
        self._ranker.index(self._tokens([text_of(agent) for agent in roster.agents]), show_progress=False)

    def one(self, text: str) -> object:
        """Rank the best agents for one request."""
        return self.all([text])

    def all(self, texts: Sequence[str]) -> object:
        """Rank the best agents for many requests."""
        return self._ranker.retrieve(self._tokens(texts), k=self._size, show_progress=False)

    def _tokens(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 - bm25s gives its tokens no name
        return bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self._stem, token_pattern=_TOKEN, show_progress=False
        )


class Characters:
    """The TF-IDF of scikit-learn over grams of two to five characters inside words."""

    def __init__(self, roster: Roster) -> None:
        """Index the roster."""
        self._size = min(BEST, len(roster.agents))
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        self._agents = self._vectorizer.fit_transform([text_of(agent) for agent in roster.agents]).T.tocsr()

    def one(self, text: str) -> object:
        """Rank the best agents for one request."""
        return self.all([text])

    def all(self, texts: Sequence[str]) -> object:
        """Rank the best agents for many requests."""
        scores = (self._vectorizer.transform(texts) @ self._agents).toarray()
        best = np.argpartition(scores, -self._size, axis=1)[:, -self._size :]
        return np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1), axis=1)


CONTENDERS: dict[str, Callable[[Roster], Contender]] = {
    "lexical, choices": lambda roster: Lexical(roster, ranking_depth=BEST, explained_depth=0),
    "lexical, explained": Lexical,
    "bm25s": Words,
    "scikit-learn, grams": Characters,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds: to build the index, for one request at the median and the 95th percentile, and for all at once."""

    build: float
    median: float
    slow: float
    batch: float


def text_of(agent: AgentDefinition) -> str:
    """Return what the other contenders index."""
    return f"{agent.name} {agent.description}"


def roster_of(pool: Sequence[AgentDefinition], size: int) -> Roster:
    """Draw a roster; where there are too few agents, deal their sentences out to new ones."""
    generator = random.Random(SEED)  # noqa: S311 - a benchmark keeps no secrets
    if size <= len(pool):
        return Roster(name="drawn", agents=tuple(generator.sample(pool, size)))
    sentences = [sentence for agent in pool for sentence in _SENTENCE.split(agent.description)]
    agents = list(pool)
    while len(agents) < size:
        model, other = generator.choice(pool), generator.choice(pool)
        length = len(_SENTENCE.split(model.description))
        agents.append(
            replace(
                model,
                name=AgentName(f"{model.name}-{other.name}-{len(agents)}"),
                description=" ".join(generator.choices(sentences, k=length)),
            )
        )
    return Roster(name="dealt", agents=tuple(agents))


def seconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.process_time()
    action()
    return time.process_time() - began


def forgotten(make: Callable[[Roster], Contender], roster: Roster) -> Contender:
    """Build a contender with nothing kept of words and texts that were seen before."""
    for kept in (tokens.terms_of, tokens.without_examples, tokens.grams_of, tokens._word, tokens._stem):  # noqa: SLF001 - what a new process has not
        kept.cache_clear()
    lexical_index._spelling.cache_clear()  # noqa: SLF001 - the same
    return make(roster)


def measure(make: Callable[[Roster], Contender], roster: Roster, texts: Sequence[str]) -> Timing:
    """Time one contender; the first round is not counted."""
    build = min(seconds(lambda: forgotten(make, roster)) for _ in range(2))
    contender = make(roster)
    contender.all(texts)
    singles = [min(seconds(partial(contender.one, text)) for _ in range(ROUNDS)) for text in texts[:SINGLE]]
    singles.sort()
    return Timing(
        build=build,
        median=singles[len(singles) // 2],
        slow=singles[int(0.95 * len(singles))],
        batch=min(seconds(lambda: contender.all(texts)) for _ in range(ROUNDS)),
    )


def pool_and_requests(folder: Path) -> tuple[list[AgentDefinition], list[str]]:
    """Return the agents of all rosters in a folder, the first of each name, and user lines of their examples."""
    agents: dict[str, AgentDefinition] = {}
    for location in sorted(folder.iterdir()):
        for agent in load_roster(location).agents:
            agents.setdefault(agent.name, agent)
    lines = {example.user for agent in agents.values() for example in agent.examples if example.user}
    generator = random.Random(SEED)  # noqa: S311 - a benchmark keeps no secrets
    texts = generator.sample(sorted(lines | set(own_requests())), REQUESTS)
    return [agents[name] for name in sorted(agents)], texts


def own_requests() -> list[str]:
    """Return the requests of the project's own suite."""
    lines = (ROOT / "datasets" / "software_team" / "routing.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["request"] for line in lines]


def route_a_million() -> None:
    """Route generated requests in batches, and print how long it took and how much memory at most."""
    roster = load_roster(ROOT / "evals" / "software_team" / "agents")
    generator = random.Random(SEED)  # noqa: S311 - a benchmark keeps no secrets
    halves = [request.split() for request in own_requests()]
    router = LexicalRouter(roster, LexicalOptions())
    chosen = 0
    began, worked = time.perf_counter(), time.process_time()
    for _ in range(MILLION // BATCH):
        batch = []
        for number in range(BATCH):
            one, other = generator.choice(halves), generator.choice(halves)
            words = [*one[: len(one) // 2], *other[len(other) // 2 :], f"#{number}"]
            batch.append(Request(text=" ".join(words)))
        chosen += sum(decision.chosen is not None for decision in router.route_all(batch))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{MILLION} requests, {len(roster.agents)} agents: {time.perf_counter() - began:.0f} s, of the processor "
        f"{time.process_time() - worked:.0f} s, at most {memory:.0f} MB; {chosen} chosen"
    )


def main(arguments: Sequence[str]) -> int:
    """Time all contenders and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rosters", type=Path, nargs="?", default=PUBLIC.parent, help="a folder of folders of agents")
    parser.add_argument("--million", action="store_true", help="route a million requests to the project's own agents")
    asked = parser.parse_args(arguments)
    if asked.million:
        route_a_million()
        return 0
    folder = asked.rosters
    if not folder.is_dir():
        print(f"skipped: there are no rosters at {folder}; name a folder that holds folders of agents")
        return 0
    pool, texts = pool_and_requests(folder)
    print(f"{len(pool)} agents to draw from, {len(texts)} requests; milliseconds of the processor")
    heading = f"{'agents':>6}  {'':<22}{'build':>9}{'one, p50':>10}{'one, p95':>10}{'batch':>9}"
    print(f"{heading}   batch, times that of bm25s and of scikit-learn")
    for size in SIZES:
        roster = roster_of(pool, size)
        timings = {name: measure(make, roster, texts) for name, make in CONTENDERS.items()}
        words, grams = timings["bm25s"].batch, timings["scikit-learn, grams"].batch
        for name, timing in timings.items():
            figures = [1_000 * value for value in (timing.build, timing.median, timing.slow, timing.batch)]
            print(
                f"{size:>6}  {name:<22}{figures[0]:>9.1f}{figures[1]:>10.2f}{figures[2]:>10.2f}{figures[3]:>9.0f}"
                f"{timing.batch / words:>9.2f}{timing.batch / grams:>8.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
