"""Results of examinations in files, so that another process need not make them again."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import Fingerprint
from passmuster.examining import Examined
from passmuster.placing import write_whole

MOST_BYTES: Final = 16_777_216
"""A file that is larger is none of ours."""

MOST_KEPT: Final = 500_000_000
"""So many bytes of results are kept on a machine."""

FEW_LETTERS: Final = 2
"""So many first letters of its fingerprint name the folder that a result lies in, so that none holds too many."""


@cache
def _codec() -> TypeAdapter[Examined]:
    # Made when it is first used: every command would pay for it.
    return TypeAdapter(Examined)


def _no_secret(_text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResults:
    """Results by the fingerprint of everything that they depend on.

    Several processes may use one folder: every file is put there whole, and equal names hold equal results. A file
    that cannot be read, or is damaged, counts as one that is not there.

    Attributes:
        folder: Where they lie; made when the first is written.
        holds_secret: Tells of a text whether it must never be kept.
    """

    folder: Path
    holds_secret: Callable[[str], bool] = _no_secret

    def read(self, key: Fingerprint) -> Examined | None:
        """Return what is kept; ``None`` if nothing is."""
        place = self._place(key)
        try:
            with place.open("rb") as stream:
                text = stream.read(MOST_BYTES + 1)
            if len(text) > MOST_BYTES:
                return None
            found = replace(_codec().validate_python(json.loads(text)), is_kept=True)
            # The least lately used are the first to be pruned.
            os.utime(place)
        except (OSError, ValueError, RecursionError):
            return None
        return found

    def write(self, key: Fingerprint, examined: Examined) -> None:
        """Keep a result, unless it holds a secret or there is no room; nothing depends on its being kept."""
        text = json.dumps(_codec().dump_python(examined, mode="python"), separators=(",", ":"))
        if len(text) > MOST_BYTES or self.holds_secret(text):
            return
        try:
            # What answers said is nobody else's business, even where the folder above must be open to all.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._place(key), text)
        except (EnvironmentFaultError, OSError):
            return

    def prune(self, most: int = MOST_KEPT) -> int:
        """Take out those that were not used for longest, until the others take no more than so many bytes.

        Args:
            most: How many bytes may be kept.

        Returns:
            How many results were taken out.
        """
        known: list[tuple[float, int, Path]] = []
        for file in self.files():
            # Another process may have taken it out.
            with suppress(OSError):
                told = file.stat()
                known.append((told.st_mtime, told.st_size, file))
        excess = sum(size for _, size, _ in known) - most
        taken = 0
        for _, size, file in sorted(known):
            if excess <= 0:
                break
            with suppress(OSError):
                file.unlink(missing_ok=True)
            excess -= size
            taken += 1
        return taken

    def files(self) -> Iterator[Path]:
        """Yield the files of all results, in no order."""
        yield from self.folder.glob(f"{'?' * FEW_LETTERS}/*.json")

    def _place(self, key: Fingerprint) -> Path:
        return self.folder / key[:FEW_LETTERS] / f"{key}.json"
