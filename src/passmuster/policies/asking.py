"""What every policy is and wraps: something that can be asked once."""

from contextvars import ContextVar
from typing import Final, Protocol

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Reply
from passmuster.domain.values import Fingerprint
from passmuster.policies.events import Listener
from passmuster.ports import LiveBackend

ATTEMPT: Final[ContextVar[int]] = ContextVar("ATTEMPT", default=1)
"""Which attempt at a request is under way, counted from 1; whoever retries sets it, and whoever sends tells it."""

KEY: Final[ContextVar[str]] = ContextVar("KEY", default="")
"""The address under which the answer will be kept; whoever keeps answers sets it, and whoever sends tells it."""


class Turn:
    """Where an attempt is that a budget has let through.

    Attributes:
        is_waited_for: Whether it waits for a place; until it has one, nothing of it has been sent.
    """

    __slots__ = ("is_waited_for",)

    def __init__(self) -> None:
        """Begin without a wait: whoever makes it wait says so, and whoever sends it."""
        self.is_waited_for = False


TURN: Final[ContextVar[Turn | None]] = ContextVar("TURN", default=None)
"""Where the attempt under way is; the budget sets it."""


class Asks(Protocol):
    """A live backend, or a policy around one."""

    async def ask(self, request: CompletionRequest) -> Reply:
        """Return the reply to a request.

        Raises:
            BackendError: If no completion could be had.
        """
        ...


class Layer(Protocol):
    """What a run has once, and puts around each of its backends: a budget, prices."""

    def around(self, inner: Asks, *, backend: LiveBackend, identity: Fingerprint, tell: Listener) -> Asks:
        """Return a policy around what a backend is asked through.

        Args:
            inner: What is asked, nearer to the backend.
            backend: The live backend itself, for whom it asks and what its answers can cost.
            identity: The fingerprint of all that decides the backend's answers.
            tell: Takes the policy's events.
        """
        ...
