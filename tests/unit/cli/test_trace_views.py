"""What happens in one trial, as it is told on the screen."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from passmuster.cli.trace_views import TraceView
from passmuster.domain.answers import Completion, Origin, RankedAgent, Stage, TermWeight, ToolCall
from passmuster.domain.endpoints import Allowance, Endpoint
from passmuster.domain.errors import RateLimitedError
from passmuster.domain.values import AgentName, Usage
from passmuster.policies.events import Answered, Failed, Kept, LimitChanged, Sent, Unsettled
from passmuster.services.redaction import Redaction
from passmuster.telemetry.watching import StageBegun, StageEnded, Told, TrialEnded
from passmuster.testing import factories
from passmuster.testing.fakes import FakeClock

KEY = "sk-planted-0123456789"
SERVICE = Endpoint(provider="openai", address="https://models.example.invalid/v1")
REQUEST = factories.a_completion_request("Why?")
SENT = Sent(endpoint=SERVICE, request=REQUEST, attempt=1, model="small", key="00ff")
COMPLETION = Completion(
    text="Because.\nReally.", tool_calls=(ToolCall(identifier="1", name="choose", arguments={"agent": "debugger"}),)
)
ANSWERED = Answered(
    endpoint=SERVICE,
    request=REQUEST,
    model="small-1",
    usage=Usage(input_tokens=7, output_tokens=3, cost=Decimal("0.00014"), cached_tokens=2, reasoning_tokens=1),
    latency=0.25,
    first_token=0.1,
    allowance=Allowance(),
    completion=COMPLETION,
)


def seen(*told: Told, gaps: float = 0.0) -> str:
    """Return what the screen shows of a trial, with so many seconds before each event."""
    clock = FakeClock()
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    view = TraceView(console, Redaction([KEY]).text, clock.elapsed)
    view.begin(factories.a_plan())
    for each in told:
        clock.advance(gaps)
        view(each)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_attempts_are_told_with_their_waits() -> None:
    """What was waited for a turn is told apart from what was waited after a failure; a request is shown once."""
    failed = Failed(endpoint=SERVICE, request=REQUEST, error=RateLimitedError("it answered 429"), wait=1.0)

    screen = seen(StageBegun(stage=Stage.ROUTING), SENT, failed, replace(SENT, attempt=2), gaps=1.5)

    assert "   1.500 s  routing begins" in screen
    assert "small, attempt 1, after 1.500 s of waiting for its turn; its answer will be kept as 00ff" in screen
    assert "failed: RateLimitedError: it answered 429; next attempt in 1.000 s" in screen
    assert "small, attempt 2, after 0.500 s of waiting for its turn\n" in screen
    assert screen.count("user │ Why?") == 1


def test_an_answer_is_told_with_tokens_and_money() -> None:
    """Line by line, with the tools that it calls."""
    screen = seen(ANSWERED)

    assert "answered by small-1 in 0.250 s, its first word after 0.100 s: 7 tokens read, 3 written" in screen
    assert "2 of the former from the service's cache, 1 of the latter thought, $0.00014" in screen
    assert "answer │ Because.\n             │ Really.\n" in screen
    assert "calls │ choose({'agent': 'debugger'})" in screen


def test_a_choice_is_told_with_its_ranking() -> None:
    """And whether it is right; what a router was told in words as well."""
    ranking = [
        RankedAgent(agent=AgentName(f"a{at}"), score=1.0, terms=(TermWeight(term="x", weight=1.0),)) for at in range(7)
    ]
    right = factories.a_decision(ranking=tuple(ranking), rationale="it says so", confidence=0.9)

    screen = seen(StageEnded(stage=Stage.ROUTING, result=right))
    wrong = seen(StageEnded(stage=Stage.ROUTING, result=factories.a_decision("code-reviewer")))

    assert "chosen: debugger, as expected" in screen
    assert "because │ it says so" in screen
    assert "ranked │ 1. a0 1.000 (x +1.00)" in screen
    assert "ranked │ … and 2 more" in screen
    assert "chosen: code-reviewer, not as expected" in wrong


def test_answers_that_no_service_gave_are_shown() -> None:
    """A recording tells of no request; an answer of a service is not shown twice."""
    recorded = StageEnded(stage=Stage.COMPLETION, result=replace(COMPLETION, origin=Origin.RECORDED, author="Ann"))

    alone = seen(StageBegun(stage=Stage.COMPLETION), recorded)
    after = seen(StageBegun(stage=Stage.COMPLETION), ANSWERED, recorded)

    assert "completion is recorded by Ann, ended by 'stop'" in alone
    assert (alone.count("answer │"), after.count("answer │")) == (1, 1)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            Kept(endpoint=SERVICE, request=REQUEST, usage=Usage(), key="00ff"),
            "taken from the cache, where it is kept as",
        ),
        (Unsettled(endpoint=SERVICE, request=REQUEST, cost=Decimal("0.01")), "what has no end may cost up to $0.01"),
        (LimitChanged(endpoint=SERVICE, limit=1, reason="refused"), "may have 1 request under way: refused"),
        (StageEnded(stage=Stage.CRITERION, result=factories.a_score(reason="found")), "contains passed, 1: found"),
        (StageEnded(stage=Stage.ROUTING, result=factories.a_failure(message="no")), "routing failed: "),
        (StageEnded(stage=Stage.ROUTING, result="what a plug-in brought"), "routing ends"),
        (TrialEnded(trial=factories.a_trial()), "the end"),
    ],
)
def test_everything_else_has_a_sentence(told: Told, words: str) -> None:
    """One line each."""
    assert words in seen(told)


def test_texts_cannot_drive_the_terminal_and_hold_no_secret() -> None:
    """Whoever wrote them."""
    evil = replace(ANSWERED, completion=Completion(text=f"\x1b[2J [bold]{KEY}[/bold]"))

    screen = seen(evil)

    assert "\\x1b[2J [bold]<secret>[/bold]" in screen
    assert KEY not in screen
