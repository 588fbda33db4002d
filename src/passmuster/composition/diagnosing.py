"""What passmuster needs of a machine, each thing really tried."""

import asyncio
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Final

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.confining import USUAL, environments_home, why_not
from passmuster.composition.versions import recorded_versions
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import EnvironmentFaultError, PassmusterError
from passmuster.domain.sandboxes import SandboxProbe
from passmuster.placing import write_whole
from passmuster.sandboxing.environments import Environments
from passmuster.sandboxing.examinations import processors

ROOM: Final = 1_000_000_000
"""With less room than this, in bytes, an environment or a long run may not fit."""

MEGABYTE: Final = 1_000_000

_EXTRA: Final = re.compile(r"extra\s*==\s*['\"]([\w.-]+)['\"]")
_PACKAGE: Final = re.compile(r"[\w.-]+")


class State(StrEnum):
    """What was found."""

    GOOD = "good"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was tried.

    Attributes:
        group: What it belongs to.
        name: What was tried.
        state: Whether it works; a note is not needed by everybody.
        detail: What was seen.
        remedy: What to do; empty where nothing needs to be done.
    """

    group: str
    name: str
    state: State
    detail: str
    remedy: str = ""


Told = Callable[[str], None]
"""Told what is tried now."""


def diagnose(settings: Settings, sandboxes: Sequence[str], told: Told) -> tuple[Check, ...]:
    """Try everything.

    Args:
        settings: What the environment says.
        sandboxes: The sandbox that is wanted; empty means that any of the usual ones will do.
        told: Told what is tried now.
    """
    checks = [*_program(), *_extras()]
    told("sandboxes")
    checks += _sandboxes(sandboxes or USUAL)
    told("the environment for the code of answers")
    environments = Environments(environments_home(settings))
    checks += [_environment(environments)]
    told("folders")
    checks += [*_folders(settings, environments)]
    return tuple(checks)


def _program() -> Iterator[Check]:
    versions = recorded_versions()
    yield Check(
        group="program",
        name="Python",
        state=State.GOOD,
        detail=f"{platform.python_implementation()} {platform.python_version()} in {sys.prefix}",
    )
    packages = ", ".join(f"{name} {found}" for name, found in versions.items() if name != "python")
    yield Check(group="program", name="packages", state=State.GOOD, detail=packages)
    yield Check(
        group="program",
        name="machine",
        state=State.GOOD,
        detail=f"{platform.system()} {platform.release()} on {platform.machine()}, {processors()} processors",
    )


def _extras() -> Iterator[Check]:
    """Yield which extras are installed: a note at most, since nobody needs them all."""
    wanted: dict[str, set[str]] = {name: set() for name in metadata("passmuster").get_all("Provides-Extra") or ()}
    for requirement in requires("passmuster") or ():
        extra, package = _EXTRA.search(requirement), _PACKAGE.match(requirement)
        if extra and package:
            wanted.setdefault(extra.group(1), set()).add(package.group())
    there = [name for name, packages in wanted.items() if packages and all(map(_is_installed, packages))]
    lacking = {
        name: sorted(package for package in packages if not _is_installed(package)) for name, packages in wanted.items()
    }
    absent = {name: packages for name, packages in lacking.items() if packages}
    if there:
        yield Check(group="program", name="extras", state=State.GOOD, detail=", ".join(sorted(there)))
    if absent:
        yield Check(
            group="program",
            name="extras that are not installed",
            state=State.NOTE,
            detail="; ".join(f"{name} (lacks {', '.join(packages)})" for name, packages in sorted(absent.items())),
            remedy=f"where you need one: pip install 'passmuster[{min(absent)}]'",
        )


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _sandboxes(names: Iterable[str]) -> Iterator[Check]:
    probes = asyncio.run(_probed(names))
    is_any = any(probe.is_usable for probe in probes)
    for probe in probes:
        held = sum(item.is_held for item in probe.findings)
        promises = f"{probe.version}: " if probe.version else ""
        promises += f"{held} of {len(probe.findings)} promises hold"
        # One that works is enough.
        state = State.GOOD if probe.is_usable else State.NOTE if is_any else State.MISSING
        detail = promises if probe.is_usable else why_not(probe)
        yield Check(group="sandbox", name=probe.sandbox, state=state, detail=detail, remedy=probe.remedy)
        for item in probe.findings:
            if probe.is_usable:
                yield Check(group="sandbox", name=f"{probe.sandbox}: {item.name}", state=State.GOOD, detail=item.detail)


async def _probed(names: Iterable[str]) -> list[SandboxProbe]:
    catalogue, context = Catalogue(folder=Path()), BuildContext(folder=Path())
    return [await _probe(name, catalogue, context) for name in names]


async def _probe(name: str, catalogue: Catalogue, context: BuildContext) -> SandboxProbe:
    try:
        component = catalogue.component("sandboxes", name)
    except PassmusterError as error:
        return SandboxProbe(sandbox=name, remedy=str(error))
    probe: SandboxProbe = await component.build(component.options(), context).probe()
    return probe


def _environment(environments: Environments) -> Check:
    name, group = "packages for the code of answers", "sandbox"
    try:
        ready = environments.find()
    except EnvironmentFaultError as error:
        return Check(group=group, name=name, state=State.MISSING, detail=error.message, remedy=error.hint)
    if ready is None:
        return Check(
            group=group,
            name=name,
            state=State.NOTE,
            detail=f"not prepared yet in {environments.home}",
            remedy="the first run that needs them prepares them, or `passmuster sandbox prepare`",
        )
    detail = (
        f"{len(ready.packages)} with Python {ready.version}, {ready.size / MEGABYTE:.0f} MB in {environments.folder}"
    )
    return Check(group=group, name=name, state=State.GOOD, detail=detail)


def _folders(settings: Settings, environments: Environments) -> Iterator[Check]:
    places = {
        "the cache": settings.cache,
        "temporary files": Path(tempfile.gettempdir()),
        "environments": environments.home,
        "this folder": Path.cwd(),
    }
    for name, place in places.items():
        yield _folder(name, place)


def _folder(name: str, place: Path) -> Check:
    """Try to write in a folder, or in the one that it would be made in."""
    there = next((item for item in (place, *place.parents) if item.exists()), Path("/"))
    variable = {"the cache": "PASSMUSTER_CACHE", "environments": "PASSMUSTER_SANDBOX_ENVIRONMENT"}.get(name)
    elsewhere = f"name another folder in {variable}" if variable else "work in another folder"
    passing = there / f".passmuster-{os.getpid()}"
    try:
        write_whole(passing, "can be written\n")
        free = shutil.disk_usage(there).free
    except (EnvironmentFaultError, OSError) as error:
        # The hint of the one says what the remedy says.
        told = error.message if isinstance(error, EnvironmentFaultError) else error
        detail = f"{place}: {told}"
        return Check(group="folders", name=name, state=State.MISSING, detail=detail, remedy=elsewhere)
    finally:
        with suppress(OSError):
            passing.unlink()
    detail = f"{place}: {free / MEGABYTE:,.0f} MB free"
    if free < ROOM:
        return Check(group="folders", name=name, state=State.NOTE, detail=detail, remedy=f"make room, or {elsewhere}")
    return Check(group="folders", name=name, state=State.GOOD, detail=detail)
