"""Use case: judge the answers of a stored run again, by the suite as it is now; no agent is asked.

A trial's key does not depend on its rubric, so that a changed rubric leaves the answer as good as it was. What was
expected of a choice is the suite's of now as well. What failed when it was asked stays a failure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.application.committing import Ledger, Progress
from passmuster.application.evaluating import SuiteParts
from passmuster.application.making import Making
from passmuster.application.trials import RunTrial
from passmuster.domain.answers import Asked
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import PlanLanes, Response, Run, RunManifest, Trial, TrialKey, TrialPlan
from passmuster.domain.values import RunIdentifier, fingerprint_of
from passmuster.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers of a run that may be judged again.

    Attributes:
        run: The run, without trials of cases that are not asked any more as they were.
        cases: The suite's cases of now.
        edited: How many cases are left out whose requests were edited.
        gone: How many that the suite does not have any more.
        added: How many cases of the suite the run never asked.
    """

    run: Run
    cases: tuple[Case, ...]
    edited: int = 0
    gone: int = 0
    added: int = 0

    @property
    def left_out(self) -> str:
        """Which cases are left out and why, in a sentence; empty where none is."""
        reasons = (
            (self.edited, "whose requests were edited since"),
            (self.gone, "that the suite does not have any more"),
            (self.added, "that the run did not ask"),
        )
        told = [f"{count} {why}" for count, why in reasons if count]
        return f"Not judged again are cases without an answer of that run: {', '.join(told)}." if told else ""


def origin_of(store: Store, run: Run) -> Run:
    """Return the run that asked: one that was judged again may have been interrupted, and has no other answers."""
    if run.manifest.rescored is None:
        return run
    try:
        return store.load(run.manifest.rescored)
    except RunNotFoundError:
        return run


def answers_for(run: Run, cases: Sequence[Case]) -> Answers:
    """Return the answers of a run that still answer what the suite asks.

    Args:
        run: A stored run.
        cases: The suite's of now.

    Raises:
        InvalidConfigurationError: If there is none.
    """
    asked = {case.identifier: case.request for case in run.cases}
    now = {case.identifier: case.request for case in cases}
    same = {identifier for identifier, request in now.items() if asked.get(identifier) == request}
    trials = tuple(trial for trial in run.trials if trial.key.case in same)
    if not trials:
        finding = Finding(
            rule="nothing-to-rescore",
            severity=Severity.ERROR,
            message=f"run {run.manifest.identifier!r} has no answer to any request of the suite as it is",
            hint="make a run with `passmuster run`, or name another one with --run",
        )
        raise InvalidConfigurationError([finding])
    return Answers(
        run=replace(run, trials=trials),
        cases=tuple(cases),
        edited=len(asked.keys() & now.keys() - same),
        gone=len(asked.keys() - now.keys()),
        added=len(now.keys() - asked.keys()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RescoreRun:
    """Judges answers again, into a run of its own.

    Attributes:
        parts: The suite as it is now. Its subjects answer nothing.
    """

    parts: SuiteParts

    async def execute(self, answers: Answers, progress: Progress) -> RunIdentifier:
        """Judge every answer and store each trial as it is judged; return the name of the new run.

        Args:
            answers: What is judged.
            progress: Told of every trial once it is safely stored.

        Raises:
            StoreError: If something could not be stored.
        """
        parts, manifest = self.parts, self._manifest(answers)
        parts.store.begin(manifest, answers.run.roster, answers.cases)
        # A criterion may have asked a model.
        ledger = Ledger(run=manifest.identifier, store=parts.store, clock=parts.clock, endpoints=parts.endpoints)
        making = Making(executor=parts.executor, ledgers=(ledger,), progress=progress)
        runner = _Again(
            former={trial.key: trial for trial in answers.run.trials},
            judging=RunTrial(subjects={}, criteria=parts.criteria, clock=parts.clock),
        )
        cases = {case.identifier: case for case in answers.cases}
        plans = (_plan(trial, cases[trial.key.case]) for trial in answers.run.trials)
        await making.make(PlanLanes((plans,)), runner, lambda trial: (ledger, trial))
        return manifest.identifier

    def _manifest(self, answers: Answers) -> RunManifest:
        former, now = answers.run.manifest, self.parts.clock.now()
        origin = former.rescored or former.identifier
        missing = 0 if answers.left_out else max(0, former.planned - len(answers.run.trials))
        suffix = fingerprint_of([origin, now.isoformat()])[:6]
        return replace(
            former,
            identifier=RunIdentifier(f"{now:%Y%m%dT%H%M%S}-{suffix}"),
            started_at=now,
            planned=len(answers.run.trials) + missing,
            dataset=Dataset(name=former.suite, cases=answers.cases).fingerprint,
            versions=self.parts.versions,
            sandbox=self.parts.sandbox,
            selection=" ".join(filter(None, (former.selection, answers.left_out))),
            against=None,
            rescored=origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """Makes trials of stored answers; conforms to :class:`passmuster.ports.TrialRunner`.

    Attributes:
        former: The trials as they were.
        judging: Has criteria judge.
    """

    former: Mapping[TrialKey, Trial]
    judging: RunTrial

    async def respond(self, plan: TrialPlan) -> Response:
        """Return the answer that there is."""
        trial = self.former[plan.key]
        return Response(plan=plan, answer=trial.answer, started_at=trial.started_at, duration=trial.duration)

    async def assess(self, response: Response) -> Trial:
        """Have the criteria judge it; the trial takes as long as it took when it was asked."""
        return replace(await self.judging.assess(response), duration=response.duration)


def _plan(trial: Trial, case: Case) -> TrialPlan:
    # Nobody reads what is asked: there is an answer.
    return TrialPlan(key=trial.key, case=case, asked=Asked.ROUTING, inclusion=trial.inclusion)
