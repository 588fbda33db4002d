"""Criteria that models judge: who judges, whether people measured how well, and what that makes of their scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from passmuster.analysis.judged_rates import COUNTS, PEOPLE
from passmuster.components import BuildContext
from passmuster.composition.calibrations import read_calibrations
from passmuster.composition.parts import Part
from passmuster.domain.judging import CALIBRATION, JudgeCalibration, labelled_key
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import Fingerprint, fingerprint_of
from passmuster.ports import Backend, Criterion, Embedder


@dataclass(slots=True, kw_only=True)
class JudgeSeat:
    """A judge as a suite has it.

    Attributes:
        part: The criterion.
        backends: The backends that it asks.
        built: The criterion as it judges, without what is known of it.
    """

    part: Part
    backends: list[Part]
    built: Criterion

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of all that its verdicts depend on, and not of what a rubric calls it."""
        options = self.part.options.model_dump(mode="json", exclude={"name"})
        content = self.part.component.content(self.part.options, self.part.folder)
        asked = [backend.fingerprint for backend in self.backends]
        return fingerprint_of([self.part.use, self.part.component.version, options, content, *asked])


@dataclass
class Court:
    """Builds what criteria need beyond the answer's files: backends that judge, and embedders.

    Attributes:
        backend: Returns the backend of a name and what it was built of.
        embedder: Builds the embedder that a section names.
        calibrations: The folder of calibrations.
        may_gate: Whether the suite lets judges count that nobody has calibrated.
        asked: Every criterion and backend that was built and asks somebody.
    """

    backend: Callable[[str], tuple[Part, Backend]]
    embedder: Callable[[Mapping[str, object]], Embedder]
    calibrations: Path
    may_gate: bool
    asked: list[Part] = field(default_factory=list)

    def seat(self, part: Part, bare: BuildContext) -> JudgeSeat:
        """Build a criterion, noting which backends it asks.

        Raises:
            InvalidConfigurationError: If the suite has no such backend.
        """
        backends: list[Part] = []

        def named(name: str) -> Backend:
            used, backend = self.backend(name)
            backends.append(used)
            return backend

        built: Criterion = part.build(replace(bare, backend=named, embedder=self.embedder))
        if backends:
            self.asked += [part, *backends]
        return JudgeSeat(part=part, backends=backends, built=built)

    def judged(self, seat: JudgeSeat) -> Criterion:
        """Return a criterion whose scores tell how far they may be relied upon."""
        judge = seat.fingerprint
        calibration = self._known.get(judge)
        return JudgedCriterion(inner=seat.built, judge=judge, calibration=calibration, may_gate=self.may_gate)

    @cached_property
    def _known(self) -> Mapping[Fingerprint, JudgeCalibration]:
        return {item.judge: item for item in read_calibrations(self.calibrations)}


def with_votes(options: BaseModel, votes: int) -> BaseModel:
    """Return the options of a judge that votes so often; one that has no votes stays as it is."""
    return options.model_copy(update={"votes": votes}) if "votes" in type(options).model_fields else options


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCriterion:
    """A criterion that a model judges.

    Attributes:
        inner: The criterion.
        judge: The fingerprint of the judge; scores of two runs are compared where it is equal.
        calibration: What people's labels have shown of it; ``None`` where nobody has measured it.
        may_gate: Whether it counts all the same.
    """

    inner: Criterion
    judge: Fingerprint
    calibration: JudgeCalibration | None
    may_gate: bool

    async def assess(self, exhibit: Exhibit) -> Score:
        """Judge the answer.

        Raises:
            TrialFailure: If the judge cannot judge.
        """
        from passmuster.application.calibrating_judges import models_of  # noqa: PLC0415 - few suites have judges

        score = await self.inner.assess(exhibit)
        models = models_of(score)
        # A service that puts another model behind a name has another judge.
        known = self.calibration is not None and set(models) <= set(self.calibration.models)
        counts: dict[str, object] = {name: getattr(self.calibration, name) for name in COUNTS} if known else {}
        key = labelled_key(exhibit.case.identifier, exhibit.completion.text)
        if self.calibration is not None and known and key in self.calibration.answers:
            counts[PEOPLE] = self.calibration.answers[key]
        return replace(
            score,
            means=fingerprint_of([self.judge, sorted(set(models))]),
            is_advisory=not known and not self.may_gate,
            evidence={**score.evidence, CALIBRATION: counts},
        )
