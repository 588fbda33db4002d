"""Vectors from a service: one request for each batch of texts, and every way in which that can go wrong.

Nothing is tried again here. A failure says whether trying again may help (``is_transient``), and a caller decides.
"""

import asyncio
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from passmuster.domain.errors import EmbeddingError
from passmuster.domain.values import whole_characters

MAXIMUM_BYTES: Final = 64 * 1_048_576
"""A longer answer is refused."""

SHOWN: Final = 200
"""Characters of a service's complaint that a message repeats."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TRANSIENT: Final = {408, 425, 429}
_SERVER_ERROR: Final = 500

Vector = tuple[float, ...]


class ServiceOptions(BaseModel):
    """What is to be said of every service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="Where the service is, such as https://example.invalid/v1, without any token.")
    model: str = Field(min_length=1, description="The model, as the service calls it.")
    token_variable: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="The environment variable with the token that is sent as `Authorization: Bearer`; never stored.",
    )
    deterministic: bool = Field(default=False, description="Whether the service gives equal texts equal vectors.")
    maximum_characters: int = Field(
        default=8_000, ge=1, description="A longer text is cut: many services refuse what is longer than they read."
    )
    # What follows changes no vector, and is kept out of fingerprints.
    batch_size: int = Field(default=64, ge=1, le=2_048, exclude=True, description="How many texts are sent at once.")
    timeout: float = Field(
        default=60.0, gt=0, le=3_600, exclude=True, description="Seconds for one request, from first to last byte."
    )
    cache: bool = Field(
        default=True, exclude=True, description="Whether vectors are kept on this machine, so that none is had twice."
    )

    @field_validator("base_url")
    @classmethod
    def _check_url(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            message = "write an address that begins with http:// or https://"
            raise ValueError(message)
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            message = "write the address alone, and put a secret into an environment variable: token_variable"
            raise ValueError(message)
        return text.rstrip("/")

    @model_validator(mode="after")
    def _check_token(self) -> "ServiceOptions":
        parts = urlsplit(self.base_url)
        if self.token_variable is not None and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            message = f"the token would travel to {parts.hostname!r} for everybody to read: begin with https://"
            raise ValueError(message)
        return self


class ServiceEmbedder:
    """Asks a service for vectors."""

    def __init__(
        self,
        options: ServiceOptions,
        *,
        path: str,
        payload: Callable[[Sequence[str]], Mapping[str, object]],
        vectors_in: Callable[[object], Sequence[object]],
    ) -> None:
        """Take what is particular about a service.

        Args:
            options: Where it is, and how it is to be asked.
            path: What follows its address.
            payload: Returns what is sent for some texts.
            vectors_in: Returns the vectors of an answer, in order of the texts; raises ``ValueError``, saying what is
                wrong, where the answer has not the right form.
        """
        self._options = options
        self._url = options.base_url + path
        self._payload = payload
        self._vectors_in = vectors_in
        # Once: reading the certificates takes longer than asking a service does.
        self._trust = httpx.create_ssl_context()

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector for each text, all of one length.

        Raises:
            EmbeddingError: If no vectors could be had.
        """
        size, longest = self._options.batch_size, self._options.maximum_characters
        found: list[Vector] = []
        token = self._token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(timeout=None, verify=self._trust, headers=headers) as client:  # noqa: S113 - the whole request has a limit of its own
            for start in range(0, len(texts), size):
                batch = [whole_characters(text[:longest]) for text in texts[start : start + size]]
                found += self._vectors(await self._answer(client, self._payload(batch)), len(batch))
        if len({len(vector) for vector in found}) > 1:
            reason = "gave vectors of different lengths"
            raise self._failure(reason)
        return found

    async def _answer(self, client: httpx.AsyncClient, payload: Mapping[str, object]) -> object:
        """Ask once."""
        try:
            async with asyncio.timeout(self._options.timeout), client.stream("POST", self._url, json=payload) as reply:
                body = await self._body(reply)
        except TimeoutError as error:
            reason = f"gave no answer within {self._options.timeout:g} seconds"
            raise self._failure(reason, is_transient=True) from error
        except httpx.HTTPError as error:
            reason = f"could not be asked: {str(error) or type(error).__name__}"
            raise self._failure(reason, is_transient=isinstance(error, httpx.TransportError)) from error
        if reply.status_code != httpx.codes.OK:
            is_transient = reply.status_code in _TRANSIENT or reply.status_code >= _SERVER_ERROR
            reason = f"answered {reply.status_code}: {self._shown(body)}"
            raise self._failure(reason, is_transient=is_transient)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            # A connection that broke off is the usual reason.
            reason = f"answered what is no JSON: {self._shown(body)}"
            raise self._failure(reason, is_transient=True) from error

    async def _body(self, reply: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in reply.aiter_bytes():
            body += piece
            if len(body) > MAXIMUM_BYTES:
                reason = f"answered with more than {MAXIMUM_BYTES} bytes"
                raise self._failure(reason)
        return bytes(body)

    def _vectors(self, answer: object, count: int) -> list[Vector]:
        try:
            found = [_vector(item) for item in self._vectors_in(answer)]
            if len(found) != count:
                message = f"gave {len(found)} vectors for {count} texts"
                raise ValueError(message)  # noqa: TRY301 - every complaint about an answer takes one way
        except ValueError as error:
            raise self._failure(str(error)) from error
        return found

    def _shown(self, body: bytes) -> str:
        """Return the beginning of a complaint; a service may repeat the token in it."""
        token = self._token()
        return excerpt(body.replace(token.encode("ascii"), b"(token)") if token else body)

    def _token(self) -> str:
        """Return the token of this moment; it is kept nowhere."""
        variable = self._options.token_variable
        if variable is None:
            return ""
        token = os.environ.get(variable, "").strip()
        if not token or not token.isascii() or not token.isprintable():
            message = f"the environment variable {variable!r} holds no token"
            raise EmbeddingError(message, hint="set it, or take 'token_variable' out where the service asks for none")
        return token

    def _failure(self, reason: str, *, is_transient: bool = False) -> EmbeddingError:
        error = EmbeddingError(f"{self._url} {reason}", hint="" if is_transient else "see docs/embedding.md")
        error.is_transient = is_transient
        return error


def member(answer: object, name: str) -> object:
    """Return a member of a JSON object.

    Raises:
        ValueError: If there is none, or no object.
    """
    if not isinstance(answer, dict) or name not in answer:
        message = f"gave an answer without {name!r}"
        raise ValueError(message)
    return answer[name]


def listed(answer: object, name: str) -> list[object]:
    """Return a member of a JSON object that is a list.

    Raises:
        ValueError: If there is none, or no list.
    """
    found = member(answer, name)
    if not isinstance(found, list):
        message = f"gave an answer in which {name!r} is no list"
        raise ValueError(message)  # noqa: TRY004 - every complaint about an answer takes one way
    return found


def _vector(item: object) -> Vector:
    numbers = item if isinstance(item, list) else []
    if not numbers or not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        message = f"gave {excerpt(repr(item).encode('utf-8', 'replace'))} for a vector"
        raise ValueError(message)
    try:
        vector = tuple(float(number) for number in numbers)
    except OverflowError:
        vector = (math.inf,)
    if not all(map(math.isfinite, vector)):
        message = "gave a vector with a number that is not finite"
        raise ValueError(message)
    if not any(vector):
        message = "gave a vector of zeros, which points nowhere"
        raise ValueError(message)
    return vector


def excerpt(body: bytes) -> str:
    """Return the beginning of an answer on one line."""
    text = " ".join(body[: 4 * SHOWN].decode("utf-8", "replace").split())
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
