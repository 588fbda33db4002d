"""What happens in one trial, told on the screen while it happens."""

import json
from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from passmuster.analysis.outcomes import routing_outcome
from passmuster.cli.leaving import printable
from passmuster.domain.activities import Activity
from passmuster.domain.answers import Asked, Completion, CompletionRequest, Failure, RoutingDecision
from passmuster.domain.budgets import counted, dollars
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Score, TrialPlan
from passmuster.domain.values import Usage
from passmuster.policies.events import Answered, Event, Failed, Kept, LimitChanged, Sent, Unsettled
from passmuster.telemetry.describing import request_texts
from passmuster.telemetry.watching import StageBegun, StageEnded, Told, TrialEnded

SHOWN_AGENTS: Final = 5
SHOWN_TERMS: Final = 6
WORTH_TELLING: Final = 0.05
"""Seconds of waiting that are worth a word."""

MARGIN: Final = 12
"""Characters before what is said at a moment."""


class TraceView:
    """Prints what it is told; conforms to :data:`~passmuster.telemetry.watching.Watcher`."""

    def __init__(self, console: Console, redact: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Take where to print, what takes secrets out of a text, and what tells seconds."""
        self._console = console
        self._redact = redact
        self._clock = clock
        self._began = self._due = 0.0
        self._case: Case | None = None
        self._shown: list[CompletionRequest] = []
        self._is_answered = False
        self._is_second = False

    def begin(self, plan: TrialPlan) -> None:
        """A trial is going to be made."""
        case, key = plan.case, plan.key
        if self._is_second:
            self._console.print()
        self._is_second = True
        self._case, self._shown = case, []
        self._print(Text(self._clean(f"{case.identifier}, {key.subject}, repetition {key.repetition}"), style="bold"))
        for turn in case.request.history:
            self._part(turn.role, turn.content)
        self._part("asks", case.request.text)
        self._part("expects", _expected(case))
        wanted = [part.name.lower() for part in Asked if part in plan.asked and part.name]
        writer = f", written by {plan.assigned}" if plan.assigned is not None else ""
        self._part("plan", f"{' and '.join(wanted)}{writer}; trial {key.fingerprint}")
        self._began = self._due = self._clock()

    def __call__(self, told: Told) -> None:
        """Print what happened, with the seconds since the trial was begun."""
        match told:
            case StageBegun():
                self._due, self._is_answered = self._clock(), False
                self._say(f"{told.stage} begins")
            case StageEnded():
                self._stage(told)
            case Event():
                self._event(told)
            case LimitChanged():
                self._say(f"{told.endpoint} may have {counted(told.limit, 'request')} under way: {told.reason}")
            case TrialEnded():
                self._say("the end" if told.trial.is_finished else "the end, with something that could not be measured")

    def _event(self, told: Event) -> None:
        match told:
            case Sent():
                self._sent(told)
            case Answered():
                self._say(f"answered by {told.model or 'the model'} {_took(told)}: {_consumed(told.usage)}")
                self._answer(told.completion)
            case Kept():
                self._shows(told.request, f"taken from the cache, where it is kept as {told.key}")
                self._answer(told.completion)
            case Failed():
                self._due = self._clock() + (told.wait or 0.0)
                then = "no further attempt" if told.wait is None else f"next attempt in {told.wait:.3f} s"
                self._say(f"failed: {type(told.error).__name__}: {told.error}; {then}", style="red")
            case Unsettled() if told.cost:
                self._say(f"what has no end may cost up to {dollars(told.cost)}")

    def _sent(self, told: Sent) -> None:
        waited = self._clock() - self._due
        patience = f", after {waited:.3f} s of waiting for its turn" if waited >= WORTH_TELLING else ""
        key = f"; its answer will be kept as {told.key}" if told.key else "; no answer is kept"
        model = told.model or "its model"
        self._shows(
            told.request,
            f"sent to {told.endpoint} for {model}, attempt {told.attempt}{patience}{key if told.attempt == 1 else ''}",
        )

    def _shows(self, request: CompletionRequest, sentence: str) -> None:
        """Say something of a request, and all that is in it unless that was shown a moment ago."""
        self._say(sentence)
        if any(shown is request for shown in self._shown):
            return
        self._shown.append(request)
        fields = request_texts(request)
        fields.pop("messages")
        settings = ", ".join(f"{name.replace('_', ' ')} {_written(value)}" for name, value in fields.items())
        if settings:
            self._part("settings", settings)
        for message in request.messages:
            self._part(message.role, message.content)
        for tool in request.tools:
            self._part("tool", f"{tool.name}: {tool.description}")

    def _answer(self, completion: Completion | None) -> None:
        if completion is None:
            return
        self._is_answered = True
        if completion.text:
            self._part("answer", completion.text)
        for call in completion.tool_calls:
            self._part("calls", f"{call.name}({call.arguments})")
        activity = completion.activity or Activity()
        for use in activity.tool_uses or ():
            self._part("used", f"{use.name}({use.arguments}), {use.outcome}")
        for change in activity.changes or ():
            self._part("changed", f"{change.path}, {change.kind}")

    def _stage(self, told: StageEnded) -> None:
        match told.result:
            case Failure() as failure:
                self._say(f"{told.stage} failed: {failure.kind}: {failure.message}", style="red")
            case RoutingDecision() as decision:
                self._decision(decision)
            case Completion() as completion:
                by = f" by {completion.author}" if completion.author else ""
                made = f", made on {completion.made_on}" if completion.made_on else ""
                self._say(f"completion is {completion.origin}{by}{made}, ended by {completion.finish_reason!r}")
                if not self._is_answered:
                    # It is no service's that would have told of it.
                    self._answer(completion)
            case Score() as score:
                words, style = ("passed", "green") if score.passed else ("failed", "red")
                self._say(f"{score.criterion} {words}, {score.value:g}: {score.reason}", style=style)
            case _:
                self._say(f"{told.stage} ends")

    def _decision(self, decision: RoutingDecision) -> None:
        is_right = self._case is None or routing_outcome(decision.chosen, self._case.expectation).is_right
        margin = "" if decision.margin is None else f", margin {decision.margin:.3f}"
        sure = "" if decision.confidence is None else f", confidence {decision.confidence:.2f}"
        verdict = "as expected" if is_right else "not as expected"
        self._say(f"chosen: {decision.chosen or NOBODY}, {verdict}{margin}{sure}", style="green" if is_right else "red")
        if decision.rationale:
            self._part("because", decision.rationale)
        for line in _ranking(decision):
            self._part("ranked", line)

    def _say(self, sentence: str, *, style: str = "") -> None:
        after = Text(f"{self._clock() - self._began:8.3f} s  ", style="dim")
        self._print(after + Text(self._clean(sentence).replace("\n", " "), style=style))

    def _part(self, name: str, text: str) -> None:
        """Print a text that may have several lines, with its name before it."""
        for number, line in enumerate(self._clean(text).split("\n")):
            self._print(Text(f"{name if not number else '':>{MARGIN}} │ ", style="dim") + Text(line))

    def _clean(self, text: str) -> str:
        return printable(self._redact(text))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _expected(case: Case) -> str:
    wanted = case.expectation
    also = f"; right as well: {', '.join(sorted(wanted.acceptable))}" if wanted.acceptable else ""
    never = f"; never: {', '.join(sorted(wanted.forbidden))}" if wanted.forbidden else ""
    return f"{wanted.preferred or NOBODY}{also}{never}"


def _took(told: Answered) -> str:
    first = "" if told.first_token is None else f", its first word after {told.first_token:.3f} s"
    return f"in {told.latency:.3f} s{first}"


def _consumed(usage: Usage) -> str:
    parts = [f"{counted(usage.input_tokens, 'token')} read", f"{usage.output_tokens:,} written"]
    parts += [f"{usage.cached_tokens:,} of the former from the service's cache"] if usage.cached_tokens else []
    parts += [f"{usage.reasoning_tokens:,} of the latter thought"] if usage.reasoning_tokens else []
    parts.append("no known price" if usage.cost is None else _money(usage))
    return ", ".join(parts)


def _money(usage: Usage) -> str:
    # A single answer costs less than people write.
    return f"${usage.cost:f}"


def _ranking(decision: RoutingDecision) -> Iterator[str]:
    ranking = decision.ranking
    for place, ranked in enumerate(ranking[:SHOWN_AGENTS], start=1):
        terms = sorted(ranked.terms, key=lambda item: (-item.weight, item.term))[:SHOWN_TERMS]
        made_of = ", ".join(f"{item.term} {item.weight:+.2f}" for item in terms)
        yield f"{place}. {ranked.agent} {ranked.score:.3f}" + (f" ({made_of})" if made_of else "")
    if len(ranking) > SHOWN_AGENTS:
        yield f"… and {len(ranking) - SHOWN_AGENTS} more"
