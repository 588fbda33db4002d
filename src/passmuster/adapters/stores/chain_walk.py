"""A walk along the chain of a run: which links hold, which do not, and what of them was edited."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from passmuster.adapters.stores.chains import MANIFEST_LINK, TRIALS_LINK, chained
from passmuster.adapters.stores.databases import Row
from passmuster.adapters.stores.edited import Edits

MOST: Final = 100
"""So many links that do not hold are looked at closely."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it was found.

    Attributes:
        position: Where it is, or was before somebody moved it.
        kind: What it is of.
        content: What it holds.
        chain: The chain at it.
    """

    position: int
    kind: str
    content: bytes
    chain: bytes

    def after(self, former: bytes, *, position: int | None = None, kind: str | None = None) -> bytes:
        """Return the chain at this link if the one before it was a former one."""
        place = self.position if position is None else position
        return chained(former, place, self.kind if kind is None else kind, self.content)


@dataclass(slots=True)
class Broken:
    """A link whose chain is not that of what it holds.

    Attributes:
        chain: The chain that what it holds would have.
        column: Which column was edited, as soon as the next link has told it.
    """

    chain: bytes
    column: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Links that are not there.

    Attributes:
        first: The position of the first of them.
        last: The position of the last.
        former: The chain before them.
    """

    first: int
    last: int
    former: bytes


class ChainWalk:
    """Goes from link to link, in the order of their positions."""

    def __init__(self, segments: Sequence[str], kept: bytes) -> None:
        """Stand before the first link.

        Args:
            segments: When the run's segments began, which is what their links are called by.
            kept: The chain that somebody kept; may be empty.
        """
        self._kinds = (MANIFEST_LINK, TRIALS_LINK, *segments)
        self._kept = kept
        self._last = -1
        # Where the one before does not hold, the next one rests either on its chain or on what that should be.
        self._formers: tuple[bytes, ...] = (b"",)
        self._gaps: list[Gap] = []
        self._early: list[Link] = []
        self._moved: dict[int, object] = {}
        self._strange: list[object] = []
        self._kinds_edited: set[int] = set()
        self.broken: dict[int, Broken] = {}
        self.kept_at: int | None = None
        self.links = 0
        self.last_kind = ""
        self.head = b""

    def follow(self, rows: Iterator[Row]) -> Iterator[Link]:
        """Yield the links of a chain with the position and the kind that they had when they were put in.

        Args:
            rows: Of the position, the kind, the content and the chain, in the order of positions.
        """
        for position, kind, content, written in rows:
            self.links += 1
            link = Link(
                position if isinstance(position, int) else -1, str(kind), _as_bytes(content), _as_bytes(written)
            )
            if link.position < 0:
                self._strange.append(position)
                self._early = [*self._early[:MOST], link]
                for gap in tuple(self._gaps):
                    yield from self._filled(gap, link, position)
            elif link.position == self._last + 1:
                yield self._next(link)
            else:
                yield from self._beyond(link)

    @property
    def is_whole(self) -> bool:
        """Whether every link is there and holds what it held."""
        return not self._gaps and not self.untrusted

    @property
    def untrusted(self) -> frozenset[int]:
        """Positions of links whose content may not be what it was."""
        return frozenset(position for position, own in self.broken.items() if own.column != "chain")

    def tell(self, edits: Edits, known: int, entries: int, wrong: int) -> None:
        """Tell of the links that were edited.

        Args:
            edits: Told of them.
            known: How many entries of the last link, should it not hold, earlier links had as well.
            entries: How many entries it has.
            wrong: How many of them are not what is stored.
        """
        for position, now in self._moved.items():
            edits.changed("link", {"position": position}, "position", f"it is {now!r} now")
        for position in sorted(self._kinds_edited):
            edits.changed("link", {"position": position}, "kind")
        missing = (range(gap.first, min(gap.last, gap.first + MOST) + 1) for gap in self._gaps)
        for position in chain.from_iterable(missing):
            edits.deleted("link", {"position": position})
        for position, own in self.broken.items():
            is_last = position == self._last and not own.column
            if is_last and entries and known == entries:
                edits.inserted("link", {"position": position}, "nothing was put in with it")
            else:
                column = "chain" if is_last and entries and not wrong else own.column or "content"
                edits.changed("link", {"position": position}, column)
        for place in self._strange:
            edits.inserted("link", {"position": place}, "no link is missing that it could be")

    def _next(self, link: Link) -> Link:
        """Go on to the link whose turn it is."""
        resting = next((former for former in self._formers if link.after(former) == link.chain), None)
        if resting is not None and self._last in self.broken:
            is_chain_edited = resting != self._formers[0]
            self.broken[self._last].column = "chain" if is_chain_edited else "content"
        if resting is None:
            link = self._renamed(link)
        self._stand(link, (link.chain,) if link.position not in self.broken else self._alternatives(link))
        return link

    def _renamed(self, link: Link) -> Link:
        """Return a link that does not hold with the kind with which it would; note it as broken if there is none."""
        for former in self._formers:
            for kind in self._kinds:
                if link.after(former, kind=kind) == link.chain:
                    self._kinds_edited.add(link.position)
                    return Link(link.position, kind, link.content, link.chain)
        self.broken[link.position] = Broken(link.after(self._formers[0]))
        return link

    def _alternatives(self, link: Link) -> tuple[bytes, ...]:
        return (link.chain, self.broken[link.position].chain)

    def _beyond(self, link: Link) -> Iterator[Link]:
        """Go on to a link before which others are missing; or it was moved here from where one is."""
        for gap in tuple(self._gaps):
            filled = list(self._filled(gap, link, link.position))
            if filled:
                yield from filled
                return
        gap = Gap(self._last + 1, link.position - 1, self._formers[0])
        for early in chain((link,), self._early):
            if early.after(gap.former, position=gap.first) == early.chain:
                # Nothing but its position is not what it was.
                place: object = early.position if early is link else self._strange[self._early.index(early)]
                self._note_moved(gap.first, place)
                moved = Link(gap.first, early.kind, early.content, early.chain)
                self._stand(moved, (early.chain,))
                yield moved
                if early is not link:
                    yield from self._beyond(link) if link.position != self._last + 1 else (self._next(link),)
                return
        self._gaps.append(gap)
        self._stand(link, (link.chain,))
        yield link

    def _filled(self, gap: Gap, link: Link, place: object) -> Iterator[Link]:
        """Yield a link that was moved from the beginning of a gap."""
        if link.after(gap.former, position=gap.first) == link.chain:
            self._gaps.remove(gap)
            if gap.last > gap.first:
                self._gaps.append(Gap(gap.first + 1, gap.last, link.chain))
            self._note_moved(gap.first, place)
            yield Link(gap.first, link.kind, link.content, link.chain)

    def _note_moved(self, position: int, place: object) -> None:
        self._moved[position] = place
        if place in self._strange:
            self._strange.remove(place)

    def _stand(self, link: Link, formers: tuple[bytes, ...]) -> None:
        self._last, self._formers = link.position, formers
        self.last_kind, self.head = link.kind, formers[-1]
        if self._kept and self._kept in formers:
            self.kept_at = link.position

    @property
    def last(self) -> int:
        """The position of the last link."""
        return self._last


def _as_bytes(value: object) -> bytes:
    # An edit may have put anything where bytes belong.
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
