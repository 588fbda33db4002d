"""What a check of a stored run found: which rows are not what was put in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.values import RunIdentifier


class EditKind(StrEnum):
    """What became of a row."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A row that is not what was put into a store.

    Attributes:
        table: Where it is, or was.
        row: The columns by which it is found, and what people know it by.
        kind: What became of it.
        column: Which of its columns was changed; empty for a row that is gone or new, and where nothing tells it.
        detail: What else is known of it, in a sentence; may be empty.
    """

    table: str
    row: Mapping[str, object]
    kind: EditKind
    column: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a check of a stored run found.

    Attributes:
        run: The run's name.
        is_chained: Whether the run has a chain; one that was stored by an older version has none.
        links: How many links its chain has.
        trials: How many trials were looked at.
        scores: How many outcomes of criteria.
        head: The chain at the last link, as hexadecimal digits: whoever keeps it elsewhere can tell a chain that was
            written anew.
        kept: At which link the chain was the head that somebody kept; ``None`` if nobody kept one, or it never was.
        edits: What is not as it was put in.
        further: How many edits there are that are not listed.
        uncovered: Trials of which nothing can be said, since a link that names them is gone or was changed.
    """

    run: RunIdentifier
    is_chained: bool
    links: int = 0
    trials: int = 0
    scores: int = 0
    head: str = ""
    kept: int | None = None
    edits: tuple[Edit, ...] = ()
    further: int = 0
    uncovered: int = 0

    @property
    def is_intact(self) -> bool:
        """Whether everything is as it was put in, as far as the chain tells."""
        return self.is_chained and not self.edits and not self.further
