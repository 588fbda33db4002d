"""What became of rows that lack their counterpart: moved, deleted or inserted; and of texts that are not there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from passmuster.adapters.stores.chain_walk import ChainWalk
from passmuster.adapters.stores.chains import MANIFEST_LINK, SCORE, TRIALS_LINK, read, trial_names
from passmuster.adapters.stores.databases import Connection, Database, Row
from passmuster.adapters.stores.edited import Edits
from passmuster.adapters.stores.found_rows import SCORES, TRIALS, described
from passmuster.adapters.stores.sound_texts import digests
from passmuster.adapters.stores.trial_checks import Dangling, Loose, TrialChecks, moved_columns, moved_outcome

SEARCHED: Final = 20
"""So many rows that are gone are looked for in other runs, which takes a look at all rows of the store for each."""

ALL_TEXTS: Final = "SELECT address, codec, size, data FROM blob"


class Explanation:
    """Explains what the comparison of trials left open."""

    def __init__(self, database: Database, connection: Connection, run: int, edits: Edits) -> None:
        """Begin.

        Args:
            database: Of the connection.
            connection: A transaction that sees the state that was compared.
            run: The number of the run.
            edits: Told of what is found.
        """
        self._database = database
        self._connection = connection
        self._run = run
        self._edits = edits

    def explain(self, checks: TrialChecks, walk: ChainWalk) -> int:
        """Tell of all that was left open.

        Args:
            checks: The comparison.
            walk: Along the chain.

        Returns:
            Trials of which nothing can be said.
        """
        new = list(checks.new)
        for gone in checks.gone:
            self._gone_trial(gone, new, checks)
        new_scores = list(checks.new_scores)
        for gone in checks.gone_scores:
            self._gone_score(gone, new_scores, checks)
        self._dangling(checks.dangling)
        if not walk.is_whole:
            return len(new)
        detail = "" if walk.last_kind not in {TRIALS_LINK, MANIFEST_LINK} else _OR_DELETED
        for item in new:
            self._edits.inserted("trial", item.row, detail)
        inserted = {item.key for item in new}
        for item in new_scores:
            if item.key not in inserted:
                self._edits.inserted("score", item.row)
        return 0

    def _gone_trial(self, gone: Loose, new: list[Loose], checks: TrialChecks) -> None:
        row = described(gone.key, self._names(gone.key[0]))
        for item in new:
            columns = moved_columns(gone, item)
            if columns:
                new.remove(item)
                self._moved("trial", row, columns, item)
                return
        for found in self._elsewhere(TRIALS, "trial", gone.key):
            item = Loose(gone.key, row, 0, read(trial_names(0), checks.own(found)))
            if moved_columns(gone, item):
                self._edits.changed("trial", row, "run", f"it is {found[2]!r} now")
                return
        self._edits.deleted("trial", row)

    def _gone_score(self, gone: Loose, new: list[Loose], checks: TrialChecks) -> None:
        for item in new:
            columns = moved_outcome(gone, item)
            if columns:
                new.remove(item)
                self._moved("score", gone.row, columns, item)
                return
        for found in self._elsewhere(SCORES, "score", gone.key):
            values = read(SCORE, checks.outcome(found))
            item = Loose(gone.key, gone.row, values[0], values)
            if values[0] == gone.position and moved_outcome(gone, item):
                self._edits.changed("score", gone.row, "run", f"it is {found[2]!r} now")
                return
        self._edits.deleted("score", gone.row)

    def _moved(self, table: str, row: Mapping[str, object], columns: Sequence[str], item: Loose) -> None:
        now = {"cell": item.key[0], "repetition": item.key[1], "position": item.position}
        for name in columns:
            self._edits.changed(table, row, name, f"it is {now[name]!r} now")

    def _elsewhere(self, query: str, table: str, key: Sequence[object]) -> Iterator[Row]:
        """Yield the rows that have a key and are of runs that are not there: what other runs have is their own."""
        no_run = f"NOT EXISTS (SELECT 1 FROM run AS known WHERE known.number = {table}.run)"  # noqa: S608 - names of our own
        which = f"{table}.run <> ? AND {table}.cell = ? AND {table}.repetition = ? AND {no_run}"
        yield from self._connection.execute(query.format(which=which), (self._run, *key))

    def _names(self, cell: object) -> Sequence[object]:
        query = "SELECT case_identifier, subject FROM cell WHERE number = ?"
        return self._connection.execute(query, (cell,)).fetchone() or ()

    def _dangling(self, dangling: Sequence[Dangling]) -> None:
        """Tell whether the text was deleted, its address edited, or the column that refers to it."""
        left = list(dangling)
        found: dict[int, tuple[bytes, str]] = {}
        # Only few are looked for, since each text is tried for each of them.
        wanted = [item for item in left if item.whole][:SEARCHED]
        if wanted:
            for address, digest in digests(self._database.stream(self._connection, ALL_TEXTS, ())):
                for item in wanted:
                    if id(item) not in found and item.fits(digest):
                        found[id(item)] = (address, digest)
        for item in left:
            self._edit_of(item, found.get(id(item)))

    def _edit_of(self, item: Dangling, found: tuple[bytes, str] | None) -> None:
        named = item.address.hex() if isinstance(item.address, bytes) else repr(item.address)
        if item.was_empty:
            self._edits.changed(item.table, item.row, item.column, "it referred to no text")
            return
        if found is None:
            self._edits.deleted("blob", {"address": named}, f"{item.table} refers to it in {item.column}")
            return
        address, digest = found
        if address.hex() == digest[: 2 * len(address)] and address != item.address:
            self._edits.changed(item.table, item.row, item.column, f"it refers to a text that is not there: {named}")
        else:
            self._edits.changed("blob", {"address": named}, "address", f"it is {address.hex()} now")


_OR_DELETED: Final = "or the last link of the chain was deleted, in which it was"
