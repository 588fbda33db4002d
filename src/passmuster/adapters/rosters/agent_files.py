"""Which files of a folder may be agents, and the plugin that each belongs to.

Folders whose names begin with a dot are passed over, and symbolic links that leave the roster's folder are not
followed. Files come in the order of their paths, so that results do not depend on the file system.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from passmuster.documents import parse_json
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

MAXIMUM_BYTES = 1024 * 1024
"""Larger files are refused."""

Layout = Literal["auto", "folder", "plugins"]
"""How agents are named: by their own names, or with the plugin's name in front; ``auto`` finds out."""

_AGENTS = "agents"
_MANIFEST = Path(".claude-plugin", "plugin.json")
_UNTELLING_NAMES = frozenset({_AGENTS, ".claude", "plugins"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """One file that may be an agent.

    Attributes:
        path: Where it is.
        shown: What people call it.
        plugin: The plugin's name; ``None`` outside plugins.
        subfolders: The folders between the plugin's ``agents`` folder and the file.
        is_foreign: Whether it is a symbolic link that leaves the roster's folder.
    """

    path: Path
    shown: str
    plugin: str | None = None
    subfolders: tuple[str, ...] = ()
    is_foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that cannot be read, or must not be.

    Attributes:
        reason: Why.
        remedy: What to do about it.
    """

    reason: str
    remedy: str = "put a text file here"


def find_agent_files(location: Path, layout: Layout) -> tuple[tuple[AgentFile, ...], tuple[Finding, ...]]:
    """Return the Markdown files below a folder in the order of their paths, and complaints about the folder.

    With plugins only files below an ``agents`` folder count; such a folder's parent is a plugin.
    """
    files, complaints = find_files(location)
    findings = list(complaints)
    if layout == "plugins" or (layout == "auto" and _holds_plugins(location, files)):
        files = tuple(_in_plugins(location, files, findings))
    return files, tuple(findings)


def find_files(location: Path, *endings: str) -> tuple[tuple[AgentFile, ...], tuple[Finding, ...]]:
    """Return the files below a folder in the order of their paths, and complaints about the folder.

    Args:
        location: The folder.
        endings: How the files' names may end; ``.md`` if none is given.
    """
    findings: list[Finding] = []
    files = tuple(_walk(location, endings or (".md",), findings))
    return files, tuple(findings)


def read_content(file: AgentFile) -> bytes | Unread:
    """Return a file's bytes, if it is an ordinary file within its roster and not above :data:`MAXIMUM_BYTES`."""
    if file.is_foreign:
        reason = "it leads out of the roster's folder, as a symbolic link or by its name, so it is not followed"
        return Unread(reason=reason, remedy="put the file itself into the folder")
    try:
        if not stat.S_ISREG(file.path.stat().st_mode):
            return Unread(reason="it is no ordinary file")
        with file.path.open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        return Unread(reason=f"it cannot be read: {error.strerror or error}")
    if len(content) > MAXIMUM_BYTES:
        return Unread(reason=f"it is larger than {MAXIMUM_BYTES:,} bytes", remedy="shorten it")
    return content


def confined_file(folder: Path, written: str) -> AgentFile:
    """Return the file that a text in another file names; it is foreign if it leaves the folder."""
    path = Path(os.path.normpath(folder / os.path.expanduser(written)))  # noqa: PTH111 - a path is made of the outcome
    return AgentFile(path=path, shown=shown_path(path), is_foreign=not _is_within(path, os.path.realpath(folder)))


def stem_of(path: Path, *endings: str) -> str:
    """Return a file's name without the first ending that it has, as text."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)


def shown_path(path: Path) -> str:
    """Return a path as people know it: from the current directory if it is below it, otherwise as given."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links that people do not see
    current = Path.cwd()
    known = absolute.relative_to(current) if absolute.is_relative_to(current) else path
    # File names may hold bytes that are no text; no report could be written with them.
    return os.fsencode(known).decode("utf-8", "replace")


def roster_name(location: Path) -> str:
    """Return the nearest folder's name that tells one roster from another."""
    parts = Path(shown_path(Path(os.path.realpath(location)))).parts or Path.cwd().parts[-1:]
    telling = [part for part in parts if part not in _UNTELLING_NAMES]
    return telling[-1] if telling else PurePosixPath(*parts).as_posix()


def _walk(location: Path, endings: tuple[str, ...], findings: list[Finding]) -> Iterator[AgentFile]:
    root = os.path.realpath(location)
    paths: list[Path] = []

    def complain(error: OSError) -> None:
        message = f"the folder cannot be read: {error.strerror or error}"
        findings.append(_warning("unreadable-folder", message, "make it readable", Path(str(error.filename))))

    for folder, subfolders, names in os.walk(location, onerror=complain):
        here = Path(folder)
        linked = [name for name in subfolders if (here / name).is_symlink() and not name.startswith(".")]
        for name in sorted(linked):
            if not _is_within(here / name, root):
                message = "this symbolic link leaves the roster's folder, so it is not followed"
                hint = "move the agents into the roster's folder, or name theirs among the lower levels"
                findings.append(_warning("foreign-link", message, hint, here / name))
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        paths.extend(here / name for name in names if name.endswith(endings) and not name.startswith("."))
    # Both ends of a link within the folder are one file to the host.
    own = {os.path.realpath(path) for path in paths if not path.is_symlink()}
    for path in sorted(paths, key=lambda path: path.parts):
        if not path.is_symlink():
            yield AgentFile(path=path, shown=shown_path(path))
        elif os.path.realpath(path) not in own:
            yield AgentFile(path=path, shown=shown_path(path), is_foreign=not _is_within(path, root))


def _is_within(path: Path, root: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(root)


def _holds_plugins(location: Path, files: Sequence[AgentFile]) -> bool:
    """Whether some file lies in ``plugins/…/agents``, or in the ``agents`` folder of a folder with a manifest."""
    folders = {placed[0] for file in files if (placed := _placed(location, file.path))}
    return any(folder.parent.name == "plugins" or (folder / _MANIFEST).is_file() for folder in sorted(folders))


def _placed(location: Path, path: Path) -> tuple[Path, tuple[str, ...]] | None:
    """Return the plugin's folder and the subfolders of its ``agents`` folder; ``None`` if the file is in none."""
    absolute = Path(os.path.abspath(location))  # noqa: PTH100 - links within the folder's own path keep their names
    above = path.relative_to(location).parts[:-1]
    if _AGENTS in above:
        index = above.index(_AGENTS)
        return absolute.joinpath(*above[:index]), above[index + 1 :]
    return (absolute.parent, above) if absolute.name == _AGENTS else None


def _in_plugins(location: Path, files: Sequence[AgentFile], findings: list[Finding]) -> Iterator[AgentFile]:
    names: dict[Path, str] = {}
    for file in files:
        placed = _placed(location, file.path)
        if placed is None:
            continue
        folder, subfolders = placed
        if folder not in names:
            names[folder] = plugin_name(folder, findings)
        yield AgentFile(
            path=file.path,
            shown=file.shown,
            plugin=names[folder],
            subfolders=subfolders,
            is_foreign=file.is_foreign,
        )


def plugin_name(folder: Path, findings: list[Finding]) -> str:
    """Return the name in the plugin's manifest, or else its folder's."""
    path = folder / _MANIFEST
    fallback = os.fsencode(folder.name).decode("utf-8", "replace")
    if not path.is_file():
        return fallback
    is_foreign = not _is_within(path, os.path.realpath(folder))
    name = _manifest_name(AgentFile(path=path, shown=shown_path(path), is_foreign=is_foreign))
    if isinstance(name, str):
        return name
    message = f"the plugin goes by its folder's name {fallback!r}: {name.reason}"
    findings.append(_warning("plugin-manifest", message, 'write {"name": "..."}', path))
    return fallback


def _manifest_name(manifest: AgentFile) -> str | Unread:
    content = read_content(manifest)
    if isinstance(content, Unread):
        return content
    try:
        data = parse_json(content.decode("utf-8-sig"), path=manifest.shown).data
    except UnicodeDecodeError:
        return Unread(reason="the manifest is not UTF-8")
    except InvalidInputError as error:
        return Unread(reason=error.findings[0].message)
    name = data.get("name") if isinstance(data, dict) else None
    if isinstance(name, str) and name.strip() and ":" not in name:
        return name.strip()
    return Unread(reason="the manifest has no name that is a text without a colon")


def _warning(rule: str, message: str, hint: str, path: Path) -> Finding:
    location = SourceLocation(path=shown_path(path))
    return Finding(rule=rule, severity=Severity.WARNING, message=message, hint=hint, location=location)
