"""Places that a suite names."""

import os
from pathlib import Path

from passmuster.configuration.suite import Section


def place(folder: Path, location: str) -> Path:
    """Return a place that is written relative to a folder, as short as it can be said from here."""
    path = Path(os.path.normpath(folder / location))
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path


def store_section(where: Path | str | Section) -> Section:
    """Return the section that names a store: a file from the working folder on, or a URL.

    Args:
        where: As a command or the environment gives it; a section stays as it is.
    """
    if isinstance(where, Section):
        return where
    location = str(where)
    if location.startswith(("postgresql", "postgres:")) and "://" in location:
        return Section.model_validate({"use": "postgresql", "location": location})
    if "://" not in location:
        location = str(Path(location).absolute())
    return Section.model_validate({"use": "sqlite", "location": location})
