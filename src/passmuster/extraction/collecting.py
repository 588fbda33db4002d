"""Files taken one after another, under limits and without clashes."""

from dataclasses import replace

from passmuster.domain.answer_files import MOST_BYTES, MOST_FILES, AnswerFile, AnswerFiles, RefusedFile
from passmuster.extraction.paths import plain_path, why_refused

_MOST_REFUSED = 200
_LONGEST_SHOWN = 300


class Collection:
    """Files of one answer as they are read.

    Not for two tasks at once. Everything refused is kept with its reason, the first 200 of them by name.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._files: dict[str, AnswerFile] = {}
        # The folded form of each path and of each folder, with the path that brought it.
        self._folded: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        self._bytes = 0
        self._refused: list[RefusedFile] = []
        self._refused_count = 0
        self._warnings: dict[str, None] = {}

    def add(self, file: AnswerFile) -> None:
        """Take a file, or refuse it with the reason; a path that comes again replaces what it held."""
        file = replace(file, path=plain_path(file.path))
        reason = why_refused(file.path)
        if reason:
            self.refuse(file.path, f"its path {reason}", file.line)
            return
        try:
            size = len(file.text.encode())
        except UnicodeEncodeError:
            self.refuse(file.path, "its content holds half a character, which no UTF-8 file can hold", file.line)
            return
        before = self._files.get(file.path)
        reason = self._clash(file.path) if before is None else ""
        reason = reason or self._excess(size, before)
        if reason:
            self.refuse(file.path, reason, file.line)
            return
        self._keep(file, size, before)

    def remove(self, path: str) -> bool:
        """Take a file away again, as a change that deletes it does; return whether it was there."""
        file = self._files.pop(plain_path(path), None)
        if file is not None:
            self._bytes -= len(file.text.encode())
            self._folded.pop(file.path.casefold(), None)
        return file is not None

    def refuse(self, path: str, reason: str, line: int = 0) -> None:
        """Say that a file was not taken."""
        self._refused_count += 1
        if len(self._refused) < _MOST_REFUSED:
            shown = path if len(path) <= _LONGEST_SHOWN else path[:_LONGEST_SHOWN] + "…"
            self._refused.append(RefusedFile(path=shown, reason=reason, line=line))

    def warn(self, warning: str) -> None:
        """Say something once that a reader should know."""
        self._warnings.setdefault(warning)

    def get(self, path: str) -> AnswerFile | None:
        """Return the file of a path, where there is one."""
        return self._files.get(plain_path(path))

    @property
    def room(self) -> int:
        """How many more bytes are taken; -1 where not even an empty file is."""
        return MOST_BYTES - self._bytes if len(self._files) < MOST_FILES else -1

    @property
    def done(self) -> AnswerFiles:
        """What was taken, what was not, and what a reader should know."""
        further = self._refused_count - len(self._refused)
        if further:
            self.warn(f"{further} more files were refused and are not listed")
        return AnswerFiles(
            files=tuple(sorted(self._files.values(), key=lambda file: file.path)),
            refused=tuple(self._refused),
            warnings=tuple(self._warnings),
        )

    def _keep(self, file: AnswerFile, size: int, before: AnswerFile | None) -> None:
        """Keep a file that nothing speaks against."""
        if before is not None:
            if before.text == file.text:
                return
            self.warn(f"{file.path} is written more than once, with different content: the last one counts")
            self._bytes -= len(before.text.encode())
        self._files[file.path] = file
        self._bytes += size
        self._folded[file.path.casefold()] = file.path
        parts = file.path.split("/")
        for count in range(1, len(parts)):
            self._folders.setdefault("/".join(parts[:count]).casefold(), file.path)

    def _clash(self, path: str) -> str:
        """Return why a new path cannot stand beside those that are there."""
        folded = path.casefold()
        if folded in self._folded:
            return f"its path differs from {self._folded[folded]} in nothing but case"
        if folded in self._folders:
            return f"its path is a folder of {self._folders[folded]}"
        parts = folded.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))
        file = next((self._folded[folder] for folder in above if folder in self._folded), None)
        return "" if file is None else f"its folder {file} is a file already"

    def _excess(self, size: int, before: AnswerFile | None) -> str:
        """Return which limit a file would break."""
        if before is None and len(self._files) >= MOST_FILES:
            return f"there are more than {MOST_FILES} files, the most that are taken"
        taken = self._bytes - (0 if before is None else len(before.text.encode()))
        if taken + size > MOST_BYTES:
            return f"all files together would have more than {MOST_BYTES} bytes, the most that are taken"
        return ""
