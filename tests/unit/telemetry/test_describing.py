"""What happens in names and values, and which texts stay out."""

import json
import logging

import pytest

from passmuster.domain.answers import Completion, Sampling, Stage, ToolCall
from passmuster.domain.endpoints import Allowance, Endpoint
from passmuster.domain.errors import BackendRefusedError, RateLimitedError
from passmuster.domain.values import Usage
from passmuster.policies.events import Answered, Failed, Kept, LimitChanged, Sent, Unsettled
from passmuster.telemetry.describing import described, own_words, request_texts
from passmuster.telemetry.watching import StageBegun, StageEnded, Told, TrialBegun, TrialBroken, TrialEnded
from passmuster.testing import factories

SERVICE = Endpoint(provider="openai", address="https://models.example.invalid/v1")
QUESTION = "the user's own words"
ANSWER = "the model's own words"
THEIRS = "the service's own words"
REQUEST = factories.a_completion_request(QUESTION)
COMPLETION = Completion(text=ANSWER, tool_calls=(ToolCall(identifier="1", name="choose", arguments={"agent": ANSWER}),))
EVERYTHING: list[Told] = [
    Sent(endpoint=SERVICE, request=REQUEST, attempt=2, model="small", key="00ff"),
    Answered(
        endpoint=SERVICE,
        request=REQUEST,
        model="small-1",
        usage=Usage(input_tokens=7, output_tokens=3, cached_tokens=2, reasoning_tokens=1),
        latency=0.25,
        first_token=0.1,
        allowance=Allowance(),
        completion=COMPLETION,
    ),
    Kept(endpoint=SERVICE, request=REQUEST, usage=Usage(input_tokens=7), key="00ff", completion=COMPLETION),
    Failed(endpoint=SERVICE, request=REQUEST, error=RateLimitedError(f"it answered 429: {THEIRS}"), wait=1.5),
    Failed(endpoint=SERVICE, request=REQUEST, error=BackendRefusedError(f"it answered {THEIRS!r}"), wait=None),
    Unsettled(endpoint=SERVICE, request=REQUEST, cost=None),
    LimitChanged(endpoint=SERVICE, limit=8, reason="the service refused"),
    TrialBegun(plan=factories.a_plan(factories.a_case(request=factories.a_request(QUESTION)))),
    StageBegun(stage=Stage.ROUTING),
    StageEnded(stage=Stage.ROUTING, result=factories.a_decision(rationale=ANSWER)),
    StageEnded(stage=Stage.COMPLETION, result=COMPLETION),
    StageEnded(stage=Stage.CRITERION, result=factories.a_score(reason=ANSWER)),
    StageEnded(stage=Stage.COMPLETION, result=factories.a_failure(Stage.COMPLETION, message=THEIRS)),
    TrialEnded(trial=factories.a_trial()),
]


@pytest.mark.parametrize("told", EVERYTHING, ids=lambda told: type(told).__name__)
def test_no_text_is_told_unless_it_is_wanted(told: Told) -> None:
    """Neither what users ask nor what models write, nor what services say of it."""
    line = described(told, has_texts=False)

    assert line is not None
    assert not [text for text in (QUESTION, ANSWER, THEIRS) if text in json.dumps(dict(line.fields), default=str)]


def test_texts_are_told_where_they_are_wanted() -> None:
    """Requests, answers, calls of tools, reasons and complaints."""
    lines = [described(told, has_texts=True) for told in EVERYTHING]

    everything = json.dumps([dict(line.fields) for line in lines if line is not None], default=str)

    assert everything.count(QUESTION) == 2
    assert everything.count(ANSWER) >= 6
    assert everything.count(THEIRS) == 3


def test_an_answer_is_told_with_its_figures() -> None:
    """Model, tokens, cost, and how long it took."""
    line = described(EVERYTHING[1], has_texts=False)

    assert line is not None
    assert (line.event, line.level) == ("answered", logging.INFO)
    assert line.fields == {
        "endpoint": SERVICE.address,
        "provider": "openai",
        "model": "small-1",
        "input_tokens": 7,
        "output_tokens": 3,
        "cached_tokens": 2,
        "reasoning_tokens": 1,
        "cost": None,
        "latency": 0.25,
        "first_token": 0.1,
        "finish_reason": "stop",
    }


def test_how_grave_a_failure_is() -> None:
    """A warning while there will be another attempt, an error at the end."""
    again, last = (described(told, has_texts=False) for told in EVERYTHING[3:5])

    assert again is not None
    assert last is not None
    assert (again.level, again.fields["wait"], again.fields["message"]) == (logging.WARNING, 1.5, "it answered 429")
    assert (last.level, last.fields["message"]) == (logging.ERROR, "it answered")
    assert "wait" not in last.fields


def test_what_is_of_no_interest_is_not_told() -> None:
    """A trial that was cancelled leaves nothing."""
    assert described(TrialBroken(), has_texts=True) is None


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        ("https://a.invalid/v1 answered 429: slow down", "https://a.invalid/v1 answered 429"),
        ("a broke off (ReadError: half an answer)", "a broke off (ReadError"),
        ("a gave 'text' in the place of JSON", "a gave"),
        ("a did not finish its answer within 600 s", "a did not finish its answer within 600 s"),
    ],
)
def test_our_own_words_come_first(message: str, ours: str) -> None:
    """Everything after a colon or a quotation mark may be somebody else's."""
    assert own_words(message) == ours


def test_a_request_is_told_with_what_was_asked_for_only() -> None:
    """Settings that are left to the service are left out."""
    request = factories.a_completion_request(QUESTION, sampling=Sampling(temperature=0.0, stop=("END",)))

    assert request_texts(request) == {
        "temperature": 0.0,
        "stop": ["END"],
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
    }
