"""Optional libraries: imported when they are needed and not before, and missed by the command that installs them."""

import importlib
from importlib.util import find_spec
from types import ModuleType

from passmuster.domain.errors import MissingExtraError

_HUB = "hub"


def imported(name: str, *, extra: str) -> ModuleType:
    """Return a module of an optional library.

    Args:
        name: The module's full name.
        extra: The extra of passmuster that brings it.

    Raises:
        MissingExtraError: If it, or what it builds upon, is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        message = f"this needs the package {error.name!r}, which is not installed"
        raise MissingExtraError(message, hint=command_for(extra)) from error


def need(*packages: str, extra: str) -> None:
    """Refuse to go on without packages; nothing is imported, since that may take seconds.

    Raises:
        MissingExtraError: If one is not installed.
    """
    missing = next((package for package in packages if find_spec(package) is None), None)
    if missing is not None:
        message = f"{extra!r} needs the package {missing!r}, which is not installed"
        raise MissingExtraError(message, hint=command_for(extra))


def command_for(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'passmuster[{extra}]'"


def hub_library() -> ModuleType:
    """Return the library ``datasets`` of Hugging Face, told to draw no bars.

    A folder called ``datasets`` in the working directory is no library, though Python takes it for a package.

    Raises:
        MissingExtraError: If the library is not installed, or hidden behind something of its name.
    """
    library = imported("datasets", extra=_HUB)
    if not hasattr(library, "load_from_disk"):
        where = library.__file__ or ", ".join(map(str, library.__path__))
        message = f"the package 'datasets' is not installed; what Python finds under its name is {where!r}"
        raise MissingExtraError(message, hint=f"{command_for(_HUB)}, and run from another folder if that is not enough")
    library.disable_progress_bars()
    return library


def arrow_library(module: str = "pyarrow") -> ModuleType:
    """Return ``pyarrow``, which comes with the library above, or one of its modules.

    Raises:
        MissingExtraError: If it is not installed.
    """
    return imported(module, extra=_HUB)
