"""Whether something happens mostly or hardly ever, from as few trials as that takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioTest:
    """Wald's sequential probability ratio test of a rare event against a common one.

    Source: A. Wald, "Sequential tests of statistical hypotheses", Annals of Mathematical Statistics 16 (1945), 117-186.

    Attributes:
        low: The rate of the event where it is rare; above 0.
        high: Its rate where it is common; above ``low`` and below 1.
        error: How often either answer may be wrong, above 0 and below one half. Where the true rate lies between the
            two, neither answer is wrong, and it takes longer.
    """

    low: float
    high: float
    error: float

    def __post_init__(self) -> None:
        """Refuse rates and errors that make no test."""
        if not 0 < self.low < self.high < 1 or not 0 < self.error < 0.5:  # noqa: PLR2004 - as the attributes say
            message = f"no test of {self.low!r} against {self.high!r} with an error rate of {self.error!r}"
            raise ValueError(message)

    def decide(self, events: Iterable[bool]) -> bool | None:
        """Say whether the event is common; ``None`` where these trials do not decide.

        Args:
            events: Whether it happened, trial by trial; what comes after the decision does not count.
        """
        return self._walk(events)[0]

    def fewest(self, events: Iterable[bool]) -> int:
        """Return how many further trials it takes at least; 0 where these decide."""
        decision, weight = self._walk(events)
        if decision is not None:
            return 0
        up, down = self._steps
        return min(ceil((self._bound - weight) / up - ROUNDING), ceil((self._bound + weight) / down - ROUNDING))

    @property
    def _bound(self) -> float:
        return log((1 - self.error) / self.error)

    @property
    def _steps(self) -> tuple[float, float]:
        return log(self.high / self.low), log((1 - self.low) / (1 - self.high))

    def _walk(self, events: Iterable[bool]) -> tuple[bool | None, float]:
        up, down = self._steps
        weight = 0.0
        for event in events:
            weight += up if event else -down
            if abs(weight) >= self._bound - ROUNDING:
                return weight > 0, weight
        return None, weight
