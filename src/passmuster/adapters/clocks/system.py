"""The clock of the machine."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from passmuster.components import BuildContext, Component
from passmuster.ports import Clock


class SystemClock:
    """Tells the machine's time; conforms to :class:`passmuster.ports.Clock`."""

    def now(self) -> datetime:
        """Return the time of day, in Coordinated Universal Time."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return seconds from an arbitrary point; never goes backwards, also when the time of day is set back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemClockOptions(BaseModel):
    """Nothing can be chosen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def build(_options: SystemClockOptions, _context: BuildContext) -> Clock:
    """Make the clock."""
    return SystemClock()


COMPONENT: Final = Component(options=SystemClockOptions, build=build)
