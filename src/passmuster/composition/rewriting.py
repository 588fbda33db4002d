"""The user's agent files once more, written otherwise, so that it shows whether form or order matter to anybody."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from passmuster.application.mutating import Edit, Mutation
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.errors import InvalidRosterError


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """An agent's file: where it lies below the roster's folder, what is in it, and who is."""

    path: PurePath
    content: bytes
    agent: AgentDefinition


@contextmanager
def rewritten(roster: Roster, location: Path, load: Callable[[Path], Roster]) -> Iterator[tuple[Mutation, ...]]:
    """Copy the files of a roster's agents twice, reformatted and in another order, and load the copies.

    Gives nothing where that cannot be done: the roster is no folder of files, or even a faithful copy loads otherwise.

    Args:
        roster: The roster as loaded.
        location: The folder that it was loaded from; nothing is written there.
        load: Loads a folder as the suite does.
    """
    files = tuple(_files(roster, location))
    with TemporaryDirectory(prefix="passmuster-") as temporary:
        copies = _Copies(folder=Path(temporary), location=location, load_folder=load)
        faithful = {file.path: file.content for file in files}
        if not files or not copies.is_faithful(faithful, roster):
            yield ()
            return
        reformatted = {path: _reformatted(content) for path, content in faithful.items()}
        reordered = _reordered(files)
        mutations = [Mutation(edit=Edit.REFORMATTED, roster=copies.load(reformatted))]
        renamed = copies.same_agents(reordered, roster) if reordered != faithful else None
        if renamed is not None:
            mutations.append(Mutation(edit=Edit.REORDERED, roster=renamed))
        yield tuple(mutations)


def _files(roster: Roster, location: Path) -> Iterator[_File]:
    """Yield the files of agents that lie below the folder; those of lower levels stay where they are."""
    root = Path(os.path.abspath(location))  # noqa: PTH100 - links are copied under the names that people see
    for agent in roster.agents:
        path = Path(os.path.abspath(agent.source.path)) if agent.source else root  # noqa: PTH100 - as above
        if path.is_relative_to(root) and path.is_file():
            yield _File(path=path.relative_to(root), content=path.read_bytes(), agent=agent)


def _reformatted(content: bytes) -> bytes:
    """Give every line the other end, and the file a blank line more."""
    changed = content.replace(b"\r\n", b"\n") if b"\r\n" in content else content.replace(b"\n", b"\r\n")
    return changed + (b"\n" if b"\r\n" in content else b"\r\n")


def _reordered(files: tuple[_File, ...]) -> Mapping[PurePath, bytes]:
    """Turn the order of the files around by numbers before their names.

    A file whose agent's name does not stand in it keeps its own: the agent may be called after the file.
    """
    placed = {}
    for number, file in enumerate(sorted(files, key=lambda file: file.path.parts, reverse=True)):
        bare = re.escape(file.agent.name.rpartition(":")[2].encode())
        is_named = re.search(rb"^name:[ \t]*[\"']?" + bare + rb"[\"']?[ \t]*\r?$", file.content, re.MULTILINE)
        name = f"{number:06}-{file.path.name}" if is_named else file.path.name
        placed[file.path.with_name(name)] = file.content
    return placed


@dataclass(slots=True, kw_only=True)
class _Copies:
    """Copies of a roster's folder, each in a place that is called as the original is, folder by folder."""

    folder: Path
    location: Path
    load_folder: Callable[[Path], Roster]
    made: int = 0

    def is_faithful(self, files: Mapping[PurePath, bytes], roster: Roster) -> bool:
        """Whether a copy is the same roster: a loader may look at more than the agents' files."""
        try:
            return self.load(files).fingerprint == roster.fingerprint
        except InvalidRosterError:
            return False

    def same_agents(self, files: Mapping[PurePath, bytes], roster: Roster) -> Roster | None:
        """Load files under other names; ``None`` if to their host these are the names of agents, or mean anything."""
        try:
            renamed = self.load(files)
        except InvalidRosterError:
            return None
        return renamed if renamed.names == roster.names else None

    def load(self, files: Mapping[PurePath, bytes]) -> Roster:
        self.made += 1
        absolute = Path(os.path.abspath(self.location))  # noqa: PTH100 - as above
        copy = self.folder.joinpath(str(self.made), *absolute.parts[1:])
        for path, content in files.items():
            target = copy / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return self.load_folder(copy)
