"""A suite runs once, however many processes test it: the first makes the run, the others read what it stored."""

import fcntl
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from passmuster.domain.errors import InvalidInputError, PassmusterError

SHOWN_FINDINGS = 25
"""One screen: more complaints are counted, not printed."""


class RefusedError(Exception):
    """A suite could not be run; what it says is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A run that is in the store.

    Attributes:
        run: Its identifier.
        other: The run that it was made in turns with; empty for none.
    """

    run: str
    other: str = ""


class Sharing:
    """What the processes of one session of tests have in common."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder that all of them can reach; ``None`` where there is one process only."""
        self._folder = folder
        self._known: dict[str, Made | RefusedError] = {}

    def once(self, key: str, make: Callable[[], Made]) -> Made:
        """Return the run of a name, and make it if nobody has.

        A process that dies meanwhile lets go of the lock without a word, and the next one makes the run.

        Args:
            key: What is run, as letters and digits.
            make: Makes it.

        Raises:
            RefusedError: If it could not be made; nobody tries again, since trying may cost money.
        """
        if key not in self._known:
            self._known[key] = _tried(make) if self._folder is None else self._once(self._folder, key, make)
        found = self._known[key]
        if isinstance(found, RefusedError):
            raise found
        return found

    @staticmethod
    def _once(folder: Path, key: str, make: Callable[[], Made]) -> Made | RefusedError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        told = folder / f"{key}.json"
        with (folder / f"{key}.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if told.exists():
                return _read(json.loads(told.read_text(encoding="utf-8")))
            found = _tried(make)
            told.write_text(json.dumps(_written(found)), encoding="utf-8")
            return found


def complaints_of(error: PassmusterError) -> str:
    """Return what an error says, every complaint on a line of its own, up to one screen."""
    if not isinstance(error, InvalidInputError):
        return str(error)
    lines = [f"{finding} [{finding.rule}]" for finding in error.findings[:SHOWN_FINDINGS]]
    more = len(error.findings) - SHOWN_FINDINGS
    return "\n".join([*lines, f"… and {more} more of this kind of trouble"] if more > 0 else lines)


def _tried(make: Callable[[], Made]) -> Made | RefusedError:
    try:
        return make()
    except PassmusterError as error:
        return RefusedError(complaints_of(error))


def _written(found: Made | RefusedError) -> Mapping[str, str]:
    return {"refused": str(found)} if isinstance(found, RefusedError) else {"run": found.run, "other": found.other}


def _read(data: Mapping[str, str]) -> Made | RefusedError:
    return RefusedError(data["refused"]) if "refused" in data else Made(run=data["run"], other=data["other"])
