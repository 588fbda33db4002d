"""What people read where a test fails: what was expected, what came, why, and how to see it again."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from passmuster.analysis.deciding_words import deciding_words
from passmuster.composition.secrets import without_secrets
from passmuster.domain.answers import Completion, Origin, RankedAgent, RoutingDecision
from passmuster.domain.cases import Expectation
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Outcome, Score, Trial
from passmuster.domain.verdicts import GateOutcome
from passmuster.pytest_plugin.case_outcomes import change_of, expected_text, failures_of

SHOWN_AGENTS: Final = 5
SHOWN_TERMS: Final = 6
SHOWN_PLACES: Final = 10
SHOWN_CASES: Final = 20
SHOWN_CHARACTERS: Final = 500
MARGIN: Final = 10
"""Characters before what is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """How to see a case again.

    Attributes:
        suite: The suite's file, as short as it can be said.
        node: What pytest calls the case.
    """

    suite: str
    node: str


def case_text(item: CaseReport, again: Again) -> str:
    """Return what is told of a case that is wrong."""
    lines = [
        ("expected", expected_text(item.case.expectation)),
        ("chosen", _chosen(item)),
        ("request", item.case.request.text),
    ]
    if item.case.source is not None:
        lines.append(("written", str(item.case.source)))
    lines += [("baseline", _compared(change)) for aspect in Aspect if (change := change_of(item, aspect)) is not None]
    decision = next(_decisions(item.trials, item.case.expectation), None)
    if decision is not None:
        lines += decision_lines(decision, item.case.expectation, item.deciding_words)
    lines += _output_lines(item.trials)
    lines += [("harness", failure) for failure in dict.fromkeys(failures_of(item))]
    lines += [("again", command) for command in _commands(item, again)]
    return told(lines)


def decision_lines(
    decision: RoutingDecision, expectation: Expectation, words: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield what a choice rests on.

    Args:
        decision: The choice.
        expectation: What was expected.
        words: The words by which a request moved, if it did; else those that part the chosen from the expected.
    """
    if decision.margin is not None:
        yield "margin", f"{decision.margin:.3f}"
    if decision.rationale:
        yield "because", decision.rationale
    expected = expectation.preferred or NOBODY
    for place, ranked in enumerate(decision.ranking, start=1):
        if place <= SHOWN_AGENTS or ranked.agent == expected:
            yield "ranking" if place == 1 else "", f"{place}. {_ranked(ranked, decision, expected)}"
    chosen = decision.chosen or NOBODY
    telling = words or (deciding_words(decision, expected, chosen) if chosen != expected else ())
    if telling:
        yield "deciding", ", ".join(telling)


def outcome_lines(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, str]]:
    """Yield what criteria say that do not hold, each with the places that it rests on."""
    for one in outcomes:
        if not isinstance(one, Score):
            yield "unscored", f"{one.criterion}: {one.failure.kind}: {one.failure.message}"
        elif not one.passed:
            shown_only = " (shown only)" if one.is_advisory else ""
            yield "rubric", f"{one.criterion}{shown_only} failed, {one.value:.2f}: {one.reason}"
            for place in islice(_places(one.evidence), SHOWN_PLACES):
                yield "", f"  {place}"


def gate_text(report: Report, again: Again) -> str:
    """Return what is told of a gate that does not pass."""
    verdict = report.verdict
    first, *others = list(dict.fromkeys(verdict.reasons)) or ["see the report"]
    says = "cannot tell" if verdict.outcome is GateOutcome.INCONCLUSIVE else verdict.outcome.value
    lines = [("because" if not at else "", reason) for at, reason in enumerate(others[:SHOWN_CASES])]
    moved = [] if report.comparison is None else list(report.comparison.of_kind(ChangeKind.BROKEN))
    for at, change in enumerate(moved[:SHOWN_CASES]):
        lines.append(("broken" if not at else "", f"{change.subject}, {change.case}: {_compared(change)}"))
    if len(moved) > SHOWN_CASES:
        lines.append(("", f"… and {len(moved) - SHOWN_CASES} more"))
    lines.append(("run", report.manifest.identifier))
    command = ["passmuster", "gate", again.suite, "--run", report.manifest.identifier]
    lines.append(("again", shlex.join(command)))
    return f"the gate {says}: {visible(first)}\n{told(lines)}"


def told(lines: Iterable[tuple[str, str]]) -> str:
    """Return lines with their names before them; whatever agents, models and files say cannot drive a terminal."""
    shown = []
    for name, text in lines:
        first, *others = visible(text).split("\n") or [""]
        shown.append(f"{name:<{MARGIN}}{first}".rstrip())
        shown += [f"{'':<{MARGIN}}{line}".rstrip() for line in others]
    return "\n".join(shown)


def visible(text: str) -> str:
    """Return a text without secrets, not too long, whose control characters are escaped."""
    kept = without_secrets(text)
    kept = kept if len(kept) <= SHOWN_CHARACTERS else f"{kept[:SHOWN_CHARACTERS]}…"
    return "".join(
        one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode("ascii") for one in kept
    )


def visible_lines(text: str) -> str:
    """Return lines, each of them visible."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _chosen(item: CaseReport) -> str:
    choices = [choice or NOBODY for choice in item.observation.chosen]
    if not choices:
        return "nothing was measured"
    return choices[0] if len(set(choices)) == 1 else ", ".join(choices)


def _compared(change: CaseChange) -> str:
    """Return what a comparison says of one case."""
    rate = "" if change.baseline_rate is None else f", right in {change.baseline_rate:.0%} of {change.baseline_trials}"
    was = f"{change.was}{rate}" if change.was else f"{change.aspect}{rate}"
    why = f": {change.explanation}" if change.explanation else ""
    return f"{was}; now {change.kind}{why}"


def _decisions(trials: Sequence[Trial], expectation: Expectation) -> Iterator[RoutingDecision]:
    """Yield the choices, those first that are not the preferred one."""
    found = [trial.answer.routing for trial in trials if isinstance(trial.answer.routing, RoutingDecision)]
    yield from sorted(found, key=lambda decision: decision.chosen == expectation.preferred)


def _ranked(ranked: RankedAgent, decision: RoutingDecision, expected: str) -> str:
    roles = [
        role
        for role, is_it in (("chosen", ranked.agent == decision.chosen), ("expected", ranked.agent == expected))
        if is_it
    ]
    terms = sorted(ranked.terms, key=lambda term: -abs(term.weight))[:SHOWN_TERMS]
    shown = ", ".join(f"{term.term} {term.weight:+.2f}" for term in terms)
    marks = f" ({', '.join(roles)})" if roles else ""
    return f"{ranked.agent} {ranked.score:.3f}{marks}{f': {shown}' if shown else ''}"


def _output_lines(trials: Sequence[Trial]) -> Iterator[tuple[str, str]]:
    """Yield what the criteria said of the first answer that does not hold."""
    for trial in trials:
        lines = list(outcome_lines(trial.outcomes))
        if lines:
            yield from lines
            completion = trial.answer.completion
            if isinstance(completion, Completion) and completion.origin is not Origin.FRESH:
                yield "answer", f"{completion.origin}, by {completion.author or completion.model or 'somebody'}"
            return


def _places(evidence: Mapping[str, object]) -> Iterator[str]:
    """Yield the places that a criterion names, as ``file:line`` and what is said of it."""
    places = evidence.get("places")
    for place in places if isinstance(places, list | tuple) else ():
        if isinstance(place, Mapping):
            # Line 0 stands for a file as a whole.
            where = f"{place.get('file')}:{place['line']}" if place.get("line") else str(place.get("file"))
            yield " ".join(f"{where} {place.get('message', '')}".split())
        else:
            yield " ".join(str(place).split())


def _commands(item: CaseReport, again: Again) -> Iterator[str]:
    yield shlex.join(["pytest", again.node])
    yield shlex.join(["passmuster", "run", again.suite, "--subject", item.subject, "--trace", item.case.identifier])
    yield shlex.join(["passmuster", "explain", item.case.identifier, "--suite", again.suite, "--subject", item.subject])
