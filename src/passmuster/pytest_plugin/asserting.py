"""What hand-written tests ask: a suite's results, whether a request reaches an agent, whether an answer will do."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.application.answer_texts import laid_out
from passmuster.application.trials import RunTrial
from passmuster.application.trying import decide
from passmuster.composition.case_files import read_cases
from passmuster.composition.rubric_material import executing_kinds
from passmuster.configuration.reading import SUITE_FILE, find_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Answer, Asked, Completion, Origin, RoutingDecision
from passmuster.domain.cases import Case, Expectation, Request, Rubric
from passmuster.domain.errors import InvalidInputError, PassmusterError, RoutingError
from passmuster.domain.observations import NOBODY
from passmuster.domain.reports import Report
from passmuster.domain.results import Outcome, Response, Trial, TrialKey, TrialPlan, Unscored
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, SubjectName
from passmuster.pytest_plugin.case_outcomes import expected_text
from passmuster.pytest_plugin.sharing import RefusedError, complaints_of
from passmuster.pytest_plugin.suites import OpenSuite, OpenSuites
from passmuster.pytest_plugin.telling import decision_lines, outcome_lines, told, visible_lines

HAND_WRITTEN = CaseIdentifier("hand-written")


class UnusableError(Exception):
    """What a test asks for cannot be done: there is no such suite, subject or agent, or the harness failed."""


@dataclass(frozen=True, slots=True)
class Where:
    """From where suites are named.

    Attributes:
        suites: The suites of this session.
        test: The file of the test.
    """

    suites: OpenSuites
    test: Path

    def suite(self, wanted: str | Path | None) -> OpenSuite:
        """Open the suite that is named; else the one beside the test, or in a folder above it, or the only one.

        Raises:
            UnusableError: If there is none, or it has complaints.
        """
        folder = self.suites.wish.folder
        try:
            found = self._near() if wanted is None else None
            path = found or find_suite(Settings().suite if wanted is None else str(wanted), folder)
            suite = self.suites.suite(path.absolute())
            suite.check()
        except PassmusterError as error:
            raise UnusableError(visible_lines(complaints_of(error))) from error
        return suite

    def _near(self) -> Path | None:
        folders = [folder for folder in self.test.parents if folder.is_relative_to(self.suites.wish.folder)]
        return next((folder / SUITE_FILE for folder in folders if (folder / SUITE_FILE).is_file()), None)


@dataclass(frozen=True, slots=True)
class SuiteRuns:
    """Runs suites, each once in a session."""

    where: Where

    def __call__(self, suite: str | Path | None = None) -> Report:
        """Return the results of a suite as a Report.

        Args:
            suite: A ``suite.yaml``, its folder, or the folder's name below ``evals``. By default the one beside the
                test or above it, or the only one.

        Raises:
            UnusableError: If it cannot be run.
        """
        __tracebackhide__ = True
        opened = self.where.suite(suite)
        try:
            return opened.report(opened.everything)
        except RefusedError as error:
            raise UnusableError(visible_lines(str(error))) from error


@dataclass(frozen=True, slots=True)
class RouteAssertion:
    """Asserts that requests go to agents."""

    where: Where

    def __call__(
        self,
        request_text: str,
        agent: str | None,
        *,
        acceptable: Collection[str] = (),
        subject: str | None = None,
        suite: str | Path | None = None,
    ) -> RoutingDecision:
        """Assert that a request goes to an agent, and return the choice.

        Args:
            request_text: What somebody says.
            agent: Who should take it; ``None`` for nobody.
            acceptable: Other right choices.
            subject: Whose choice, by its name in the suite. By default the first.
            suite: As in :meth:`SuiteRuns.__call__`.

        Raises:
            AssertionError: If it goes elsewhere.
            UnusableError: If there is no such agent, or there was no choice.
        """
        __tracebackhide__ = True
        opened = self.where.suite(suite)
        expectation = Expectation(
            preferred=None if agent is None else AgentName(agent),
            acceptable=frozenset(AgentName(name) for name in acceptable),
        )
        name = SubjectName(subject or next(iter(opened.bench.configuration.subjects)))
        decision = _decided(opened, name, Request(text=request_text), expectation)
        if not routing_outcome(decision.chosen, expectation).is_right:
            lines = [("expected", expected_text(expectation)), ("chosen", decision.chosen or NOBODY)]
            lines += [("subject", name), ("request", request_text), *decision_lines(decision, expectation)]
            message = f"the request does not go to {agent or NOBODY}\n{told(lines)}"
            raise AssertionError(message)
        return decision


@dataclass(frozen=True, slots=True)
class RubricAssertion:
    """Asserts that answers pass rubrics."""

    where: Where

    def __call__(
        self,
        answer: str | Mapping[str, str],
        *,
        rubric: str | Rubric | Mapping[str, object],
        suite: str | Path | None = None,
    ) -> tuple[Outcome, ...]:
        """Assert that an answer passes a rubric, and return what its criteria said.

        Args:
            answer: The answer as text, or its files as texts by path.
            rubric: The identifier of the case whose rubric counts, or a rubric as a dataset writes it.
            suite: As in :meth:`SuiteRuns.__call__`.

        Raises:
            AssertionError: If it does not pass.
            UnusableError: If there is no such rubric, or it could not be judged.
        """
        __tracebackhide__ = True
        opened = self.where.suite(suite)
        case = _case_of(opened, rubric)
        judged = case.rubric
        assert judged is not None  # noqa: S101 - a case without any was refused
        trial = _judged(opened, case, answer if isinstance(answer, str) else laid_out(answer))
        lines = list(outcome_lines(trial.outcomes))
        result = rubric_result(judged, trial.outcomes)
        if result is not None and not result.passed:
            message = (
                f"the answer does not pass: {result.score:.2f} of {judged.passing_score:.2f} needed\n{told(lines)}"
            )
            raise AssertionError(message)
        if any(isinstance(one, Unscored) and not one.is_left_out for one in trial.outcomes):
            message = f"the harness failed, which says nothing of the answer\n{told(lines)}"
            raise UnusableError(message)
        if left_out := [one for one in trial.outcomes if isinstance(one, Unscored)]:
            pytest.skip(
                visible_lines("; ".join(f"{one.criterion} was left out: {one.failure.message}" for one in left_out))
            )
        return trial.outcomes


def _decided(opened: OpenSuite, name: SubjectName, request: Request, expectation: Expectation) -> RoutingDecision:
    bench = opened.bench
    unknown = sorted(expectation.named - set(bench.roster.names))
    if unknown:
        message = f"the roster has no agent {unknown[0]!r}; its agents: {', '.join(bench.roster.names)}"
        raise UnusableError(visible_lines(message))
    try:
        bench.refuse_missing_secrets([name])
        planned = opened.subject(name)
        return opened.loop.run(lambda: decide(planned, request))
    except RoutingError as error:
        message = f"the harness failed, which says nothing of the agents: {error}"
        raise UnusableError(visible_lines(message)) from error
    except PassmusterError as error:
        raise UnusableError(visible_lines(complaints_of(error))) from error


def _case_of(opened: OpenSuite, rubric: str | Rubric | Mapping[str, object]) -> Case:
    if isinstance(rubric, str):
        found = next((case for case in opened.bench.cases if case.identifier == rubric), None)
        if found is None or found.rubric is None:
            what = "no case" if found is None else "no rubric for the case"
            message = f"the suite has {what} {rubric!r}; name a case that has one, or write the rubric itself"
            raise UnusableError(visible_lines(message))
        return found
    if isinstance(rubric, Rubric):
        nobody = Expectation(preferred=None)
        return Case(identifier=HAND_WRITTEN, request=Request(text=HAND_WRITTEN), expectation=nobody, rubric=rubric)
    return _read(rubric)


def _read(rubric: Mapping[str, object]) -> Case:
    """Read a rubric as a dataset's loader does, which checks it."""
    line = {"identifier": HAND_WRITTEN, "request": HAND_WRITTEN, "expect": {"agent": None}, "rubric": rubric}
    with TemporaryDirectory(prefix="passmuster-") as folder:
        path = Path(folder) / "rubric.jsonl"
        try:
            path.write_text(json.dumps(line), encoding="utf-8")
            return read_cases(path)[0]
        except InvalidInputError as error:
            # The file is none of the user's.
            lines = [
                f"{finding.message} — {finding.hint}" if finding.hint else finding.message for finding in error.findings
            ]
            raise UnusableError(visible_lines("\n".join(["this is no rubric:", *lines]))) from error
        except TypeError as error:
            message = f"this is no rubric: {error}"
            raise UnusableError(visible_lines(message)) from error


def _judged(opened: OpenSuite, case: Case, text: str) -> Trial:
    bench = opened.bench
    kinds = {reference.kind for reference in (case.rubric.criteria if case.rubric else ())}
    try:
        if not kinds.isdisjoint(executing_kinds()):
            bench.confinement.make_ready(lambda _share, _what: None)
        criteria = bench.check_criteria([case])
        bench.refuse_missing_secrets((), bench.court.asked)
    except PassmusterError as error:
        raise UnusableError(visible_lines(complaints_of(error))) from error
    key = TrialKey(case=case.identifier, subject=SubjectName("by hand"), repetition=0, fingerprint=UNKNOWN)
    response = Response(
        plan=TrialPlan(key=key, case=case, asked=Asked.COMPLETION),
        answer=Answer(completion=Completion(text=text, origin=Origin.AUTHORED)),
        started_at=bench.clock.now(),
        duration=0.0,
    )
    runner = RunTrial(subjects={}, criteria=criteria, clock=bench.clock)
    return opened.loop.run(lambda: runner.assess(response))
