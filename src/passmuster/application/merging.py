"""Use case: put the shards of one run together, each trial exactly once."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from passmuster.application.sharding import Shard, shelf_of
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Run, RunManifest
from passmuster.domain.values import RunIdentifier, fingerprint_of
from passmuster.ports import Store

SEARCHED: Final = 500
"""Stored shards of a suite that are looked at in each store, the latest ones."""

Progress = Callable[[int, int], None]
"""Told after every shard how many were put in, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A store that may hold shards.

    Attributes:
        label: How sentences call it.
        store: The store.
    """

    label: str
    store: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A shard that was found.

    Attributes:
        source: Where.
        manifest: Its run's.
        finished: How many of its trials are finished.
    """

    source: Source
    manifest: RunManifest
    finished: int

    @property
    def shard(self) -> Shard:
        """Which it is."""
        return Shard.read(self.manifest.shard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What came of it.

    Attributes:
        run: The whole.
        against: The whole that was made in turns with it; ``None`` for a run made alone.
        pieces: The shards, in order.
    """

    run: Run
    against: Run | None
    pieces: tuple[Piece, ...]


def merge(suite: str, sources: Sequence[Source], into: Store, progress: Progress) -> Merged:
    """Put the latest shards of a suite together; a second time changes nothing.

    Args:
        suite: The suite's name.
        sources: Where shards may be.
        into: Where the whole is kept.
        progress: Told of every shard.

    Raises:
        RunNotFoundError: If there are no shards at all.
        InvalidConfigurationError: If shards are missing, or some were not made of the same agents, cases and subjects.
    """
    pieces = find_pieces(suite, sources)
    others = _other_sides(suite, pieces)
    total = len(pieces) + len(others)
    against = None
    if others:
        against = _Putting(suite=suite, into=into, against=None).put(others, lambda done: progress(done, total))
    whole = _Putting(suite=suite, into=into, against=None if against is None else against.manifest.identifier)
    run = whole.put(pieces, lambda done: progress(len(others) + done, total))
    return Merged(run=run, against=against, pieces=tuple(pieces))


def find_pieces(suite: str, sources: Sequence[Source]) -> Sequence[Piece]:
    """Find one run of every shard, in order: those of the latest state that was run.

    Raises:
        RunNotFoundError: If there are no shards at all.
        InvalidConfigurationError: If shards are missing, or some were not made of the same agents, cases and subjects.
    """
    found = [
        (source, manifest)
        for source in sources
        for manifest in source.store.history(shelf_of(suite), limit=SEARCHED)
        if manifest.shard
    ]
    if not found:
        places = ", ".join(repr(source.label) for source in sources)
        message = f"no shards of suite {suite!r} are in {places}"
        raise RunNotFoundError(message, hint="make them with `passmuster run --shard 1/4` and so on")
    _, latest = max(found, key=lambda one: (one[1].started_at, one[1].identifier))
    alike = [(source, manifest) for source, manifest in found if _state(manifest) == _state(latest)]
    _refuse_strangers(latest, sources, found)
    best: dict[Shard, Piece] = {}
    for source, manifest in alike:
        piece = Piece(source=source, manifest=manifest, finished=len(source.store.finished(manifest.identifier)))
        former = best.get(piece.shard)
        if former is None or _worth(piece) > _worth(former):
            best[piece.shard] = piece
    _refuse_missing(latest, best, found)
    return [best[shard] for shard in sorted(best)]


def _worth(piece: Piece) -> tuple[object, ...]:
    return piece.finished, piece.manifest.started_at, piece.manifest.identifier


def _state(manifest: RunManifest) -> Mapping[str, object]:
    """Return what shards of one run have in common, by the words for what is not so."""
    return {
        "another number of shards": Shard.read(manifest.shard).count,
        "other agents": manifest.roster,
        "other cases": manifest.dataset,
        "other subjects": manifest.subjects,
        "another seed": manifest.seed,
        "another revision": manifest.revision and manifest.revision.commit,
        "another kind of comparison": manifest.against is None,
        "another version of passmuster": manifest.versions.get("passmuster"),
    }


def _differences(one: RunManifest, other: RunManifest) -> str:
    mine, others = _state(one), _state(other)
    return " and ".join(word for word in mine if mine[word] != others[word])


def _refuse_strangers(
    latest: RunManifest, sources: Sequence[Source], found: Sequence[tuple[Source, RunManifest]]
) -> None:
    """Refuse a store that was named and holds only shards of something else."""
    findings = []
    for source in sources:
        own = [manifest for where, manifest in found if where is source]
        if any(_state(manifest) == _state(latest) for manifest in own):
            continue
        newest = max(own, key=lambda manifest: manifest.started_at, default=None)
        if newest is None:
            message = f"store {source.label!r} holds no shard of this suite"
        else:
            what = f"shard {newest.shard} in {source.label!r}, run {newest.identifier}"
            message = f"{what}, is of {_differences(newest, latest)} than shard {latest.shard}, run {latest.identifier}"
        hint = "leave that store out, or make its shard again"
        findings.append(Finding(rule="foreign-shard", severity=Severity.ERROR, message=message, hint=hint))
    if findings:
        raise InvalidConfigurationError(findings)


def _refuse_missing(
    latest: RunManifest, best: Mapping[Shard, Piece], found: Sequence[tuple[Source, RunManifest]]
) -> None:
    count = Shard.read(latest.shard).count
    findings = []
    for shard in (Shard(number, count) for number in range(1, count + 1)):
        if shard in best:
            continue
        former = next((manifest for _, manifest in found if manifest.shard == str(shard)), None)
        message = f"shard {shard} is missing"
        if former is not None:
            message += f": run {former.identifier} is of {_differences(former, latest)}"
        hint = f"make it with `passmuster run --shard {shard}`, and name the store that it is in"
        findings.append(Finding(rule="missing-shard", severity=Severity.ERROR, message=message, hint=hint))
    if findings:
        raise InvalidConfigurationError(findings)


def _other_sides(suite: str, pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Find what the shards were made in turns with; nothing for those made alone."""
    shelf = shelf_of(suite, is_other_side=True)
    return [
        replace(piece, manifest=manifest)
        for piece in pieces
        if piece.manifest.against
        for manifest in piece.source.store.history(shelf, limit=SEARCHED)
        if manifest.identifier == piece.manifest.against
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Putting:
    """Puts shards into one run, whose name follows from theirs; only one of them is held at a time."""

    suite: str
    into: Store
    against: RunIdentifier | None

    def put(self, pieces: Sequence[Piece], progress: Callable[[int], None]) -> Run:
        manifest = self._manifest([piece.manifest for piece in pieces])
        moments: defaultdict[datetime, int] = defaultdict(int)
        for done, piece in enumerate(pieces, start=1):
            run = piece.source.store.load(piece.manifest.identifier)
            self.into.begin(manifest, run.roster, run.cases)
            self.into.append(manifest.identifier, run.trials)
            for segment in run.segments:
                # The moment at which it began tells a segment from others.
                began = segment.started_at + timedelta(microseconds=moments[segment.started_at])
                moments[segment.started_at] += 1
                self.into.record(manifest.identifier, replace(segment, started_at=began))
            progress(done)
        return self.into.load(manifest.identifier)

    def _manifest(self, manifests: Sequence[RunManifest]) -> RunManifest:
        first = min(manifests, key=lambda manifest: (manifest.started_at, manifest.identifier))
        suffix = fingerprint_of(sorted(manifest.identifier for manifest in manifests))[:6]
        return replace(
            first,
            identifier=RunIdentifier(f"{first.started_at:%Y%m%dT%H%M%S}-{suffix}"),
            suite=self.suite,
            planned=sum(manifest.planned for manifest in manifests),
            against=self.against,
            shard="",
        )
