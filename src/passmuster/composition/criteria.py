"""The criteria of cases → live objects, each built once however many cases name it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.confining import Confinement, ExecutingCriterion, means_of
from passmuster.composition.judges import Court
from passmuster.composition.parts import Part, part_of
from passmuster.configuration.suite import Section
from passmuster.documents import Document
from passmuster.documents import Path as Way
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.errors import BackendError, InvalidDatasetError, InvalidInputError, PassmusterError
from passmuster.domain.findings import Finding
from passmuster.domain.values import Fingerprint
from passmuster.ports import Criterion


class _Nobody:
    """Stands for a backend where criteria are only checked, and nobody is asked."""

    async def complete(self, request: CompletionRequest) -> Completion:
        del request
        message = "no backend can be asked without a suite"
        raise BackendError(message, hint="run the criterion through a suite that has the backend")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionParts:
    """What criteria are built of.

    Attributes:
        catalogue: The components that there are.
        context: What every criterion may build upon.
        confinement: Where criteria have code run; without one they are left out when they are to.
        court: Who judges where criteria ask models; without a suite there is nobody.
    """

    catalogue: Catalogue
    context: BuildContext
    confinement: Confinement | None = None
    court: Court | None = None

    def part(self, case: Case, reference: CriterionReference) -> Part:
        """Return a criterion of a case with its options checked.

        Raises:
            InvalidConfigurationError: With every complaint about its options.
        """
        # A criterion's place is its case's: the document of the case has been left behind by its loader.
        source = case.source
        positions: dict[Way, tuple[int, int]] = {(): (source.line or 1, source.column or 1)} if source else {}
        document = Document(path=source.path if source else case.identifier, data=None, positions=positions)
        section = Section.model_validate({"use": reference.kind, **reference.options, "name": reference.name})
        return part_of(self.catalogue, "criteria", section, document, ())

    def build(self, part: Part) -> Criterion:
        """Build a criterion."""
        if self.court is None:
            built: Criterion = part.build(replace(self.context, backend=lambda _name: _Nobody()))
        elif part.component.judges:
            return self.court.judged(self.court.seat(part, self.context))
        else:
            built = self.court.seat(part, self.context).built
        if self.confinement is None or not part.component.needs_sandbox:
            return built
        return ExecutingCriterion(inner=built, confinement=self.confinement, means=means_of(part))


def build_criteria(cases: Iterable[Case], parts: CriterionParts) -> dict[Fingerprint, Criterion]:
    """Build every criterion of every case.

    Args:
        cases: They are walked once, and need not be held.
        parts: What they are built of.

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
                criteria[reference.fingerprint] = parts.build(parts.part(case, reference))
            except InvalidInputError as error:
                where = f"case {case.identifier!r}, criterion {reference.name!r}"
                findings.extend(_found(case, where, item) for item in error.findings)
    if findings:
        raise InvalidDatasetError(findings)
    return criteria


def _found(case: Case, where: str, item: Finding) -> Finding:
    """Return a complaint as one of the case: what it names and the suite lacks is mended where it is named."""
    location = case.source if item.rule == "unknown-backend" else item.location
    return replace(item, message=f"{where}: {item.message}", location=location)


def executing_criteria(cases: Iterable[Case], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the criteria that have code run in a sandbox, in order; unknown kinds are not among them."""
    references = {item.name: item.kind for case in cases if case.rubric for item in case.rubric.criteria}
    return tuple(sorted(name for name, kind in references.items() if _executes(kind, catalogue)))


def _executes(kind: str, catalogue: Catalogue) -> bool:
    try:
        return catalogue.component("criteria", kind).needs_sandbox
    except PassmusterError:
        # Building the criteria complains of it, with its place.
        return False
