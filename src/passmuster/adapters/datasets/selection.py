"""Which cases of a dataset are taken: those of a split, and those that bear a tag."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from passmuster.adapters.datasets.reading import error
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.values import SourceLocation

SHOWN_TAGS = 20
MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is wanted of a dataset.

    Attributes:
        split: The split whose cases are taken; ``None`` takes all.
        tags: Tags of which a case must bear one to be taken; if empty, all are.
    """

    split: str | None = None
    tags: frozenset[str] = frozenset()

    def chosen(self, cases: Iterable[Case], place: SourceLocation) -> Iterator[Case]:
        """Yield the cases that are wanted.

        Raises:
            InvalidDatasetError: If there turn out to be none, though the dataset has cases.
        """
        splits: set[str] = set()
        tags: set[str] = set()
        count = 0
        for case in cases:
            splits.add(case.split)
            if self.split not in {None, case.split}:
                continue
            if len(tags) < MOST_REMEMBERED:
                tags |= case.tags
            if not self.tags or self.tags & case.tags:
                count += 1
                yield case
        if not count:
            raise InvalidDatasetError([error("no-case", *self._reason(splits, tags), place)])

    def _reason(self, splits: set[str], tags: set[str]) -> tuple[str, str]:
        """Return why no case was taken, and what could be asked for."""
        if self.split is not None and self.split not in splits:
            known = ", ".join(repr(name) for name in sorted(splits))
            return f"the file has no case of the split {self.split!r}", f"splits of the file: {known}"
        known = ", ".join(repr(name) for name in sorted(tags)[:SHOWN_TAGS])
        hint = f"tags of the cases: {known}" if known else "the cases have no tags"
        return f"no case bears one of the tags {', '.join(repr(tag) for tag in sorted(self.tags))}", hint
