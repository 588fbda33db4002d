"""Which host's agents lie in a folder that people name outside any suite, and where exactly."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passmuster.composition.catalogue import Catalogue
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

PLACES: Mapping[str, tuple[str, ...]] = {
    "claude_code": (".claude/agents",),
    "skills": (".claude/skills",),
    "copilot": (".github/agents",),
    "vscode": (".github/chatmodes",),
    "opencode": (".opencode", "opencode.json", "opencode.jsonc"),
    "gemini_cli": (".gemini/agents",),
    "codex": (".codex/agents",),
    "cursor": (".cursor/agents",),
}
"""Where each host looks in a repository: folders, and files beside which nothing else is needed."""

USUAL_HOST = "claude_code"
"""Whose agents they are taken for, where nothing tells."""

_SHARED = {"vscode": (".github/agents",)}
"""Places that another host is taken for, unless this one is named."""

_SIGNS = {".toml": "codex", ".agent.md": "copilot", ".chatmode.md": "vscode"}
_WITHIN = {".opencode/agents": "opencode", ".opencode/agent": "opencode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPlace:
    """Where a roster is, and by whose rules it is read.

    Attributes:
        host: The name of the loader.
        location: What it loads.
        options: Its further options.
    """

    host: str
    location: Path
    options: Mapping[str, str] = field(default_factory=dict)


def find_place(folder: Path, host: str | None = None) -> RosterPlace:
    """Find the agents that people mean by a folder: a repository, or a folder of agents.

    Args:
        folder: What they named.
        host: The host that they named; ``None`` finds it by where the folder lies and what is in it.

    Raises:
        InvalidConfigurationError: If there is no such host, or the folder holds the agents of several.
    """
    if host is not None:
        _refuse_unknown(host)
        within = [
            folder / place for place in (*_SHARED.get(host, ()), *PLACES.get(host, ())) if (folder / place).is_dir()
        ]
        return _place(host, within[0] if within else folder)
    by_path = _host_by_path(folder)
    if by_path is not None:
        return _place(by_path, folder)
    found = dict(_below(folder))
    if len(found) > 1:
        raise InvalidConfigurationError([_several(folder, found)])
    for name, location in found.items():
        return _place(name, location)
    return _place(_host_by_files(folder), folder)


def _place(host: str, location: Path) -> RosterPlace:
    """Add to Claude Code's agents those of the folders above, where there are any in the repository."""
    resolved = location.resolve()
    usual = Path(PLACES["claude_code"][0])
    if host == "claude_code" and resolved.parts[-2:] == usual.parts:
        root = next((above for above in resolved.parents if (above / ".git").exists()), None)
        between = resolved.parents[2:] if root else ()
        above = [folder for folder in between if root and folder.is_relative_to(root) and (folder / usual).is_dir()]
        if root and above:
            return RosterPlace(host=host, location=location, options={"repository": os.path.relpath(root)})
    return RosterPlace(host=host, location=location)


def _host_by_path(folder: Path) -> str | None:
    parts = folder.absolute().parts
    places = {**{place: host for host, own in PLACES.items() for place in own}, **_WITHIN}
    return next((host for place, host in places.items() if parts[-len(Path(place).parts) :] == Path(place).parts), None)


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the hosts that have agents in a repository, each with where they are."""
    for host, places in PLACES.items():
        for place in places:
            if (folder / place).is_dir():
                yield host, folder / place
                break
            if (folder / place).is_file():
                yield host, folder
                break


def _host_by_files(folder: Path) -> str:
    """Tell the host by how the files of a folder are called; Claude Code's have no mark of their own."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if any((folder / name / "SKILL.md").is_file() for name in names):
        return "skills"
    hosts = {host for ending, host in _SIGNS.items() if any(name.endswith(ending) for name in names)}
    has_plain = any(name.endswith(".md") and not name.endswith(tuple(_SIGNS)) for name in names)
    return hosts.pop() if len(hosts) == 1 and not has_plain else USUAL_HOST


def _refuse_unknown(host: str) -> None:
    known = Catalogue(folder=Path()).names("roster_loaders")
    if host not in known:
        finding = Finding(
            rule="unknown-host",
            severity=Severity.ERROR,
            message=f"there is no host {host!r}",
            hint=f"write one of {', '.join(known)}",
        )
        raise InvalidConfigurationError([finding])


def _several(folder: Path, found: Mapping[str, Path]) -> Finding:
    return Finding(
        rule="several-hosts",
        severity=Severity.ERROR,
        message=f"{str(folder)!r} holds the agents of {', '.join(found)}",
        hint=f"name one folder, such as {str(next(iter(found.values())))!r}, or one host with --host",
        location=SourceLocation(path=str(folder)),
    )
