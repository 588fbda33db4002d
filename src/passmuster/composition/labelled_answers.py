"""People's labels and a suite → labelled answers that its judges can be asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from passmuster.application.calibrating_judges import LabelledAnswer
from passmuster.composition.building import Workbench
from passmuster.composition.judges import JudgeSeat, with_votes
from passmuster.composition.labels import LabelledText, read_labels
from passmuster.domain.answers import Completion
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Exhibit
from passmuster.domain.values import CaseIdentifier, Fingerprint, SourceLocation


@dataclass(slots=True, kw_only=True)
class Labelled:
    """Labels with the judges that they are about.

    Attributes:
        bench: The suite's parts.
        file: Where the labels are written.
        again: How often each judge is asked once more about every answer; 0 for not at all.
    """

    bench: Workbench
    file: Path
    again: int = 0
    _seats: dict[Fingerprint, JudgeSeat] = field(default_factory=dict)
    _steady: dict[Fingerprint, JudgeSeat] = field(default_factory=dict)

    def answers(self) -> tuple[LabelledAnswer, ...]:
        """Read the labels and build the judges.

        Raises:
            InvalidDatasetError: With every complaint about the labels: no such case, no such criterion, no judge.
        """
        labels = read_labels(self.file)
        cases = {case.identifier: case for case in self.bench.cases}
        findings = [finding for label in labels for finding in self._complaints(label, cases)]
        if findings:
            raise InvalidDatasetError(findings)
        return tuple(self._answer(label, cases[label.case]) for label in labels)

    def _complaints(self, label: LabelledText, cases: Mapping[CaseIdentifier, Case]) -> Iterator[Finding]:
        case = cases.get(label.case)
        if case is None:
            yield self._finding("unknown-case", f"the suite has no case {label.case!r}", "correct it", label)
            return
        reference = _reference(case, label.criterion)
        if reference is None:
            known = ", ".join(item.name for item in (case.rubric.criteria if case.rubric else ())) or "none"
            message = f"case {label.case!r} has no criterion {label.criterion!r}"
            yield self._finding("unknown-criterion", message, f"its criteria: {known}", label)
        elif not self.bench.criterion_parts.part(case, reference).component.judges:
            message = f"{label.criterion!r} ({reference.kind}) is judged by no model, so there is nothing to calibrate"
            yield self._finding("no-judge", message, "take these labels out", label)

    def _answer(self, label: LabelledText, case: Case) -> LabelledAnswer:
        reference = _reference(case, label.criterion)
        assert reference is not None  # noqa: S101 - complained about before
        seat = self._seat(case, reference)
        return LabelledAnswer(
            criterion=label.criterion,
            judge=seat.fingerprint,
            exhibit=Exhibit(case=case, completion=Completion(text=label.answer)),
            asks=seat.built,
            asks_again=self._repeating(reference, seat).built if self.again else None,
            people=label.people,
        )

    def _seat(self, case: Case, reference: CriterionReference) -> JudgeSeat:
        if reference.fingerprint not in self._seats:
            parts = self.bench.criterion_parts
            self._seats[reference.fingerprint] = self.bench.court.seat(parts.part(case, reference), parts.context)
        return self._seats[reference.fingerprint]

    def _repeating(self, reference: CriterionReference, seat: JudgeSeat) -> JudgeSeat:
        if reference.fingerprint not in self._steady:
            part = replace(seat.part, options=with_votes(seat.part.options, self.again + 1))
            context = self.bench.criterion_parts.context
            self._steady[reference.fingerprint] = self.bench.court.seat(part, context)
        return self._steady[reference.fingerprint]

    def _finding(self, rule: str, message: str, hint: str, label: LabelledText) -> Finding:
        location = SourceLocation(path=str(self.file), line=label.line, column=1)
        return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def _reference(case: Case, name: str) -> CriterionReference | None:
    return next((item for item in (case.rubric.criteria if case.rubric else ()) if item.name == name), None)
