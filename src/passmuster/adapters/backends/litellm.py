"""A backend that asks through the package ``litellm``, which speaks to services that have no backend here.

Requests and answers have OpenAI's form (https://docs.litellm.ai/docs/completion/input and ``/output``), whatever the
service; the package is imported when it is first asked, since that takes seconds. What it raises is mapped in
:mod:`passmuster.adapters.backends.litellm_errors`.
"""

import asyncio
import importlib
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from passmuster.adapters.backends.litellm_errors import failure_of
from passmuster.adapters.backends.openai_compatible import DONE, ChatDialect
from passmuster.adapters.backends.openai_options import OWN, OpenAIOptions
from passmuster.adapters.backends.request_parts import refuse_own
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import UnreadableAnswerError
from passmuster.libraries import need
from passmuster.ports import LiveBackend
from passmuster.services.errors import ReportedError, refusal
from passmuster.services.options import VARIABLE, Limits
from passmuster.services.reading import count, part
from passmuster.services.redaction import Redaction
from passmuster.services.secrets import secret_value

EXTRA: Final = "litellm"

PROVIDERS: Final[Mapping[str, str]] = {
    "azure_ai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "gemini": "google",
    "text-completion-openai": "openai",
    "vertex_ai": "google",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "xai": "x-ai",
}
"""What lists of prices call a provider, where ``litellm`` has another name for it."""

SKIPPING: Final = "_skip_mcp_handler"

_SECRETIVE: Final = ("key", "password", "secret", "token", "credential", "authorization")
_COUNTED: Final = ("min_tokens", "thinking_tokens")


class LiteLLMOptions(BaseModel):
    """Options of the backend ``litellm``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        min_length=1, description="The provider and the model, such as mistral/mistral-small, as litellm calls them."
    )
    base_url: str | None = Field(
        default=None, description="Where the service is; absent: where litellm knows it to be."
    )
    secret: str | None = Field(
        default=None,
        exclude=True,
        pattern=VARIABLE,
        description="The environment variable with the key; absent: the one in which litellm looks for it.",
    )
    maximum_tokens: int | None = Field(
        default=None, ge=1, description="How long an answer may be, in tokens, where a request says nothing of it."
    )
    json_form: Literal["schema", "object", "prompt"] = Field(
        default="schema",
        alias="json",
        description="How the model is held to a schema: `schema` by the service, `object` by its JSON mode, `prompt`.",
    )
    probabilities: bool = Field(default=False, description="Whether probabilities of tokens may be asked for.")
    vary_seed: bool = Field(default=False, description="Whether each repetition is sent with a seed of its own.")
    drop_unsupported: bool = Field(
        default=False, description="Whether settings that a service does not know are left out, instead of refused."
    )
    parameters: Mapping[str, object] = Field(
        default_factory=dict, description="Further arguments of litellm.acompletion, such as reasoning_effort; no keys."
    )
    deterministic: bool = Field(default=False, description="Whether the service gives equal requests equal answers.")
    # What follows changes no answer, and is kept out of fingerprints.
    limits: Limits = Field(default_factory=Limits, exclude=True, description="How hard it may be asked.")
    stream: bool = Field(
        default=False, exclude=True, description="Whether answers come piece by piece, to know when each began."
    )

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, parameters: Mapping[str, object]) -> Mapping[str, object]:
        refuse_own(parameters, OWN)
        for name in parameters:
            if name not in _COUNTED and any(mark in name.lower() for mark in _SECRETIVE):
                message = f"{name!r} would be stored with every run: put a key into an environment variable: secret"
                raise ValueError(message)
        return parameters


class LiteLLMBackend:
    """Asks through ``litellm``; conforms to :class:`passmuster.ports.LiveBackend`."""

    def __init__(self, options: LiteLLMOptions, context: BuildContext) -> None:
        """Take what a suite says; nothing is imported yet."""
        self._options = options
        self._secret_of = context.secret
        self._library: Any = None
        self._peculiar: Mapping[str, object] = {}
        named, _, _ = options.model.rpartition("/")
        provider = named.partition("/")[0]
        self._endpoint = Endpoint(
            provider=PROVIDERS.get(provider, provider or "openai"),
            address=options.base_url or f"litellm:{provider or 'openai'}",
            account=options.secret or "",
        )
        self._dialect = ChatDialect(
            OpenAIOptions(
                base_url="http://localhost",
                model=options.model,
                maximum_tokens=options.maximum_tokens,
                json=options.json_form,
                length_field="max_tokens",
                probabilities=options.probabilities,
                vary_seed=options.vary_seed,
                extra_body=options.parameters,
                stream=options.stream,
            )
        )

    @property
    def endpoint(self) -> Endpoint:
        """Whom it asks in the end."""
        return self._endpoint

    def model_of(self, request: CompletionRequest) -> str:
        """Return the model without its provider, as prices know it."""
        return (request.model or self._options.model).partition("/")[2] or request.model or self._options.model

    def most_written(self, request: CompletionRequest) -> int | None:
        """Return the number of tokens that an answer cannot exceed; ``None`` where nobody limits it."""
        asked = request.sampling.maximum_tokens
        return self._options.maximum_tokens if asked is None else asked

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return the completion of the reply."""
        return (await self.ask(request)).completion

    async def ask(self, request: CompletionRequest) -> Reply:
        """Send the request once.

        Raises:
            BackendError: If no completion could be had.
        """
        secret = secret_value(self._options.secret, self._secret_of)
        redaction = Redaction([secret] if secret else [])
        address = str(self._endpoint)
        if self._library is None:
            self._library, self._peculiar = await asyncio.to_thread(imported)
        began = time.perf_counter()
        try:
            answer = await self._library.acompletion(**self._arguments(request, secret))
            completion = await (self._streamed(answer, began) if self._options.stream else self._whole(answer))
        except ReportedError as error:
            raise refusal(error.status, redaction.text(error.sentence), address, {}) from error
        except ValueError as error:
            if type(error).__module__.partition(".")[0] != "builtins":
                raise failure_of(error, address, redaction) from error
            message = f"{address} {redaction.text(str(error))}"
            raise UnreadableAnswerError(message) from error
        except Exception as error:  # foreign code, which may raise whatever it likes; it costs one trial
            raise failure_of(error, address, redaction) from error
        return Reply(completion=replace(redaction.completion(completion), latency=time.perf_counter() - began))

    def _arguments(self, request: CompletionRequest, secret: str | None) -> dict[str, Any]:
        """Return what ``litellm.acompletion`` is called with; it must not retry, which policies do."""
        return {
            **self._dialect.payload(request),
            **({} if secret is None else {"api_key": secret}),
            **({} if self._options.base_url is None else {"api_base": self._options.base_url}),
            "timeout": self._options.limits.total,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": self._options.drop_unsupported,
            **(self._peculiar if request.tools else {}),
        }

    async def _whole(self, answer: Any) -> Completion:  # noqa: ANN401 - a foreign package without types
        document = _document(answer)
        completion = self._dialect.completion(document)
        kept = count(part(document, "usage"), "cache_creation_input_tokens")
        return replace(completion, usage=replace(completion.usage, cache_written_tokens=kept)) if kept else completion

    async def _streamed(self, pieces: AsyncIterator[Any], began: float) -> Completion:
        answer = self._dialect.streamed()
        first: float | None = None
        async for piece in pieces:
            has_content = answer.feed("message", json.dumps(_document(piece)))
            if has_content and first is None:
                first = time.perf_counter() - began
        answer.feed("message", DONE)
        return replace(answer.completion(), first_token=first)


def _document(answer: Any) -> dict[str, object]:  # noqa: ANN401 - a foreign package without types
    document: dict[str, object] = answer.model_dump(mode="json", warnings=False)
    return document


def imported() -> tuple[Any, Mapping[str, object]]:
    """Import the package, which takes seconds, and have it keep to itself: no telephoning home, no advertising.

    Returns:
        The package, and what it is to be told besides where there are tools: newer versions then look for tools of
        the Model Context Protocol, by a package that they do not install.
    """
    # Without this it asks an address of its own for prices while it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    library: Any = importlib.import_module("litellm")
    library.suppress_debug_info = True
    library.telemetry = False
    source = Path(importlib.import_module("litellm.main").__file__ or "").read_text(encoding="utf-8")
    return library, {SKIPPING: True} if SKIPPING in source else {}


def build(options: LiteLLMOptions, context: BuildContext) -> LiveBackend:
    """Build the backend.

    Raises:
        MissingExtraError: If the package is not installed.
    """
    need("litellm", extra=EXTRA)
    return LiteLLMBackend(options, context)


COMPONENT = Component(options=LiteLLMOptions, build=build, is_deterministic=lambda options: options.deterministic)
"""``litellm``: asks through the package of that name."""
