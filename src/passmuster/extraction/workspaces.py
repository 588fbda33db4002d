"""What is not as it was in a workspace, once a product has worked in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from passmuster.domain.activities import ChangeKind, FileChange
from passmuster.domain.answer_files import AnswerFile, AnswerFiles, PathSource, RefusedFile
from passmuster.extraction.collecting import Collection
from passmuster.extraction.folders import MOST_ENTRIES, Entry, entries_of, taken_text

Snapshot = Mapping[str, tuple[int, ...]]
"""What lay in a folder: for each path something that changes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceChanges:
    """What is not as it was, in order of path, and what of it was not taken."""

    changes: tuple[FileChange, ...] = ()
    refused: tuple[RefusedFile, ...] = ()


def snapshot_of(folder: Path) -> Snapshot:
    """Return what lies in a folder; nothing is read, so that large ones cost little.

    Raises:
        OSError: If there is no such folder.
    """
    return {entry.path: entry.signature for entry in entries_of(folder)}


def changes_since(
    before: Snapshot, folder: Path, original: Callable[[str], bytes | None] = lambda _path: None
) -> WorkspaceChanges:
    """Return what is not as it was.

    Args:
        before: What lay in the folder.
        folder: The folder.
        original: Returns what the file of a path held before, where somebody knows, so that a file which was only
            written again is none that changed.

    Raises:
        OSError: If the folder is gone, or a link now.
    """
    collection = Collection()
    changes, seen = [], set()
    for entry in entries_of(folder):
        seen.add(entry.path)
        if before.get(entry.path) != entry.signature:
            kind = ChangeKind.EDITED if entry.path in before else ChangeKind.WRITTEN
            changes.extend(_changed(entry, kind, collection, original))
    if max(len(before), len(seen)) < MOST_ENTRIES:
        changes.extend(FileChange(path=path, kind=ChangeKind.DELETED) for path in before if path not in seen)
    else:
        # What lies beyond was seen neither before nor now, so that nobody can tell what is gone.
        collection.refuse(".", f"it has more than {MOST_ENTRIES} entries, the most that are looked at")
    ordered = sorted(changes, key=lambda change: change.path)
    return WorkspaceChanges(changes=tuple(ordered), refused=collection.done.refused)


def _changed(
    entry: Entry, kind: ChangeKind, collection: Collection, original: Callable[[str], bytes | None]
) -> list[FileChange]:
    """Return the change of one entry; none where it holds what it held."""
    text = taken_text(entry, collection)
    if text is not None and kind is ChangeKind.EDITED and original(entry.path) == text.encode():
        return []
    if text is not None:
        collection.add(AnswerFile(path=entry.path, text=text, source=PathSource.WORKSPACE))
        text = text if collection.get(entry.path) is not None else None
    return [FileChange(path=entry.path, kind=kind, text=text)]


def files_of_changes(changes: tuple[FileChange, ...], refused: tuple[RefusedFile, ...]) -> AnswerFiles:
    """Return the files that were written or edited, under the rules that hold for every answer."""
    collection = Collection()
    for refusal in refused:
        collection.refuse(refusal.path, refusal.reason, refusal.line)
    for change in changes:
        if change.text is not None:
            collection.add(AnswerFile(path=change.path, text=change.text, source=PathSource.WORKSPACE))
        elif change.kind is ChangeKind.DELETED:
            collection.warn(f"{change.path} was deleted")
    return collection.done
