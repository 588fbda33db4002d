"""A router behind an address, asked over a real connection."""

import asyncio
import json
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from passmuster.adapters.routers.http import COMPONENT, HttpOptions, HttpRouter
from passmuster.components import BuildContext
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import InfrastructureError, RoutingError
from passmuster.domain.values import Usage
from passmuster.router_contract import REQUEST_SCHEMA
from passmuster.testing.conformance import check_router
from passmuster.testing.factories import a_request, a_roster

from .loopback import HOST, TOKEN, Loopback, serving

ROSTER = a_roster("debugger", "reviewer")
REQUEST = a_request("Let the debugger do it.")


class PassingError(InfrastructureError):
    """Stands in the tables for a trouble that may pass."""


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with serving() as running:
        yield running


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ROUTER_TOKEN", TOKEN)
    return TOKEN


def router_at(url: str, **options: object) -> HttpRouter:
    said = HttpOptions.model_validate({"url": url, **options})
    built = COMPONENT.build(said, BuildContext(folder=Path(), roster=ROSTER))
    assert isinstance(built, HttpRouter)
    return built


def answering(server: Loopback, answer: object) -> HttpRouter:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return router_at(server.url(f"answer/{content.hex()}"))


async def test_a_service_chooses(server: Loopback) -> None:
    """The name that comes back is the choice, null is nobody, and the time is measured."""
    router = router_at(server.url("right"))

    chosen = await router.route(REQUEST)
    nobody = await router.route(a_request("Hello"))

    assert (chosen.chosen, chosen.ranking, chosen.margin, chosen.confidence) == ("debugger", (), None, None)
    assert chosen.latency > 0
    assert nobody.chosen is None


async def test_the_promises_of_the_port_are_kept(server: Loopback) -> None:
    """Whatever is asked."""
    await check_router(router_at(server.url("right")), ROSTER)
    await check_router(router_at(server.url("full")), ROSTER)


async def test_everything_that_a_service_may_tell_is_kept(server: Loopback) -> None:
    """Ranking, margin, confidence, reason, model, version and what it consumed."""
    decision = await router_at(server.url("full")).route(REQUEST)

    assert [(place.agent, place.score) for place in decision.ranking] == [("debugger", 1.0), ("reviewer", 0.0)]
    assert (decision.margin, decision.confidence, decision.rationale) == (1.0, 0.75, "it fits")
    assert (decision.model, decision.version) == ("tiny-1", "2")
    assert decision.usage == Usage(input_tokens=12, output_tokens=3, cost=Decimal("0.25"))


async def test_a_service_is_sent_what_the_schema_says(server: Loopback) -> None:
    """The whole roster under a fingerprint, and the request with its history; no system prompt unless asked for."""
    turns = (Message(role=Role.USER, content="Hello \ud800"), Message(role=Role.ASSISTANT, content="Hi."))
    request = a_request("検索が遅い", history=turns)

    await router_at(server.url("right")).route(request)
    await router_at(server.url("right"), bodies=True).route(request)
    plain, with_bodies = server.seen.documents[-2:]

    validator = Draft202012Validator(REQUEST_SCHEMA)
    assert [error.message for sent in (plain, with_bodies) for error in validator.iter_errors(sent)] == []
    assert plain["request"]["text"] == "検索が遅い"
    assert [turn["role"] for turn in plain["request"]["history"]] == ["user", "assistant"]
    assert [agent["name"] for agent in plain["roster"]["agents"]] == ["debugger", "reviewer"]
    assert "instructions" not in plain["roster"]["agents"][0]
    assert with_bodies["roster"]["agents"][0]["instructions"] == "You are a debugger."
    assert plain["roster"]["fingerprint"] != with_bodies["roster"]["fingerprint"]


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        ("status/400", RoutingError, 'status 400: \'{"error": "no\\\\n luck"}\''),
        ("status/422", RoutingError, "status 422"),
        ("status/401", InfrastructureError, "token_variable"),
        ("status/403", InfrastructureError, "token_variable"),
        ("status/404", InfrastructureError, "the whole address"),
        ("status/405", InfrastructureError, "take POST"),
        ("status/418", InfrastructureError, "status 418"),
        ("status/429", PassingError, "status 429"),
        ("status/500", PassingError, "status 500"),
        ("status/503", PassingError, "status 503"),
        ("status/301", InfrastructureError, "redirects are not followed"),
        ("status/307", InfrastructureError, "redirects are not followed"),
        ("half", RoutingError, "cannot be read: not valid JSON"),
        ("broken_off", PassingError, "broke off"),
        ("reset", PassingError, "broke off"),
        ("squeezed", RoutingError, "encoding 'gzip'"),
        ("huge/3000", RoutingError, "larger than 2000 bytes"),
    ],
)
async def test_trouble_has_a_kind(server: Loopback, behaviour: str, kind: type[RoutingError], words: str) -> None:
    """What a service cannot do, what it must not do, and what may pass are told apart; none of it is a choice."""
    with pytest.raises(RoutingError) as caught:
        await router_at(server.url(behaviour), maximum_bytes=2_000).route(REQUEST)

    is_of = PassingError if caught.value.is_transient else type(caught.value)
    assert is_of is kind
    assert isinstance(caught.value, InfrastructureError if kind is PassingError else kind)
    assert words in str(caught.value)


async def test_nobody_at_the_address_may_pass() -> None:
    """A service that is being started anew is a trouble of the moment."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        router = router_at(f"http://{HOST}:{taken.getsockname()[1]}/route")

        with pytest.raises(InfrastructureError, match="out of reach") as caught:
            await router.route(REQUEST)

    assert caught.value.is_transient


async def test_the_time_limit_is_for_the_whole_answer(server: Loopback) -> None:
    """A service that sends a byte now and then does not hold up the run."""
    with pytest.raises(InfrastructureError, match=r"within 0\.3 seconds") as caught:
        await router_at(server.url("slow/0.02"), timeout=0.3).route(REQUEST)

    assert caught.value.is_transient


async def test_an_answer_of_exactly_the_limit_is_taken(server: Loopback) -> None:
    """One byte more is not."""
    size = len(b'{"chosen": null, "rationale": ""}') + 1_000

    decision = await router_at(server.url("huge/1000"), maximum_bytes=size).route(REQUEST)
    with pytest.raises(RoutingError, match="larger than"):
        await router_at(server.url("huge/1001"), maximum_bytes=size).route(REQUEST)

    assert decision.rationale == "a" * 1_000


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "$: [] is not of type 'object'"),
        ({}, "'chosen' is a required property"),
        ({"chosen": 1}, "$.chosen: 1 is not of type"),
        ({"chosen": "nurse"}, "$.chosen: 'nurse' is no agent of the roster"),
        ({"chosen": "Debugger"}, "'Debugger' is no agent of the roster"),
        ({"chosen": None, "rankings": []}, "'rankings' was unexpected"),
        ({"chosen": None, "ranking": [{"agent": "nurse", "score": 1}]}, "$.ranking[0].agent: 'nurse'"),
        ({"chosen": None, "ranking": [{"agent": "debugger", "score": 1}] * 2}, "stands in it twice"),
        (
            {"chosen": None, "ranking": [{"agent": "debugger", "score": 0}, {"agent": "reviewer", "score": 1}]},
            "does not begin with the highest score",
        ),
        ({"chosen": None, "margin": -1}, "$.margin: -1 is less than the minimum"),
        ({"chosen": None, "confidence": 1.5}, "$.confidence"),
        ({"chosen": None, "usage": {"input_tokens": 1.5}}, "$.usage.input_tokens"),
        ({"chosen": "a" * 10_000}, "…"),
        (b'{"chosen": null, "margin": NaN}', "NaN"),
        (b'{"chosen": null, "margin": 1e999}', "not finite"),
        (b'{"chosen": "debugger", "chosen": null}', "'chosen'"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"", "not valid JSON"),
        (b"[" * 1_000, "nested"),
    ],
)
async def test_an_answer_that_breaks_the_contract_is_no_choice(server: Loopback, answer: object, words: str) -> None:
    """It fails in the harness, with the place that is wrong, and never at length."""
    with pytest.raises(RoutingError) as caught:
        await answering(server, answer).route(REQUEST)

    assert type(caught.value) is RoutingError
    assert not caught.value.is_transient
    assert words in caught.value.message
    assert "a" * 200 not in caught.value.message


async def test_the_token_goes_into_the_header_and_nowhere_else(server: Loopback, token: str) -> None:
    """Not into the options, and not into what is kept of the answer, should the service repeat it."""
    options = {"token_variable": "ROUTER_TOKEN"}
    guarded = router_at(server.url("guarded"), **options)

    chosen = await guarded.route(REQUEST)
    echoed = await router_at(server.url("echo/200"), **options).route(REQUEST)
    with pytest.raises(RoutingError) as caught:
        await router_at(server.url("echo/500"), **options).route(REQUEST)

    assert chosen.chosen == "debugger"
    assert echoed.rationale == "Bearer <secret>"
    assert "Bearer <secret>" in str(caught.value)
    assert token not in repr(vars(guarded)) + str(caught.value)


@pytest.mark.parametrize("value", ["", "two words", "line\nbreak", "grün"])
async def test_a_token_that_no_header_can_carry_is_not_sent(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """The complaint names the variable, and not what is in it."""
    monkeypatch.setenv("ROUTER_TOKEN", value)
    before = len(server.seen.headers)

    with pytest.raises(InfrastructureError, match="ROUTER_TOKEN") as caught:
        await router_at(server.url("right"), token_variable="ROUTER_TOKEN").route(REQUEST)  # noqa: S106 - a name

    assert not value or value not in str(caught.value)
    assert len(server.seen.headers) == before


@pytest.mark.parametrize(
    "options",
    [
        {"url": "example.invalid/route"},
        {"url": "file:///etc/passwd"},
        {"url": "http:///route"},
        {"url": "http://example.invalid:99999/route"},
        {"url": "http://example.invalid:port/route"},
        {"url": f"http://{'☃'}/route"},
        {"url": f"http://{'xn--'}/route"},
        {"url": f"http://{'[::1'}/route"},
        {"url": "http://example.invalid/a route"},
        {"url": f"http://{'somebody:secret'}@example.invalid"},
        {"url": "http://example.invalid/route", "token_variable": "TOKEN"},
        {"url": "https://example.invalid/route", "token_variable": "NOT A NAME"},
        {"url": "https://example.invalid/route", "timeout": 0},
        {"url": "https://example.invalid/route", "tokn": "a"},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    """No other protocol, no secret in the address, and no token that travels in the open."""
    with pytest.raises(ValidationError):
        HttpOptions(**options)


async def test_many_requests_are_under_way_at_once(server: Loopback) -> None:
    """Each has its own connection and its own answer."""
    router = router_at(server.url("right"))
    texts = ["Let the debugger do it.", "reviewer, please", "Hello"] * 10

    decisions = await asyncio.gather(*(router.route(a_request(text)) for text in texts))

    assert [decision.chosen for decision in decisions] == ["debugger", "reviewer", None] * 10


def test_a_router_outlives_an_event_loop(server: Loopback) -> None:
    """A command may ask in several loops, one after the other."""
    router = router_at(server.url("right"))

    chosen = [asyncio.run(router.route(REQUEST)).chosen for _ in range(2)]

    assert chosen == ["debugger", "debugger"]
    assert COMPONENT.is_deterministic(HttpOptions(url="http://example.invalid", deterministic=True))


async def test_no_more_requests_than_allowed_are_under_way(server: Loopback) -> None:
    """The others wait for their turn, which does not count against the time limit."""
    router, before = router_at(server.url("slow/0.01"), concurrency=2, timeout=600), len(server.seen.documents)
    asking = [asyncio.create_task(router.route(REQUEST)) for _ in range(6)]
    async with asyncio.timeout(60):
        while len(server.seen.documents) < before + 2:  # noqa: ASYNC110 - another thread sees them
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)

    assert len(server.seen.documents) == before + 2
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


def test_the_number_of_requests_under_way_is_no_part_of_the_fingerprint() -> None:
    """It changes no answer."""
    url = "https://example.invalid/route"

    assert HttpOptions(url=url, concurrency=3).model_dump() == HttpOptions(url=url).model_dump()
