"""The first look at a report as plain view data: what got worse, the worst agents, and what the numbers rest on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.anchors import query_anchor
from passmuster.adapters.reporters.wording import CHANGES
from passmuster.domain.answers import Completion, Origin, RoutingDecision
from passmuster.domain.comparisons import ChangeKind, Comparison
from passmuster.domain.observations import CaseObservation
from passmuster.domain.reports import AgentRow, Report
from passmuster.domain.values import SubjectName
from passmuster.texts.numbers import count, percent, percent_interval
from passmuster.texts.visible import agent_text, visible

WORST_AGENTS = 3
"""So many agents of lowest F1 are named."""

_COUNTED = (ChangeKind.BROKEN, ChangeKind.FIXED, ChangeKind.MOVED, ChangeKind.UNMEASURED)
_ORIGINS = {
    Origin.FRESH: "fresh",
    Origin.CACHED: "kept",
    Origin.RECORDED: "recorded",
    Origin.AUTHORED: "authored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing to know at once.

    Attributes:
        label: What it is about.
        text: What is known.
        tone: ``good``, ``bad``, ``doubt`` or ``plain``.
        anchor: Where more of it is; empty where nothing is.
    """

    label: str
    text: str
    tone: str
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstAgent:
    """An agent among the lowest of a subject, which is named where there are several."""

    subject: str
    agent: str
    f1: str
    recall: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a reviewer sees first.

    Attributes:
        worse: What got worse, in a line.
        worse_tone: Its tone.
        worst: The agents of lowest F1 of each subject.
        trust: What the numbers rest on.
    """

    worse: str
    worse_tone: str
    worst: tuple[WorstAgent, ...]
    trust: tuple[Fact, ...]


def glance(report: Report) -> Glance:
    """Lay out the first look."""
    worse, tone = _worse(report)
    return Glance(worse=worse, worse_tone=tone, worst=tuple(_worst(report)), trust=tuple(_trust(report)))


def worst_agents(rows: Sequence[AgentRow]) -> list[AgentRow]:
    """Return the agents of lowest F1, the lowest first: at most three, and none whose F1 is perfect."""
    measured = sorted((row.f1, row.agent, row) for row in rows if row.f1 is not None and row.f1 < 1)
    return [row for _, _, row in measured[:WORST_AGENTS]]


def newly_flaky(report: Report) -> Counter[SubjectName]:
    """Count the cases of each subject whose trials all agreed before, and do not now."""
    before = () if report.before is None else report.before.observations
    steady = {(item.subject, item.case, item.fingerprint) for item in before if item.was_asked and not is_flaky(item)}
    return Counter(
        item.subject
        for item in report.cases
        if is_flaky(item.observation) and (item.subject, item.case.identifier, item.observation.fingerprint) in steady
    )


def is_flaky(seen: CaseObservation) -> bool:
    """Whether the trials of a case ended differently."""
    return any(rate is not None and 0 < rate < 1 for rate in (seen.routing_rate, seen.rubric_rate))


def _worse(report: Report) -> tuple[str, str]:
    comparison = report.comparison
    if comparison is None:
        return "nothing to compare with: there is no accepted baseline", "plain"
    if comparison.is_equal:
        return "nothing: all is as it was", "good"
    flaky = newly_flaky(report)
    told, is_broken = [], False
    for subject in report.subjects:
        name = subject.record.name
        # A case that broke in choice and output is one case.
        kinds = Counter({(change.case, change.kind): 1 for change in comparison.cases if change.subject == name})
        numbers = Counter(kind for _, kind in kinds)
        is_broken = is_broken or bool(numbers[ChangeKind.BROKEN])
        parts = [f"{count(numbers[kind])} {CHANGES[kind].word}" for kind in _COUNTED if numbers[kind]]
        parts += [f"{count(flaky[name])} newly flaky"] if flaky[name] else []
        words = ", ".join(parts if numbers[ChangeKind.BROKEN] else ["none broken", *parts])
        # Subjects are asked the same, so that their counts are never added up.
        told.append(f"{visible(name)}: {words}" if len(report.subjects) > 1 else words)
    return "; ".join(told) or "nothing", "bad" if is_broken else "doubt" if flaky else "good"


def _worst(report: Report) -> Iterator[WorstAgent]:
    for subject in report.subjects:
        for row in worst_agents(subject.agents):
            name = agent_text(row.agent)
            yield WorstAgent(
                subject=visible(subject.record.name) if len(report.subjects) > 1 else "",
                agent=name,
                f1=percent(row.f1),
                recall="" if row.recall is None else f"{percent(row.recall.value)} ({percent_interval(row.recall)})",
                anchor=query_anchor(f'agent:"{row.agent}" outcome:wrong'),
            )


def _trust(report: Report) -> Iterator[Fact]:
    yield _coverage(report)
    yield from _answers(report)
    yield _flakes(report)
    yield _failures(report)
    yield from _judges(report)
    if report.comparison is not None:
        yield _comparability(report.comparison)


def _coverage(report: Report) -> Fact:
    every = {item.case.identifier for item in report.cases}
    missed = {item.case.identifier for item in report.cases if not item.observation.was_asked}
    trials = count(sum(len(item.trials) for item in report.cases), "trial")
    if not missed:
        return Fact(label="Asked", text=f"all {count(len(every), 'case')}, {trials}", tone="good" if every else "doubt")
    asked = f"{count(len(every) - len(missed))} of {count(len(every), 'case')}, {trials}"
    return Fact(label="Asked", text=asked, tone="doubt", anchor=query_anchor("state:not-run"))


def _answers(report: Report) -> Iterator[Fact]:
    written: Counter[Origin] = Counter()
    chosen = 0
    replayed: list[str] = []
    for answer in (trial.answer for item in report.cases for trial in item.trials):
        if isinstance(answer.completion, Completion):
            written[answer.completion.origin] += 1
        if isinstance(answer.routing, RoutingDecision):
            chosen += 1
            replayed += [answer.routing.made_on] if answer.routing.made_on else []
    if written:
        parts = [
            f"{percent(written[origin] / written.total())} {word}"
            for origin, word in _ORIGINS.items()
            if written[origin]
        ]
        is_fresh = written.total() == written[Origin.FRESH] + written[Origin.CACHED]
        yield Fact(label="Answers", text=", ".join(parts), tone="good" if is_fresh else "doubt")
    if replayed:
        text = f"{percent(len(replayed) / chosen)} replayed, the oldest of {min(replayed)}"
        yield Fact(label="Choices", text=text, tone="doubt")


def _flakes(report: Report) -> Fact:
    flaky = sum(is_flaky(item.observation) for item in report.cases)
    repeated = sum(len(item.trials) > 1 for item in report.cases)
    if not flaky and repeated:
        return Fact(label="Flaky", text="none", tone="good")
    if not flaky and all(subject.record.is_deterministic for subject in report.subjects):
        return Fact(label="Flaky", text="none can be: answers do not vary", tone="good")
    if not flaky:
        return Fact(label="Flaky", text="not known: each case was asked once", tone="doubt")
    text = f"{count(flaky)} of {count(repeated)} repeated ({percent(flaky / max(1, repeated))})"
    return Fact(label="Flaky", text=text, tone="doubt", anchor=query_anchor("outcome:flaky"))


def _failures(report: Report) -> Fact:
    failures = sum(item.observation.failures for item in report.cases)
    if not failures:
        return Fact(label="Harness failures", text="none", tone="good")
    rows = sum(item.observation.failures > 0 for item in report.cases)
    text = f"{count(failures)} in {count(rows, 'row')}"
    return Fact(label="Harness failures", text=text, tone="bad", anchor=query_anchor("state:unmeasured"))


def _judges(report: Report) -> Iterator[Fact]:
    if not report.judged:
        return
    known = sum(not item.is_advisory for item in report.judged)
    text = f"{count(known)} of {count(len(report.judged))} calibrated with labels of people"
    yield Fact(label="Criteria that models judge", text=text, tone="good" if known == len(report.judged) else "doubt")


def _comparability(comparison: Comparison) -> Fact:
    if comparison.incomparable:
        text = f"{count(len(comparison.incomparable))} not compared: the sides did not measure the same"
        return Fact(label="Comparable", text=text, tone="bad", anchor="moved")
    kinds = Counter(change.kind for change in comparison.cases)
    apart = kinds[ChangeKind.ADDED] + kinds[ChangeKind.REMOVED] + kinds[ChangeKind.EDITED]
    text = "both sides have the same cases" if not apart else f"all but {count(apart)} added, removed or edited"
    return Fact(label="Comparable", text=text, tone="plain" if apart else "good")
