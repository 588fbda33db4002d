"""The rows of a run that are few: its own, and those of its segments, beside what was put in."""

from collections.abc import Mapping, Sequence
from typing import Final

from passmuster.adapters.stores.chains import RUN, SEGMENT, Digest, differing, digest_of, read, text_of
from passmuster.adapters.stores.databases import Connection, Row
from passmuster.adapters.stores.edited import Edits
from passmuster.adapters.stores.sound_texts import ALTERED, MISSING, Texts
from passmuster.adapters.stores.tables import words
from passmuster.adapters.stores.trial_checks import Dangling

TEXTS: Final = RUN[-3:]
"""Columns of ``run`` that refer to texts."""

RUNS: Final = f"""
    SELECT {", ".join(f"run.{name}" for name in RUN)},
        {", ".join(f"of_{name}.codec, of_{name}.size, of_{name}.data" for name in TEXTS)}
    FROM run {" ".join(f"LEFT JOIN blob AS of_{name} ON of_{name}.address = run.{name}" for name in TEXTS)}
    WHERE run.identifier = ?"""  # noqa: S608 - names of our own

SEGMENTS: Final = f"SELECT {', '.join(SEGMENT)} FROM segment WHERE run = ? ORDER BY started_at"  # noqa: S608 - as above

NO_RUN: Final = "run <> ? AND NOT EXISTS (SELECT 1 FROM run AS known WHERE known.number = segment.run)"
"""Rows of runs that are not there: what other runs have is their own."""

ELSEWHERE: Final = f"SELECT run, {', '.join(SEGMENT)} FROM segment WHERE {NO_RUN} AND started_at = ?"  # noqa: S608 - as above


class RowChecks:
    """Compares a run and its segments with what was put in."""

    def __init__(self, connection: Connection, edits: Edits, texts: Texts) -> None:
        """Begin.

        Args:
            connection: A transaction that sees the run.
            edits: Told of what differs.
            texts: Tells what the texts are.
        """
        self._connection = connection
        self._edits = edits
        self._texts = texts

    def run(self, row: Row) -> list[object]:
        """Return the columns of a row of ``RUNS`` as they are in its digest."""
        columns, blobs = list(row[: len(RUN)]), row[len(RUN) :]
        for number, name in enumerate(TEXTS):
            at = RUN.index(name)
            columns[at] = self._texts.digest(columns[at], blobs[3 * number : 3 * number + 3])
        return read(RUN, columns)

    def check_run(self, row: Row, values: Sequence[object], entry: Digest) -> list[Dangling]:
        """Name the columns of a run that differ; return those whose text is not there.

        Args:
            row: Of ``RUNS``.
            values: What :meth:`run` makes of it.
            entry: What was put in.
        """
        own = digest_of(values)
        if own.whole == entry.whole:
            return []
        dangling: list[Dangling] = []
        told = {"identifier": words(str(row[0]))}
        differs = differing(own.marks, entry.marks)
        for at in differs:
            if values[at] == MISSING:
                before, _, after = text_of([*values[:at], _PLACE, *values[at + 1 :]]).partition(_PLACE.encode())
                dangling.append(Dangling("run", told, RUN[at], row[at], entry.whole, before, after))
            elif values[at] != ALTERED:
                self._edits.changed("run", told, RUN[at])
        if not differs:
            self._edits.changed("run", told, "", "the marks do not tell which column")
        return dangling

    def check_segments(
        self,
        run: int,
        rows: Mapping[str, Sequence[object]],
        entries: Mapping[str, Digest],
        *,
        is_whole: bool,
        ends_open: int,
    ) -> None:
        """Name the segments that differ, are gone, or came by another way.

        Args:
            run: The run's number.
            rows: What is stored of each, by when it began.
            entries: What was put in, by when it began.
            is_whole: Whether all links are there and hold.
            ends_open: The position of the link after the last, if that is none of a segment; else -1.
        """
        gone = {began: entry for began, entry in entries.items() if began not in rows}
        for began, values in rows.items():
            told = {"started_at": began}
            if began in entries:
                self._compare(told, values, entries[began])
                continue
            origin = next((other for other, entry in gone.items() if _moved(values, entry)), None)
            if origin is not None:
                del gone[origin]
                self._edits.changed("segment", {"started_at": origin}, "started_at", f"it is {began!r} now")
            elif is_whole and ends_open >= 0:
                detail = f"the one that named the segment which began {began}, unless that was inserted"
                self._edits.deleted("link", {"position": ends_open}, detail)
            elif is_whole:
                self._edits.inserted("segment", told)
        for began, entry in gone.items():
            self._gone(run, began, entry)

    def _compare(self, told: Mapping[str, object], values: Sequence[object], entry: Digest) -> None:
        own = digest_of(values)
        if own.whole != entry.whole:
            for at in differing(own.marks, entry.marks) or (-1,):
                detail = "" if at >= 0 else "the marks do not tell which column"
                self._edits.changed("segment", told, SEGMENT[at] if at >= 0 else "", detail)

    def _gone(self, run: int, began: str, entry: Digest) -> None:
        told = {"started_at": began}
        for other, *values in self._connection.execute(ELSEWHERE, (run, began)):
            if digest_of(read(SEGMENT, values)).whole == entry.whole:
                self._edits.changed("segment", told, "run", f"it is {other!r} now")
                return
        self._edits.deleted("segment", told)


def _moved(values: Sequence[object], entry: Digest) -> bool:
    return set(differing(digest_of(values).marks, entry.marks)) == {0}


_PLACE: Final = "-" * 64
