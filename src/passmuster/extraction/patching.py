"""Diffs applied to the files that were there before."""

from collections.abc import Iterable, Mapping

from passmuster.domain.answer_files import AnswerFile, AnswerFiles, PathSource
from passmuster.extraction.collecting import Collection
from passmuster.extraction.eliding import is_elided
from passmuster.extraction.reading_diffs import FileDiff, Hunk, file_diffs

_LINK = "120000"
_SUBMODULE = "160000"
_MOST_COMPARED = 2_000_000
"""So many lines are compared for one file, so that no diff can keep us busy."""


class _DoesNotFitError(Exception):
    """A diff does not fit what it is applied to; the message ends a sentence."""


def files_of_diff(diff: str, base: Iterable[AnswerFile] = ()) -> AnswerFiles:
    """Return the files that a diff adds and changes, as they are afterwards.

    Args:
        diff: What ``git diff`` wrote.
        base: The files before.
    """
    collection = Collection()
    apply_patch(diff, {file.path: file for file in base}, collection)
    return collection.done


def apply_patch(diff: str, base: Mapping[str, AnswerFile], collection: Collection, line: int = 0) -> None:
    """Add the files that a diff adds and changes to a collection, as they are afterwards.

    Every line that a diff shows as being there must be there, though not on the line that it names: of several
    places that fit, the nearest is taken. What does not fit is refused, and the file stays as it was.

    Args:
        diff: A unified diff.
        base: The files before, by path; what the collection holds goes before them.
        collection: Where to.
        line: The line of the answer on which the diff's block begins; 0 where it stands in no text.
    """
    found = False
    for change in file_diffs(diff):
        found = True
        where = line + change.line if line else 0
        try:
            _apply(change, base, collection, where)
        except _DoesNotFitError as error:
            collection.refuse(change.path, str(error), where)
    if not found:
        collection.warn("a block of changes names no file" + (f" (line {line})" if line else ""))


def _apply(change: FileDiff, base: Mapping[str, AnswerFile], collection: Collection, line: int) -> None:
    """Apply what a diff does to one file."""
    before = _before(change, base, collection)
    if not change.new:
        collection.remove(change.old)
        collection.warn(f"{change.old} is deleted")
        return
    if change.mode in {_LINK, _SUBMODULE}:
        raise _DoesNotFitError("is a link" if change.mode == _LINK else "is another repository")
    if change.is_binary:
        reason = "is binary, and its content is not shown"
        raise _DoesNotFitError(reason)
    text = _patched(before, change.hunks)
    if change.old and change.old != change.new:
        collection.remove(change.old)
    collection.add(AnswerFile(path=change.new, text=text, line=line, source=PathSource.DIFF, is_elided=is_elided(text)))


def _before(change: FileDiff, base: Mapping[str, AnswerFile], collection: Collection) -> str:
    """Return what the file held before.

    Raises:
        _DoesNotFitError: It is not there, or should not be.
    """
    if not change.path:
        reason = "the diff does not say of which file"
        raise _DoesNotFitError(reason)
    if not change.old:
        return ""
    file = collection.get(change.old) or base.get(change.old)
    if file is None:
        reason = "a diff changes it, and it is not among the files that were there before"
        raise _DoesNotFitError(reason)
    return file.text


def _patched(text: str, hunks: list[Hunk]) -> str:
    """Return a text with all places changed."""
    if "\r\n" in text and not any("\r" in line for hunk in hunks for line in hunk.old):
        text = text.replace("\r\n", "\n")
    lines = _lines(text)
    search = _Search(lines)
    after: list[str] = []
    reached, drift = 0, 0
    for number, hunk in enumerate(hunks, start=1):
        place = search.place(hunk.old, hunk.place_in(lines, reached, drift), reached)
        if place is None:
            reason = f"change {number} of {len(hunks)} does not fit what the file holds"
            raise _DoesNotFitError(reason)
        after.extend(lines[reached:place])
        after.extend(lines[place + line] if isinstance(line, int) else line for line in hunk.new)
        drift = place - (hunk.start - 1) if hunk.start > 0 and hunk.old else drift
        reached = place + len(hunk.old)
    return _joined(after, lines[reached:])


def _lines(text: str) -> list[str]:
    """Return lines with their ends; only a line feed ends one, as in git."""
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _joined(before: list[str], rest: list[str]) -> str:
    """Return lines as one text; a line without its end that is no longer the last one gets it."""
    ended = [line if line.endswith("\n") else line + "\n" for line in before[:-1]]
    last = before[-1:]
    if rest and last and not last[0].endswith("\n"):
        last = [last[0] + "\n"]
    return "".join([*ended, *last, *rest])


class _Search:
    """Where lines stand among the lines of a file."""

    def __init__(self, lines: list[str]) -> None:
        """Begin with a file's lines."""
        self._lines = [line.removesuffix("\n") for line in lines]
        self._compared = 0

    def place(self, old: list[str], wanted: int, earliest: int) -> int | None:
        """Return the place nearest to the wanted one, not before the earliest, at which these lines stand."""
        if not old:
            return wanted if wanted >= earliest else None
        searched = [line.removesuffix("\n") for line in old]
        last = len(self._lines) - len(searched)
        if earliest <= wanted <= last and self._stand_at(searched, wanted):
            return wanted
        places = sorted(range(earliest, last + 1), key=lambda place: (abs(place - wanted), place))
        return next((place for place in places if self._stand_at(searched, place)), None)

    def _stand_at(self, searched: list[str], place: int) -> bool:
        """Return whether the lines stand at a place."""
        self._compared += 1
        if self._compared > _MOST_COMPARED:
            reason = "too much would have to be compared to find where its changes belong"
            raise _DoesNotFitError(reason)
        if self._lines[place] != searched[0]:
            return False
        self._compared += len(searched)
        return self._lines[place : place + len(searched)] == searched
