"""Edits that a check of a store found: each once, and not more of them than anybody reads."""

from collections.abc import Mapping
from typing import Final

from passmuster.domain.verifications import Edit, EditKind

MOST: Final = 1_000
"""So many are listed; the others are counted."""

Row = Mapping[str, object]


class Edits:
    """What was found so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._found: dict[str, Edit] = {}
        self.further = 0

    def changed(self, table: str, row: Row, column: str, detail: str = "") -> None:
        """Tell of a column that is not what was put in; empty where nothing tells which it is."""
        self._tell(Edit(table=table, row=row, kind=EditKind.CHANGED, column=column, detail=detail))

    def deleted(self, table: str, row: Row, detail: str = "") -> None:
        """Tell of a row that is gone."""
        self._tell(Edit(table=table, row=row, kind=EditKind.DELETED, detail=detail))

    def inserted(self, table: str, row: Row, detail: str = "") -> None:
        """Tell of a row that nobody put in through a store."""
        self._tell(Edit(table=table, row=row, kind=EditKind.INSERTED, detail=detail))

    @property
    def listed(self) -> tuple[Edit, ...]:
        """What was found, in that order."""
        return tuple(self._found.values())

    def _tell(self, edit: Edit) -> None:
        identity = repr((edit.table, sorted(edit.row.items()), edit.kind, edit.column))
        if identity in self._found:
            return
        if len(self._found) >= MOST:
            # Whoever is told of a thousand needs no exact number of the others; one that comes twice is counted twice.
            self.further += 1
            return
        self._found[identity] = edit
