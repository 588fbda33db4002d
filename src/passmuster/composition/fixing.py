"""Fixes tried out on a copy before any file is touched: the roster must come out the same.

Every file is copied to a place of its own, and loaded there by the very loader that the roster came from. A fix whose
agent is not exactly what it was is refused, and so are all of them where the copy itself loads otherwise.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from passmuster.application.fixing import Fix, meaning_of
from passmuster.documents import parse_yaml
from passmuster.domain.agents import Roster, StrictVerdict
from passmuster.domain.errors import InvalidInputError, InvalidRosterError
from passmuster.domain.values import AgentName, Fingerprint
from passmuster.placing import place as place_files

_MANIFEST = Path(".claude-plugin", "plugin.json")

_Agents = Mapping[str, tuple[AgentName, Fingerprint]]
"""What comes out of each file, by its place below the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A fix that is not made.

    Attributes:
        path: The file.
        reason: Why, in a clause.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying fixes.

    Attributes:
        sound: Fixes that change no agent.
        refused: The others.
    """

    sound: tuple[Fix, ...] = ()
    refused: tuple[Refused, ...] = ()


def is_strict_yaml(text: str) -> bool:
    """Whether a strict parser takes a text."""
    try:
        parse_yaml(text, path="")
    except InvalidInputError:
        return False
    return True


def try_fixes(fixes: Sequence[Fix], roster: Roster, location: Path, load: Callable[[Path], Roster]) -> Trial:
    """Find out which fixes change nothing but how files are written.

    Args:
        fixes: What is proposed.
        roster: The roster as it is.
        location: The folder that it was loaded from.
        load: Loads a folder as that one was loaded.
    """
    inside = {fix.path: name for fix in fixes if (name := _inside(fix.path, location)) is not None}
    refused = [
        Refused(path=fix.path, reason="it is a link, or lies elsewhere") for fix in fixes if fix.path not in inside
    ]
    candidates = {inside[fix.path]: fix for fix in fixes if fix.path in inside}
    before = _agents(roster, location)
    if _strict(roster, location).keys() and before != _loaded({}, roster, location, load)[0]:
        reason = "a copy of the roster does not load as the roster does, so nothing can be tried out"
        return Trial(refused=(*refused, *(Refused(path=fix.path, reason=reason) for fix in candidates.values())))
    after, strict = _loaded(candidates, roster, location, load)
    sound = []
    for name, fix in candidates.items():
        if before.get(name) != after.get(name):
            refused.append(Refused(path=fix.path, reason="the host would get another agent out of it"))
        elif "not-strict-yaml" in fix.rules and strict.get(name) is not StrictVerdict.VALID:
            refused.append(Refused(path=fix.path, reason="its front matter would still not be strict YAML"))
        else:
            sound.append(fix)
    # What holds for all of them together must hold for those that are made.
    if refused and sound and _loaded({inside[fix.path]: fix for fix in sound}, roster, location, load)[0] != before:
        reason = "together with the others it would change an agent"
        return Trial(refused=(*refused, *(Refused(path=fix.path, reason=reason) for fix in sound)))
    return Trial(sound=tuple(sound), refused=tuple(sorted(refused, key=lambda item: item.path)))


def make_fixes(fixes: Sequence[Fix]) -> tuple[Refused, ...]:
    """Write the files, each whole or not at all; one that has changed meanwhile is left alone.

    Raises:
        EnvironmentFaultError: If a place cannot be written.
    """
    refused = []
    for fix in fixes:
        path = Path(fix.path)
        if path.read_bytes() != fix.before.encode("utf-8"):
            refused.append(Refused(path=fix.path, reason="it has changed meanwhile, or is not UTF-8"))
            continue
        mode = path.stat().st_mode
        place_files({path.name: fix.after.encode("utf-8")}, path.parent)
        path.chmod(mode)
    return tuple(refused)


def _loaded(
    fixes: Mapping[str, Fix], roster: Roster, location: Path, load: Callable[[Path], Roster]
) -> tuple[_Agents, Mapping[str, StrictVerdict]]:
    """Load a copy of the roster in which some files are mended."""
    with TemporaryDirectory(prefix="passmuster-") as temporary:
        # Names of folders may decide how agents are called, so the copy has the same ones above it.
        copy = Path(os.path.realpath(temporary), *location.absolute().parts[1:])
        for name in sorted(_files(roster, location)):
            content = fixes[name].after.encode("utf-8") if name in fixes else (location / name).read_bytes()
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(content)
        try:
            again = load(copy)
        except InvalidRosterError:
            return {}, {}
        return _agents(again, copy), _strict(again, copy)


def _files(roster: Roster, location: Path) -> set[str]:
    """Return the roster's files below its folder, and the manifests that give plugins their names."""
    names = {name for file in roster.files if (name := _inside(file.location.path, location)) is not None}
    folders = {folder for name in names for folder in Path(name).parents} | {Path("..")}
    manifests = {folder / _MANIFEST for folder in folders}
    return names | {str(path) for path in manifests if _is_plain(location / path)}


def _inside(path: str, location: Path) -> str | None:
    """Return a file's place below the folder; ``None`` for what is a link or lies elsewhere."""
    found = Path(path).absolute()
    if not found.is_relative_to(location.absolute()) or not _is_plain(found):
        return None
    return str(found.relative_to(location.absolute()))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _agents(roster: Roster, location: Path) -> _Agents:
    return {
        name: (agent.name, meaning_of(agent))
        for agent in roster.agents
        if agent.source is not None and (name := _inside(agent.source.path, location)) is not None
    }


def _strict(roster: Roster, location: Path) -> Mapping[str, StrictVerdict]:
    return {name: file.strict for file in roster.files if (name := _inside(file.location.path, location)) is not None}
