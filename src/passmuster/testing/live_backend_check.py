"""Checks of what backends that ask services promise, for authors of plug-ins."""

from urllib.parse import urlsplit

from passmuster.domain.answers import CompletionRequest, Origin
from passmuster.domain.endpoints import Reply
from passmuster.domain.errors import BackendError
from passmuster.ports import LiveBackend
from passmuster.testing.conformance import check_backend


async def check_live_backend(backend: LiveBackend, request: CompletionRequest) -> None:
    """Check a backend that asks a service with one request, which is sent twice.

    Raises:
        AssertionError: Naming the promise that the backend breaks.
    """
    place = urlsplit(backend.endpoint.address)
    most = backend.most_written(request)
    _require(bool(backend.endpoint.provider), "an endpoint must name its provider")
    _require(place.username is None and place.password is None, "an endpoint's address must hold no credentials")
    _require(isinstance(backend.model_of(request), str), "model_of must return a name")
    _require(most is None or most >= 1, "most_written must return None or a number of tokens")
    await check_backend(backend, request)
    try:
        reply = await backend.ask(request)
    except BackendError:
        return
    _require(isinstance(reply, Reply), f"ask must return a Reply, and not {reply!r}")
    first, written = reply.completion.first_token, reply.completion.usage.output_tokens
    _require(reply.completion.origin is Origin.FRESH, "what a service wrote must be of a fresh origin")
    _require(first is None or 0 <= first <= reply.completion.latency, "the first piece must come before the last")
    _require(most is None or written <= most, "an answer must not be longer than most_written")


def _require(condition: bool, broken: str) -> None:  # noqa: FBT001 - reads as the built-in assert does
    """Raise what names the broken promise, unless the condition holds."""
    if not condition:
        raise AssertionError(broken)
