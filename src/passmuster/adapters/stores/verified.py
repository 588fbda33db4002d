"""A store that is checked against the chains of its runs: what somebody else edited is named.

Trials, outcomes and what was put in are read side by side in the order of their keys, so that a run of any size takes
the same memory. What the chain cannot tell: whoever can write all of the tables can write a chain anew that holds; the
head of the chain, kept elsewhere, tells that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from passmuster.adapters.stores.chain_walk import ChainWalk, Link
from passmuster.adapters.stores.chains import (
    MANIFEST_LINK,
    SEGMENT,
    TRIALS_LINK,
    Digest,
    content_of,
    digest_of,
    entries_of,
    read,
)
from passmuster.adapters.stores.databases import Connection, Database, Row
from passmuster.adapters.stores.edited import Edits
from passmuster.adapters.stores.explaining_edits import Explanation
from passmuster.adapters.stores.found_rows import SCORES, TRIALS, places
from passmuster.adapters.stores.housekept import NO_SUITE, HousekeptRelationalStore
from passmuster.adapters.stores.put_in import PutIn
from passmuster.adapters.stores.relational import run_number
from passmuster.adapters.stores.row_checks import RUNS, SEGMENTS, RowChecks
from passmuster.adapters.stores.sound_texts import Texts
from passmuster.adapters.stores.tables import column, words
from passmuster.adapters.stores.trial_checks import Dangling, TrialChecks
from passmuster.domain.values import RunIdentifier
from passmuster.domain.verifications import Verification

LINKS: Final = "SELECT position, kind, content, chain FROM link WHERE run = ? ORDER BY position"

LOST: Final = (
    "SELECT run, content FROM link WHERE position = 0 AND NOT EXISTS (SELECT 1 FROM run WHERE run.number = link.run)"
)
"""First links of runs that are not there: SQLite keeps what an edit of a number leaves."""

LOST_SUMMARIES: Final = "SELECT run FROM summary WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.number = summary.run)"

SHOWN: Final = 500
"""Trials after which it is told how many there were."""


Segments = Mapping[str, Sequence[object]]
"""The columns of segments, by when they began."""


@dataclass(slots=True)
class _Entries:
    """What the links of a run say.

    Attributes:
        trials: Of every trial.
        run: Of the run itself; ``None`` if no link that holds says it.
        segments: Of every segment, by when it began.
        counts: How many entries each link has that does not hold.
        known: How many of them earlier links had.
        contents: What each such link holds, if it is of a run or a segment.
    """

    trials: PutIn
    run: tuple[int, Digest] | None = None
    segments: dict[str, tuple[int, Digest]] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)

    def wrong(self, link: int, run: Sequence[object], segments: Segments) -> int:
        """Return how many entries of a link are not what is stored of the run and its segments."""
        content = self.contents.get(link)
        kinds = [began for began, (position, _) in self.segments.items() if position == link]
        if self.run is not None and self.run[0] == link:
            return int(content != content_of([((0, 0), digest_of(run))]))
        stored = [segments[began] for began in kinds if began in segments]
        return len(kinds) - sum(content == content_of([((0, 0), digest_of(values))]) for values in stored)

    def take(self, link: Link, *, is_broken: bool) -> None:
        """Take what a link says."""
        entries = entries_of(link.content) or []
        before = self.trials.count() if is_broken else 0
        was_known = False
        if link.kind == TRIALS_LINK:
            self.trials.add(link.position, entries)
        elif link.kind == MANIFEST_LINK:
            was_known = self.run is not None
            self.run = next(((link.position, digest) for _, digest in entries), self.run)
        elif entries:
            was_known = link.kind in self.segments
            self.segments[link.kind] = (link.position, entries[0][1])
        if is_broken:
            is_of_trials = link.kind == TRIALS_LINK
            new = self.trials.count() - before if is_of_trials else int(not was_known)
            self.counts[link.position] = len(entries)
            self.known[link.position] = len(entries) - new
            # What is not of trials is short.
            self.contents[link.position] = b"" if is_of_trials else link.content


class VerifiedRelationalStore(HousekeptRelationalStore):
    """A store in a database; conforms to :class:`passmuster.housekeeping.VerifiedStore` as well."""

    def stored(self, suite: str | None) -> Sequence[RunIdentifier]:
        """Return the names of a suite's runs, the newest first; ``None`` for those of all suites.

        Nothing else of them is read, since any of it may have been edited.
        """
        only, values = ("", ()) if suite is None else (" AND suite = ?", (column(suite),))
        query = f"SELECT identifier FROM run WHERE suite <> ?{only} ORDER BY started_at DESC, identifier DESC"  # noqa: S608 - text of our own
        with self._database.reading() as connection:
            return [RunIdentifier(words(name)) for (name,) in connection.execute(query, (NO_SUITE, *values))]

    def verify(self, run: RunIdentifier, kept: str, told: Callable[[int, int], None]) -> Verification:
        """Check that a run is what was put in.

        Args:
            run: The run's identifier.
            kept: The head that somebody kept, as hexadecimal digits; may be empty.
            told: Hears how many trials of how many were looked at.

        Raises:
            RunNotFoundError: If there is none of that name.
        """
        edits = Edits()
        with self._database.reading() as connection:
            for (number,) in connection.execute(LOST_SUMMARIES, ()):
                edits.changed("summary", {"run": number}, "run", "there is no such run")
            number = run_number(connection, run)
            rows = RowChecks(connection, edits, Texts(edits))
            row = connection.execute(RUNS, (column(run),)).fetchone()
            values = rows.run(row)
            if not _has_links(connection, number):
                found = _former_number(connection, digest_of(values))
                if found is None:
                    return Verification(run=run, is_chained=False, edits=edits.listed)
                edits.changed("run", {"identifier": run}, "number", f"it was {found}")
                number = found
            check = _Check(self._database, connection, number, edits)
            return check.made(run, (row, values), bytes.fromhex(kept), told)


class _Check:
    """The check of one run that has a chain."""

    def __init__(self, database: Database, connection: Connection, run: int, edits: Edits) -> None:
        self._database = database
        self._connection = connection
        self._run = run
        self._edits = edits
        self._texts = Texts(edits)
        self._rows = RowChecks(connection, edits, self._texts)

    def made(
        self, name: RunIdentifier, own: tuple[Row, list[object]], kept: bytes, told: Callable[[int, int], None]
    ) -> Verification:
        """Check everything."""
        segments = {row[0]: read(SEGMENT, row) for row in self._connection.execute(SEGMENTS, (self._run,))}
        walk = ChainWalk([words(str(began)) for began in segments], kept)
        with closing(PutIn()) as trials:
            entries = _Entries(trials)
            for link in walk.follow(self._stream(LINKS)):
                entries.take(link, is_broken=link.position in walk.broken)
            checks = TrialChecks(self._edits, self._texts, walk.untrusted, is_whole=walk.is_whole)
            checks.dangling += self._check_few(walk, entries, own, segments)
            total = self._connection.execute("SELECT count(*) FROM trial WHERE run = ?", (self._run,)).fetchone()[0]
            rows = (
                self._stream(TRIALS.format(which="trial.run = ?")),
                self._stream(SCORES.format(which="score.run = ?")),
            )
            for place in places(*rows, iter(trials)):
                checks.check(place)
                if checks.trials % SHOWN == 0:
                    told(checks.trials, total)
        told(total, total)
        uncovered = Explanation(self._database, self._connection, self._run, self._edits).explain(checks, walk)
        wrong = checks.wrong.get(walk.last, 0) + entries.wrong(walk.last, own[1], segments)
        walk.tell(self._edits, entries.known.get(walk.last, 0), entries.counts.get(walk.last, 0), wrong)
        return Verification(
            run=name,
            is_chained=True,
            links=walk.links,
            trials=checks.trials,
            scores=checks.scores,
            head=walk.head.hex(),
            kept=walk.kept_at,
            edits=self._edits.listed,
            further=self._edits.further,
            uncovered=checks.uncovered + uncovered + sum(checks.wrong.values()),
        )

    def _check_few(
        self, walk: ChainWalk, entries: "_Entries", own: tuple[Row, list[object]], segments: Segments
    ) -> Sequence[Dangling]:
        """Check the run and its segments; return the columns of the run whose text is not there."""
        held = {
            began: digest for began, (position, digest) in entries.segments.items() if position not in walk.untrusted
        }
        ends_open = walk.last + 1 if walk.last_kind in {TRIALS_LINK, MANIFEST_LINK} else -1
        self._rows.check_segments(self._run, segments, held, is_whole=walk.is_whole, ends_open=ends_open)
        if entries.run is None or entries.run[0] in walk.untrusted:
            return ()
        return self._rows.check_run(*own, entries.run[1])

    def _stream(self, query: str) -> Iterator[Row]:
        return self._database.stream(self._connection, query, (self._run,))


def _has_links(connection: Connection, run: int) -> bool:
    return connection.execute("SELECT 1 FROM link WHERE run = ? LIMIT 1", (run,)).fetchone() is not None


def _former_number(connection: Connection, own: Digest) -> int | None:
    """Return the number that a run had when its chain was begun; ``None`` if no chain is of it."""
    for number, content in connection.execute(LOST, ()):
        entries = entries_of(content) if isinstance(content, bytes) else None
        if entries and entries[0][1].whole == own.whole:
            return int(number)
    return None
