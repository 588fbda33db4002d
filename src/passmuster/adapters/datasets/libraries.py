"""The optional libraries of datasets, imported when they are needed and not before."""

import importlib
from types import ModuleType

from passmuster.domain.errors import MissingExtraError

_HINT = "pip install 'passmuster[hub]'"


def hub_library() -> ModuleType:
    """Return the library ``datasets`` of Hugging Face.

    A folder called ``datasets`` in the working directory is no library, though Python takes it for a package.

    Raises:
        MissingExtraError: If the library is not installed, or hidden behind something of its name.
    """
    library = _imported("datasets")
    if not hasattr(library, "load_from_disk"):
        where = library.__file__ or ", ".join(map(str, library.__path__))
        message = f"the package 'datasets' is not installed; what Python finds under its name is {where!r}"
        raise MissingExtraError(message, hint=f"{_HINT}, and run from another folder if that is not enough")
    library.disable_progress_bars()
    return library


def parquet_library() -> ModuleType:
    """Return ``pyarrow.parquet``, which comes with the library above.

    Raises:
        MissingExtraError: If it is not installed.
    """
    return _imported("pyarrow.parquet")


def arrow_library() -> ModuleType:
    """Return ``pyarrow``.

    Raises:
        MissingExtraError: If it is not installed.
    """
    return _imported("pyarrow")


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        message = f"this needs the package {error.name!r}, which is not installed"
        raise MissingExtraError(message, hint=_HINT) from error
