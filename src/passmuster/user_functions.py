"""Functions of the user's, plain or ``async``, as parts of a suite: what they raise costs one trial and not the run."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from passmuster.domain.errors import InvalidConfigurationError, TrialFailure
from passmuster.domain.findings import Finding, Severity


class UserFunction:
    """One function that the user brings.

    Attributes:
        name: How messages call it: as the suite does.
    """

    def __init__(self, target: Callable[..., object], *, name: str, failure: type[TrialFailure]) -> None:
        """Take the function.

        Args:
            target: The function; what it returns may be awaitable.
            name: How messages call it.
            failure: What anything that it raises becomes; one that it raises itself passes through.
        """
        self.name = name
        self._target = target
        self._failure = failure

    async def __call__(self, *arguments: object) -> object:
        """Call the function; a plain one runs in a thread, so it may take its time.

        Raises:
            TrialFailure: The kind given, if the function raises.
        """
        # Calling an ``async`` function takes no time and needs no thread.
        is_quick = inspect.iscoroutinefunction(self._target)
        answer = self._call(*arguments) if is_quick else await asyncio.to_thread(self._call, *arguments)
        if inspect.isawaitable(answer):
            with self._translated():
                answer = await answer
        return answer

    def _call(self, *arguments: object) -> object:
        with self._translated():
            return self._target(*arguments)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._failure:
            raise
        except Exception as error:  # the user's code may raise whatever it likes; it costs one trial
            message = f"{self.name!r} raised {type(error).__name__}: {error}"
            raise self._failure(message) from error


def user_function(target: object, *, name: str, takes: str, failure: type[TrialFailure]) -> UserFunction:
    """Check that what a suite names is a function.

    Args:
        target: What was found under the name.
        name: The name in the suite.
        takes: What it must take, in words, for the message.
        failure: What anything that it raises becomes.

    Raises:
        InvalidConfigurationError: If it cannot be called.
    """
    if not callable(target):
        finding = Finding(
            rule="not-callable",
            severity=Severity.ERROR,
            message=f"{name!r} is {type(target).__name__!r}, which cannot be called",
            hint=f"name a function that takes {takes}",
        )
        raise InvalidConfigurationError([finding])
    return UserFunction(target, name=name, failure=failure)
