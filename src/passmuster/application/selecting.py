"""Use case: run only the cases that an edit of the agents may concern, and a random sample of the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from passmuster.analysis.nearness import Past
from passmuster.analysis.selecting import CaseSelection, Draw, Former, select_cases
from passmuster.application.evaluating import SuiteParts
from passmuster.domain.results import Run, RunManifest
from passmuster.domain.verdicts import Snapshot
from passmuster.ports import Store

SEARCHED = 20
"""Stored runs among which whole ones are looked for."""

TRIED = 6
"""How many of these are read at the most, complete or not."""

READ = 3
"""Runs that are read where answers vary; where they do not, one shows what another would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectCases:
    """Selects the cases of a suite's next run.

    Attributes:
        former: The suite as it was.
        baseline: What was accepted; ``None`` where nothing was.
        share: Which share of the cases that no edit seems to concern is drawn.
        is_resumed: Whether the latest run of a selection is to be found again.
    """

    former: Former
    baseline: Snapshot | None
    share: float
    is_resumed: bool = False

    def of(self, parts: SuiteParts) -> CaseSelection:
        """Select among a suite's cases, by what the baseline and the stored runs show of them."""
        names = frozenset(planned.record.name for planned in parts.subjects)
        past = Past(baseline=self.baseline, runs=self._runs(parts), subjects=names)
        draw = Draw(share=self.share, seed=parts.seed)
        return select_cases(parts.cases, parts.roster, self.former, past, draw)

    def narrow(self, parts: SuiteParts) -> SuiteParts:
        """Return the parts of a run of the selected cases; of all of them if all are selected."""
        return narrowed_to(parts, self.of(parts))

    def _runs(self, parts: SuiteParts) -> Sequence[Run]:
        """Load the latest complete runs of all cases.

        A run that is gone on with was planned by what was known when it began, so later runs do not count then.
        """
        manifests: Sequence[RunManifest] = parts.store.history(parts.suite, limit=SEARCHED)
        if self.is_resumed:
            begun = (place for place, manifest in enumerate(manifests) if _is_of(manifest, parts))
            manifests = manifests[next(begun, -1) + 1 :]
        names = {planned.record.name for planned in parts.subjects}
        whole = [one for one in manifests if not one.selection and names <= {record.name for record in one.subjects}]
        wanted = 1 if all(planned.record.is_deterministic for planned in parts.subjects) else READ
        return tuple(islice(_complete(parts.store, whole[:TRIED]), wanted))


def narrowed_to(parts: SuiteParts, selection: CaseSelection) -> SuiteParts:
    """Return the parts of a run of the selected cases; of all of them if all are selected."""
    if selection.is_whole:
        return parts
    return replace(parts, inclusions=selection.inclusions, selection=selection.sentence)


def _is_of(manifest: RunManifest, parts: SuiteParts) -> bool:
    """Whether a run of a selection was of this roster and these cases."""
    same = (manifest.roster, manifest.dataset) == (parts.roster.fingerprint, parts.dataset_fingerprint)
    return bool(manifest.selection) and same


def _complete(store: Store, manifests: Sequence[RunManifest]) -> Iterator[Run]:
    runs = (store.load(manifest.identifier) for manifest in manifests)
    return (run for run in runs if run.is_complete)
