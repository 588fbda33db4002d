"""The seam to result files of other tools: a run is read out of one, or written as one.

A tool has its own notion of what a case is and what judged it. What has no place on the other side is counted, and
never guessed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from passmuster.domain.results import Run, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRun:
    """A run that another tool made, as far as it can be told here.

    Attributes:
        run: Everything but the trials; of no suite yet.
        trials: Begins to yield the trials, in the order of the file; may be called again.
        count: How many they are.
        tool: Who made it, such as ``inspect``.
        version: The version of that tool; empty where the file does not say.
        digest: SHA-256 of the file, in hexadecimal digits.
        left_out: How many of what could not be brought along, by what it is.
    """

    run: Run
    trials: Callable[[], Iterator[Trial]]
    count: int
    tool: str
    version: str
    digest: str
    left_out: Mapping[str, int] = field(default_factory=dict)


class RunFiles(Protocol):
    """Reads and writes the result files of one tool."""

    @property
    def ending(self) -> str:
        """The ending of the tool's files, with its dot."""
        ...

    def recognizes(self, location: Path) -> bool:
        """Whether the beginning of a file looks like the tool's; raises EnvironmentFaultError if it cannot be read."""
        ...

    def read(self, location: Path) -> ForeignRun:
        """Check a file from its beginning to its end, and return what is in it; trials are never all held.

        Raises:
            InvalidInputError: With every complaint about the file at once.
            EnvironmentFaultError: If it cannot be read.
            MissingExtraError: If reading it takes a package that is not installed.
        """
        ...

    def write(self, run: Run, trials: Iterable[Trial], location: Path) -> int:
        """Write a run, whole or not at all, and return how many trials were written; ``read`` gives them back.

        Args:
            run: Everything but the trials, which need not be in it.
            trials: Walked once; those of one subject and case come together.
            location: The file.

        Raises:
            InvalidConfigurationError: If the format has no place for such a run.
            EnvironmentFaultError: If the place cannot be written.
        """
        ...
