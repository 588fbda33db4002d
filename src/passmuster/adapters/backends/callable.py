"""A backend that asks a function of the user's: ``(CompletionRequest) -> str | Completion``, plain or ``async``."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, Field

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.errors import BackendError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.ports import Backend, BuildContext, Component


class CallableOptions(BaseModel):
    """Options of the backend ``callable``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1, description="The function: `module:name`, or `./file.py:NAME` beside the suite.")
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")


class CallableBackend:
    """Gives each request to a function; a plain one runs in a thread of its own, so it may take its time."""

    def __init__(self, target: Callable[[CompletionRequest], object], *, name: str) -> None:
        """Take the function, and the name by which messages call it."""
        self._target = target
        self._name = name

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return what the function returns; a text becomes a fresh completion.

        Raises:
            BackendError: If the function raises, or returns anything else. One that it raises itself passes through.
        """
        # Calling an ``async`` function takes no time and needs no thread.
        is_quick = inspect.iscoroutinefunction(self._target)
        answer = self._call(request) if is_quick else await asyncio.to_thread(self._call, request)
        if inspect.isawaitable(answer):
            with self._translated():
                answer = await answer
        if isinstance(answer, Completion):
            return answer
        if isinstance(answer, str):
            return Completion(text=answer)
        message = f"{self._name!r} returned {type(answer).__name__!r}"
        raise BackendError(message, hint="return the text, or a Completion")

    def _call(self, request: CompletionRequest) -> object:
        with self._translated():
            return self._target(request)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except BackendError:
            raise
        except Exception as error:
            # The user's code may raise anything at all, and that shall cost one trial and not the run.
            message = f"{self._name!r} raised {type(error).__name__}: {error}"
            raise BackendError(message) from error


def _build(options: CallableOptions, context: BuildContext) -> Backend:
    target = context.resolve(options.target)
    if not callable(target):
        finding = Finding(
            rule="not-callable",
            severity=Severity.ERROR,
            message=f"{options.target!r} is {type(target).__name__!r}, which cannot be called",
            hint="name a function that takes a CompletionRequest",
        )
        raise InvalidConfigurationError([finding])
    return CallableBackend(target, name=options.target)


COMPONENT = Component(options=CallableOptions, build=_build, is_deterministic=lambda options: options.deterministic)
"""``callable``: asks a function of the user's."""
