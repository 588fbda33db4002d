"""Asks the interface of a code host, and turns whatever goes wrong into our errors."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NoReturn
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator

from passmuster.domain.errors import (
    CodeHostBusyError,
    CodeHostError,
    PermissionMissingError,
)
from passmuster.services.options import LOOPBACK, VARIABLE
from passmuster.services.reading import mapping, parsed_json
from passmuster.services.secrets import is_sendable

Query = Mapping[str, str]
Body = Mapping[str, str] | None
"""What is sent as JSON; ``None`` for nothing."""

_NOTHING: Final[Query] = MappingProxyType({})

PAGE: Final = 100
"""Comments on a page: as many as code hosts give at once."""

MOST_PAGES: Final = 100
"""A discussion with more comments is not searched to its end."""

LARGEST: Final = 64 * 1_048_576
"""Bytes of an answer at most."""

SHOWN: Final = 300
"""Characters of a code host's complaint that a message repeats."""

SECONDS: Final = 30.0
"""To connect, and between two bytes."""

_UNKNOWN: Final = 401
_FORBIDDEN: Final = 403
_ABSENT: Final = 404
_MANY: Final = 429
_SERVER: Final = 500
_BUSY: Final = frozenset({408, 425, _MANY})
_REDIRECTS: Final = range(300, 400)
_GOOD: Final = range(200, 300)


class CodeHostOptions(BaseModel):
    """Which discussion is meant, and with whose right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(description="Where the interface of the code host is.")
    repository: str = Field(min_length=1, description="The repository, as the code host names it.")
    number: int = Field(ge=1, description="The number of the pull request, or merge request.")
    secret: str = Field(pattern=VARIABLE, description="The environment variable that holds the token.")

    @field_validator("address")
    @classmethod
    def _check_address(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable() or " " in text:
            message = "write an address that begins with https://"
            raise ValueError(message)
        if parts.username is not None or parts.query or parts.fragment:
            message = "write the address alone; the token stands in an environment variable"
            raise ValueError(message)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            message = f"the token would travel to {parts.hostname!r} for everybody to read: begin with https://"
            raise ValueError(message)
        return text.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a code host answered.

    Attributes:
        data: What the JSON says; ``None`` where nothing is there or nothing may be seen.
        has_more: Whether a further page follows.
        status: The status.
    """

    data: object
    has_more: bool
    status: int


class Interface:
    """The interface of one code host, asked with one token."""

    def __init__(
        self,
        options: CodeHostOptions,
        *,
        headers: Callable[[str], Mapping[str, str]],
        token: Callable[[str], str | None],
        permission: str,
    ) -> None:
        """Say whom to ask.

        Args:
            options: Where it is.
            headers: Returns what every request says, given the token.
            token: Returns the token by its variable; asked at every use, so that it is kept nowhere.
            permission: What a token needs to comment, and how it gets it.
        """
        self._options = options
        self._headers = headers
        self._token = token
        self._permission = permission

    def ask(self, method: str, path: str, body: Body = None, query: Query = _NOTHING) -> Told:
        """Ask for something and return what was told.

        Raises:
            CodeHostBusyError: If the same may succeed a moment later.
            PermissionMissingError: If there is no token, or it may not do it.
            CodeHostError: If it cannot be done.
        """
        told = self.look(method, path, body, query)
        if told.status not in _GOOD:
            self._refuse(told, method)
        return told

    def look(self, method: str, path: str, body: Body = None, query: Query = _NOTHING) -> Told:
        """Ask as :meth:`ask` does, and return a refusal as well; it is the caller's to judge."""
        headers = {"user-agent": "passmuster", **self._headers(self._checked_token())}
        # Redirects are never followed: a token is for the address that was named, and for no other.
        try:
            with (
                httpx.Client(headers=headers, timeout=SECONDS, follow_redirects=False) as client,
                client.stream(method, f"{self._options.address}{path}", params=dict(query), json=body) as answer,
            ):
                return _told(answer)
        except httpx.TransportError as error:
            message = f"{self._options.address} could not be reached: {type(error).__name__}: {_short(str(error))}"
            raise CodeHostBusyError(message, hint="is the address right, and may this machine reach it?") from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            message = f"{self._options.address} answered what cannot be read: {_short(str(error))}"
            raise CodeHostError(message, hint="is this the address of the interface, and not of the pages?") from error

    def pages(self, path: str, query: Query = _NOTHING) -> Iterator[Mapping[str, object]]:
        """Yield the members of a list, page by page.

        Raises:
            CodeHostError: As :meth:`ask` does.
        """
        for page in range(1, MOST_PAGES + 1):
            told = self.ask("GET", path, None, {**query, "per_page": str(PAGE), "page": str(page)})
            if not isinstance(told.data, list):
                message = f"{self._options.address} answered with no list of comments"
                raise CodeHostError(message, hint="is this the address of the interface?")
            yield from (item for item in told.data if isinstance(item, dict))
            if not told.has_more:
                return

    def _checked_token(self) -> str:
        name = self._options.secret
        value = (self._token(name) or "").strip()
        if value and is_sendable(value):
            return value
        message = f"the environment variable {name!r} holds no token that could be sent"
        hint = f"set it in the job's environment, or name another with --token-variable; {self._permission}"
        raise PermissionMissingError(message, hint=hint)

    def _refuse(self, told: Told, method: str) -> NoReturn:
        said = _complaint(told.data)
        where = f"{self._options.repository} {self._options.number}"
        if told.status == _UNKNOWN:
            message = f"{self._options.address} does not know the token in {self._options.secret!r}{said}"
            raise PermissionMissingError(message, hint="has it expired, or is it of another code host?")
        if told.status == _FORBIDDEN:
            doing = "read the comments of" if method == "GET" else "comment on"
            message = f"the token in {self._options.secret!r} may not {doing} {where}{said}"
            raise PermissionMissingError(message, hint=self._permission)
        if told.status == _ABSENT:
            message = f"there is no {where}, or the token in {self._options.secret!r} may not see it{said}"
            raise CodeHostError(message, hint=f"check --repository and --number; {self._permission}")
        if told.status in _REDIRECTS:
            message = f"{self._options.address} says that {where} has moved"
            raise CodeHostError(message, hint="name its new place with --address and --repository")
        message = f"{self._options.address} refused the comment with status {told.status}{said}"
        raise CodeHostError(message)


def _told(answer: httpx.Response) -> Told:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > LARGEST:
            message = f"more than {LARGEST} bytes"
            raise ValueError(message)
    waits_for_limit = answer.status_code == _FORBIDDEN and (
        "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    )
    if answer.status_code in _BUSY or answer.status_code >= _SERVER or waits_for_limit:
        message = f"{answer.url.host} cannot take requests now (status {answer.status_code})"
        raise CodeHostBusyError(message, hint="run the job again later", wait=_seconds(answer))
    if answer.status_code in _GOOD:
        data: object = parsed_json(bytes(content)) if content else None
    else:
        data = _read_if_possible(bytes(content))
    has_more = "next" in answer.links
    return Told(data=data, has_more=has_more, status=answer.status_code)


def _read_if_possible(content: bytes) -> object:
    """Return a complaint, which may be a page for people instead."""
    try:
        return parsed_json(content)
    except ValueError:
        return None


def _seconds(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _complaint(data: object) -> str:
    """Return the words of a code host, to be put behind a sentence of ours."""
    if not isinstance(data, dict):
        return ""
    told = mapping(data)
    words = told.get("message") or told.get("error") or ""
    return f": {_short(str(words))!r}" if words else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
