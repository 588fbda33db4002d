"""Names in a suite → components, found by entry point and loaded only when their name is used."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, EntryPoints, entry_points, metadata
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from passmuster.components import Component
from passmuster.domain.errors import MissingExtraError, UnknownComponentError
from passmuster.domain.values import fingerprint_of

AnyComponent = Component[Any, Any]
"""A component whose product the group decides; the builder of that group knows the type."""


class _SourceLoader(SourceFileLoader):
    """Loads a file of the user's as it stands, and leaves nothing beside it.

    Python's own cache takes a file that was edited within a second, to the same length, for the one before.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the file."""
        del fullname
        return self.source_to_code(self.get_data(self.path), self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The components that are installed, and those that a suite brings itself.

    Attributes:
        folder: The suite's folder, in which ``./file.py:NAME`` is looked up.
    """

    folder: Path

    def component(self, group: str, name: str) -> AnyComponent:
        """Return a component.

        Args:
            group: The entry-point group without its prefix, such as ``routers``.
            name: The registered name, or ``./file.py:NAME`` or ``package.module:NAME``.

        Raises:
            UnknownComponentError: If there is no such component; the known ones are listed.
            MissingExtraError: If it needs a package that is not installed.
        """
        found = self.resolve(name) if ":" in name else self._load(group, name)
        if not isinstance(found, Component):
            message = f"{name!r} names {type(found).__name__}, not a Component"
            raise UnknownComponentError(message, hint="see docs/plugins.md for what to write")
        return found

    def names(self, group: str) -> tuple[str, ...]:
        """Return the registered names of a group, in order."""
        return tuple(sorted(self._entries(group)))

    def resolve(self, reference: str) -> object:
        """Load the object that ``module:attribute`` or ``./file.py:NAME`` names.

        Raises:
            UnknownComponentError: If the file, the module or the name is not there.
        """
        place, _, attribute = reference.rpartition(":")
        if not place or not attribute:
            message = f"{reference!r} names no object"
            raise UnknownComponentError(message, hint="write module:attribute or ./file.py:NAME")
        module = self._module_of_file(place) if place.endswith(".py") else _module(place)
        if not hasattr(module, attribute):
            message = f"{place!r} has no {attribute!r}"
            raise UnknownComponentError(message, hint="correct the name after the colon")
        return getattr(module, attribute)

    def _module_of_file(self, place: str) -> ModuleType:
        path = (self.folder / place).resolve()
        if not path.is_file():
            message = f"there is no file {place!r} in {str(self.folder)!r}"
            raise UnknownComponentError(message, hint="a path in a suite starts at the suite's folder")
        # Two suites may each have a router.py, so the name comes from the whole path.
        name = f"passmuster_suite_{fingerprint_of(str(path))}"
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.spec_from_file_location(name, path, loader=_SourceLoader(name, str(path)))
        if spec is None or spec.loader is None:
            message = f"{place!r} cannot be loaded as Python"
            raise UnknownComponentError(message)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # the user's file may raise whatever it likes while it is imported
            del sys.modules[name]
            raise _broken_import(place, error) from error
        return module

    @staticmethod
    @cache  # every criterion of every case is looked up, and what is installed does not change meanwhile
    def _entries(group: str) -> Mapping[str, EntryPoint]:
        return {entry.name: entry for entry in _chooser()(group=f"passmuster.{group}")}

    def _load(self, group: str, name: str) -> object:
        entries = self._entries(group)
        if name not in entries:
            known = ", ".join(sorted(entries)) or "none"
            message = f"unknown name {name!r} among the {group.replace('_', ' ')}"
            raise UnknownComponentError(message, hint=f"known: {known}")
        try:
            return entries[name].load()
        except ModuleNotFoundError as error:
            message = f"{name!r} needs the package {error.name!r}, which is not installed"
            raise MissingExtraError(message, hint=f"pip install {_installable(name, error.name)}") from error


@cache
def _chooser() -> Callable[..., EntryPoints]:
    """Return what chooses among all entry points, read once: asking for one group alone reads every package's files."""
    return entry_points().select


def _installable(name: str, package: str | None) -> str:
    """Return what to install for a component: its extra, where it has one."""
    extras = metadata("passmuster").get_all("Provides-Extra") or []
    return f"'passmuster[{name}]'" if name in extras else str(package)


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and not name.startswith(error.name):
            # The module is there; something that it imports is not.
            message = f"{name!r} needs the package {error.name!r}, which is not installed"
            raise MissingExtraError(message, hint=f"pip install {error.name}") from error
        message = f"there is no module {name!r}"
        raise UnknownComponentError(message, hint="is it installed here?") from error
    except Exception as error:  # the user's module may raise whatever it likes while it is imported
        raise _broken_import(name, error) from error


def _broken_import(place: str, error: Exception) -> UnknownComponentError:
    """Say that code of the user's cannot be imported: it may raise anything, and none of it is a bug of ours."""
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    message = f"{place!r} cannot be imported: {type(error).__name__}{line}: {getattr(error, 'msg', error)}"
    return UnknownComponentError(message, hint="mend that file, or name another")
