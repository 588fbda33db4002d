"""What a router learns from: requests with their agents, and what the roster says about its agents."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passmuster.adapters.routers.tokens import without_code, without_examples
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import UNKNOWN, AgentName, Fingerprint

FEWEST_AGENTS = 2

LONGEST_TEXT = 50_000
"""Characters of a text that are read: nobody says in more of them what is wanted, and a pasted file takes seconds."""


def text_of(text: str) -> str:
    """Return what is read of a text: its beginning, without fenced code."""
    return without_code(text)[:LONGEST_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One text, and whom it is for.

    Attributes:
        text: As routers read it: without fenced code.
        preferred: The best choice; ``None`` for nobody.
        right: Every right choice among the agents of the roster.
        request: The fingerprint of the request; unknown for a description.
        group: What it shares with others; requests of a group are held out together.
    """

    text: str
    preferred: AgentName | None
    right: frozenset[AgentName]
    request: Fingerprint = UNKNOWN
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Everything that there is to learn from; the order in which cases were written does not matter.

    Attributes:
        agents: The names of the roster's agents, in order.
        requests: Training requests for agents.
        descriptions: What the roster says about its agents: name with description, and each example's user line.
        validation: Requests that nothing is learnt from but when to say nobody, and how far to trust scores.
        negatives: Training requests for nobody, which count against every agent.
        left_out: How many requests are for agents that the roster has not, by agent.
    """

    agents: tuple[AgentName, ...]
    requests: tuple[Lesson, ...]
    descriptions: tuple[Lesson, ...]
    validation: tuple[Lesson, ...] = ()
    negatives: tuple[Lesson, ...] = ()
    left_out: Mapping[str, int]

    @property
    def constant(self) -> tuple[Lesson, ...]:
        """What is among the training texts whatever is held out."""
        return (*self.negatives, *self.descriptions)

    def unheard(self, lessons: Sequence[Lesson]) -> list[Lesson]:
        """Return the requests among lessons that no example of an agent says word for word.

        The lexical part has read the others, so that nothing can be measured on them.
        """
        read = {_words(lesson.text) for lesson in self.descriptions}
        return [lesson for lesson in lessons if _words(lesson.text) not in read]

    @property
    def seen(self) -> frozenset[Fingerprint]:
        """The fingerprints of all requests that a model made of these lessons has seen."""
        return frozenset(lesson.request for lesson in (*self.requests, *self.negatives, *self.validation))

    @property
    def counts(self) -> Mapping[AgentName, int]:
        """How many training requests each agent has."""
        found = Counter(lesson.preferred for lesson in self.requests)
        return {agent: found[agent] for agent in self.agents}


def lessons_of(roster: Roster, training: Sequence[Case], validation: Sequence[Case], *, minimum: int) -> Lessons:
    """Gather what there is to learn.

    Args:
        roster: The agents to choose among.
        training: Cases to learn from.
        validation: Cases to calibrate on.
        minimum: How many training requests every agent must have.

    Raises:
        InvalidDatasetError: If the roster has fewer than two agents, an agent has too few requests, or a request is
            in both; with every complaint.
    """
    known = frozenset(roster.names)
    learnt, strange = _sorted_out(training, known)
    held, others = _sorted_out(validation, known)
    lessons = Lessons(
        agents=roster.names,
        requests=tuple(lesson for lesson in learnt if lesson.preferred is not None),
        descriptions=tuple(_descriptions(roster)),
        validation=held,
        negatives=tuple(lesson for lesson in learnt if lesson.preferred is None),
        left_out=dict(sorted((strange + others).items())),
    )
    findings = [*_refusals(roster, lessons, minimum), *_overlaps(training, validation)]
    if findings:
        raise InvalidDatasetError(findings)
    return lessons


def _sorted_out(cases: Sequence[Case], known: frozenset[AgentName]) -> tuple[tuple[Lesson, ...], Counter[str]]:
    """Return lessons in an order of their own, each once, and the agents that others are for."""
    strange: Counter[str] = Counter()
    found: dict[tuple[Fingerprint, str], Lesson] = {}
    for case in cases:
        preferred = case.expectation.preferred
        if preferred is not None and preferred not in known:
            strange[preferred] += 1
            continue
        own = frozenset() if preferred is None else frozenset({preferred})
        lesson = Lesson(
            text=text_of(case.request.text),
            preferred=preferred,
            right=(own | case.expectation.acceptable) & known,
            request=case.request.fingerprint,
            group=case.group,
        )
        found.setdefault((lesson.request, preferred or ""), lesson)
    return tuple(found[key] for key in sorted(found)), strange


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def _descriptions(roster: Roster) -> Iterator[Lesson]:
    for agent in roster.agents:
        own = frozenset({agent.name})
        texts = [f"{agent.name} {without_examples(agent.description)}", *(one.user for one in agent.examples)]
        for text in texts:
            if text.strip():
                yield Lesson(text=text_of(text), preferred=agent.name, right=own)


def _refusals(roster: Roster, lessons: Lessons, minimum: int) -> Iterator[Finding]:
    if len(roster.agents) < FEWEST_AGENTS:
        message = f"the roster {roster.name!r} has {len(roster.agents)} agents, so there is no choice to learn"
        yield _error("few-agents", message, "a router is trained for two agents or more")
        return
    if not lessons.requests:
        message = "no training case is for an agent of the roster"
        yield _error("no-case", message, "name a dataset whose cases of the split train expect these agents")
        return
    for agent in roster.agents:
        count = lessons.counts[agent.name]
        if count < minimum:
            requests = f"{count or 'no'} {'request' if count == 1 else 'requests'}"
            message = f"agent {agent.name!r} has {requests} to learn from; {minimum} are needed"
            hint = "write more training cases for it, use the router lexical, or set minimum_requests lower"
            yield Finding(
                rule="few-requests", severity=Severity.ERROR, message=message, hint=hint, location=agent.source
            )


def _overlaps(training: Sequence[Case], validation: Sequence[Case]) -> Iterator[Finding]:
    taught = {case.request.fingerprint: case.identifier for case in training}
    for case in validation:
        other = taught.get(case.request.fingerprint)
        if other is not None:
            message = f"the request of the validation case {case.identifier!r} is that of the training case {other!r}"
            yield Finding(
                rule="training-overlap",
                severity=Severity.ERROR,
                message=message,
                hint="keep the request in one of the two",
                location=case.source,
            )


def _error(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)
