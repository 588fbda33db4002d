"""One trial as plain view data: the choice and its reasons, the completion, the rubric's evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.adapters.reporters.evidence_text import PLACES, evidence_texts
from passmuster.adapters.reporters.step_views import PlaceView, StepView, place_views, step_views
from passmuster.domain.answers import Completion, Failure, Origin, RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.cases import Case
from passmuster.domain.results import Outcome, Score, Trial
from passmuster.domain.values import Usage
from passmuster.extraction.files import files_of
from passmuster.texts.numbers import decimal, percent, seconds
from passmuster.texts.visible import agent_text, clipped, excerpt, visible

EXPLAINED_AGENTS = 3
"""Terms are shown for the agent chosen, and for the next ones up to so many agents."""

RANKED_AGENTS = 5
TERMS = 8
COMPLETION_LENGTH = 20_000
EVIDENCE_LENGTH = 2_000

_LINE_LENGTH = 600
_WIDTHS = 20
_USUAL_PATH = "main.py"
"""Where criteria that examine code look for the one block that names no file."""

_ORIGINS = {
    Origin.FRESH: "fresh: made in this run",
    Origin.CACHED: "kept: made earlier for the very same request",
    Origin.RECORDED: "recorded: made earlier, and replayed",
    Origin.AUTHORED: "authored: written to show how the rubric works",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TermView:
    """One term's share of a score; ``width`` is its twentieths of the weightiest term of the trial."""

    term: str
    weight: str
    width: int
    is_negative: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RankView:
    """One place of the ranking.

    Attributes:
        agent: Its name.
        score: As text.
        roles: What it is to the case: chosen, preferred, acceptable, a twin, forbidden.
        terms: Its weightiest terms, for the first agents only.
        other_terms: How many more there are, and what they weigh; empty if none.
    """

    agent: str
    score: str
    roles: tuple[str, ...]
    terms: tuple[TermView, ...]
    other_terms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A choice of an agent and what it rests on."""

    chosen: str
    margin: str
    rationale: str
    facts: str
    ranking: tuple[RankView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionView:
    """What was written, and what its writer did for it; ``files`` are where criteria name places in its code.

    Of each file: its path, the line of the text on which its content begins, and how many lines it has.
    """

    text: str
    left_out: int
    origin: str
    origin_note: str
    author: str
    facts: str
    steps: tuple[StepView, ...]
    files: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """One criterion's judgement; ``state`` is ``passed``, ``failed`` or ``unscored``, ``places`` are in its code."""

    name: str
    kind: str
    state: str
    sign: str
    value: str
    reason: str
    evidence: tuple[tuple[str, str], ...]
    places: tuple[PlaceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """One repetition of one case, or several alike."""

    heading: str
    writer: str
    decision: DecisionView | None
    completion: CompletionView | None
    failures: tuple[str, ...]
    criteria: tuple[CriterionView, ...]


def trial_views(trials: Sequence[Trial], case: Case) -> tuple[TrialView, ...]:
    """Lay out the trials of a case; repetitions that look the same are shown once."""
    groups: dict[TrialView, list[int]] = {}
    for trial in sorted(trials, key=lambda trial: trial.key.repetition):
        groups.setdefault(_trial_view(trial, case), []).append(trial.key.repetition + 1)
    return tuple(replace(view, heading=_heading(numbers)) for view, numbers in groups.items())


def _heading(numbers: Sequence[int]) -> str:
    first = ", ".join(map(str, numbers[:-1]))
    return f"Repetitions {first} and {numbers[-1]}, which are alike" if first else f"Repetition {numbers[0]}"


def _trial_view(trial: Trial, case: Case) -> TrialView:
    answer = trial.answer
    decision = _decision(answer.routing, case) if isinstance(answer.routing, RoutingDecision) else None
    criteria = tuple(_criteria(trial.outcomes, case))
    completion = None
    if isinstance(answer.completion, Completion):
        has_places = any(item.places for item in criteria)
        completion = _completion(answer.completion, _files(answer.completion, case) if has_places else ())
    failed = [part for part in (answer.routing, answer.completion) if isinstance(part, Failure)]
    return TrialView(
        heading="",
        writer="" if answer.writer is None else agent_text(answer.writer),
        decision=decision,
        completion=completion,
        failures=tuple(f"{part.stage.value} failed ({visible(part.kind)}): {_line(part.message)}" for part in failed),
        criteria=criteria,
    )


def _decision(decision: RoutingDecision, case: Case) -> DecisionView:
    explained = _explained(decision)
    scale = max((abs(term.weight) for place in explained for term in place.terms), default=0.0)
    shown = list(decision.ranking[:RANKED_AGENTS])
    shown += [place for place in decision.ranking[RANKED_AGENTS:] if place in explained]
    return DecisionView(
        chosen=agent_text(decision.chosen),
        margin="" if decision.margin is None else decimal(decision.margin),
        rationale=_line(decision.rationale),
        facts=_joined(
            [
                decision.model,
                decision.version,
                "" if decision.confidence is None else f"{percent(decision.confidence)} sure",
                *_consumed(decision.usage, decision.latency),
            ]
        ),
        ranking=tuple(
            RankView(
                agent=visible(place.agent),
                score=decimal(place.score),
                roles=tuple(_roles(place.agent, decision, case)),
                terms=_terms(place.terms, scale) if place in explained else (),
                other_terms=_other_terms(place.terms) if place in explained else "",
            )
            for place in shown
        ),
    )


def _explained(decision: RoutingDecision) -> list[RankedAgent]:
    chosen = [place for place in decision.ranking if place.agent == decision.chosen]
    others = [place for place in decision.ranking if place.agent != decision.chosen]
    return [place for place in (*chosen, *others)[:EXPLAINED_AGENTS] if place.terms]


def _roles(agent: str, decision: RoutingDecision, case: Case) -> Iterator[str]:
    if agent == decision.chosen:
        yield "chosen"
    if agent == case.expectation.preferred:
        yield "preferred"
    if agent in case.expectation.acceptable:
        yield "acceptable"
    if agent in case.expectation.twins:
        yield "a twin of a right one"
    if agent in case.expectation.forbidden:
        yield "forbidden"


def _weightiest(terms: Sequence[TermWeight]) -> list[TermWeight]:
    return sorted(terms, key=lambda term: (-abs(term.weight), term.term))


def _terms(terms: Sequence[TermWeight], scale: float) -> tuple[TermView, ...]:
    return tuple(
        TermView(
            term=excerpt(term.term, 40),
            weight=decimal(term.weight),
            width=round(_WIDTHS * abs(term.weight) / scale) if scale else 0,
            is_negative=term.weight < 0,
        )
        for term in _weightiest(terms)[:TERMS]
    )


def _other_terms(terms: Sequence[TermWeight]) -> str:
    rest = _weightiest(terms)[TERMS:]
    return f"{len(rest)} more: {decimal(sum(term.weight for term in rest))}" if rest else ""


def _completion(completion: Completion, found: tuple[tuple[str, int, int], ...]) -> CompletionView:
    text, left_out = clipped(completion.text, COMPLETION_LENGTH)
    facts = [
        completion.model,
        "" if completion.finish_reason == "stop" else f"ended by {completion.finish_reason}",
        *_consumed(completion.usage, completion.latency),
    ]
    return CompletionView(
        text=text,
        left_out=left_out,
        origin=completion.origin.value,
        origin_note=_ORIGINS[completion.origin],
        author=excerpt(completion.author, 120),
        facts=_joined(facts),
        steps=step_views(completion),
        files=found,
    )


def _files(completion: Completion, case: Case) -> tuple[tuple[str, int, int], ...]:
    """Return where the text's files begin, found as the criteria found them."""
    criteria = () if case.rubric is None else case.rubric.criteria
    named = (item.options.get("default_path") for item in criteria)
    default_path = next((path for path in named if isinstance(path, str)), _USUAL_PATH)
    return tuple(
        (visible(file.path), file.line, file.text.count("\n") + 1)
        for file in files_of(completion, default_path=default_path)
        if file.line
    )


def _consumed(usage: Usage, latency: float) -> Iterator[str]:
    yield (
        f"{usage.input_tokens:,} + {usage.output_tokens:,} tokens" if usage.input_tokens or usage.output_tokens else ""
    )
    yield "" if usage.cost is None else f"{usage.cost:f} US dollars"
    yield seconds(latency) if latency else ""


def _joined(facts: Iterable[str]) -> str:
    return " · ".join(excerpt(fact, 80) for fact in facts if fact)


def _criteria(outcomes: Sequence[Outcome], case: Case) -> Iterator[CriterionView]:
    kinds = {} if case.rubric is None else {item.name: item for item in case.rubric.criteria}
    for outcome in outcomes:
        reference = kinds.get(outcome.criterion)
        kind = "" if reference is None else reference.kind + (", required" if reference.is_required else "")
        if isinstance(outcome, Score):
            yield CriterionView(
                name=visible(outcome.criterion),
                kind=visible(kind),
                state="passed" if outcome.passed else "failed",
                sign="✓" if outcome.passed else "✗",
                value=percent(outcome.value),
                reason=_line(outcome.reason),
                evidence=tuple(_evidence(outcome.evidence)),
                places=place_views(outcome.evidence),
            )
        else:
            why = "left out" if outcome.is_left_out else f"could not judge ({visible(outcome.failure.kind)})"
            yield CriterionView(
                name=visible(outcome.criterion),
                kind=visible(kind),
                state="unscored",
                sign="–" if outcome.is_left_out else "?",
                value="",
                reason=f"{why}: {_line(outcome.failure.message)}",
                evidence=(),
                places=(),
            )


def _evidence(evidence: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    room = EVIDENCE_LENGTH
    told = {key: value for key, value in evidence.items() if key != PLACES} if place_views(evidence) else evidence
    for key, text in evidence_texts(told):
        shown, left_out = clipped(text, max(0, room))
        room -= len(shown)
        yield excerpt(str(key), 80), f"{shown} … {left_out:,} more characters" if left_out else shown


def _line(text: str) -> str:
    return excerpt(text, _LINE_LENGTH)
