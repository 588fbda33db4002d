"""Vectors from a service: one request for each batch of texts, and every way in which that can go wrong.

Nothing is tried again here. A failure says whether trying again may help (``is_transient``), and a caller decides.
"""

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from passmuster.domain.errors import BackendError, EmbeddingError
from passmuster.domain.values import whole_characters
from passmuster.services.errors import TooLargeError, kind_of, refusal
from passmuster.services.options import LOOPBACK, VARIABLE
from passmuster.services.reading import parsed_json
from passmuster.services.redaction import Redaction
from passmuster.services.secrets import secret_value
from passmuster.services.transport import JSON_HEADERS, LARGEST, Connections, whole

MAXIMUM_BYTES: Final = LARGEST
"""A longer answer is refused."""

SHOWN: Final = 200
"""Characters of a service's complaint that a message repeats."""

Vector = tuple[float, ...]


class ServiceOptions(BaseModel):
    """What is to be said of every service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="Where the service is, such as https://example.invalid/v1, without any token.")
    model: str = Field(min_length=1, description="The model, as the service calls it.")
    token_variable: str | None = Field(
        default=None,
        pattern=VARIABLE,
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
        if self.token_variable is not None and parts.scheme == "http" and parts.hostname not in LOOPBACK:
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
        secret_of: Callable[[str], str | None],
    ) -> None:
        """Take what is particular about a service.

        Args:
            options: Where it is, and how it is to be asked.
            path: What follows its address.
            payload: Returns what is sent for some texts.
            vectors_in: Returns the vectors of an answer, in order of the texts; raises ``ValueError``, saying what is
                wrong, where the answer has not the right form.
            secret_of: Returns the value of an environment variable.
        """
        self._options = options
        self._url = options.base_url + path
        self._payload = payload
        self._vectors_in = vectors_in
        self._secret_of = secret_of
        self._connections = Connections(options.base_url, connect=options.timeout, first_byte=options.timeout)

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector for each text, all of one length.

        Raises:
            EmbeddingError: If no vectors could be had.
        """
        size, longest = self._options.batch_size, self._options.maximum_characters
        found: list[Vector] = []
        token = self._token()
        for start in range(0, len(texts), size):
            batch = [whole_characters(text[:longest]) for text in texts[start : start + size]]
            found += self._vectors(await self._answer(self._payload(batch), token), len(batch))
        if len({len(vector) for vector in found}) > 1:
            reason = "gave vectors of different lengths"
            raise self._failure(reason)
        return found

    async def _answer(self, payload: Mapping[str, object], token: str | None) -> object:
        """Ask once."""
        headers = JSON_HEADERS if token is None else (*JSON_HEADERS, (b"authorization", f"Bearer {token}".encode()))
        try:
            async with asyncio.timeout(self._options.timeout):
                response = await self._connections.send(httpx.URL(self._url), headers, json.dumps(payload).encode())
                try:
                    body = await whole(response, largest=MAXIMUM_BYTES)
                finally:
                    await response.aclose()
        except Exception as error:  # httpx and aiohttp share no root; what is neither's is raised as it is
            ours = self._foreign(error)
            if ours is None:
                raise
            raise ours from error
        said = Redaction([token] if token else []).text(body.decode("utf-8", "surrogateescape"))
        shown = excerpt(said.encode("utf-8", "surrogateescape"))
        if response.status_code != HTTPStatus.OK:
            reason = f"answered {response.status_code}: {shown}"
            refused = refusal(response.status_code, "", self._url, {})
            raise self._failure(reason, is_transient=refused.is_transient)
        try:
            return parsed_json(body)
        except ValueError as error:
            # A connection that broke off is the usual reason.
            reason = f"answered what is no JSON: {shown}"
            raise self._failure(reason, is_transient=True) from error

    def _foreign(self, error: Exception) -> Exception | None:
        """Return our error for one of the connection; ``None`` for a fault of ours, which stays what it is."""
        known = kind_of(error)
        if isinstance(error, TooLargeError):
            return self._failure(f"answered with {error}")
        if known is None:
            return None
        kind, did = known
        if type(error) is TimeoutError:
            return self._failure(f"gave no answer within {self._options.timeout:g} seconds", is_transient=True)
        reason = f"could not be asked: it {did} ({str(error) or type(error).__name__})"
        return self._failure(reason, is_transient=kind.is_transient)

    def _vectors(self, answer: object, count: int) -> list[Vector]:
        try:
            found = [_vector(item) for item in self._vectors_in(answer)]
            if len(found) != count:
                message = f"gave {len(found)} vectors for {count} texts"
                raise ValueError(message)  # noqa: TRY301 - every complaint about an answer takes one way
        except ValueError as error:
            raise self._failure(str(error)) from error
        return found

    def _token(self) -> str | None:
        """Return the token of this moment; it is kept nowhere."""
        try:
            return secret_value(self._options.token_variable, self._secret_of)
        except BackendError as error:
            raise EmbeddingError(error.message, hint="set it, or take 'token_variable' out") from error

    def _failure(self, reason: str, *, is_transient: bool = False) -> EmbeddingError:
        error = EmbeddingError(f"{self._url} {reason}", hint="" if is_transient else "see docs/embedding.md")
        error.is_transient = is_transient
        return error


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
