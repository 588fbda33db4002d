"""Use case: run only the cases that an edit of the agents may concern, and a random sample of the others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.nearness import Past
from passmuster.analysis.selecting import CaseSelection, Draw, Former, select_cases
from passmuster.application.evaluating import SuiteParts
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Run, RunManifest
from passmuster.ports import Store

SEARCHED = 20
"""Stored runs among which complete ones are looked for."""

TRIED = 6
"""How many of these are read at the most, complete or not."""

Progress = Callable[[int, int], None]
"""Told how many runs were read and how many there will be, as far as is known."""

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
        progress: Told of every stored run that was read.
    """

    former: Former
    baseline: Snapshot | None
    share: float
    is_resumed: bool = False
    progress: Progress = lambda _read, _wanted: None

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
        """Load the latest complete runs; one of all cases is among them, or the baseline is.

        A run that is gone on with was planned by what was known when it began, so later runs do not count then.
        """
        manifests: Sequence[RunManifest] = parts.store.history(parts.suite, limit=SEARCHED)
        if self.is_resumed:
            manifests = _before_the_latest(manifests, parts)
        names = {planned.record.name for planned in parts.subjects}
        telling = [one for one in manifests if names <= {record.name for record in one.subjects}]
        wanted = 1 if all(planned.record.is_deterministic for planned in parts.subjects) else READ
        found: list[Run] = []
        for run in _complete(parts.store, telling[:TRIED]):
            found.append(run)
            self.progress(len(found), max(wanted, len(found)))
            is_whole = self.baseline is not None or any(not one.manifest.selection for one in found)
            if len(found) >= wanted and is_whole:
                break
        return found


def narrowed_to(parts: SuiteParts, selection: CaseSelection) -> SuiteParts:
    """Return the parts of a run of the selected cases; of all of them if all are selected."""
    if selection.is_whole:
        return parts
    return replace(parts, inclusions=selection.inclusions, selection=selection.sentence)


def _before_the_latest(manifests: Sequence[RunManifest], parts: SuiteParts) -> Sequence[RunManifest]:
    """Return the runs before the latest one of a selection of these cases with this roster; all if there is none."""
    same = (parts.roster.fingerprint, parts.dataset_fingerprint)
    for place, manifest in enumerate(manifests):
        if manifest.selection and (manifest.roster, manifest.dataset) == same:
            # The other side, which was made in turns with it, had not been made either.
            return [one for one in manifests[place + 1 :] if one.identifier != manifest.against]
    return manifests


def _complete(store: Store, manifests: Sequence[RunManifest]) -> Iterator[Run]:
    runs = (store.load(manifest.identifier) for manifest in manifests)
    return (run for run in runs if run.is_complete)
