"""What a store may do beside what every store does: count what it holds, take runs out, keep what is derived of them.

A store without these is a store; commands that need them say that it cannot do so.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol, runtime_checkable

from passmuster.domain.results import Run, Trial
from passmuster.domain.stored import StoreContents
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName
from passmuster.domain.verifications import Verification


@runtime_checkable
class HousekeptStore(Protocol):
    """A store that runs can be taken out of."""

    def contents(self) -> StoreContents:
        """Count what is there."""
        ...

    def remove(self, run: RunIdentifier) -> None:
        """Take a run out: at once it is gone for everybody, as a whole; raises RunNotFoundError if there is none."""
        ...

    def sweep(self) -> Iterator[str]:
        """Delete what runs that were taken out have left, in portions; yield after each what kind of thing it was.

        Who stops in between has lost nothing; the next call goes on.
        """
        ...

    def give_back(self) -> None:
        """Give the room that has become free back to the disk; nothing where the database does so by itself."""
        ...


@runtime_checkable
class SummarizingStore(Protocol):
    """A store that keeps, beside a run, what a history needs of it."""

    def summary(self, run: RunIdentifier, form: int) -> bytes | None:
        """Return what was kept of a run in a form; ``None`` if nothing was, or trials have come since."""
        ...

    def summarize(self, run: RunIdentifier, form: int, content: bytes, *, trials: int) -> None:
        """Keep what was made of a run when it had so many trials; nothing happens if it has others by now.

        Raises RunNotFoundError if there is no such run.
        """
        ...


@runtime_checkable
class WalkedStore(Protocol):
    """A store that gives a run in parts, for runs that are too large to be held. All raise RunNotFoundError."""

    def count(self, run: RunIdentifier) -> int:
        """Count a run's trials."""
        ...

    def head(self, run: RunIdentifier) -> Run:
        """Return a run without its trials."""
        ...

    def walk(
        self, run: RunIdentifier, only: Collection[tuple[SubjectName, CaseIdentifier]] | None = None
    ) -> Iterator[Sequence[Trial]]:
        """Yield all trials of one subject and case, or of those wanted only, in the order of a loaded run."""
        ...


@runtime_checkable
class VerifiedStore(Protocol):
    """A store that notices when somebody else edits what it keeps."""

    def stored(self, suite: str | None) -> Sequence[RunIdentifier]:
        """Return the names of a suite's runs, the newest first; ``None`` for those of all suites."""
        ...

    def verify(self, run: RunIdentifier, kept: str, told: Callable[[int, int], None]) -> Verification:
        """Check that a run is what was put in; raises RunNotFoundError if there is none.

        ``kept`` is the head that somebody kept, as hexadecimal digits, or empty. ``told`` hears how many trials of how
        many were looked at.
        """
        ...
