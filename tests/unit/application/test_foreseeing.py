"""Foreseeing a run: what it would take and see, from the baseline, earlier runs, or neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from passmuster.analysis.expenses import ANYTHING, FREE, Range
from passmuster.analysis.observing import observe
from passmuster.analysis.sensitivity import Basis
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.foreseeing import LATEST_RUNS, ForeseeingParts, Foresight, foresee
from passmuster.application.planning import PlannedSubject
from passmuster.domain.answers import Answer, Asked, Failure
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.observations import Aspect, Snapshot
from passmuster.domain.results import Run, SubjectRecord, Trial
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_quarantine,
    a_roster,
    a_rubric,
    a_score,
    a_subject_record,
)
from passmuster.testing.fakes import FakeClock, MemoryStore

CASES = tuple(a_case(f"case-{number}", text=f"request {number}") for number in range(40))
DROP = GateRule(metric="routing_accuracy", maximum_drop=0.05)
VARYING = a_subject_record("ours", is_deterministic=False)
STEADY = a_subject_record("lexical")


@dataclass(frozen=True)
class UnaskedSubject:
    """Complains when it is asked anything; foresees what it was told to."""

    foreseen: Failure | None = None
    writes: bool = True
    takes_assignments: bool = True

    async def respond(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Answer:
        raise AssertionError(request, repetition, assigned, asked)

    def foresee(
        self,
        request: Request,  # noqa: ARG002 - the port's
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,
    ) -> Failure | None:
        return self.foreseen if Asked.COMPLETION in asked else None


class SealedStore(MemoryStore):
    """Remembers what was read, and can be closed to writers."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.is_sealed = False

    def begin(self, *arguments: Any) -> None:  # noqa: ANN401 - passed on as they are
        assert not self.is_sealed
        super().begin(*arguments)

    def append(self, *arguments: Any) -> None:  # noqa: ANN401 - passed on as they are
        assert not self.is_sealed
        super().append(*arguments)

    def load(self, run: Any) -> Run:  # noqa: ANN401 - passed on as it is
        self.loaded.append(str(run))
        return super().load(run)


class NoExecutor:
    """Makes no trial."""

    def execute(self, *_arguments: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError


@dataclass
class Bench:
    """A suite of one subject that varies, and whatever a test changes about it."""

    records: Sequence[SubjectRecord] = (VARYING,)
    cases: Sequence[Any] = CASES
    repetitions: int = 1
    rules: tuple[GateRule, ...] = (DROP,)
    baseline: Snapshot | None = None
    free: Mapping[SubjectName, Asked] = field(default_factory=dict)
    foreseen: Failure | None = None
    quarantines: tuple[Any, ...] = ()
    store: SealedStore = field(default_factory=SealedStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(step=1.0))

    @property
    def evaluate(self) -> EvaluateSuite:
        subject = UnaskedSubject(foreseen=self.foreseen)
        parts = SuiteParts(
            suite="example",
            roster=a_roster("debugger", "tester"),
            cases=tuple(self.cases),
            subjects=tuple(PlannedSubject(subject=subject, record=record) for record in self.records),
            criteria={},
            store=self.store,
            executor=NoExecutor(),
            clock=self.clock,
            repetitions=self.repetitions,
            seed=7,
            configuration={"name": "example"},
            versions={},
            revision=None,
        )
        return EvaluateSuite(parts=parts)

    def run(self, *, share: float = 1.0, wrong: Sequence[str] = (), write: bool = False) -> Run:
        """Store a run of the suite, or the first share of its trials, and return it."""
        evaluate = self.evaluate
        planned = evaluate.start()
        self.store.begin(planned.manifest, evaluate.parts.roster, evaluate.parts.cases)
        trials = [
            Trial(
                key=plan.key,
                answer=Answer(
                    routing=a_decision("tester" if plan.key.case in wrong else "debugger"),
                    completion=a_completion() if write and Asked.COMPLETION in plan.asked else None,
                ),
                outcomes=(a_score(),) if write and Asked.COMPLETION in plan.asked else (),
                started_at=MOMENT,
                duration=2.0,
            )
            for plan in planned.missing
        ]
        self.store.append(planned.manifest.identifier, trials[: round(share * len(trials))])
        return self.store.load(planned.manifest.identifier)

    def foresee(self) -> Foresight:
        self.store.is_sealed = True
        self.store.loaded.clear()
        parts = ForeseeingParts(
            evaluate=self.evaluate,
            policy=GatePolicy(rules=self.rules, quarantines=self.quarantines),
            baseline=self.baseline,
            free=self.free,
            workers=4,
            most_written={},
        )
        return foresee(parts, lambda _done, _total: None)


def test_nothing_is_asked_and_nothing_is_stored() -> None:
    """Neither a subject nor an executor, and the store takes nothing."""
    foresight = Bench().foresee()

    assert (foresight.suite, foresight.cases, foresight.bill.trials, foresight.runs) == ("example", 40, 40, ())
    assert foresight.interrupted is None


def test_repetitions_are_for_subjects_that_vary() -> None:
    """A deterministic one answers once."""
    foresight = Bench(records=(VARYING, STEADY), repetitions=3).foresee()

    assert [subject.bill.trials for subject in foresight.subjects] == [120, 40]
    assert foresight.bill.trials == 160
    assert [aspect.outlook.repetitions for subject in foresight.subjects for aspect in subject.aspects] == [3, 1]


def test_a_hopeless_plan_is_refused_as_run_refuses_it() -> None:
    """Every case without a recording is named."""
    bench = Bench(cases=[a_case("judged", rubric=a_rubric())], foreseen=a_failure(kind="RecordingMissingError"))

    with pytest.raises(InvalidConfigurationError) as caught:
        bench.foresee()

    assert [finding.rule for finding in caught.value.findings] == ["recording-missing"]


def test_an_interrupted_run_is_what_resuming_takes_over() -> None:
    """The bill for what is left stands beside the whole one."""
    bench = Bench(repetitions=2)
    begun = bench.run(share=0.75)

    foresight = bench.foresee()

    assert foresight.interrupted == begun.manifest.identifier
    assert (foresight.bill.trials, foresight.left.trials) == (80, 20)
    assert (foresight.bill.seconds, foresight.left.seconds) == (Range(lower=40, upper=40), Range(lower=10, upper=10))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_there_is_nothing_to_resume_in_a_run_that_is_empty_or_whole(share: float) -> None:
    """A run made anew would repeat the one and begin the other."""
    bench = Bench()
    bench.run(share=share)

    foresight = bench.foresee()

    assert (foresight.interrupted, foresight.left.trials) == (None, 0)


def test_a_run_that_planned_something_else_is_not_resumed() -> None:
    """What if there were more repetitions? Its trials are still what figures rest on."""
    bench = Bench()
    begun = bench.run(share=0.5)

    foresight = replace(bench, repetitions=3).foresee()

    assert foresight.interrupted is None
    assert foresight.runs == (begun.manifest.identifier,)


def test_only_the_latest_runs_of_the_very_same_subject_are_read() -> None:
    """One that was configured otherwise says nothing."""
    bench = Bench()
    other = replace(bench, records=(replace(VARYING, fingerprint=STEADY.fingerprint),))
    runs = [one.run() for one in (bench, bench, bench, other, bench)]

    foresight = bench.foresee()

    wanted = [runs[number].manifest.identifier for number in (4, 2, 1)]
    assert list(foresight.runs) == wanted
    assert bench.store.loaded == wanted
    assert len(wanted) == LATEST_RUNS


def test_figures_rest_on_earlier_runs() -> None:
    """Forty trials of two seconds, four at a time; nobody said what they cost."""
    bench = Bench()
    bench.run()

    bill = bench.foresee().bill

    assert bill.seconds == Range(lower=20, upper=20)
    assert bill.amount.money == ANYTHING


def test_what_asks_nobody_costs_nothing() -> None:
    """As the subject's parts say."""
    bill = Bench(free={VARYING.name: Asked.ROUTING}).foresee().bill

    assert bill.amount == FREE


def test_without_a_baseline_this_run_is_taken_for_one() -> None:
    """The gate cannot tell before, which is said."""
    [subject] = Bench(repetitions=5).foresee().subjects
    [aspect] = subject.aspects

    assert aspect.obstacle == "there is no accepted baseline"
    assert (aspect.outlook.baseline_trials, len(aspect.outlook.cases), aspect.new) == (None, 40, 0)
    assert aspect.outlook.noise.basis is Basis.UNKNOWN
    assert aspect.sights[0].smallest is not None


def test_the_baseline_s_trials_and_cases_are_what_is_compared() -> None:
    """A case that is new, or that asks something else now, waits until it is accepted."""
    bench = Bench(repetitions=3)
    bench.baseline = observe(bench.run())
    bench.cases = [a_case("case-0", text="another request"), *CASES[1:], a_case("new", text="new")]

    [subject] = replace(bench, repetitions=1).foresee().subjects
    [aspect] = subject.aspects

    assert aspect.obstacle == ""
    assert (len(aspect.outlook.cases), aspect.new) == (39, 2)
    assert (aspect.outlook.repetitions, aspect.outlook.baseline_trials) == (1, 3)
    assert (aspect.outlook.noise.basis, aspect.outlook.noise.repeated) == (Basis.REPEATED, 39)
    assert aspect.sights[0].cases == 39


def test_noise_is_found_from_single_trials_of_several_runs() -> None:
    """Equal work, made twice."""
    bench = Bench()
    bench.run()
    bench.run(wrong=[f"case-{number}" for number in range(20)])

    [subject] = bench.foresee().subjects
    noise = subject.aspects[0].outlook.noise

    assert (noise.basis, noise.repeated) == (Basis.REPEATED, 40)
    assert noise.split.within > 0.1


def test_what_the_gate_does_not_count_is_not_counted() -> None:
    """Controls test the harness, and a case in quarantine is outside the gate."""
    control = a_case("control", text="control", is_control=True)
    bench = Bench(cases=[*CASES, control], quarantines=(a_quarantine("case-0"),))

    [subject] = bench.foresee().subjects

    assert subject.bill.trials == 41
    assert subject.aspects[0].sights[0].cases == 39


def test_a_suite_of_controls_sees_nothing() -> None:
    """There is nothing to say of it but its bill."""
    [subject] = Bench(cases=[a_case("control", is_control=True)]).foresee().subjects

    assert (subject.bill.trials, subject.aspects) == (1, ())


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (replace(VARYING, name=SubjectName("another")), "the baseline has no subject 'another'"),
        (replace(VARYING, fingerprint=STEADY.fingerprint), "subject 'ours' chooses by other means"),
    ],
)
def test_what_cannot_be_compared_is_said_why(record: SubjectRecord, reason: str) -> None:
    """The baseline's trials say nothing of how much such a subject varies, either."""
    bench = Bench(repetitions=2)
    bench.baseline = observe(bench.run())

    [subject] = replace(bench, records=(record,)).foresee().subjects
    [aspect] = subject.aspects

    assert aspect.obstacle.startswith(reason)
    assert aspect.outlook.noise.basis is Basis.UNKNOWN
    assert (len(aspect.outlook.cases), aspect.outlook.baseline_trials) == (40, None)


def test_a_baseline_of_other_cases_compares_nothing() -> None:
    """All of them wait until they are accepted."""
    bench = Bench()
    bench.baseline = observe(bench.run())

    [subject] = replace(bench, cases=[a_case("new", text="new")]).foresee().subjects

    assert subject.aspects[0].obstacle == "the baseline has none of these cases as they are now"


def test_outputs_are_seen_apart_from_choices() -> None:
    """With their own cases and their own noise; agents are told apart by choices."""
    judged = [a_case(f"judged-{number}", text=f"judged {number}", rubric=a_rubric()) for number in range(10)]
    bench = Bench(cases=[*CASES, *judged])
    bench.run(write=True)
    bench.run(write=True)

    [subject] = bench.foresee().subjects

    assert subject.bill.outputs == 10
    assert [(aspect.aspect, len(aspect.outlook.cases)) for aspect in subject.aspects] == [
        (Aspect.ROUTING, 50),
        (Aspect.OUTPUT, 10),
    ]
    assert [aspect.outlook.noise.repeated for aspect in subject.aspects] == [50, 10]
    assert [bool(aspect.agents) for aspect in subject.aspects] == [True, False]


@pytest.mark.parametrize("is_accepted", [True, False])
def test_agents_are_watched_by_what_is_rightly_theirs_now(is_accepted: bool) -> None:  # noqa: FBT001 - a parameter
    """As the baseline has it, or else the latest run of this very roster."""
    bench = Bench(records=(STEADY,), cases=CASES[:5])
    run = bench.run(wrong=["case-0", "case-1", "case-2"])
    bench.baseline = observe(run) if is_accepted else None

    [subject] = bench.foresee().subjects

    [aspect] = subject.aspects
    found = {item.agent: (item.cases, item.counting) for item in aspect.agents}
    assert found == {"(nobody)": (0, 0), "tester": (0, 0), "debugger": (5, 2)}
    assert aspect.outlook.owners[CaseIdentifier("case-0")] is None


def test_all_rules_of_the_gate_share_their_error_rate() -> None:
    """Those of another subject of the run as well, so that planning for one alone says something else."""
    rules = (DROP, GateRule(metric="harness_failure_rate", maximum=0.02))

    both = Bench(records=(VARYING, STEADY), rules=rules).foresee()
    alone = Bench(rules=rules).foresee()

    assert [subject.aspects[0].tests for subject in both.subjects] == [4, 4]
    assert [subject.aspects[0].tests for subject in alone.subjects] == [2]
