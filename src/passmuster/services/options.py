"""What a suite says of a service: where it is, with whose key, and how hard it may be asked."""

from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"


class Limits(BaseModel):
    """How hard a service may be asked; none of it changes an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrency: int = Field(
        default=64, ge=1, le=10_000, description="Requests that may be under way at once, however well it goes."
    )
    adaptive: bool = Field(
        default=True, description="Whether fewer are under way while the service says that it is too much."
    )
    requests_per_minute: int | None = Field(default=None, ge=1, description="Requests sent in a minute at the most.")
    tokens_per_minute: int | None = Field(
        default=None, ge=1, description="Tokens in a minute at the most, read and written together."
    )
    attempts: int = Field(
        default=5, ge=1, le=100, description="How often a request is sent at the most while failures may pass."
    )
    connect: float = Field(default=10.0, gt=0, le=3_600, description="Seconds to connect.")
    first_token: float = Field(default=120.0, gt=0, le=3_600, description="Seconds to the first byte of an answer.")
    total: float = Field(default=600.0, gt=0, le=86_400, description="Seconds for a whole answer.")

    def shared(self, workers: int) -> "Limits":
        """Return the share of one of so many processes: together they ask no harder than one would, but for 1 each."""
        bounds = ("concurrency", "requests_per_minute", "tokens_per_minute")
        whole = {name: getattr(self, name) for name in bounds}
        parts = {name: max(most // workers, 1) for name, most in whole.items() if most is not None}
        return self.model_copy(update=parts)


class ServiceOptions(BaseModel):
    """What can be said of every service that a backend asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="Where the service is, such as https://example.invalid/v1, without credentials.")
    secret: str | None = Field(
        default=None,
        pattern=VARIABLE,
        exclude=True,
        description="The environment variable with the key, whose value is never stored; absent: none is sent.",
    )
    deterministic: bool = Field(default=False, description="Whether the service gives equal requests equal answers.")
    # What follows changes no answer, and is kept out of fingerprints.
    limits: Limits = Field(default_factory=Limits, exclude=True, description="How hard it may be asked.")
    stream: bool = Field(
        default=False, exclude=True, description="Whether answers come piece by piece, to know when each began."
    )
    proxy: str | None = Field(
        default=None,
        exclude=True,
        description="A proxy's address, empty for none; absent: what HTTPS_PROXY and the like say.",
    )
    certificates: str | None = Field(
        default=None, exclude=True, description="A file of trusted certificates, from the suite's folder on."
    )
    transport: Literal["fastest", "httpx"] = Field(
        default="fastest", exclude=True, description="Whose connections are used; `fastest` takes what is installed."
    )

    @field_validator("base_url")
    @classmethod
    def _check_address(cls, text: str) -> str:
        parts = urlsplit(text)
        # Ports are looked at only when asked for: better here than at the first request.
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            message = "write an address that begins with http:// or https://"
            raise ValueError(message)
        if not text.isprintable() or " " in text:
            message = "write an address without spaces"
            raise ValueError(message)
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            message = "write the address alone, and put a key into an environment variable: secret"
            raise ValueError(message)
        return text.rstrip("/")

    @field_validator("proxy")
    @classmethod
    def _check_proxy(cls, text: str | None) -> str | None:
        parts = urlsplit(text or "")
        if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0):
            message = "write a proxy's address that begins with http:// or https://, or an empty text for none"
            raise ValueError(message)
        if parts.username is not None or parts.password is not None:
            message = "write the proxy's address alone, and one with a password into the variable HTTPS_PROXY"
            raise ValueError(message)
        return text

    @model_validator(mode="after")
    def _check_secret(self) -> "ServiceOptions":
        parts = urlsplit(self.base_url)
        if self.secret is not None and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            message = f"the key would travel to {parts.hostname!r} for everybody to read: begin with https://"
            raise ValueError(message)
        return self
