"""What is particular about one service: how a request is written to it, and how its answers are read.

Everything else, from connections to errors, is :class:`passmuster.adapters.backends.service.ServiceBackend`. A dialect
is made of a backend's options, keeps nothing between requests, and touches nothing outside.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol

from pydantic import Field, model_validator

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Allowance
from passmuster.services.options import VARIABLE, ServiceOptions


class ModelOptions(ServiceOptions):
    """What can be said of every service that writes."""

    model: str = Field(default="", description="The model, where a request names none, as the service calls it.")
    maximum_tokens: int | None = Field(
        default=None, ge=1, description="How long an answer may be, in tokens, where a request says nothing of it."
    )

    def model_for(self, request: CompletionRequest) -> str:
        """Return the model that a request is for; empty where nobody names one."""
        return request.model or self.model

    def limit_for(self, request: CompletionRequest) -> int | None:
        """Return the number of tokens that an answer may have; ``None`` where nobody limits it."""
        asked = request.sampling.maximum_tokens
        return self.maximum_tokens if asked is None else asked


class HostedOptions(ModelOptions):
    """What can be said besides of a company's service, which has a usual address, and a usual name for the key."""

    usual_variable: ClassVar[str]
    """The environment variable in which people have the key."""

    secret: str | None = Field(
        default=None,
        exclude=True,
        pattern=VARIABLE,
        description=(
            "The environment variable with the key, whose value is never stored; absent: the usual one "
            "(OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY) where base_url is absent as well, and else none."
        ),
    )
    extra_body: Mapping[str, object] = Field(
        default_factory=dict, description="Further fields of every request, as the service knows them."
    )

    @model_validator(mode="before")
    @classmethod
    def _add_secret(cls, data: object) -> object:
        # Somebody else's server never gets that key unasked.
        if isinstance(data, Mapping) and "base_url" not in data and "secret" not in data:
            return {**data, "secret": cls.usual_variable}
        return data


class StreamedAnswer(Protocol):
    """Puts one answer together that comes piece by piece."""

    def feed(self, event: str, data: str) -> bool:
        """Take the next piece, and return whether it holds some of the answer: text, a thought, a tool call.

        Args:
            event: The event's name, ``message`` where it has none; always that where pieces are lines.
            data: What it holds, as it was sent.

        Raises:
            ReportedError: If the piece says that the service failed (:mod:`passmuster.services.errors`).
            ValueError: Saying what is wrong, if it is no piece of an answer.
        """
        ...

    def completion(self) -> Completion:
        """Return the completion, when everything has come.

        Raises:
            ValueError: Saying what is missing, if the answer is not whole.
        """
        ...


class Dialect(Protocol):
    """Writes to one kind of service, and reads its answers."""

    @property
    def provider(self) -> str:
        """The kind of service, as prices and OpenTelemetry know it, such as ``openai``."""
        ...

    @property
    def framing(self) -> Literal["events", "lines"]:
        """How pieces of a streamed answer are told apart: server-sent events, or one JSON text on each line."""
        ...

    def headers(self, secret: str | None) -> Mapping[str, str]:
        """Return the headers that this service wants, the one with the secret included."""
        ...

    def path(self, request: CompletionRequest) -> str:
        """Return what follows the service's address, a query included; it begins with a slash."""
        ...

    def payload(self, request: CompletionRequest) -> Mapping[str, object]:
        """Return what is sent, as JSON; streaming is asked for here where the options say so."""
        ...

    def completion(self, answer: object) -> Completion:
        """Return the completion that a whole answer holds; its latency is not known here.

        Raises:
            ReportedError: If the answer says that the service failed, or refuses to answer.
            ValueError: Saying what is wrong with it; never another exception, whatever JSON it is.
        """
        ...

    def streamed(self) -> StreamedAnswer:
        """Return what puts one streamed answer together."""
        ...

    def complaint(self, body: object) -> str:
        """Return the service's own sentence of what is wrong, from the JSON of a bad status; empty if it has none."""
        ...

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """Return what the headers of an answer say of the service's limits; names of headers are in small letters."""
        ...
