"""What one session of pytest keeps of suites; light, since every run of pytest reads it."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from passmuster.pytest_plugin.options import Wish

if TYPE_CHECKING:
    from passmuster.pytest_plugin.suites import OpenSuites

WISH: Final = pytest.StashKey[Wish]()
OPEN: Final = pytest.StashKey["OpenSuites"]()
MISTAKES: Final = pytest.StashKey[list[str]]()
"""Mistakes in options, which show when suites are read."""

MARKS: Final = pytest.StashKey[set[str]]()
"""The marks that pytest was told of."""

FOLDER: Final = "passmuster_folder"
"""Tells workers of pytest-xdist where they meet."""


def opened(config: pytest.Config) -> "OpenSuites":
    """Return the suites of this session."""
    if OPEN not in config.stash:
        # A session without a suite imports none of this.
        from passmuster.pytest_plugin.sharing import Sharing  # noqa: PLC0415 - see above
        from passmuster.pytest_plugin.suites import OpenSuites  # noqa: PLC0415 - see above

        folder = getattr(config, "workerinput", {}).get(FOLDER)
        config.stash[OPEN] = OpenSuites(config.stash[WISH], Sharing(None if folder is None else Path(folder)))
        config.stash[MISTAKES] = []
        config.stash[MARKS] = set()
    return config.stash[OPEN]
