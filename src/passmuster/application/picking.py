"""Use case: make only those trials of a run that somebody picked, such as a runner of tests."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from passmuster.application.evaluating import PlannedRun, SuiteParts
from passmuster.application.planning import Plans
from passmuster.domain.values import CaseIdentifier, SubjectName

Picked = Mapping[SubjectName, Collection[CaseIdentifier]]
"""The cases that each subject is to be asked."""


def picked_parts(parts: SuiteParts, picked: Picked, who: str) -> SuiteParts:
    """Return the parts of a run of picked cases, which says of itself that it is one.

    Args:
        parts: The whole suite's.
        picked: What is wanted.
        who: Who picked, in a few words.
    """
    wanted = {case for cases in picked.values() for case in cases}
    sentence = f"Only {len(wanted)} of {len(parts.cases)} cases were run: {who} picked them."
    return replace(parts, inclusions=dict.fromkeys(wanted, 1.0), selection=sentence)


def only_picked(planned: PlannedRun, picked: Picked) -> PlannedRun:
    """Return a planned run without the trials that nobody picked: a subject is asked its own cases only."""
    lanes = tuple(
        replace(lane, inclusions=dict.fromkeys(picked.get(lane.planned.record.name, ()), 1.0))
        for lane in planned.missing.lanes
    )
    plans = Plans(lanes)
    return replace(planned, manifest=replace(planned.manifest, planned=len(plans)), missing=plans)
