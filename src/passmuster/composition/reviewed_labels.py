"""Labels that people gave in reviews, as far as the audit trail bears them out."""

import os
from collections.abc import Iterator
from pathlib import Path

from passmuster.composition.adopting import sound_trail
from passmuster.composition.labels import LabelledText, read_labels
from passmuster.composition.review_files import ReviewFiles
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.judging import labelled_key
from passmuster.domain.reviews import DecisionKind, Trail
from passmuster.domain.values import SourceLocation


def reviewed_labels(files: ReviewFiles) -> Path:
    """Return the file of labels, every one of which is the last word of somebody in the trail.

    Raises:
        InvalidDatasetError: With every complaint about the trail, or about the labels: among them those that the trail
            knows nothing of.
    """
    file, trail = Path(os.path.relpath(files.labels)), sound_trail(files)
    findings = [finding for label in read_labels(file) for finding in _unexplained(label, trail, str(file))]
    if findings:
        raise InvalidDatasetError(findings)
    return file


def _unexplained(label: LabelledText, trail: Trail, path: str) -> Iterator[Finding]:
    key = labelled_key(label.case, label.answer)
    told = {
        item.by: item.after
        for item in trail.decisions
        if item.kind is DecisionKind.LABELLED
        and (item.case, item.criterion) == (label.case, label.criterion)
        # Trails did not always say which answer was labelled.
        and item.answer in {"", key}
    }
    for name, choice in label.people.items():
        if told.get(name) != choice:
            yield Finding(
                rule="unexplained-label",
                severity=Severity.ERROR,
                message=f"the audit trail has no decision of {name!r} that this answer is {choice!r}",
                hint="label it in `passmuster serve --reviews`, or name the file to take it as it is",
                location=SourceLocation(path=path, line=label.line),
            )
