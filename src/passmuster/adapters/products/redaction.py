"""Takes secrets out of what a program prints, before anybody keeps or shows it."""

from collections.abc import Iterable

from passmuster.analysis.secret_shapes import secret_spans
from passmuster.services import redaction
from passmuster.services.redaction import HIDDEN


class Redaction:
    """Knows the values that must not be seen."""

    def __init__(self, values: Iterable[str]) -> None:
        """Take the values of variables that were handed to the program; addresses are no secrets by themselves."""
        self._known = redaction.Redaction(value for value in values if "://" not in value)

    def without_values(self, text: str) -> str:
        """Return text without the known values."""
        return self._known.text(text)

    def without_secrets(self, text: str) -> str:
        """Return text without the known values, and without whatever looks like a key or a password."""
        text = self.without_values(text)
        pieces, position = [], 0
        for start, end in secret_spans(text):
            if end > position:
                pieces += [text[position : max(start, position)], HIDDEN] if start >= position else []
                position = end
        return "".join([*pieces, text[position:]])
