"""Which patterns are found in which texts, for a process of its own: a process can be ended, `re` cannot.

Only the standard library is imported, so that the program starts in some 20 milliseconds.
"""

import re


def answer(patterns: list[str], texts: list[str]) -> list[list[bool]]:
    """Return for each pattern whether it is found in each of the texts."""
    return [[re.search(pattern, text) is not None for text in texts] for pattern in patterns]
