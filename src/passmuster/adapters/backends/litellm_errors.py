"""What the package ``litellm`` raises becomes ours here, and nowhere else.

Its exceptions and their statuses are in its documentation (https://docs.litellm.ai/docs/exception_mapping); under it
lies the package ``openai``, whose exceptions may come through.
"""

from collections.abc import Mapping
from typing import Final

from passmuster.domain.errors import BackendError, BackendRefusedError, TimeLimitError, UnreadableAnswerError
from passmuster.services import errors
from passmuster.services.reading import USED_UP
from passmuster.services.redaction import Redaction

TIME: Final = 408
UNREADABLE: Final = 0
"""In the place of a status: what came was no answer."""

STATUSES: Final[Mapping[str, int]] = {
    # litellm.exceptions
    "APIConnectionError": 503,
    "APIError": 500,
    "APIResponseValidationError": UNREADABLE,
    "AuthenticationError": 401,
    "BadGatewayError": 502,
    "BadRequestError": 400,
    "BlockedPiiEntityError": 400,
    "BudgetExceededError": 402,
    "ContentPolicyViolationError": 400,
    "ContextWindowExceededError": 400,
    "GuardrailRaisedException": 400,
    "ImageFetchError": 400,
    "InternalServerError": 500,
    "InvalidRequestError": 400,
    "JSONSchemaValidationError": UNREADABLE,
    "LiteLLMUnknownProvider": 400,
    "MissingDependencyError": 400,
    "MidStreamFallbackError": 503,
    "MockException": 500,
    "ModelNotMappedError": 400,
    "ModifyResponseException": 400,
    "NotFoundError": 404,
    "OpenAIError": 500,
    "PaymentRequiredError": 402,
    "PermissionDeniedError": 403,
    "RateLimitError": 429,
    "RejectedRequestError": 400,
    "SensitiveDataRouteException": 400,
    "ServiceUnavailableError": 503,
    "Timeout": TIME,
    "UnprocessableEntityError": 422,
    "UnsupportedParamsError": 400,
    "VectorStoreSearchError": 400,
    # openai, where litellm lets its exceptions through
    "APIRemovedInV1": 400,
    "APIStatusError": 500,
    "APITimeoutError": TIME,
    "ConflictError": 409,
    "ContentFilterFinishReasonError": 400,
    "InvalidWebhookSignatureError": 400,
    "LengthFinishReasonError": UNREADABLE,
    "MutuallyExclusiveAuthError": 400,
    "OAuthError": 401,
    "StreamAlreadyConsumed": 400,
    "SubjectTokenProviderError": 401,
    "WebSocketConnectionClosedError": 503,
    "WebSocketQueueFullError": 503,
    "_AmbiguousModuleClientUsageError": 400,
}
"""What each exception means, as a status of HTTP; the one that an exception bears itself comes first."""

PACKAGES: Final = frozenset({"litellm", "openai"})


def failure_of(error: Exception, address: str, redaction: Redaction) -> BackendError:
    """Return our error for whatever came out of the package."""
    said = redaction.text(" ".join(str(error).split()))
    status = status_of(error)
    if status is not None:
        return _of_status(status, said, address, _headers(error))
    known = errors.failure_of(error, address, redaction)
    if known is not None:
        return known
    # A bug of the package, or of how it is called: it fails this request and not the run, and is not tried again.
    message = f"litellm raised {type(error).__name__}: {said[: errors.SHOWN]}"
    return BackendRefusedError(message)


def status_of(error: BaseException) -> int | None:
    """Return the status that an exception of the package means; ``None`` for an exception of anybody else."""
    for ancestor in type(error).__mro__:
        if ancestor.__module__.partition(".")[0] in PACKAGES and ancestor.__name__ in STATUSES:
            meant = STATUSES[ancestor.__name__]
            own = getattr(error, "status_code", None)
            # What has no status, or the one for everything, may bear a truer one itself.
            is_vague = ancestor.__name__ in {"APIError", "APIStatusError", "OpenAIError", "MidStreamFallbackError"}
            return own if is_vague and isinstance(own, int) and own >= 400 else meant  # noqa: PLR2004 - errors begin there
    return None


def _of_status(status: int, said: str, address: str, headers: Mapping[str, str]) -> BackendError:
    if status == TIME:
        return TimeLimitError(f"{address} took too long: {said[: errors.SHOWN]}")
    if status == UNREADABLE:
        return UnreadableAnswerError(f"{address} answered what is no answer: {said[: errors.SHOWN]}")
    is_used_up = status == 429 and any(code in said for code in USED_UP)  # noqa: PLR2004 - too many requests
    return errors.refusal(status, said, address, headers, is_used_up=is_used_up)


def _headers(error: Exception) -> Mapping[str, str]:
    """Return the headers of the answer; the package keeps those of the service beside an answer that it made up."""
    kept = (
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    )
    found = next((headers for headers in kept if isinstance(headers, Mapping) and headers), {})
    return {str(name).lower(): str(value) for name, value in found.items()}
