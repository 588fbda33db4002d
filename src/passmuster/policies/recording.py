"""Answers that go into the user's repository: whoever records asks a service once, and writes down what it said."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from passmuster.domain.answers import Completion, CompletionRequest, Origin
from passmuster.domain.errors import BackendRefusedError
from passmuster.domain.recordings import Recording
from passmuster.domain.values import fingerprint_of
from passmuster.policies.answer_text import completion_text, conversation_text, instructions_of, settings_of
from passmuster.ports import Backend


@runtime_checkable
class Recordings(Backend, Protocol):
    """A backend that plays recordings, and can be given new ones."""

    @property
    def location(self) -> str:
        """The folder of recordings, relative to the suite's folder."""
        ...

    @property
    def source(self) -> str:
        """The suite's name for the backend that is asked when recording; empty where there is none."""
        ...

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Everything that can be played."""
        ...

    def write(self, recording: Recording) -> None:
        """Write a recording, whole or not at all, and play it from now on.

        Raises:
            BackendError: If it has no form in which it could be read again.
            EnvironmentFaultError: If it cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a new recording says of itself besides the answer.

    Attributes:
        recording: Where it goes and whose it is; its completion and date are those of the answer.
        today: The day on which it is written.
    """

    recording: Recording
    today: str


Due = Callable[[CompletionRequest], Provenance | None]
"""Says of a request where its recording is to be written; ``None`` leaves it to what is recorded."""


class Recorded:
    """Plays what is recorded, and records what is due: each request once, however many want it."""

    def __init__(self, shelf: Recordings, source: Backend, *, due: Due, holds_secret: Callable[[str], bool]) -> None:
        """Take whom to ask, and where to write.

        Args:
            shelf: Plays recordings.
            source: Is asked for new ones.
            due: Says which are.
            holds_secret: Tells of a text whether it must never be written.
        """
        self._shelf = shelf
        self._source = source
        self._due = due
        self._holds_secret = holds_secret
        self._under_way: dict[str, asyncio.Task[Completion]] = {}

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return the recording of a request, which is made first if it is due.

        Raises:
            BackendError: If there is none, or none could be made.
        """
        provenance = self._due(request)
        if provenance is None:
            return await self._shelf.complete(request)
        key = request.fingerprint
        making = self._under_way.get(key)
        if making is None:
            making = self._under_way[key] = asyncio.create_task(self._made(request, provenance))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            making.cancel()
            raise

    async def _made(self, request: CompletionRequest, provenance: Provenance) -> Completion:
        completion = await self._source.complete(request)
        texts = (completion.text, completion_text(completion), conversation_text(request))
        if any(map(self._holds_secret, texts)):
            message = "the answer holds a secret, and is not written down"
            raise BackendRefusedError(message, hint="ask for something else, or take another key")
        system = instructions_of(request)
        model = completion.model or provenance.recording.completion.model
        date = completion.made_on or provenance.today
        recording = replace(
            provenance.recording,
            request=request.fingerprint,
            conversation=request.conversation,
            instructions=fingerprint_of(system) if system else provenance.recording.instructions,
            settings=settings_of(request),
            date=date,
            completion=replace(
                completion,
                origin=Origin.RECORDED,
                model=model,
                author=model,
                made_on=date,
                latency=0.0,
                first_token=None,
            ),
        )
        self._shelf.write(recording)
        return await self._shelf.complete(request)
