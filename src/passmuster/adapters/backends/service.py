"""The one backend that asks services over HTTP; what is particular about each is its :class:`Dialect`."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final, TypeVar

import httpx

from passmuster.adapters.backends.dialects import Dialect, ModelOptions
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest, Failure, Stage
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendError, BackendRefusedError, UnreadableAnswerError
from passmuster.domain.values import json_writer
from passmuster.ports import Backend
from passmuster.services.errors import ReportedError, failure_of, refusal
from passmuster.services.event_stream import Event, EventStream, LineStream
from passmuster.services.reading import is_used_up, parsed_json, wait_in
from passmuster.services.redaction import Redaction
from passmuster.services.secrets import secret_value
from passmuster.services.transport import JSON_HEADERS, Connections, Headers, beginning, headers_of, pieces_of, whole

COMPLAINT_BYTES: Final = 65_536
"""Bytes of a complaint that are read."""

COMPLAINT_CHARACTERS: Final = 500
"""Characters of one that a message has at most, besides the place."""

NEVER_BILLED: Final = frozenset({401, 402, 403, 404, 429, 529})
"""Statuses of errors within an answer for which nothing was read: no right, no model, no room."""

_WRITE: Final = json_writer(json.JSONEncoder(ensure_ascii=False, separators=(",", ":")))
_TITLE: Final = re.compile(r"<title[^>]*>([^<]{1,300})", re.IGNORECASE)
_JSON: Final = "json"
_LINES: Final = ("ndjson", "jsonl", "json-seq")
_NO_KIND: Final = ("", "text/plain", "application/octet-stream")
"""What servers call an answer that they have no name for."""


class ServiceBackend:
    """Asks a service once for each request; conforms to :class:`passmuster.ports.LiveBackend`."""

    def __init__(self, dialect: Dialect, options: ModelOptions, context: BuildContext) -> None:
        """Take what is particular, and what a suite says; nothing is connected yet.

        Raises:
            InvalidConfigurationError: If the certificates cannot be read, or the proxy is of no known kind.
        """
        self._dialect = dialect
        self._options = options
        self._secret_of = context.secret
        limits = options.limits
        self._connections = Connections(
            options.base_url,
            connect=limits.connect,
            first_byte=limits.first_token,
            proxy=options.proxy,
            certificates=None if options.certificates is None else context.folder / options.certificates,
            kind=options.transport,
        )
        self._endpoint = Endpoint(provider=dialect.provider, address=options.base_url, account=options.secret or "")
        self._urls: dict[str, httpx.URL] = {}

    @property
    def endpoint(self) -> Endpoint:
        """Whom it asks."""
        return self._endpoint

    def model_of(self, request: CompletionRequest) -> str:
        """Return the model that a request is for; empty where nobody names one."""
        return self._options.model_for(request)

    def most_written(self, request: CompletionRequest) -> int | None:
        """Return the number of tokens that an answer cannot exceed; ``None`` where nobody limits it."""
        return self._options.limit_for(request)

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return why the request cannot be sent: nobody names the model; whoever only plans needs no key."""
        return None if self._options.model_for(request) else Failure.of(_nameless(), Stage.COMPLETION)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return the completion of the reply.

        Raises:
            BackendError: If no completion could be had.
        """
        return (await self.ask(request)).completion

    async def ask(self, request: CompletionRequest) -> Reply:
        """Send the request once.

        Raises:
            BackendError: If no completion could be had.
        """
        secret = self._secret(request)
        redaction = Redaction([secret] if secret else [])
        exchange = _Exchange(self._dialect, str(self._endpoint), redaction, is_streamed=self._options.stream)
        try:
            body = _WRITE(self._dialect.payload(request))
            # Halves of characters, which JSON allows and UTF-8 does not, become question marks.
            content = body.encode("utf-8", "replace")
            response = await self._connections.send(self._url(request), self._headers(secret), content)
            try:
                return await exchange.reply(response)
            finally:
                await response.aclose()
        except BackendError:
            raise
        except Exception as error:  # httpx and aiohttp share no root; what is neither's is raised again below
            failure = failure_of(error, str(self._endpoint), redaction)
            if failure is None:
                raise
            raise failure from error

    def _secret(self, request: CompletionRequest) -> str | None:
        secret = secret_value(self._options.secret, self._secret_of)
        if not self._options.model_for(request):
            raise _nameless()
        return secret

    def _headers(self, secret: str | None) -> Headers:
        own = self._dialect.headers(secret)
        for name, value in own.items():
            if not (value.isascii() and value.isprintable()):
                message = f"no header can carry what {name!r} would have to hold"
                raise BackendRefusedError(message, hint="look at the backend's options for a line break or an accent")
        return [*JSON_HEADERS, *((name.encode("ascii"), value.encode("ascii")) for name, value in own.items())]

    def _url(self, request: CompletionRequest) -> httpx.URL:
        path = self._dialect.path(request)
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self._options.base_url + path)
        return url


def _nameless() -> BackendRefusedError:
    return BackendRefusedError("nobody names the model", hint="give the backend the option 'model'")


class _Exchange:
    """One request that was sent, and what comes back."""

    def __init__(self, dialect: Dialect, address: str, redaction: Redaction, *, is_streamed: bool) -> None:
        self._dialect = dialect
        self._is_streamed = is_streamed
        self._address = address
        self._redaction = redaction
        self._began = time.perf_counter()
        self._first: float | None = None

    async def reply(self, response: httpx.Response) -> Reply:
        """Return what an answer says.

        Raises:
            BackendError: If it is none.
        """
        headers = headers_of(response)
        if response.status_code != HTTPStatus.OK:
            raise await self._refused(response, headers)
        kind = headers.get("content-type", "").lower()
        stream = self._stream(kind)
        try:
            if stream is None:
                completion = self._whole(await whole(response), kind)
            else:
                completion = await self._streamed(response, stream)
        except ReportedError as error:
            failure = refusal(error.status, self._redaction.text(error.sentence), self._address, headers)
            # Whoever has read the request, or written some of an answer, may charge for it.
            failure.may_have_cost = self._first is not None or error.status not in NEVER_BILLED
            raise failure from error
        except ValueError as error:
            message = f"{self._address} {self._redaction.text(str(error))[:COMPLAINT_CHARACTERS]}"
            raise UnreadableAnswerError(message) from error
        latency = time.perf_counter() - self._began
        completion = replace(self._redaction.completion(completion), latency=latency, first_token=self._first)
        return Reply(completion=completion, allowance=self._dialect.allowance(headers))

    def _stream(self, kind: str) -> EventStream | LineStream | None:
        """Return what reads a streamed answer; ``None`` for a whole one, which some servers send all the same."""
        if any(mark in kind for mark in _LINES):
            return LineStream()
        if "event-stream" in kind:
            return EventStream()
        if self._is_streamed and kind.partition(";")[0].strip() in _NO_KIND:
            return LineStream() if self._dialect.framing == "lines" else EventStream()
        return None

    def _whole(self, content: bytes, kind: str) -> Completion:
        if not content.strip():
            message = "gave an empty answer"
            raise ValueError(message)
        try:
            answer = parsed_json(content)
        except ValueError as error:
            if _JSON in kind or not kind:
                raise
            message = f"gave {kind!r} in the place of JSON ({_words(content[:COMPLAINT_BYTES])!r}); is base_url right?"
            raise ValueError(message) from error
        return self._dialect.completion(answer)

    async def _streamed(self, response: httpx.Response, stream: EventStream | LineStream) -> Completion:
        answer = self._dialect.streamed()
        async for event in _events(response, stream):
            if answer.feed(event.name, event.data) and self._first is None:
                self._first = time.perf_counter() - self._began
        return answer.completion()

    async def _refused(self, response: httpx.Response, headers: Mapping[str, str]) -> BackendError:
        content = await beginning(response, COMPLAINT_BYTES)
        body: object = None
        try:
            body = parsed_json(content)
            said = self._dialect.complaint(body)
            headers = {**wait_in(body), **headers}
        except ValueError:
            said = ""
        sentence = self._redaction.text(said or _words(content))
        return refusal(response.status_code, sentence, self._address, headers, is_used_up=is_used_up(body))


async def _events(response: httpx.Response, stream: EventStream | LineStream) -> AsyncIterator[Event]:
    async for piece in pieces_of(response):
        for event in stream.feed(piece):
            yield event
    for event in stream.end():
        yield event


def _words(content: bytes) -> str:
    """Return what people can read of a page: its title, or the beginning of its text."""
    text = content.decode("utf-8", "replace")
    title = _TITLE.search(text)
    return " ".join((title[1] if title else text).split())


OptionsT = TypeVar("OptionsT", bound=ModelOptions)


def component(
    options: type[OptionsT], dialect: Callable[[OptionsT], Dialect], *, version: str = "1"
) -> Component[OptionsT, Backend]:
    """Return the component of a service."""

    def build(chosen: OptionsT, context: BuildContext) -> Backend:
        return ServiceBackend(dialect(chosen), chosen, context)

    return Component(
        options=options, build=build, version=version, is_deterministic=lambda chosen: chosen.deterministic
    )
