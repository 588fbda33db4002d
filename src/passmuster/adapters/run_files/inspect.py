"""Result files of Inspect, the framework of the UK AI Security Institute: logs, read and written."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.run_files.complaints import beginning
from passmuster.adapters.run_files.inspect_log import is_archive
from passmuster.adapters.run_files.inspect_reading import InspectReader
from passmuster.components import BuildContext, Component
from passmuster.domain.results import Run, Trial
from passmuster.exchanging import ForeignRun, RunFiles

_LOOKED_AT = 4096


class InspectOptions(BaseModel):
    """How logs are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    passing: float = Field(
        default=1.0, ge=0, le=1, description="The value from which a score is a pass; Inspect itself takes means only."
    )
    subject: str = Field(default="", description="What whoever answered is called; without it, the model's name.")


@dataclass(frozen=True, slots=True)
class InspectFiles:
    """Reads and writes logs; conforms to :class:`passmuster.exchanging.RunFiles`."""

    options: InspectOptions

    @property
    def ending(self) -> str:
        """The ending of logs."""
        return ".eval"

    def recognizes(self, location: Path) -> bool:
        """Whether a file begins as a log does: as an archive, or as JSON with the keys of one."""
        if is_archive(location):
            return True
        text = beginning(location, _LOOKED_AT)
        return b'"eval"' in text and b'"version"' in text and b'"evalId"' not in text

    def read(self, location: Path) -> ForeignRun:
        """Check a log, and return what is in it."""
        return InspectReader(location, passing=self.options.passing, subject=self.options.subject).read()

    def write(self, run: Run, trials: Iterable[Trial], location: Path) -> int:
        """Write a log, whole or not at all."""
        from passmuster.adapters.run_files.inspect_writing import write_log  # noqa: PLC0415 - few write

        return write_log(run, trials, location)


def _build(options: InspectOptions, _context: BuildContext) -> RunFiles:
    return InspectFiles(options)


COMPONENT = Component(options=InspectOptions, build=_build)
