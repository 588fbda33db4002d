"""Takes secrets out of what a program prints, before anybody keeps or shows it."""

import json
from collections.abc import Iterable, Iterator

from passmuster.analysis.secret_shapes import secret_spans

SHORTEST_SECRET = 8
"""Shorter values are too common to be taken out wherever they stand."""

HIDDEN = "<secret>"


class Redaction:
    """Knows the values that must not be seen."""

    def __init__(self, values: Iterable[str]) -> None:
        """Take the values of variables that were handed to the program; addresses are no secrets by themselves."""
        plain = {value for value in values if len(value) >= SHORTEST_SECRET and "://" not in value}
        wanted = plain
        # Events are JSON, in which a value may be written with escapes; the text in them may be JSON once more.
        for _ in range(2):
            wanted = wanted | {form for value in wanted for form in _escaped(value)}
        # The longest first, so that no rest of one stays behind another.
        self._values = sorted(wanted, key=lambda value: (-len(value), value))

    def without_values(self, text: str) -> str:
        """Return text without the known values."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return text

    def without_secrets(self, text: str) -> str:
        """Return text without the known values, and without whatever looks like a key or a password."""
        text = self.without_values(text)
        pieces, position = [], 0
        for start, end in secret_spans(text):
            if end > position:
                pieces += [text[position : max(start, position)], HIDDEN] if start >= position else []
                position = end
        return "".join([*pieces, text[position:]])


def _escaped(value: str) -> Iterator[str]:
    """Yield how JSON writes a text; some writers escape slashes as well."""
    for is_ascii in (True, False):
        written = json.dumps(value, ensure_ascii=is_ascii)[1:-1]
        yield from (written, written.replace("/", "\\/"))
