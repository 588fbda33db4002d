"""The files of an answer: read from the code blocks of its text, or from what a product left in its workspace."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from passmuster.domain.activities import FileChange
from passmuster.domain.answer_files import MOST_BYTES, AnswerFile, AnswerFiles, PathSource, RefusedFile
from passmuster.domain.answers import Completion
from passmuster.extraction.collecting import Collection
from passmuster.extraction.eliding import is_elided
from passmuster.extraction.fences import FencedBlock, fenced_blocks, readable_part
from passmuster.extraction.languages import can_hold, is_change, is_prose, is_transcript
from passmuster.extraction.naming import InfoString, info_of, path_of
from passmuster.extraction.patching import apply_patch
from passmuster.extraction.workspaces import files_of_changes

_OPENING = re.compile(r"^(?:```+|~~~+)[ \t]*\S", re.MULTILINE)
_KEPT_ANSWERS = 32
_MOST_LINES = 5
_MOST_BLOCKS = 5_000


def files_of(completion: Completion, *, default_path: str = "", base: Iterable[AnswerFile] = ()) -> AnswerFiles:
    """Return the files that an answer delivers.

    What a product changed in its workspace is preferred to what it says that it wrote. The last answers' files are
    kept, so that asking again costs nothing.

    Args:
        completion: The answer.
        default_path: The path of the one block of code that names none; empty: such blocks are no files.
        base: The files that were there before: ``diff`` blocks are applied to these, and only the ones that were
            changed are delivered.
    """
    activity = completion.activity
    if activity is not None and activity.changes:
        return _files_of_workspace(activity.changes, activity.refused)
    return _files_of_text(completion.text, default_path, tuple(base))


@lru_cache(maxsize=_KEPT_ANSWERS)
def _files_of_workspace(changes: tuple[FileChange, ...], refused: tuple[RefusedFile, ...]) -> AnswerFiles:
    """Take what a product left behind."""
    return files_of_changes(changes, refused)


@lru_cache(maxsize=_KEPT_ANSWERS)
def _files_of_text(text: str, default_path: str, base: tuple[AnswerFile, ...]) -> AnswerFiles:
    """Read the code blocks of an answer."""
    reading = _Reading(default_path, base)
    part = readable_part(text)
    if len(part) < len(text):
        reading.collection.warn(
            f"only the first {len(part)} of {len(text)} characters were looked at (at most {MOST_BYTES} bytes, and "
            "fewer of very short lines)"
        )
    reading.read(fenced_blocks(part), 0)
    return reading.done


class _Reading:
    """One answer being read."""

    def __init__(self, default_path: str, base: tuple[AnswerFile, ...]) -> None:
        """Begin."""
        self.collection = Collection()
        self._default_path = default_path
        self._base = {file.path: file for file in base}
        self._nameless: list[FencedBlock] = []

    def read(self, blocks: Sequence[FencedBlock], above: int, *, is_wrapped: bool = False) -> None:
        """Take the files of a text's blocks, which begins after so many lines of the answer."""
        if len(blocks) > _MOST_BLOCKS:
            self.collection.warn(f"only the first {_MOST_BLOCKS} of {len(blocks)} blocks of code were looked at")
        for block in blocks[:_MOST_BLOCKS]:
            info = info_of(block)
            line = above + block.line
            if is_change(info.language) and not info.path:
                self._change(block, line)
            elif not self._take(block, info, line) and not is_transcript(info.language):
                self._unnamed(block, info, line, is_wrapped=is_wrapped)

    @property
    def done(self) -> AnswerFiles:
        """The files, with the one that names no path where a default path is given."""
        if not self._default_path or not self._nameless:
            self._warn_of_nameless()
            return self.collection.done
        fitting = [block for block in self._nameless if can_hold(info_of(block).language, self._default_path)]
        if len(fitting) == 1:
            block = fitting[0]
            self._add(self._default_path, block.content, block.line + 1, PathSource.DEFAULT)
        else:
            self.collection.warn(
                f"{len(fitting)} blocks of code without a path could be {self._default_path}, so that none was taken"
            )
        return self.collection.done

    def _warn_of_nameless(self) -> None:
        """Say how many blocks of code were passed over."""
        if self._nameless:
            count = len(self._nameless)
            lines = ", ".join(str(block.line) for block in self._nameless[:_MOST_LINES])
            which = f"line {lines}" if count == 1 else f"lines {lines}" + (", …" if count > _MOST_LINES else "")
            told = (
                "1 block of code names no path and is no file" if count == 1 else f"{count} blocks of code name no path"
            )
            self.collection.warn(f"{told} ({which})")

    def _take(self, block: FencedBlock, info: InfoString, line: int) -> bool:
        """Take a block that names its path; return whether it does."""
        named = path_of(block, info)
        if named is None:
            return False
        if not block.is_closed:
            self.collection.warn(f"the fence on line {line} is never closed")
        self._add(named.path, block.content, line + 1, named.source)
        if is_prose(info.language):
            self._warn_of_inner_fence(fenced_blocks(block.content), line)
        return True

    def _unnamed(self, block: FencedBlock, info: InfoString, line: int, *, is_wrapped: bool) -> None:
        """Look into a wrapper around a whole answer, and remember other blocks without a path."""
        if is_prose(info.language) and not is_wrapped and _OPENING.search(block.content):
            inner = fenced_blocks(block.content)
            self._warn_of_inner_fence(inner, line)
            self.read(inner, line, is_wrapped=True)
            return
        self._nameless.append(replace(block, line=line))

    def _warn_of_inner_fence(self, inner: Sequence[FencedBlock], line: int) -> None:
        """Say that a fence within a fence of the same length ends both."""
        if inner and not inner[-1].is_closed:
            self.collection.warn(
                f"the block on line {line} holds a fence that does not end within it: an outer fence must be longer "
                "than those it holds, else nobody can tell where it ends"
            )

    def _change(self, block: FencedBlock, line: int) -> None:
        """Apply a block of changes to the files that were there before, and to those written so far."""
        apply_patch(block.content, self._base, self.collection, line)

    def _add(self, path: str, text: str, line: int, source: PathSource) -> None:
        """Take one file."""
        self.collection.add(AnswerFile(path=path, text=text, line=line, source=source, is_elided=is_elided(text)))
