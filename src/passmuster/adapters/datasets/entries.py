"""Cases → the data that a loader reads them from; what is as if it were left out is left out."""

from collections.abc import Iterable, Iterator

from passmuster.adapters.datasets import schema
from passmuster.adapters.datasets.meaning import Entry, KnownRubrics, check_meaning
from passmuster.adapters.datasets.plain_cases import is_plain
from passmuster.adapters.datasets.reading import error
from passmuster.documents import Document
from passmuster.domain.cases import Case, CriterionReference, Provenance, Rubric, Stratum
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

MOST_FINDINGS = 100
_OWN_KEYS = frozenset({"use", "name", "weight", "required"})


def entries_of(cases: Iterable[Case], path: str) -> Iterator[dict[str, object]]:
    """Yield each case as data.

    Args:
        cases: What is to be written.
        path: Where to, for messages.

    Raises:
        InvalidDatasetError: After the last case, or after many complaints, if there is no form for some of them.
    """
    findings: list[Finding] = []
    for case in cases:
        data = entry_of(case)
        wrong = list(_wrong(case, data, path))
        findings.extend(wrong)
        if len(findings) >= MOST_FINDINGS:
            break
        if not wrong:
            yield data
    if findings:
        raise InvalidDatasetError(findings)


def entry_of(case: Case) -> dict[str, object]:
    """Return a case as data in the order of the reference."""
    request, expectation = case.request, case.expectation
    expect: dict[str, object] = {"agent": expectation.preferred}
    for key, names in (("acceptable", expectation.acceptable), ("forbidden", expectation.forbidden)):
        if names:
            expect[key] = sorted(names)
    history = [{"role": str(message.role), "content": message.content} for message in request.history]
    whole: dict[str, tuple[object, bool]] = {
        "identifier": (case.identifier, True),
        "history": (history, bool(history)),
        "request": (request.text, True),
        "expect": (expect, True),
        "rubric": (None if case.rubric is None else _rubric(case.rubric), case.rubric is not None),
        "stratum": (str(case.stratum), case.stratum is not Stratum.IMPLICIT),
        "tags": (sorted(case.tags), bool(case.tags)),
        "weight": (_number(case.weight), case.weight != 1),
        "split": (case.split, bool(case.split)),
        "group": (case.group, bool(case.group)),
        "critical": (True, case.is_critical),
        "control": (True, case.is_control),
        "source": (None if case.provenance is None else _source(case.provenance), case.provenance is not None),
    }
    return {key: value for key, (value, is_said) in whole.items() if is_said}


def _rubric(rubric: Rubric) -> dict[str, object]:
    score = {} if rubric.passing_score == 1 else {"passing_score": _number(rubric.passing_score)}
    return {**score, "criteria": [_criterion(criterion) for criterion in rubric.criteria]}


def _criterion(criterion: CriterionReference) -> dict[str, object]:
    data: dict[str, object] = {"use": criterion.kind}
    if criterion.name != criterion.kind:
        data["name"] = criterion.name
    if criterion.weight != 1:
        data["weight"] = _number(criterion.weight)
    if criterion.is_required:
        data["required"] = True
    return {**data, **criterion.options}


def _source(provenance: Provenance) -> dict[str, object]:
    data: dict[str, object] = {"author": provenance.author, "date": provenance.date}
    if provenance.reviewed_by is not None:
        data["reviewed_by"] = provenance.reviewed_by
    if provenance.note:
        data["note"] = provenance.note
    return data


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _wrong(case: Case, data: dict[str, object], path: str) -> Iterator[Finding]:
    """Yield why no loader would read a case back as it is."""
    document = Document(path=path, data=data, positions={})
    place = case.source or SourceLocation(path=path)
    complaints = [] if is_plain(data) else list(schema.check_case(document, (), data))
    complaints += check_meaning(Entry(document=document, way=(), data=data), KnownRubrics(names=None, remedy=""))
    reasons = [item.message for item in complaints]
    criteria = case.rubric.criteria if case.rubric else ()
    reasons += [
        f"the option {key!r} of a criterion has the name of a key of its own"
        for criterion in criteria
        for key in sorted(_OWN_KEYS & criterion.options.keys())
    ]
    for reason in reasons:
        message = f"the case {case.identifier!r} cannot be written: {reason}"
        yield error("unwritable-case", message, "change the case where it comes from", place)
