"""Places that a suite names."""

import os
from pathlib import Path


def place(folder: Path, location: str) -> Path:
    """Return a place that is written relative to a folder, as short as it can be said from here."""
    path = Path(os.path.normpath(folder / location))
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path
