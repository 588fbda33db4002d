"""Keeps pytest from rewriting the modules of passmuster, which are no tests.

pytest rewrites the assertions of every package that brings a plug-in, so that a failed one tells more. Of ours it would
read and compile hundreds of modules anew, for assertions that no test makes.
"""

from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Final

PACKAGE: Final = "passmuster."


class AsInstalled:
    """Finds our modules as Python does; to stand in ``sys.meta_path`` before what pytest has put there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of ours is; nothing for any other, which others find."""
        return PathFinder.find_spec(name, path, target) if name.startswith(PACKAGE) else None
