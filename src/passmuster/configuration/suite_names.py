"""What a suite calls itself, even where its file cannot be used."""

import re
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"""^(["']?)name\1[ \t]*:[ \t]*["']?([A-Za-z0-9][A-Za-z0-9_.-]{0,99})""", re.MULTILINE)
_LOOKED_AT: Final = 1024 * 1024


def written_name(suite: Path) -> str:
    """Return the name in a suite's file, or the name of its folder where nobody can read it there.

    Args:
        suite: The path of its ``suite.yaml``.
    """
    try:
        with suite.open(encoding="utf-8", errors="replace") as file:
            found = _NAME.search(file.read(_LOOKED_AT))
    except OSError:
        found = None
    return suite.absolute().parent.name if found is None else found[2]
