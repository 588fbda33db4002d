"""A backend that asks Google's Gemini API (``generateContent``).

Formats after Google's documentation (https://ai.google.dev/api): "Generating content", "Function calling", "Structured
outputs", "Thinking" and "Token counting"; statuses after "Errors" of Google's API design guide (google.rpc.Code).
"""

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import quote

from pydantic import Field, model_validator

from passmuster.adapters.backends.dialects import HostedOptions, StreamedAnswer
from passmuster.adapters.backends.gemini_content import StreamedContent, completion_of, sentence_of
from passmuster.adapters.backends.openapi_schema import openapi_schema
from passmuster.adapters.backends.request_parts import (
    JSON_TYPE,
    conversation,
    extended,
    given,
    refuse_own,
    seed_of,
    system_prompt,
)
from passmuster.adapters.backends.service import component
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.cases import Role
from passmuster.domain.endpoints import Allowance

PROVIDER: Final = "google"


class GeminiOptions(HostedOptions):
    """Options of the backend ``gemini``."""

    usual_variable = "GEMINI_API_KEY"

    base_url: str = Field(
        default="https://generativelanguage.googleapis.com/v1beta",
        description="Where the service is, with the version.",
    )
    json_form: Literal["schema", "openapi", "object", "prompt"] = Field(
        default="schema",
        alias="json",
        description=(
            "How the model is held to a schema: `schema` by responseJsonSchema, `openapi` by the older responseSchema, "
            "`object` to JSON of any form, with the schema in words, `prompt` by words alone."
        ),
    )
    thinking: Literal["minimal", "low", "medium", "high"] | int | None = Field(
        default=None,
        description=(
            "How much the model thinks: a level, or a number of tokens (0: not at all, -1: as it likes); absent: the "
            "model's own way."
        ),
    )
    probabilities: bool = Field(
        default=False, description="Whether probabilities of tokens may be asked for; many models refuse such requests."
    )
    vary_seed: bool = Field(default=False, description="Whether each repetition is sent with a seed of its own.")

    @model_validator(mode="after")
    def _check_extra_body(self) -> "GeminiOptions":
        generation = self.extra_body.get("generationConfig")
        if isinstance(generation, Mapping):
            refuse_own(generation, {"maxOutputTokens": "maximum_tokens", "max_output_tokens": "maximum_tokens"})
        return self


class GeminiDialect:
    """Writes and reads contents."""

    provider = PROVIDER
    framing: Literal["events", "lines"] = "events"

    def __init__(self, options: GeminiOptions) -> None:
        """Take the options."""
        self._options = options

    def headers(self, secret: str | None) -> Mapping[str, str]:
        """Return the key; it never stands in the address, which logs and proxies keep."""
        return {} if secret is None else {"x-goog-api-key": secret}

    def path(self, request: CompletionRequest) -> str:
        """Return where the model is."""
        model = self._options.model_for(request)
        place = quote(model if "/" in model else f"models/{model}", safe="/")
        return f"/{place}:streamGenerateContent?alt=sse" if self._options.stream else f"/{place}:generateContent"

    def payload(self, request: CompletionRequest) -> Mapping[str, object]:
        """Return the request in the service's words."""
        options = self._options
        system = system_prompt(request, schema_in_words=options.json_form in {"object", "prompt"})
        payload = {
            "contents": [
                {"role": "model" if turn.role is Role.ASSISTANT else "user", "parts": [{"text": turn.content}]}
                for turn in conversation(request)
            ],
            **given(
                systemInstruction={"parts": [{"text": system}]} if system else None,
                generationConfig=self._generation(request) or None,
            ),
            **self._tools(request),
        }
        return extended(payload, options.extra_body, joined="generationConfig")

    def completion(self, answer: object) -> Completion:
        """Return the completion of a content; see :class:`passmuster.adapters.backends.dialects.Dialect`."""
        return completion_of(answer)

    def streamed(self) -> StreamedAnswer:
        """Return what puts a streamed content together."""
        return StreamedContent()

    def complaint(self, body: object) -> str:
        """Return the sentence of an error."""
        return sentence_of(body)

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """Return nothing known: the service says nothing of its limits beside an answer."""
        del headers
        return Allowance()

    def _generation(self, request: CompletionRequest) -> dict[str, object]:
        wants_probabilities = request.wants_probabilities and self._options.probabilities
        return given(
            temperature=request.sampling.temperature,
            topP=request.sampling.top_p,
            maxOutputTokens=self._options.limit_for(request),
            stopSequences=list(request.sampling.stop) or None,
            seed=seed_of(request, varied=self._options.vary_seed),
            responseLogprobs=True if wants_probabilities else None,
            thinkingConfig=self._thinking(),
            **self._form(request),
        )

    def _thinking(self) -> object:
        thinking = self._options.thinking
        if isinstance(thinking, int):
            return {"thinkingBudget": thinking}
        return None if thinking is None else {"thinkingLevel": thinking}

    def _form(self, request: CompletionRequest) -> dict[str, object]:
        schema, form = request.answer_schema, self._options.json_form
        if schema is None or form == "prompt":
            return {}
        if form == "schema":
            return {"responseMimeType": JSON_TYPE, "responseJsonSchema": schema}
        return given(responseMimeType=JSON_TYPE, responseSchema=openapi_schema(schema) if form == "openapi" else None)

    def _tools(self, request: CompletionRequest) -> dict[str, object]:
        if not request.tools:
            return {}
        is_older = self._options.json_form == "openapi"
        declarations = [
            {
                "name": tool.name,
                "description": tool.description,
                **(
                    {"parameters": openapi_schema(tool.parameters)}
                    if is_older
                    else {"parametersJsonSchema": tool.parameters}
                ),
            }
            for tool in request.tools
        ]
        forced = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [request.required_tool]}}
        return given(
            tools=[{"functionDeclarations": declarations}], toolConfig=forced if request.required_tool else None
        )


COMPONENT = component(GeminiOptions, GeminiDialect)
"""``gemini``: asks Google's Gemini API."""
