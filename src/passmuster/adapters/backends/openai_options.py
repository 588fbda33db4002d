"""What a suite says of a service that speaks OpenAI's interface, and what its two routes have in common."""

import re
from collections.abc import Mapping
from typing import ClassVar, Final, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator

from passmuster.adapters.backends.dialects import HostedOptions
from passmuster.adapters.backends.request_parts import in_words, refuse_own
from passmuster.domain.answers import CompletionRequest
from passmuster.domain.cases import Role
from passmuster.domain.endpoints import Allowance
from passmuster.domain.errors import BackendRefusedError
from passmuster.domain.values import Usage
from passmuster.services.reading import count, part, sentence_in

OFFICIAL: Final = "https://api.openai.com/v1"
SCHEMA_NAME: Final = "answer"
"""What the schema of an answer is called; the service wants a name and does nothing with it."""

OWN: Final[Mapping[str, str]] = {
    "model": "model",
    "max_tokens": "maximum_tokens",
    "max_completion_tokens": "maximum_tokens",
    "max_output_tokens": "maximum_tokens",
}
"""Fields that an option is for."""

_REFUSED_IN_STRICT: Final = frozenset(
    {"allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties"}
)
_DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS: Final = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


class AzureOptions(BaseModel):
    """What Azure wants to know besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deployment: str = Field(min_length=1, description="The deployment's name.")
    api_version: str = Field(min_length=1, description="The version of the interface, such as 2024-10-21.")


class OpenAIOptions(HostedOptions):
    """Options of the backend ``openai_compatible``."""

    usual_variable = "OPENAI_API_KEY"

    base_url: str = Field(default=OFFICIAL, description="Where the service is; by default OpenAI itself.")
    provider: str = Field(
        default="openai", min_length=1, exclude=True, description="Whose prices hold, as lists of prices call them."
    )
    api: Literal["chat", "responses"] = Field(
        default="chat", description="Which interface: `chat` for chat completions, `responses` for the newer one."
    )
    azure: AzureOptions | None = Field(default=None, description="For Azure: the deployment and the version.")
    json_form: Literal["schema", "object", "prompt"] = Field(
        default="schema",
        alias="json",
        description=(
            "How the model is held to a schema: `schema` by the service, `object` by its JSON mode and by words, "
            "`prompt` by words alone. Not every server can do the first two."
        ),
    )
    length_field: Literal["max_completion_tokens", "max_tokens"] = Field(
        default="max_completion_tokens", description="What the service calls the length limit; older ones `max_tokens`."
    )
    probabilities: bool = Field(
        default=True, description="Whether probabilities of tokens may be asked for; models that think refuse it."
    )
    vary_seed: bool = Field(
        default=False, description="Whether each repetition gets a seed of its own, counted up from the request's."
    )

    @model_validator(mode="after")
    def _check_combinations(self) -> "OpenAIOptions":
        refuse_own(self.extra_body, OWN)
        if self.azure is not None and self.base_url == OFFICIAL:
            message = "Azure has no address of its own for all: write your resource's as base_url"
            raise ValueError(message)
        return self

    def model_for(self, request: CompletionRequest) -> str:
        """Return the model that a request is for; that of an Azure deployment is called as the deployment is."""
        return super().model_for(request) or ("" if self.azure is None else self.azure.deployment)


class OpenAIRoute:
    """What both routes of the service have in common."""

    framing: Literal["events", "lines"] = "events"
    route: ClassVar[str]

    def __init__(self, options: OpenAIOptions) -> None:
        """Take the options."""
        self._options = options
        self.provider = options.provider

    def headers(self, secret: str | None) -> Mapping[str, str]:
        """Return the header with the key; Azure has a name of its own for it."""
        if secret is None:
            return {}
        return {"authorization": f"Bearer {secret}"} if self._options.azure is None else {"api-key": secret}

    def path(self, request: CompletionRequest) -> str:
        """Return where all requests are sent; on Azure, chat completions are a deployment's and responses are not."""
        del request
        azure = self._options.azure
        if azure is None:
            return self.route
        place = "" if self._options.api == "responses" else f"/deployments/{quote(azure.deployment, safe='')}"
        return f"/openai{place}{self.route}?{urlencode({'api-version': azure.api_version})}"

    def complaint(self, body: object) -> str:
        """Return the sentence of an error."""
        return sentence_in(body)

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """Return what the headers say of limits."""
        return allowance_of(headers)


def messages_of(options: OpenAIOptions, request: CompletionRequest) -> list[dict[str, object]]:
    """Return the conversation; empty instructions are left out, and a schema is told where words are to do it."""
    turns = [(message.role, message.content) for message in request.messages]
    if request.answer_schema is not None and options.json_form != "schema":
        last = max((place for place, (role, _) in enumerate(turns) if role is Role.SYSTEM), default=None)
        words = in_words(request.answer_schema)
        if last is None:
            turns.insert(0, (Role.SYSTEM, words))
        else:
            turns[last] = (Role.SYSTEM, f"{turns[last][1]}\n\n{words}".lstrip())
    return [{"role": role.value, "content": content} for role, content in turns if content or role is not Role.SYSTEM]


def is_strict(schema: object) -> bool:
    """Whether OpenAI's strict mode takes a schema: each object closed, all its members required ("Structured outputs").

    Where it does not, the service does its best without a promise.
    """
    if isinstance(schema, Mapping):
        if not _REFUSED_IN_STRICT.isdisjoint(schema):
            return False
        properties = schema.get("properties")
        if schema.get("type") == "object" or isinstance(properties, Mapping):
            names = set(properties) if isinstance(properties, Mapping) else set()
            required = schema.get("required", ())
            if schema.get("additionalProperties") is not False or not isinstance(required, list | tuple):
                return False
            if set(required) != names:
                return False
        return all(is_strict(inner) for inner in schema.values())
    return all(is_strict(inner) for inner in schema) if isinstance(schema, list | tuple) else True


def usage_of(usage: Mapping[str, object], *, read: str, written: str) -> Usage:
    """Return what was consumed; ``read`` and ``written`` are what a route calls the tokens of either kind."""
    inward, outward = part(usage, f"{read}_details"), part(usage, f"{written}_details")
    return Usage(
        input_tokens=count(usage, read),
        output_tokens=count(usage, written),
        # DeepSeek counts what it had in its cache beside the details.
        cached_tokens=count(inward, "cached_tokens") or count(usage, "prompt_cache_hit_tokens"),
        cache_written_tokens=count(inward, "cache_write_tokens"),
        reasoning_tokens=count(outward, "reasoning_tokens"),
    )


def allowance_of(headers: Mapping[str, str]) -> Allowance:
    """Return what the headers say of limits ("Rate limits", section "Rate limits in headers")."""
    return Allowance(
        requests=_whole(headers.get("x-ratelimit-remaining-requests", "")),
        tokens=_whole(headers.get("x-ratelimit-remaining-tokens", "")),
        requests_reset=seconds_in(headers.get("x-ratelimit-reset-requests", "")),
        tokens_reset=seconds_in(headers.get("x-ratelimit-reset-tokens", "")),
    )


def seconds_in(text: str) -> float | None:
    """Return the seconds that a duration such as ``6m0s``, ``1d2h`` or ``120ms`` holds, or a bare number of them."""
    written = text.strip()
    if not written or len(written) > 40 or not written.isascii():  # noqa: PLR2004 - longer ones are no durations
        return None
    found = _DURATION.fullmatch(written if written[-1].isalpha() else f"{written}s")
    if found is None:
        return None
    return sum(float(amount) * unit for amount, unit in zip(found.groups(), _UNITS, strict=True) if amount)


def refuse_stops(request: CompletionRequest) -> None:
    """Refuse a request that names texts to stop at, for a route that knows nothing of them.

    Raises:
        BackendRefusedError: If it does: an answer that goes on beyond them would be another one than was asked for.
    """
    if request.sampling.stop:
        message = "the Responses API cannot stop at a text"
        raise BackendRefusedError(message, hint="take 'stop' out, or give the backend 'api: chat'")


def _whole(text: str) -> int | None:
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) <= 15 else None  # noqa: PLR2004 - more digits are no number of anything
