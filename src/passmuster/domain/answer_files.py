"""The files that an answer delivers, read from its text or from what a product left in its workspace."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.values import Fingerprint, fingerprint_of

MOST_FILES = 200
"""So many files are taken from one answer, and no more."""

MOST_BYTES = 1_048_576
"""So many bytes are looked at and taken from one answer, all files together, and no more."""


class PathSource(StrEnum):
    """Where a file's path was read."""

    INFO_STRING = "info string"
    LABEL = "label"
    COMMENT = "comment"
    DEFAULT = "default"
    DIFF = "diff"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFile:
    """One file.

    Attributes:
        path: Relative, with forward slashes, in Unicode's composed form (NFC); never leads out of its folder.
        text: Its content.
        line: The line of the answer on which its content begins, counted from 1; 0 where it stands in no text.
        source: Where its path was read.
        is_elided: Whether the author left parts out, as in ``# ... existing code ...``.
    """

    path: str
    text: str
    line: int = 0
    source: PathSource = PathSource.INFO_STRING
    is_elided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A file that was not taken.

    Attributes:
        path: As it was written; untrusted.
        reason: One sentence, the limit named where there was one.
        line: The line of the answer; 0 where it stands in no text.
    """

    path: str
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFiles:
    """All files of one answer, in order of path.

    Attributes:
        files: Those that were taken; no two have one path.
        refused: Those that were not.
        warnings: What a reader should know of how the answer was read, a sentence each.
    """

    files: tuple[AnswerFile, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[AnswerFile]:
        """Yield the files in order of path."""
        return iter(self.files)

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of paths and contents, and of nothing else."""
        return fingerprint_of([[file.path, file.text] for file in self.files])
