"""Places that a suite names."""

import os
from pathlib import Path
from typing import Final

from passmuster.configuration.suite import Section
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity

STORES: Final = frozenset({"sqlite", "postgresql", "postgres"})
"""How the URL of a store may begin."""


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

    Raises:
        InvalidConfigurationError: If it is the URL of anything else.
    """
    if isinstance(where, Section):
        return where
    location = str(where)
    scheme = location.partition("://")[0] if "://" in location else "sqlite"
    if scheme.partition("+")[0] not in STORES:
        finding = Finding(
            rule="unknown-store",
            severity=Severity.ERROR,
            # The rest may hold a password.
            message=f"no store is known for {f'{scheme}://…'!r}",
            hint="name a file, or a URL such as postgresql://HOST/DATABASE",
        )
        raise InvalidConfigurationError([finding])
    if location.startswith(("postgresql", "postgres:")) and "://" in location:
        return Section.model_validate({"use": "postgresql", "location": location})
    if "://" not in location:
        location = str(Path(location).absolute())
    return Section.model_validate({"use": "sqlite", "location": location})
