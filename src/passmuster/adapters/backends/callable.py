"""A backend that asks a function of the user's: ``(CompletionRequest) -> str | Completion``, plain or ``async``."""

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.errors import BackendError
from passmuster.ports import Backend
from passmuster.user_functions import UserFunction, user_function


class CallableOptions(BaseModel):
    """Options of the backend ``callable``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: str = Field(min_length=1, description="The function: `module:name`, or `./file.py:NAME` beside the suite.")
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")


class CallableBackend:
    """Gives each request to a function."""

    def __init__(self, function: UserFunction) -> None:
        """Take the function."""
        self._function = function

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return what the function returns; a text becomes a fresh completion.

        Raises:
            BackendError: If the function raises, or returns anything else. One that it raises itself passes through.
        """
        answer = await self._function(request)
        if isinstance(answer, Completion):
            return answer
        if isinstance(answer, str):
            return Completion(text=answer)
        message = f"{self._function.name!r} returned {type(answer).__name__!r}"
        raise BackendError(message, hint="return the text, or a Completion")


def build(options: CallableOptions, context: BuildContext) -> Backend:
    """Build the backend.

    Raises:
        InvalidConfigurationError: If the target is nothing that can be called.
    """
    target = context.resolve(options.target)
    return CallableBackend(
        user_function(target, name=options.target, takes="a CompletionRequest", failure=BackendError)
    )


COMPONENT = Component(options=CallableOptions, build=build, is_deterministic=lambda options: options.deterministic)
"""``callable``: asks a function of the user's."""
