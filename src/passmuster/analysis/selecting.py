"""Which cases to run after an edit: those that it may concern, and a random sample of the others.

Measured on the project's own suite (docs/changed.md): of the cases that an edit moved, three in four did not even name
the edited agent. What finds these is how narrowly a case was decided before, and the words of the edit; that an agent
is like an edited one, or was confused with it, finds few more where margins are known.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import ceil

from passmuster.analysis.judging import count
from passmuster.analysis.nearness import Past, Trace, edited_words, neighbours, words_of
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName, CaseIdentifier, Fingerprint, fingerprint_of

FEWEST_AUDITED = 10
"""Cases that the sample has at least, if there are as many."""

NARROW = 0.05
"""The share of cases, those decided most narrowly, that any edit may move."""

NEARBY = 0.1
"""The share of cases that an edit of a neighbour may move; one whose margin is not known is among them."""

RARE = 0.03
"""A word in a larger share of the requests tells nothing."""

FEWEST_RARE = 10
"""Requests that a rare word may stand in, however few there are."""

SHOWN_AGENTS = 5
"""How many edited agents a sentence names."""


class Ground(StrEnum):
    """Why a case is run for sure, in words that follow a number."""

    OWN = "of these agents"
    NEIGHBOUR = "of their neighbours"
    WORDS = "with words of the edit"
    NARROW = "decided narrowly before"
    NEW = "new or edited"
    ALWAYS = "critical or control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The suite as it was at some revision.

    Attributes:
        roster: Its agents.
        cases: Its cases; ``None`` where they cannot be read.
        label: The revision, as it was named.
    """

    roster: Roster
    cases: Sequence[Case] | None
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSelection:
    """Which cases are run.

    Attributes:
        edited: The agents that are new, gone or edited.
        certain: The cases that are run for sure, and why.
        drawn: Those drawn among the others.
        others: How many others there are.
        label: The revision since which the agents were edited.
    """

    edited: tuple[AgentName, ...]
    certain: Mapping[CaseIdentifier, Ground]
    drawn: tuple[CaseIdentifier, ...]
    others: int
    label: str

    @property
    def is_whole(self) -> bool:
        """Whether that is all cases."""
        return len(self.drawn) == self.others

    @property
    def inclusions(self) -> Mapping[CaseIdentifier, float]:
        """The probability with which each case that is run was taken."""
        share = len(self.drawn) / self.others if self.others else 1.0
        return {**dict.fromkeys(self.certain, 1.0), **dict.fromkeys(self.drawn, share)}

    @property
    def sentence(self) -> str:
        """What was run and why, with a mark by which an equal selection is known again; empty if all cases are run."""
        if self.is_whole:
            return ""
        total = len(self.certain) + self.others
        ran = len(self.certain) + len(self.drawn)
        tally = Counter(self.certain.values())
        grounds = [f"{tally[ground]} {ground}" for ground in Ground if tally[ground]]
        drawn = f"{len(self.drawn)} of the other {self.others}, drawn at random"
        mark = fingerprint_of(sorted(self.inclusions))[:6]
        weight = f"each of these stands for {self.others / len(self.drawn):.1f}"
        return (
            f"Since {self.label} {_changed(self.edited)}: {ran} of {count(total, 'case')} were run, "
            f"{', '.join([*grounds, drawn])}; {weight} (selection {mark})."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How the sample of the cases that no ground speaks for is drawn.

    Attributes:
        share: How large a share of them, from 0 to 1; ten at least, if there are as many.
        seed: The suite's.
    """

    share: float
    seed: int

    def sample(self, others: Sequence[Case], roster: Fingerprint) -> tuple[CaseIdentifier, ...]:
        """Draw every n-th case from a random one on, in order of the preferred agent, within it in random order.

        So each is drawn with exactly the same probability, the size of the sample over that of the whole, and every
        agent has its share. Equal seeds and rosters draw alike; another edit draws others.

        Source: W. G. Madow and L. H. Madow, "On the theory of systematic sampling", Annals of Mathematical Statistics
        15 (1944), 1-24.
        """
        size = len(others)
        wanted = min(size, max(FEWEST_AUDITED, ceil(self.share * size)))
        ordered = sorted(
            others,
            key=lambda case: (
                case.expectation.preferred or NOBODY,
                fingerprint_of([self.seed, roster, case.identifier]),
            ),
        )
        start = int(fingerprint_of([self.seed, roster])[:12], 16) / 16**12
        # Rounding must not lead beyond the end.
        places = [min(size - 1, int((start + step) * size / wanted)) for step in range(wanted)]
        return tuple(ordered[place].identifier for place in places)


def select_cases(cases: Sequence[Case], now: Roster, former: Former, past: Past, draw: Draw) -> CaseSelection:
    """Select the cases to be run after an edit of the roster.

    Args:
        cases: All cases as they are.
        now: The roster as it is.
        former: The suite as it was.
        past: What is known of the cases.
        draw: How the sample of the others is drawn.
    """
    relation = _Relation(cases=cases, now=now, former=former, past=past)
    grounds = {case.identifier: next(relation.grounds(case), None) for case in cases}
    certain = {name: ground for name, ground in grounds.items() if ground is not None}
    others = [case for case in cases if case.identifier not in certain]
    return CaseSelection(
        edited=relation.edited,
        certain=certain,
        drawn=draw.sample(others, now.fingerprint),
        others=len(others),
        label=former.label,
    )


@dataclass(frozen=True, kw_only=True)
class _Relation:
    """How cases stand to an edit."""

    cases: Sequence[Case]
    now: Roster
    former: Former
    past: Past

    def grounds(self, case: Case) -> Iterator[Ground]:
        """Yield why a case is to be run, the plainest reason first."""
        edited = frozenset(self.edited)
        trace = self.past.traces.get(case.identifier, Trace())
        if edited & (case.expectation.named | trace.near):
            yield Ground.OWN
        if self._is_of_neighbour(case, trace):
            yield Ground.NEIGHBOUR
        if not self._telling.isdisjoint(self._spoken[case.identifier]):
            yield Ground.WORDS
        if edited and trace.place is not None and trace.place <= NARROW:
            yield Ground.NARROW
        if self._is_new(case):
            yield Ground.NEW
        if case.is_critical or case.is_control:
            yield Ground.ALWAYS

    @cached_property
    def edited(self) -> tuple[AgentName, ...]:
        """The agents that are on one side only, or differ in anything."""
        before, after = ({agent.name: agent.fingerprint for agent in side.agents} for side in self._rosters)
        return tuple(name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name))

    @property
    def _rosters(self) -> tuple[Roster, Roster]:
        return self.former.roster, self.now

    def _is_of_neighbour(self, case: Case, trace: Trace) -> bool:
        if trace.place is not None and trace.place > NEARBY:
            return False
        expected = case.expectation.preferred
        return bool(self._neighbours & (trace.chosen if expected is None else trace.chosen | {expected}))

    @cached_property
    def _neighbours(self) -> frozenset[AgentName]:
        cases = {case.identifier: case for case in self.cases}
        return neighbours(self.edited, self._rosters, self.past.confusions(cases))

    @cached_property
    def _spoken(self) -> Mapping[CaseIdentifier, frozenset[str]]:
        """The words of every request."""
        return {case.identifier: _request_words(case) for case in self.cases}

    @cached_property
    def _telling(self) -> frozenset[str]:
        """The words of the edits that stand in few requests."""
        before, after = self._rosters
        words = frozenset[str]().union(*(edited_words(before.agent(name), after.agent(name)) for name in self.edited))
        spread = Counter(word for own in self._spoken.values() for word in own)
        most = max(FEWEST_RARE, RARE * len(self.cases))
        return frozenset(word for word in words if spread[word] <= most)

    def _is_new(self, case: Case) -> bool:
        known = self._known.get(case.identifier)
        return known != (case.fingerprint, case.rubric_fingerprint)

    @cached_property
    def _known(self) -> Mapping[CaseIdentifier, tuple[Fingerprint, Fingerprint]]:
        """The fingerprints of the cases as they were, or else as they were accepted."""
        if self.former.cases is not None:
            return {case.identifier: (case.fingerprint, case.rubric_fingerprint) for case in self.former.cases}
        baseline = self.past.baseline
        return {item.case: (item.fingerprint, item.rubric) for item in baseline.observations} if baseline else {}


def _request_words(case: Case) -> frozenset[str]:
    spoken = [case.request.text, *(message.content for message in case.request.history)]
    return frozenset(word for text in spoken for word in words_of(text))


def _changed(agents: Sequence[AgentName]) -> str:
    if not agents:
        return "no agent changed"
    more = f" and {len(agents) - SHOWN_AGENTS} more" if len(agents) > SHOWN_AGENTS else ""
    return f"{', '.join(agents[:SHOWN_AGENTS])}{more} changed"
