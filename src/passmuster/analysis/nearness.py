"""What past answers and the agents' words say about which cases an edit of some agents may move."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, log
from re import compile as pattern

from passmuster.analysis.observing import Key, observe, trials_by_case
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import CaseObservation, Snapshot
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName

TOP = 2
"""Places of a ranking from which an edit may well carry an agent to the first."""

CONFUSED = 2
"""How many of the agents most confused with an edited one count as its neighbours."""

ALIKE = 2
"""How many of the agents described most like an edited one count as its neighbours."""

_Side = tuple[Sequence[CaseObservation], Mapping[Key, Sequence[Trial]], bool]
"""What was observed, in which trials, and whether of all cases."""

_WORD = pattern(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What past answers to one case show.

    Attributes:
        chosen: Agents that had it.
        near: These, and agents that were next in line or among the first of a ranking.
        place: How narrowly it was decided: the share of its subject's cases that were decided at most as clearly, at
            its narrowest; 0 for a case that went now here, now there. ``None`` where no margin is known.
    """

    chosen: frozenset[AgentName] = frozenset()
    near: frozenset[AgentName] = frozenset()
    place: float | None = None

    def joined(self, other: "Trace") -> "Trace":
        """Return what two of them show together."""
        places = [place for place in (self.place, other.place) if place is not None]
        return Trace(
            chosen=self.chosen | other.chosen, near=self.near | other.near, place=min(places) if places else None
        )


@dataclass(frozen=True, kw_only=True)
class Past:
    """The accepted baseline and some stored runs.

    Attributes:
        baseline: What was accepted; ``None`` where nothing was.
        runs: Stored runs. One of a selection tells who had its cases, and not how narrowly, compared with the others.
        subjects: Whose answers count.
    """

    baseline: Snapshot | None
    runs: Sequence[Run]
    subjects: Collection[SubjectName]

    @cached_property
    def traces(self) -> Mapping[CaseIdentifier, Trace]:
        """What is known of every case, over all subjects, the baseline and the runs."""
        found: dict[CaseIdentifier, Trace] = {}
        for observations, trials, is_whole in self._sides:
            places = _places(observations) if is_whole else {}
            for item in observations:
                trace = _trace(item, trials.get((item.subject, item.case), ()), places)
                found[item.case] = found.get(item.case, Trace()).joined(trace)
        return found

    def confusions(self, cases: Mapping[CaseIdentifier, Case]) -> Counter[frozenset[AgentName]]:
        """Count how often two agents met: one was expected and the other chosen, or one had a case before the other."""
        met: Counter[frozenset[AgentName]] = Counter()
        for observations, _, _ in self._sides:
            for item in observations:
                case = cases.get(item.case)
                expected = None if case is None else case.expectation.preferred
                others = [AgentName(name) for name in (expected, item.rival) if name]
                for chosen in {agent for agent in item.chosen if agent is not None}:
                    met.update(frozenset({chosen, other}) for other in others if other != chosen)
        return met

    @cached_property
    def _sides(self) -> Sequence[_Side]:
        sides = [(self._own(observe(run)), trials_by_case(run), not run.manifest.selection) for run in self.runs]
        return sides if self.baseline is None else [*sides, (self._own(self.baseline), {}, True)]

    def _own(self, snapshot: Snapshot) -> Sequence[CaseObservation]:
        return [item for item in snapshot.observations if item.subject in self.subjects]


def neighbours(
    edited: Sequence[AgentName],
    rosters: Sequence[Roster],
    confusions: Mapping[frozenset[AgentName], int],
) -> frozenset[AgentName]:
    """Return the agents that requests are most likely to move to or from when others are edited.

    These are, for each edited agent, the two that it was confused with most often, and the two whose names and
    descriptions are most like its own: the cosine of their words, weighed by rarity.

    Args:
        edited: The agents that are new, gone or edited; they are no neighbours themselves.
        rosters: The roster as it was and as it is.
        confusions: How often two agents met.
    """
    vectors = [_vectors(roster) for roster in rosters]
    found: set[AgentName] = set()
    for name in edited:
        met = {other: count for pair, count in confusions.items() if name in pair for other in pair}
        alike: dict[AgentName, float] = defaultdict(float)
        for own in vectors:
            for other, vector in own.items() if name in own else ():
                alike[other] = max(alike[other], _cosine(own[name], vector))
        found.update(_first(met, CONFUSED, edited), _first(alike, ALIKE, edited))
    return frozenset(found)


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters: runs of two letters or digits and more."""
    return [word.casefold() for word in _WORD.findall(text)]


def edited_words(before: AgentDefinition | None, after: AgentDefinition | None) -> frozenset[str]:
    """Return the words that an edit of one agent put in or took out; all of them for one that is new or gone."""
    former, now = (Counter(words_of(_text(agent))) for agent in (before, after))
    return frozenset(word for word in former.keys() | now.keys() if former[word] != now[word])


def _text(agent: AgentDefinition | None) -> str:
    return "" if agent is None else f"{agent.name} {agent.description} {agent.instructions}"


def _places(observations: Iterable[CaseObservation]) -> Mapping[Key, float]:
    """Return for every case with a margin the share of its subject's cases with no larger one."""
    margins: dict[SubjectName, dict[CaseIdentifier, float]] = defaultdict(dict)
    for item in observations:
        if item.margin is not None:
            margins[item.subject][item.case] = item.margin
    places: dict[Key, float] = {}
    for subject, own in margins.items():
        ordered = sorted(own.values())
        for case, margin in own.items():
            places[subject, case] = bisect_right(ordered, margin) / len(ordered)
    return places


def _trace(item: CaseObservation, trials: Sequence[Trial], places: Mapping[Key, float]) -> Trace:
    chosen = frozenset(agent for agent in item.chosen if agent is not None)
    rival = {AgentName(item.rival)} if item.rival else set()
    has_varied = len(set(item.chosen)) > 1
    return Trace(
        chosen=chosen,
        near=chosen | rival | set(_ranked(trials)),
        place=0.0 if has_varied else places.get((item.subject, item.case)),
    )


def _ranked(trials: Sequence[Trial]) -> Iterator[AgentName]:
    for trial in trials:
        if isinstance(trial.answer.routing, RoutingDecision):
            yield from (ranked.agent for ranked in trial.answer.routing.ranking[:TOP])


def _first(counts: Mapping[AgentName, float], wanted: int, without: Collection[AgentName]) -> Sequence[AgentName]:
    others = [name for name, count in counts.items() if count > 0 and name not in without]
    return sorted(others, key=lambda name: (-counts[name], name))[:wanted]


def _vectors(roster: Roster) -> Mapping[AgentName, Mapping[str, float]]:
    """Return the words of every agent, weighed by frequency and rarity, as a vector of length 1."""
    counts = {agent.name: Counter(words_of(f"{agent.name} {agent.description}")) for agent in roster.agents}
    spread = Counter(word for own in counts.values() for word in own)
    vectors = {}
    for name, own in counts.items():
        weights = {word: (1 + log(count)) * log(len(counts) / spread[word]) for word, count in own.items()}
        length = hypot(*weights.values()) or 1.0
        vectors[name] = {word: weight / length for word, weight in weights.items()}
    return vectors


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(weight * other.get(word, 0.0) for word, weight in one.items())
