"""Criteria that can judge a stored answer anywhere: they ask no model, run no code, and say the same each time."""

from collections.abc import Iterable
from pathlib import Path

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.criteria import CriterionParts
from passmuster.domain.cases import Case
from passmuster.domain.errors import PassmusterError
from passmuster.domain.values import Fingerprint
from passmuster.ports import Criterion


def steady_criteria(cases: Iterable[Case], folder: Path) -> dict[Fingerprint, Criterion]:
    """Build those criteria of a run's own cases.

    Args:
        cases: The run's.
        folder: The suite's folder.
    """
    parts = CriterionParts(catalogue=Catalogue(folder=folder), context=BuildContext(folder=folder))
    criteria: dict[Fingerprint, Criterion] = {}
    for case in cases:
        for reference in case.rubric.criteria if case.rubric else ():
            if reference.fingerprint in criteria:
                continue
            try:
                part = parts.part(case, reference)
                component = part.component
                if component.is_deterministic(part.options) and not component.judges and not component.needs_sandbox:
                    criteria[reference.fingerprint] = parts.build(part)
            except PassmusterError:
                # A plug-in that is not installed here, or a file that is gone: what it judged is counted as left.
                continue
    return criteria
