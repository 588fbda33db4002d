"""Cases edited in their files: the lines that concern a case are written anew, all others stay as they are."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from passmuster.documents import parse_json
from passmuster.domain.cases import Case
from passmuster.domain.errors import EnvironmentFaultError, InvalidInputError
from passmuster.placing import place

Edit = Callable[[dict[str, object]], bool]
"""Changes the data of a case; false if they are not what was expected, so that nothing may be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedFiles:
    """What edits make of files; nothing is written yet.

    Attributes:
        contents: The new content of each file.
        done: The cases that are edited in them.
        others: The cases that have to be edited by hand.
    """

    contents: Mapping[Path, bytes]
    done: tuple[Case, ...]
    others: tuple[Case, ...]

    def write(self) -> tuple[Path, ...]:
        """Write all files, or none.

        Raises:
            EnvironmentFaultError: If one cannot be written.
        """
        if not self.contents:
            return ()
        # Links are followed: a link to a shared dataset stays one, and the file that it leads to is written.
        whole = {Path(os.path.realpath(path)): content for path, content in self.contents.items()}
        common = Path(os.path.commonpath([path.parent for path in whole]))
        place({str(path.relative_to(common)): content for path, content in whole.items()}, common)
        return tuple(self.contents)


def edited_lines(edits: Sequence[tuple[Case, Edit]]) -> EditedFiles:
    """Edit cases in the lines where they are written.

    Only JSON Lines can be edited line by line; cases of other files are left to people, as are those whose line is not
    what it was when it was read.

    Raises:
        EnvironmentFaultError: If a file cannot be read.
    """
    wanted: dict[Path, dict[int, tuple[Case, Edit]]] = defaultdict(dict)
    for case, edit in edits:
        if case.source is not None and case.source.line is not None and case.source.path.endswith(".jsonl"):
            wanted[Path(case.source.path)][case.source.line] = (case, edit)
    contents: dict[Path, bytes] = {}
    done: list[Case] = []
    for path, numbered in wanted.items():
        content, changed = _edited(path, numbered)
        if changed:
            contents[path] = content
        done.extend(changed)
    known = {case.identifier for case in done}
    others = tuple(case for case, _ in edits if case.identifier not in known)
    return EditedFiles(contents=contents, done=tuple(done), others=others)


def _edited(path: Path, wanted: Mapping[int, tuple[Case, Edit]]) -> tuple[bytes, list[Case]]:
    """Return a file's new content, and the cases that are new in it."""
    try:
        found = path.read_bytes().split(b"\n")
    except OSError as error:
        message = f"cannot read {str(path)!r}: {error.strerror or error}"
        raise EnvironmentFaultError(message, hint="make it readable") from error
    changed = []
    for number, (case, edit) in wanted.items():
        line = found[number - 1] if number <= len(found) else b""
        data = _data(line, path, number)
        if data.get("identifier") == case.identifier and edit(data):
            end = b"\r" if line.endswith(b"\r") else b""
            found[number - 1] = json.dumps(data, ensure_ascii=False).encode("utf-8") + end
            changed.append(case)
    return b"\n".join(found), changed


def _data(line: bytes, path: Path, number: int) -> dict[str, object]:
    """Return a line's object; an empty one if the file has changed since it was read."""
    try:
        data = parse_json(line.decode("utf-8-sig"), path=str(path), line=number).data
    except (InvalidInputError, UnicodeDecodeError):
        return {}
    return data if isinstance(data, dict) else {}
