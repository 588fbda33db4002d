"""Use case: derive the scores of a stored run anew from its answers, and compare them with those that are stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passmuster.domain.answers import Completion, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.cases import Case
from passmuster.domain.results import Exhibit, Score, Trial
from passmuster.domain.values import Fingerprint
from passmuster.domain.verifications import Edit, EditKind
from passmuster.ports import Criterion

MOST = 1_000
"""So many scores that differ are listed."""


@dataclass(slots=True, kw_only=True)
class Rederiving:
    """Has criteria judge stored answers, which ask nobody and run no code.

    Attributes:
        criteria: Those that give the same score each time, by the fingerprint of the reference that names them.
        derived: Scores that were derived anew.
        left: Outcomes that were not: a model or a sandbox would be needed, or the harness had failed.
        edits: Scores that do not follow from their answer.
    """

    criteria: Mapping[Fingerprint, Criterion]
    derived: int = 0
    left: int = 0
    edits: tuple[Edit, ...] = ()

    async def compare(self, cases: Iterable[Case], trials: Iterable[Trial]) -> None:
        """Derive the scores of trials.

        Args:
            cases: The run's.
            trials: They are walked once.
        """
        known = {case.identifier: case for case in cases}
        for trial in trials:
            case = known.get(trial.key.case)
            if case is None or case.rubric is None:
                self.left += len(trial.outcomes)
            else:
                await self._compare(case, trial)

    async def _compare(self, case: Case, trial: Trial) -> None:
        references = {item.name: item for item in case.rubric.criteria} if case.rubric else {}
        for outcome in trial.outcomes:
            reference = references.get(outcome.criterion)
            criterion = self.criteria.get(reference.fingerprint) if reference else None
            completion = trial.answer.completion
            if criterion is None or not isinstance(outcome, Score) or not isinstance(completion, Completion):
                self.left += 1
                continue
            found = await attempt(Stage.CRITERION, criterion.assess(Exhibit(case=case, completion=completion)))
            if not isinstance(found, Score):
                self.left += 1
                continue
            self.derived += 1
            if (found.value, found.passed) != (outcome.value, outcome.passed) and len(self.edits) < MOST:
                self.edits = (*self.edits, _edit(trial, outcome, found))


def _edit(trial: Trial, stored: Score, found: Score) -> Edit:
    row = {
        "case": trial.key.case,
        "subject": trial.key.subject,
        "repetition": trial.key.repetition,
        "criterion": stored.criterion,
    }
    column = "value" if found.value != stored.value else "passed"
    now = getattr(found, column)
    detail = f"it is {getattr(stored, column)}, and the answer gives {now}"
    return Edit(table="score", row=row, kind=EditKind.CHANGED, column=column, detail=detail)
