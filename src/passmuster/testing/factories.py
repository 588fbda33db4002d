"""Complete domain values for tests: name only what the test is about, and the rest is filled in.

Every factory gives equal values for equal arguments. Further keywords replace fields of the value, and a keyword
that is no field raises ``TypeError``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import (
    Answer,
    Asked,
    Completion,
    CompletionRequest,
    Failure,
    RankedAgent,
    RoutingDecision,
    Stage,
)
from passmuster.domain.cases import Case, CriterionReference, Dataset, Expectation, Message, Request, Role, Rubric
from passmuster.domain.endpoints import Ending, Endpoint, EndpointRecord, LimitChange, RunSegment, Spending
from passmuster.domain.observations import CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.results import (
    Exhibit,
    Response,
    Run,
    RunManifest,
    Score,
    SubjectRecord,
    Trial,
    TrialKey,
    TrialPlan,
    Unscored,
)
from passmuster.domain.values import (
    AgentName,
    CaseIdentifier,
    RunIdentifier,
    SubjectName,
    fingerprint_of,
)
from passmuster.domain.verdicts import Quarantine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import DataclassInstance

ValueT = TypeVar("ValueT", bound="DataclassInstance")

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
"""When everything that a factory makes begins."""


def _changed(value: ValueT, changes: Mapping[str, object]) -> ValueT:
    return replace(value, **changes) if changes else value


def an_agent(name: str = "debugger", description: str | None = None, **changes: object) -> AgentDefinition:
    """Make an agent; its description names it unless one is given."""
    agent = AgentDefinition(
        name=AgentName(name),
        description=f"Use for the work of a {name}." if description is None else description,
        instructions=f"You are a {name}.",
    )
    return _changed(agent, changes)


def a_roster(*agents: str | AgentDefinition, **changes: object) -> Roster:
    """Make a roster of the agents given, or of a code-reviewer, a debugger and a test-engineer."""
    members = agents or ("code-reviewer", "debugger", "test-engineer")
    made = tuple(member if isinstance(member, AgentDefinition) else an_agent(member) for member in members)
    return _changed(Roster(name="example", agents=made), changes)


def a_request(text: str = "Why does this test fail?", **changes: object) -> Request:
    """Make a request without history."""
    return _changed(Request(text=text), changes)


def an_expectation(
    preferred: str | None = "debugger", *, acceptable: Iterable[str] = (), forbidden: Iterable[str] = ()
) -> Expectation:
    """Make an expectation; ``None`` means that nobody should take the request."""
    return Expectation(
        preferred=None if preferred is None else AgentName(preferred),
        acceptable=frozenset(map(AgentName, acceptable)),
        forbidden=frozenset(map(AgentName, forbidden)),
    )


def a_criterion_reference(kind: str = "contains", **changes: object) -> CriterionReference:
    """Make a reference to a criterion that is named like its kind and has no options."""
    return _changed(CriterionReference(kind=kind, name=kind), changes)


def a_rubric(*criteria: CriterionReference, **changes: object) -> Rubric:
    """Make a rubric of the criteria given, or of one."""
    return _changed(Rubric(criteria=criteria or (a_criterion_reference(),)), changes)


def a_case(
    identifier: str = "failing-test",
    *,
    text: str = "Why does this test fail?",
    preferred: str | None = "debugger",
    **changes: object,
) -> Case:
    """Make a case without a rubric."""
    case = Case(
        identifier=CaseIdentifier(identifier),
        request=a_request(text),
        expectation=an_expectation(preferred),
    )
    return _changed(case, changes)


def a_dataset(*cases: Case, **changes: object) -> Dataset:
    """Make a dataset of the cases given, or of one."""
    return _changed(Dataset(name="example", cases=cases or (a_case(),)), changes)


def a_decision(chosen: str | None = "debugger", *, score: float = 2.0, **changes: object) -> RoutingDecision:
    """Make a decision with a ranking of one; of none where nobody was chosen."""
    ranking = () if chosen is None else (RankedAgent(agent=AgentName(chosen), score=score),)
    name = None if chosen is None else AgentName(chosen)
    return _changed(RoutingDecision(chosen=name, ranking=ranking, margin=1.0), changes)


def a_completion_request(text: str = "Why does this test fail?", **changes: object) -> CompletionRequest:
    """Make a request for a completion: a system prompt and one turn of the user."""
    messages = (
        Message(role=Role.SYSTEM, content="You are a debugger."),
        Message(role=Role.USER, content=text),
    )
    return _changed(CompletionRequest(model="example", messages=messages), changes)


def a_completion(text: str = "The index is off by one.", **changes: object) -> Completion:
    """Make a completion that was made now."""
    return _changed(Completion(text=text, model="example"), changes)


def a_failure(stage: Stage = Stage.ROUTING, **changes: object) -> Failure:
    """Make a failure of the harness."""
    return _changed(Failure(stage=stage, kind="RoutingError", message="the router is out of reach"), changes)


def an_exhibit(text: str = "The index is off by one.", *, case: Case | None = None) -> Exhibit:
    """Make what a criterion looks at."""
    return Exhibit(case=case or a_case(), completion=a_completion(text))


def a_score(criterion: str = "contains", value: float = 1.0, **changes: object) -> Score:
    """Make a score that passes at 1 only."""
    return _changed(Score(criterion=criterion, value=value, passed=value >= 1.0, reason="It is there."), changes)


def an_unscored(criterion: str = "contains", **changes: object) -> Unscored:
    """Make the outcome of a criterion that could not judge."""
    return _changed(Unscored(criterion=criterion, failure=a_failure(Stage.CRITERION, kind="CriterionError")), changes)


def a_key(case: str = "failing-test", *, subject: str = "lexical", repetition: int = 0, **changes: object) -> TrialKey:
    """Make the key of a trial; its fingerprint follows from case and subject."""
    key = TrialKey(
        case=CaseIdentifier(case),
        subject=SubjectName(subject),
        repetition=repetition,
        fingerprint=fingerprint_of([case, subject]),
    )
    return _changed(key, changes)


def a_trial(case: str = "failing-test", *, subject: str = "lexical", repetition: int = 0, **changes: object) -> Trial:
    """Make a finished trial that was asked for a choice only."""
    trial = Trial(
        key=a_key(case, subject=subject, repetition=repetition),
        answer=Answer(routing=a_decision()),
        outcomes=(),
        started_at=MOMENT,
        duration=0.25,
    )
    return _changed(trial, changes)


def a_plan(case: Case | None = None, *, subject: str = "lexical", repetition: int = 0, **changes: object) -> TrialPlan:
    """Make a plan that asks for a choice only."""
    planned = case or a_case()
    key = a_key(planned.identifier, subject=subject, repetition=repetition)
    return _changed(TrialPlan(key=key, case=planned, asked=Asked.ROUTING), changes)


def a_response(plan: TrialPlan | None = None, **changes: object) -> Response:
    """Make a trial half made, whose choice was asked for only."""
    made = Response(plan=plan or a_plan(), answer=Answer(routing=a_decision()), started_at=MOMENT, duration=0.25)
    return _changed(made, changes)


def a_segment(**changes: object) -> RunSegment:
    """Make what one process did, which asked one endpoint."""
    endpoint = EndpointRecord(
        endpoint=Endpoint(provider="openai", address="http://127.0.0.1:1/v1", account="KEY"),
        spending=Spending(requests=3, retries=1, input_tokens=30, output_tokens=6, cost=Decimal("0.00012")),
        failures={"RateLimitedError": 1},
        limits=(LimitChange(after=0.5, limit=32, reason="it said that it was too much"),),
    )
    segment = RunSegment(started_at=MOMENT, duration=1.5, ending=Ending.FINISHED, trials=2, endpoints=(endpoint,))
    return _changed(segment, changes)


def a_subject_record(name: str = "lexical", **changes: object) -> SubjectRecord:
    """Make the record of a deterministic subject."""
    record = SubjectRecord(
        name=SubjectName(name),
        description=f"the router {name}",
        is_deterministic=True,
        fingerprint=fingerprint_of(["subject", name]),
    )
    return _changed(record, changes)


def a_manifest(identifier: str = "20260102T030405-0001", *, suite: str = "example", **changes: object) -> RunManifest:
    """Make the manifest of a run of one subject over one case."""
    manifest = RunManifest(
        identifier=RunIdentifier(identifier),
        suite=suite,
        started_at=MOMENT,
        seed=1,
        planned=1,
        roster=a_roster().fingerprint,
        dataset=a_dataset().fingerprint,
        configuration={"name": suite},
        subjects=(a_subject_record(),),
        versions={"passmuster": "0.1.0"},
    )
    return _changed(manifest, changes)


def a_run(*trials: Trial, cases: Iterable[Case] = (), roster: Roster | None = None, **changes: object) -> Run:
    """Make a run of the trials given, or of one; further keywords replace fields of its manifest.

    Without cases, one is made for every case that a trial names. The manifest follows from the rest.
    """
    made = trials or (a_trial(),)
    known = tuple(cases) or tuple(a_case(name) for name in dict.fromkeys(trial.key.case for trial in made))
    agents = roster or a_roster()
    manifest = a_manifest(
        planned=len(made),
        roster=agents.fingerprint,
        dataset=a_dataset(*known).fingerprint,
        subjects=tuple(a_subject_record(name) for name in dict.fromkeys(trial.key.subject for trial in made)),
    )
    return Run(manifest=_changed(manifest, changes), roster=agents, cases=known, trials=made)


def an_observation(
    case: str = "failing-test", *, chosen: str | None = "debugger", is_right: bool = True, **changes: object
) -> CaseObservation:
    """Make what a run showed for one case of the subject ``lexical``: one choice, right or wrong, and no output."""
    observation = CaseObservation(
        subject=SubjectName("lexical"),
        case=CaseIdentifier(case),
        fingerprint=fingerprint_of(["case", case]),
        chosen=(None if chosen is None else AgentName(chosen),),
        outcomes=(RoutingOutcome.PREFERRED if is_right else RoutingOutcome.WRONG,),
        margin=1.0,
    )
    return _changed(observation, changes)


def a_quarantine(case: str = "failing-test", *, expires: str = "9999-12-31", **changes: object) -> Quarantine:
    """Make the quarantine of a case, for every subject, that nobody lives to see the end of."""
    return _changed(Quarantine(case=CaseIdentifier(case), owner="somebody", expires=expires), changes)


def a_snapshot(*observations: CaseObservation, roster: Roster | None = None, **changes: object) -> Snapshot:
    """Make one side of a comparison from the observations given, or from one; their subjects follow from them."""
    made = observations or (an_observation(),)
    snapshot = Snapshot(
        suite="example",
        agents=Snapshot.prints(roster or a_roster()),
        subjects=tuple(a_subject_record(name) for name in dict.fromkeys(item.subject for item in made)),
        observations=made,
    )
    return _changed(snapshot, changes)
