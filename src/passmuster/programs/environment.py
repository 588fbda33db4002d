"""What a program sees of the environment: what is named, and what every program needs."""

import os
from collections.abc import Iterable

ALWAYS_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""Variables that every program gets: where programs are, and how text is written."""


def handed_on(names: Iterable[str]) -> dict[str, str]:
    """Return the variables of these names, and those that every program gets, as far as they are set."""
    return {name: os.environ[name] for name in (*ALWAYS_PASSED, *names) if name in os.environ}
