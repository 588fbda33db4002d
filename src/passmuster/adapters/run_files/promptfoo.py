"""Result files of promptfoo: its JSON, read and written."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.run_files.complaints import beginning
from passmuster.adapters.run_files.promptfoo_reading import PromptfooReader
from passmuster.components import BuildContext, Component
from passmuster.domain.results import Run, Trial
from passmuster.exchanging import ForeignRun, RunFiles

_LOOKED_AT = 4096


class PromptfooOptions(BaseModel):
    """How results are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(
        default="", description="What whoever answered is called, in a file of one; without it, the provider's name."
    )


@dataclass(frozen=True, slots=True)
class PromptfooFiles:
    """Reads and writes results; conforms to :class:`passmuster.exchanging.RunFiles`."""

    options: PromptfooOptions

    @property
    def ending(self) -> str:
        """The ending of results."""
        return ".json"

    def recognizes(self, location: Path) -> bool:
        """Whether a file begins as results do."""
        text = beginning(location, _LOOKED_AT)
        return b'"evalId"' in text and b'"results"' in text

    def read(self, location: Path) -> ForeignRun:
        """Check results, and return what is in them."""
        return PromptfooReader(location, subject=self.options.subject).read()

    def write(self, run: Run, trials: Iterable[Trial], location: Path) -> int:
        """Write results, whole or not at all."""
        from passmuster.adapters.run_files.promptfoo_writing import write_results  # noqa: PLC0415 - few write

        return write_results(run, trials, location)


def _build(options: PromptfooOptions, _context: BuildContext) -> RunFiles:
    return PromptfooFiles(options)


COMPONENT = Component(options=PromptfooOptions, build=_build)
