"""The versions that results depend on."""

import platform
from importlib.metadata import version
from typing import Final

PACKAGES: Final = ("numpy", "pandas", "snowballstemmer")
"""Packages whose versions a run's manifest records."""


def recorded_versions() -> dict[str, object]:
    """Return the versions of passmuster, of Python and of the packages that results depend on."""
    return {
        "passmuster": version("passmuster"),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
