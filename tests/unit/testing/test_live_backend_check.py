"""The check of backends that ask services finds what it is for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from passmuster.domain.answers import Completion, CompletionRequest, Origin
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendUnavailableError
from passmuster.domain.values import Usage
from passmuster.testing.factories import a_completion, a_completion_request
from passmuster.testing.live_backend_check import check_live_backend

SOUND = a_completion(usage=Usage(input_tokens=5, output_tokens=5), latency=1.0, first_token=0.5)
PLACE = Endpoint(provider="made_up", address="https://example.invalid/v1")


@dataclass(frozen=True)
class Made:
    """A backend that does as it is told."""

    completion: Completion = SOUND
    endpoint: Endpoint = PLACE
    most: int | None = 5
    answer: Callable[[Completion], object] = field(default=lambda completion: Reply(completion=completion))

    def model_of(self, request: CompletionRequest) -> str:
        return request.model

    def most_written(self, request: CompletionRequest) -> int | None:
        del request
        return self.most

    async def ask(self, request: CompletionRequest) -> Reply:
        del request
        answer = self.answer(self.completion)
        assert isinstance(answer, Reply) or answer == "broken"
        return answer  # type: ignore[return-value] # what is broken about it

    async def complete(self, request: CompletionRequest) -> Completion:
        del request
        return self.completion


class Failing(Made):
    """One that cannot be reached."""

    async def ask(self, request: CompletionRequest) -> Reply:
        message = f"no answer to {request.model}"
        raise BackendUnavailableError(message)

    async def complete(self, request: CompletionRequest) -> Completion:
        return (await self.ask(request)).completion


@pytest.mark.parametrize("backend", [Made(), Made(most=None), Failing()])
async def test_a_sound_backend_passes(backend: Made) -> None:
    """One that answers, and one that fails by the rules."""
    await check_live_backend(backend, a_completion_request())


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        (Made(endpoint=replace(PLACE, provider="")), "name its provider"),
        (Made(endpoint=replace(PLACE, address=f"https://{'me:word'}@example.invalid")), "no credentials"),
        (Made(most=0), "most_written"),
        (Made(most=4), "longer than most_written"),
        (Made(completion=replace(SOUND, origin=Origin.CACHED)), "fresh origin"),
        (Made(completion=replace(SOUND, first_token=2.0)), "before the last"),
        (Made(completion=replace(SOUND, finish_reason="")), "why it ended"),
        (Made(answer=lambda _completion: "broken"), "must return a Reply"),
    ],
)
async def test_a_broken_promise_is_named(backend: Made, words: str) -> None:
    """Each by itself."""
    with pytest.raises(AssertionError, match=words):
        await check_live_backend(backend, a_completion_request())
