"""A router behind an address: the roster and the request go there as JSON, and the choice comes back.

The contract is :mod:`passmuster.router_contract`. The roster is sent whole with every request, under a fingerprint by
which a service may keep what it worked out; so a service may be started anew, or run many times, at any moment.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from passmuster.components import BuildContext, Component
from passmuster.documents import parse_json
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import BackendError, InfrastructureError, InvalidInputError, RoutingError, TimeLimitError
from passmuster.ports import Router
from passmuster.programs.turns import Turns
from passmuster.router_contract import VERSION, complaints, decision_of, request_document, roster_document
from passmuster.services.errors import kind_of
from passmuster.services.options import LOOPBACK, VARIABLE
from passmuster.services.redaction import Redaction
from passmuster.services.secrets import secret_value
from passmuster.services.transport import JSON_HEADERS, Connections, beginning, headers_of

MAXIMUM_BYTES = 1_048_576
EXCERPT_BYTES = 2_000
SHOWN_CHARACTERS = 200

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

_REFUSED = frozenset({400, 409, 413, 415, 422})
"""Statuses by which a service that works says that it has no choice for this request."""

_HINTS: Mapping[int, str] = {
    401: "name the environment variable that holds the service's token as token_variable",
    403: "name the environment variable that holds the service's token as token_variable",
    404: "put the whole address of the route into url",
    405: "the service must take POST at this address",
}


class HttpOptions(BaseModel):
    """Options of the router ``http``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="Where requests are posted to, such as https://example.invalid/route.")
    token_variable: str | None = Field(
        default=None,
        pattern=VARIABLE,
        description="The environment variable with the token that is sent as `Authorization: Bearer`; never stored.",
    )
    timeout: float = Field(default=30.0, gt=0, le=3_600, description="Seconds for one answer, from first to last byte.")
    maximum_bytes: int = Field(default=MAXIMUM_BYTES, ge=64, le=2**30, description="The size of an answer at most.")
    bodies: bool = Field(default=False, description="Whether the agents' system prompts are sent as well.")
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")
    # It changes no answer, and is kept out of fingerprints.
    concurrency: int = Field(
        default=16, ge=1, le=10_000, exclude=True, description="Requests that are under way at once, at the most."
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            # Ports and names of hosts are looked at only when asked for: better here than at the first request.
            has_place = bool(parts.hostname and httpx.URL(url).host) and parts.port != 0
        except (ValueError, httpx.InvalidURL) as error:
            message = f"'url' is {url!r}, which is no address: {error}"
            raise ValueError(message) from error
        if parts.scheme not in {"http", "https"} or not has_place or not url.isprintable() or " " in url:
            message = f"'url' is {url!r}, which is no address that begins with http:// or https://"
            raise ValueError(message)
        if parts.username is not None or parts.password is not None:
            message = "'url' holds a name or a password; put the secret into an environment variable: token_variable"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _check_token(self) -> "HttpOptions":
        parts = urlsplit(self.url)
        if self.token_variable is not None and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            message = (
                f"a token would travel to {parts.hostname!r} for everybody to read: 'url' must begin with https://"
            )
            raise ValueError(message)
        return self


class HttpRouter:
    """Asks a service.

    Redirects are not followed, and nothing of the user's surroundings, such as a proxy or a password file, changes what
    is sent and where: neither the roster nor the token goes anywhere but where the suite says.
    """

    def __init__(self, roster: Roster, options: HttpOptions, secret_of: Callable[[str], str | None]) -> None:
        """Write the roster down once; every request carries it."""
        self._names = frozenset(roster.names)
        self._options = options
        self._secret_of = secret_of
        self._connections = Connections(options.url, connect=options.timeout, first_byte=options.timeout, proxy="")
        self._turns = Turns(options.concurrency)
        self._roster = json.dumps(roster_document(roster, with_instructions=options.bodies))

    async def route(self, request: Request) -> RoutingDecision:
        """Return the service's choice.

        Raises:
            InfrastructureError: If the service is out of reach, too slow, not permitted, or broken.
            RoutingError: If it refuses the request, or what it answers is not what the contract says.
        """
        began = time.perf_counter()
        answer = self._parsed(await self._exchange(self._body(request), self._token()))
        wrong = complaints(answer, self._names)
        if wrong or not isinstance(answer, Mapping):
            message = f"the answer of {self._options.url!r} breaks the contract: {'; '.join(wrong)}"
            raise RoutingError(message, hint="`passmuster router check` tells the service's authors all that is wrong")
        return decision_of(answer, latency=time.perf_counter() - began)

    def _body(self, request: Request) -> bytes:
        asked = json.dumps(request_document(request))
        return f'{{"contract": {VERSION}, "roster": {self._roster}, "request": {asked}}}'.encode("ascii")

    def _token(self) -> str | None:
        """Return the token of this moment; it is kept nowhere."""
        try:
            return secret_value(self._options.token_variable, self._secret_of)
        except BackendError as error:
            raise InfrastructureError(error.message, hint="set it to the service's token") from error

    async def _exchange(self, body: bytes, token: str | None) -> bytes:
        """Post the body, and return the body of the answer."""
        headers = JSON_HEADERS if token is None else (*JSON_HEADERS, (b"authorization", f"Bearer {token}".encode()))
        url, patience = self._options.url, self._options.timeout
        try:
            # The limit of connections is for each step of the way; drop by drop an answer could take for ever.
            async with self._turns.turn(), asyncio.timeout(patience):
                response = await self._connections.send(httpx.URL(url), headers, body)
                try:
                    return await self._received(response, token)
                finally:
                    await response.aclose()
        except RoutingError:
            raise
        except Exception as error:  # httpx and aiohttp share no root; what is neither's is raised again below
            known = kind_of(error)
            if known is None:
                raise
            if known[0] is TimeLimitError:
                message = f"{url!r} gave no whole answer within {patience:g} seconds"
                raise _later(message) from error
            message = f"{url!r} is out of reach or broke off ({type(error).__name__}: {error})"
            raise _later(message, hint="is the service running?") from error

    async def _received(self, response: httpx.Response, token: str | None) -> bytes:
        """Return the body of a good answer, without the token should the service repeat it: bodies are kept."""
        is_good = response.status_code == HTTPStatus.OK
        limit = self._options.maximum_bytes + 1 if is_good else EXCERPT_BYTES
        encoding = headers_of(response).get("content-encoding", "identity") if is_good else "identity"
        if encoding != "identity":
            message = f"{self._options.url!r} answers in the encoding {encoding!r}, which was not asked for"
            raise RoutingError(message, hint="send the body as it is")
        received = await beginning(response, limit)
        said = Redaction([token] if token else []).text(received.decode("utf-8", "surrogateescape"))
        content = said.encode("utf-8", "surrogateescape")
        if not is_good:
            raise self._refusal(response, content)
        if len(received) >= limit:
            message = f"the answer of {self._options.url!r} is larger than {self._options.maximum_bytes} bytes"
            raise RoutingError(message, hint="send a shorter ranking, or raise maximum_bytes")
        return content

    def _refusal(self, response: httpx.Response, content: bytes) -> RoutingError:
        status = response.status_code
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            message = f"{self._options.url!r} sends on to another address (status {status}); redirects are not followed"
            return InfrastructureError(message, hint="put the final address into url, if you trust it")
        said = " ".join(content.decode("utf-8", "replace").split())[:SHOWN_CHARACTERS]
        message = f"{self._options.url!r} answers with status {status}" + (f": {said!r}" if said else "")
        if status in _LATER:
            return _later(message)
        if status in _REFUSED:
            return RoutingError(message, hint="`passmuster router check` shows which requests the service refuses")
        return InfrastructureError(message, hint=_HINTS.get(status, "the contract knows the status 200"))

    def _parsed(self, content: bytes) -> object:
        try:
            return parse_json(content.decode("utf-8"), path="answer").data
        except UnicodeDecodeError as error:
            message = f"the answer of {self._options.url!r} is not UTF-8"
            raise RoutingError(message, hint="send JSON in UTF-8") from error
        except InvalidInputError as error:
            message = f"the answer of {self._options.url!r} cannot be read: {error.findings[0].message}"
            raise RoutingError(message, hint="send one JSON object and nothing else") from error


def _later(message: str, *, hint: str = "") -> InfrastructureError:
    failure = InfrastructureError(message, hint=hint)
    failure.is_transient = True
    return failure


def build(options: HttpOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster; nothing is sent yet."""
    return HttpRouter(context.roster, options, context.secret)


COMPONENT = Component(options=HttpOptions, build=build, is_deterministic=lambda options: options.deterministic)
"""``http``: asks a service at an address."""
