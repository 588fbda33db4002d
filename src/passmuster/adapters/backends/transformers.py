"""A backend that runs a model on this machine with the package ``transformers``.

Its documentation says what is used of it: "Chat templates", "Text generation" and "Utilities for generation".

The conversation takes the form that the model's own chat template gives it. One model is in memory at a time and one
answer is made at a time, in a thread of its own, so that everything else goes on meanwhile.
"""

import asyncio
import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.backends.local_model import MEMORY, Place, Wish
from passmuster.adapters.backends.request_parts import in_words, seed_of
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest, Failure, Stage
from passmuster.domain.cases import Role
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendRefusedError
from passmuster.domain.values import UNKNOWN, Fingerprint, fingerprint_of
from passmuster.libraries import need
from passmuster.ports import LiveBackend
from passmuster.services.options import Limits

EXTRA: Final = "transformers"
USUAL_MAXIMUM: Final = 1_024

HASHED: Final = 1_048_576
"""Bytes at the beginning and at the end of a file that its fingerprint is made of; another training changes both."""


def _one_at_once() -> Limits:
    return Limits(concurrency=1, adaptive=False)


class TransformersOptions(BaseModel):
    """Options of the backend ``transformers``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        min_length=1,
        description="A folder with a model, from the suite's folder on, or the name of one that was fetched before.",
    )
    revision: str | None = Field(default=None, description="The revision of a model that is named; absent: the newest.")
    download: bool = Field(
        default=False, exclude=True, description="Whether a model that is named is fetched if it is not here."
    )
    device: str = Field(
        default="auto", pattern=r"^(auto|cpu|mps|cuda(:[0-9]+)?)$", description="Where it runs: auto, cpu, cuda, mps."
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="The numbers that it reckons with; auto: those that it was saved with."
    )
    maximum_tokens: int = Field(
        default=USUAL_MAXIMUM, ge=1, description="How long an answer may be, in tokens, where a request says nothing."
    )
    template: Mapping[str, object] = Field(
        default_factory=dict, description="Further variables of the chat template, such as enable_thinking: false."
    )
    deterministic: bool = Field(
        default=False, description="Whether repetitions get equal answers: true where the temperature is 0."
    )
    # What follows changes no answer, and is kept out of fingerprints.
    limits: Limits = Field(
        default_factory=_one_at_once, exclude=True, description="How hard it may be asked; one request at a time."
    )


class TransformersBackend:
    """Runs a model; conforms to :class:`passmuster.ports.LiveBackend`."""

    def __init__(self, options: TransformersOptions, context: BuildContext) -> None:
        """Take what a suite says; nothing is loaded yet."""
        self._options = options
        self._folder = context.folder / options.model
        is_folder = self._folder.is_dir()
        self._place = Place(
            name=str(self._folder) if is_folder else options.model,
            revision=None if is_folder else options.revision,
            may_download=options.download and not is_folder,
            device=options.device,
            precision=options.precision,
        )
        self._endpoint = Endpoint(provider=EXTRA, address=options.model)

    @property
    def endpoint(self) -> Endpoint:
        """The model; it is asked for nothing over any network."""
        return self._endpoint

    def model_of(self, request: CompletionRequest) -> str:
        """Return the model's name."""
        del request
        return self._options.model

    def most_written(self, request: CompletionRequest) -> int:
        """Return the number of tokens that an answer cannot exceed."""
        asked = request.sampling.maximum_tokens
        return self._options.maximum_tokens if asked is None else asked

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return why no request can be answered: no such folder; ``None`` where that cannot be told."""
        if request.model not in {"", self._options.model}:
            error = _another(request.model, self._options.model)
        elif self._options.model.startswith((".", "/")) and not self._folder.is_dir():
            error = BackendRefusedError(
                f"there is no folder {self._options.model!r}", hint="correct the option model of the backend"
            )
        else:
            return None
        return Failure.of(error, Stage.COMPLETION)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return the completion of the reply."""
        return (await self.ask(request)).completion

    async def ask(self, request: CompletionRequest) -> Reply:
        """Have the model write once; if this is cancelled, it stops after the next token.

        Raises:
            BackendRefusedError: If it cannot be loaded, has no chat template, or cannot write.
        """
        if request.model not in {"", self._options.model}:
            raise _another(request.model, self._options.model)
        wish = self._wish(request)
        work = asyncio.wrap_future(MEMORY.submit(self._place, wish))
        try:
            completion = await work
        finally:
            wish.is_over.set()
        return Reply(completion=completion)

    def _wish(self, request: CompletionRequest) -> Wish:
        messages = [{"role": turn.role.value, "content": turn.content} for turn in request.messages if turn.content]
        if request.answer_schema is not None:
            words = in_words(request.answer_schema)
            if messages and messages[0]["role"] == Role.SYSTEM.value:
                messages[0]["content"] += f"\n\n{words}"
            else:
                messages.insert(0, {"role": Role.SYSTEM.value, "content": words})
        return Wish(
            messages=messages,
            tools=request.tools,
            sampling=request.sampling,
            seed=seed_of(request, varied=True) or 0,
            most=self.most_written(request),
            wants_probabilities=request.wants_probabilities,
            template=self._options.template,
            model=self._options.model,
            is_over=threading.Event(),
        )


def _another(asked: str, own: str) -> BackendRefusedError:
    message = f"the model {asked!r} is asked for, and this backend runs {own!r}"
    return BackendRefusedError(message, hint="give each model a backend of its own")


def _content(options: TransformersOptions, folder: Path) -> Fingerprint:
    """Return the fingerprint of a model's files: of large ones the size, the beginning and the end."""
    place = folder / options.model
    if not place.is_dir():
        return UNKNOWN
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return fingerprint_of([[path.relative_to(place).as_posix(), *_signs_of(path)] for path in files])


def _signs_of(path: Path) -> tuple[int, str]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            signs = hashlib.sha256(file.read(HASHED))
            file.seek(max(file.tell(), size - HASHED))
            signs.update(file.read(HASHED))
    except OSError as error:
        return 0, type(error).__name__
    return size, signs.hexdigest()


def build(options: TransformersOptions, context: BuildContext) -> LiveBackend:
    """Build the backend.

    Raises:
        MissingExtraError: If a package is not installed.
    """
    need("transformers", "torch", extra=EXTRA)
    return TransformersBackend(options, context)


COMPONENT = Component(
    options=TransformersOptions,
    build=build,
    is_deterministic=lambda options: options.deterministic,
    is_free=True,
    content=_content,
)
"""``transformers``: runs a model on this machine."""
