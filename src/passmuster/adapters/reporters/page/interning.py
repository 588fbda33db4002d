"""Words and agents that columns name by numbers, each written into the page once."""

from collections.abc import Iterable

from passmuster.texts.visible import visible

NOTHING = -1
"""Stands where there is no word, and no agent."""


class Names:
    """Texts in the order in which they were first met; empty ones are none."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Begin with some of them, in this order."""
        self._places: dict[str, int] = {}
        for text in known:
            self.place(text)

    def place(self, text: str | None) -> int:
        """Return a text's number, and take it in if it is new; :data:`NOTHING` for none."""
        if not text:
            return NOTHING
        return self._places.setdefault(text, len(self._places))

    def places(self, texts: Iterable[str]) -> list[int]:
        """Return the numbers of several texts, without those that are empty."""
        return [self.place(text) for text in texts if text]

    def listed(self) -> list[str]:
        """Return all of them as the page shows them, each at its number."""
        return [visible(text) for text in self._places]
