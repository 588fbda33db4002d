"""How one run of a program ended, seen from outside."""

from dataclasses import dataclass
from enum import StrEnum

NOT_FOUND = 127
CANNOT_RUN = 126


class Stop(StrEnum):
    """Why a run was over."""

    ENDED = "ended"
    ENOUGH = "enough was seen"
    TIME = "time limit"
    FLOOD = "too much output"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, seen from outside.

    Attributes:
        stop: Why it was over.
        exit_status: What the program returned; ``None`` if it was ended, or nobody knows.
        errors: The end of what it wrote to its standard error, without secrets.
        seconds: How long it ran.
    """

    stop: Stop = Stop.ENDED
    exit_status: int | None = None
    errors: str = ""
    seconds: float = 0.0
