"""A folder for one run: a workspace, a home, and nothing of the user's own.

The program sees an environment of its own: variables that are listed by name, and places that all lie in the folder.
It runs with the user's rights all the same; this keeps set-ups apart, and is no jail.
"""

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.programs.environment import handed_on

PLACES: Mapping[str, str] = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_CACHE_HOME": "home/.cache",
    "CLAUDE_CONFIG_DIR": "home/.claude",
    "CODEX_HOME": "home/.codex",
    "GEMINI_CLI_HOME": "home",
    "TMPDIR": "temporary",
}
"""Variables that name a place in the folder."""

SET_UPS = (".claude", "CLAUDE.md", "AGENTS.md", ".gemini", "GEMINI.md", ".opencode", "opencode.json", "opencode.jsonc")
"""What products look for in every folder above the one that they work in."""

WORKSPACE = "workspace"
INPUT = "input.txt"
PREFIX = "passmuster-run-"
REMOVALS = 3

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishing:
    """What a throw-away folder is to hold.

    Attributes:
        files: Texts by their places in the folder, such as ``workspace/.claude/agents/1.md``.
        copied: A folder whose content the workspace begins with.
        replaced: Folders of the workspace that are emptied first, such as ``.claude/agents``.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    copied: Path | None = None
    replaced: tuple[str, ...] = ()

    def original(self, path: str) -> bytes | None:
        """Return what a file of the workspace begins with; ``None`` where that cannot be told."""
        written = self.files.get(f"{WORKSPACE}/{path}")
        if written is not None:
            return written.encode("utf-8", "replace")
        if self.copied is None:
            return None
        try:
            return (self.copied / path).read_bytes()
        except OSError:
            return None


def environment_of(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return all that a program sees of the environment.

    Args:
        folder: The throw-away folder.
        variables: Variables with their values, besides those that every program gets.
    """
    places = {name: str(folder / place) for name, place in PLACES.items()}
    return {**handed_on(()), **variables, **places}


@asynccontextmanager
async def throw_away_folder(furnishing: Furnishing) -> AsyncIterator[Path]:
    """Make a folder, furnish it, and remove it with everything in it, however the block ends.

    Raises:
        EnvironmentFaultError: If it cannot be written.
    """
    root = _new_folder()
    try:
        try:
            await to_its_end(lambda: _furnish(root, furnishing))
        except (OSError, shutil.Error) as error:
            message = f"the folder for a run cannot be made: {error}"
            raise EnvironmentFaultError(message, hint="make room in the folder for temporary files") from error
        yield root
    finally:
        _remove(root)


def _new_folder() -> Path:
    # Resolved, since some programs compare the real place with what they were told.
    above = Path(tempfile.gettempdir()).resolve()
    for folder in (above, *above.parents):
        found = next((name for name in SET_UPS if (folder / name).exists()), None)
        if found is not None:
            message = f"products would see {str(folder / found)!r}, which lies above the folder for temporary files"
            raise EnvironmentFaultError(message, hint="let TMPDIR name a folder with no such thing above it")
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))


async def to_its_end(work: Callable[[], ResultT]) -> ResultT:
    """Work in a thread, and see it to its end also when nobody wants it any more: it must not outlive the folder."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _furnish(root: Path, furnishing: Furnishing) -> None:
    for place in PLACES.values():
        (root / place).mkdir(parents=True, exist_ok=True)
    workspace = root / WORKSPACE
    if furnishing.copied is None:
        workspace.mkdir()
    else:
        # Links stay links: what they lead to is not copied into a folder that is removed.
        shutil.copytree(furnishing.copied, workspace, symlinks=True)
    for replaced in furnishing.replaced:
        _clear(workspace, replaced)
    for place, text in furnishing.files.items():
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "replace"))


def _clear(workspace: Path, replaced: str) -> None:
    """Remove a folder of the workspace; a link on the way to it goes itself, and never what it leads to."""
    place = workspace
    for part in Path(replaced).parts:
        place /= part
        if place.is_symlink() or place.is_file():
            place.unlink()
            return
    shutil.rmtree(place, ignore_errors=True)


def _remove(root: Path) -> None:
    """Remove the folder; what cannot be removed at once may have been made read-only, or just be closed."""
    for _ in range(REMOVALS):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
        for folder, _folders, _files in os.walk(root):
            with suppress(OSError):
                os.chmod(folder, stat.S_IRWXU)  # noqa: PTH101 - os.walk gives text
