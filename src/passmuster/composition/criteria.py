"""The criteria of cases → live objects, each built once however many cases name it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.parts import part_of
from passmuster.configuration.suite import Section
from passmuster.documents import Document
from passmuster.documents import Path as Way
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.errors import InvalidDatasetError, InvalidInputError
from passmuster.domain.values import Fingerprint
from passmuster.ports import Criterion

if TYPE_CHECKING:
    from passmuster.domain.findings import Finding


def build_criteria(cases: Iterable[Case], catalogue: Catalogue, context: BuildContext) -> dict[Fingerprint, Criterion]:
    """Build every criterion of every case.

    Args:
        cases: They are walked once, and need not be held.
        catalogue: The components that there are.
        context: What criteria may build upon.

    Raises:
        InvalidDatasetError: With every complaint about their options.
    """
    criteria: dict[Fingerprint, Criterion] = {}
    findings: list[Finding] = []
    for case in cases:
        for reference in case.rubric.criteria if case.rubric else ():
            if reference.fingerprint in criteria:
                continue
            try:
                criteria[reference.fingerprint] = _criterion(case, reference, catalogue, context)
            except InvalidInputError as error:
                where = f"case {case.identifier!r}, criterion {reference.name!r}"
                findings.extend(replace(item, message=f"{where}: {item.message}") for item in error.findings)
    if findings:
        raise InvalidDatasetError(findings)
    return criteria


def _criterion(case: Case, reference: CriterionReference, catalogue: Catalogue, context: BuildContext) -> Criterion:
    # A criterion's place is its case's: the document of the case has been left behind by its loader.
    source = case.source
    positions: dict[Way, tuple[int, int]] = {(): (source.line or 1, source.column or 1)} if source else {}
    document = Document(path=source.path if source else case.identifier, data=None, positions=positions)
    section = Section.model_validate({"use": reference.kind, **reference.options, "name": reference.name})
    built: Criterion = part_of(catalogue, "criteria", section, document, ()).build(context)
    return built
