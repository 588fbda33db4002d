"""Checks of a router behind an address, for the people who run it: every promise of the contract, kept or broken.

The contract is :mod:`passmuster.router_contract`; ``docs/http_router.md`` explains it.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import NoReturn

import httpx

from passmuster.analysis.outcomes import routing_outcome
from passmuster.documents import parse_json
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import InvalidInputError
from passmuster.router_contract import complaints, decision_of, whole_document
from passmuster.testing.conformance import REQUESTS
from passmuster.testing.factories import a_roster, an_agent

MANY_AGENTS = 200
AT_ONCE = 8
LARGEST_ANSWER = 1_048_576
SHOWN_CHARACTERS = 120

ROSTER = a_roster(
    an_agent("code-reviewer", "Reads a change before it is merged and says what to improve."),
    an_agent("debugger", "Finds out why a test fails or a program crashes."),
    an_agent("team:docs writer – 文档", "Writes tutorials and reference pages."),
)
"""The agents of the check; one has a plugin's prefix, a space and signs that are not ASCII."""


class Standing(StrEnum):
    """How a promise fared."""

    KEPT = "kept"
    BROKEN = "broken"
    ADVISED = "advised"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise of the contract.

    Attributes:
        name: Short and stable.
        sentence: What a service promises.
        is_required: Whether a service that breaks it does not keep to the contract; else it is advice.
        standing: How it fared.
        detail: What was seen; empty where there is nothing to say.
    """

    name: str
    sentence: str
    is_required: bool = True
    standing: Standing = Standing.NOT_TRIED
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back.

    Attributes:
        status: The status code.
        kind: The Content-Type; empty where there is none.
        content: The body, up to a little more than passmuster takes.
    """

    status: int
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where a service is, and how it is asked.

    Attributes:
        url: The address that requests are posted to.
        token: The token; empty for none.
        timeout: Seconds for one answer.
    """

    url: str
    token: str = ""
    timeout: float = 30.0
    trust: ssl.SSLContext | bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the certificates that are trusted once."""
        trust = httpx.create_ssl_context() if self.url.startswith("https:") else False
        object.__setattr__(self, "trust", trust)

    async def post(self, body: bytes, *, with_token: bool = True) -> Reply:
        """Send a body.

        Raises:
            AssertionError: If no answer comes.
        """
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token and with_token else {}
        try:
            async with (
                asyncio.timeout(self.timeout),
                httpx.AsyncClient(verify=self.trust, timeout=self.timeout, trust_env=False) as client,
                client.stream("POST", self.url, content=body, headers=headers) as response,
            ):
                return await _received(response)
        except (TimeoutError, httpx.TimeoutException) as error:
            message = f"no whole answer came within {self.timeout:g} seconds"
            raise AssertionError(message) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            message = f"no answer came ({type(error).__name__}: {error})"
            raise AssertionError(message) from error

    async def route(self, roster: Roster, request: Request) -> RoutingDecision:
        """Ask as passmuster does.

        Raises:
            AssertionError: Naming what is wrong with the answer.
        """
        return await self.decide(whole_document(roster, request), roster)

    async def decide(self, document: Mapping[str, object], roster: Roster) -> RoutingDecision:
        """Send a document, and hold the answer to the contract.

        Raises:
            AssertionError: Naming what is wrong with the answer.
        """
        reply = await self.post(json.dumps(document).encode("ascii"))
        if reply.status != HTTPStatus.OK:
            _fail(f"the status is {reply.status}, and the body {_excerpt(reply.content)}")
        if len(reply.content) > LARGEST_ANSWER:
            _fail(f"the body has more than the {LARGEST_ANSWER} bytes that passmuster takes unless told otherwise")
        answer = _data(reply.content)
        wrong = complaints(answer, roster.names)
        if wrong or not isinstance(answer, Mapping):
            _fail("; ".join(wrong))
        return decision_of(answer)


Check = Callable[[Service], Awaitable[str]]
"""Tries one promise: returns what is to be said of it, and raises AssertionError if it is broken."""

Progress = Callable[[int, int], None]
"""Told after every promise how many of how many were tried."""


async def check_http_router(
    service: Service, *, roster: Roster | None = None, cases: Sequence[Case] = (), progress: Progress | None = None
) -> tuple[Promise, ...]:
    """Try every promise of the contract.

    A service that cannot be reached is asked nothing more.

    Args:
        service: Where it is.
        roster: The agents of a suite, to be tried besides those of the check.
        cases: The cases of that suite.
        progress: Told how far it is.

    Returns:
        Every promise, in order, with how it fared; nothing is raised.
    """
    checks = [*_CHECKS, *_token_checks(service), *_suite_checks(roster, cases)]
    tried: list[Promise] = []
    for promise, check in checks:
        is_hopeless = bool(tried) and tried[0].standing is Standing.BROKEN
        tried.append(promise if is_hopeless else await _tried(promise, check, service))
        if progress is not None:
            progress(len(tried), len(checks))
    return tuple(tried)


async def _tried(promise: Promise, check: Check, service: Service) -> Promise:
    try:
        return replace(promise, standing=Standing.KEPT, detail=await check(service))
    except AssertionError as error:
        standing = Standing.BROKEN if promise.is_required else Standing.ADVISED
        return replace(promise, standing=standing, detail=str(error))


async def _reachable(service: Service) -> str:
    reply = await service.post(_body(ROSTER, REQUESTS[0]))
    return f"status {reply.status}"


async def _answers(service: Service) -> str:
    decision = await service.route(ROSTER, REQUESTS[0])
    return f"chose {decision.chosen or 'nobody'}"


async def _json_type(service: Service) -> str:
    reply = await service.post(_body(ROSTER, REQUESTS[0]))
    kind = reply.kind
    if kind.partition(";")[0].strip().lower() != "application/json":
        _fail(f"the Content-Type is {_excerpt(kind.encode())}")
    return ""


async def _strange_requests(service: Service) -> str:
    for request in REQUESTS:
        try:
            await service.route(ROSTER, request)
        except AssertionError as error:
            _fail(f"asked for {_excerpt(request.text.encode('utf-8', 'replace'))}: {error}")
    return f"{len(REQUESTS)} requests: empty, foreign, strange, long, with a history"


async def _own_roster(service: Service) -> str:
    for names in (("zebra-herder", "night watch"), ("only-one",)):
        await service.route(a_roster(*names), Request(text="Please let the zebra-herder, or only-one, do it."))
    return "two rosters of other names"


async def _no_agents(service: Service) -> str:
    decision = await service.route(replace(ROSTER, agents=()), REQUESTS[0])
    if decision.chosen is not None:
        _fail("an empty roster has nobody to choose")
    return ""


async def _many_agents(service: Service) -> str:
    roster = a_roster(*(an_agent(f"agent-{number:03}", "Does its work. " * 20) for number in range(MANY_AGENTS)))
    await service.route(roster, REQUESTS[0])
    return f"{MANY_AGENTS} agents, {len(_body(roster, REQUESTS[0])) // 1024} KiB"


async def _at_once(service: Service) -> str:
    rosters = [a_roster(f"agent-{number}") for number in range(AT_ONCE)]
    asked = [service.route(roster, Request(text=f"Let {roster.names[0]} do it.")) for roster in rosters]
    broken = [error for error in await asyncio.gather(*asked, return_exceptions=True) if isinstance(error, Exception)]
    if broken:
        _fail(f"{len(broken)} of {AT_ONCE} requests that came at once went wrong; the first: {broken[0]}")
    return f"{AT_ONCE} requests at once, each with a roster of its own"


async def _broken_json(service: Service) -> str:
    reply = await service.post(b'{"contract": 1, "roster": ')
    if not HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        _fail(f"the status is {reply.status}, where 400 would tell whoever sent it")
    return f"status {reply.status}"


async def _other_shape(service: Service) -> str:
    reply = await service.post(b'{"contract": 999, "question": "who?"}')
    if not HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        _fail(f"the status is {reply.status}, where 422 would tell whoever sent it")
    return f"status {reply.status}"


async def _still_there(service: Service) -> str:
    await service.route(ROSTER, REQUESTS[0])
    return ""


async def _later_keys(service: Service) -> str:
    document = {**whole_document(ROSTER, REQUESTS[0]), "of_a_later_version": {"anything": [1, None]}}
    await service.decide(document, ROSTER)
    return ""


async def _equal_answers(service: Service) -> str:
    chosen = [[(await service.route(ROSTER, request)).chosen for _ in range(2)] for request in REQUESTS[:2]]
    if any(first != second for first, second in chosen):
        _fail("the same request got two answers; the suite must not say deterministic: true")
    return "two requests, twice each; if that is always so, the suite may say deterministic: true"


_CHECKS: tuple[tuple[Promise, Check], ...] = (
    (Promise(name="reachable", sentence="POST is answered at this address"), _reachable),
    (Promise(name="answer", sentence="a sound request gets status 200 and an answer that the schema allows"), _answers),
    (Promise(name="strange-requests", sentence="whatever a user may say gets an answer"), _strange_requests),
    (Promise(name="roster", sentence="only agents of the roster that was sent are named"), _own_roster),
    (Promise(name="no-agents", sentence="of an empty roster nobody is chosen"), _no_agents),
    (Promise(name="many-agents", sentence="a large roster is taken"), _many_agents),
    (Promise(name="at-once", sentence="requests that come at once do not get one another's answers"), _at_once),
    (Promise(name="later-keys", sentence="keys of later versions are passed over"), _later_keys),
    (Promise(name="broken-json", sentence="what is no JSON gets a status from 400 to 499"), _broken_json),
    (
        Promise(name="other-shape", sentence="JSON of another shape gets a status from 400 to 499", is_required=False),
        _other_shape,
    ),
    (Promise(name="still-there", sentence="after all that, it answers as before"), _still_there),
    (
        Promise(name="content-type", sentence="the Content-Type is application/json", is_required=False),
        _json_type,
    ),
    (Promise(name="equal-answers", sentence="equal requests get equal answers", is_required=False), _equal_answers),
)


def _token_checks(service: Service) -> Sequence[tuple[Promise, Check]]:
    if not service.token:
        return ()

    async def refuses(service: Service) -> str:
        reply = await service.post(_body(ROSTER, REQUESTS[0]), with_token=False)
        if reply.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            _fail(f"the status is {reply.status}: the token protects nothing")
        return f"status {reply.status}"

    sentence = "whoever brings no token gets status 401 or 403"
    return [(Promise(name="token", sentence=sentence, is_required=False), refuses)]


def _suite_checks(roster: Roster | None, cases: Sequence[Case]) -> Sequence[tuple[Promise, Check]]:
    if roster is None:
        return ()
    agents = roster

    async def answers(service: Service) -> str:
        right = 0
        for case in cases:
            try:
                decision = await service.route(agents, case.request)
            except AssertionError as error:
                _fail(f"case {case.identifier!r}: {error}")
            right += routing_outcome(decision.chosen, case.expectation).is_right
        return f"{len(cases)} cases, {right} of them right"

    return [(Promise(name="suite", sentence="every case of the suite gets an answer"), answers)]


async def _received(response: httpx.Response) -> Reply:
    content = bytearray()
    async for part in response.aiter_raw():
        content += part
        if len(content) > LARGEST_ANSWER:
            break
    kind = response.headers.get("Content-Type", "")
    return Reply(status=response.status_code, kind=kind, content=bytes(content))


def _body(roster: Roster, request: Request) -> bytes:
    return json.dumps(whole_document(roster, request)).encode("ascii")


def _data(content: bytes) -> object:
    try:
        return parse_json(content.decode("utf-8"), path="answer").data
    except UnicodeDecodeError:
        _fail(f"the body is not UTF-8: {_excerpt(content)}")
    except InvalidInputError as error:
        _fail(f"the body cannot be read: {error.findings[0].message}")


def _excerpt(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…")


def _fail(broken: str) -> NoReturn:
    raise AssertionError(broken)
