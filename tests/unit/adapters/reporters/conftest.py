"""Reports to draw, full of hostile text: against a baseline, with every kind of finding, without a baseline, empty.

The one that is judged in full is put together by hand, so that what is drawn does not hang on how a gate decides.
"""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.html import draw, render
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.charting.kept import KeptCharts
from passmuster.domain.answers import Answer, Origin, RankedAgent, Stage, TermWeight
from passmuster.domain.cases import Message, Provenance, Role
from passmuster.domain.comparisons import CaseChange, ChangeKind, Incomparable, MetricChange, RosterChange
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import AgentName, CaseIdentifier, SourceLocation, SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, GateVerdict, Quarantine
from passmuster.testing import factories

KEPT = KeptCharts()
"""Nothing is kept from test to test."""

HOSTILE = (
    "</script><img src=x onerror=alert(1)> \x1b[31mred\x1b[0m \u202egnp.exe \x00 \ud800 @maintainers #12 "
    "[link](https://example.org/?a=1&b=2) `code` | cell\n# heading\n{{ 7 * 7 }}"
)


def _trials(subject: str, *, stolen: bool) -> list[Trial]:
    taker = "code-reviewer" if stolen else "debugger"
    ranking = (
        RankedAgent(
            agent=AgentName(taker),
            score=2.5,
            terms=(TermWeight(term="<b>test</b>", weight=2.75), TermWeight(term="fail", weight=-0.25)),
        ),
        RankedAgent(agent=AgentName("test-engineer"), score=1.25, terms=(TermWeight(term="test", weight=1.25),)),
    )
    decision = factories.a_decision(taker, ranking=ranking, rationale="it says <i>so</i>")
    score = factories.a_score(
        "contains", 0.5, reason="<u>half</u> of it", evidence={"line": 3, "found": ["</td>"], "text": HOSTILE}
    )
    completion = factories.a_completion(HOSTILE, origin=Origin.AUTHORED, author="Ana <ana@example.org>")
    return [
        factories.a_trial("hostile", subject=subject, answer=Answer(routing=decision)),
        factories.a_trial(
            "judged",
            subject=subject,
            answer=Answer(routing=factories.a_decision(), completion=completion, writer=AgentName("debugger")),
            outcomes=(score, factories.an_unscored("regex")),
        ),
        factories.a_trial("nobody's", subject=subject, answer=Answer(routing=factories.a_decision(None))),
        factories.a_trial(
            "lost", subject=subject, answer=Answer(routing=factories.a_failure(Stage.ROUTING, message=HOSTILE))
        ),
    ]


def _run(*, stolen: bool) -> Run:
    description = "Use for everything, tests included." if stolen else "Use for reviews."
    roster = factories.a_roster(factories.an_agent("code-reviewer", description), "debugger", "test-engineer")
    rubric = factories.a_rubric(
        factories.a_criterion_reference("contains", is_required=True), factories.a_criterion_reference("regex")
    )
    cases = (
        factories.a_case(
            "hostile",
            text=HOSTILE,
            request=factories.a_request(
                HOSTILE, history=(Message(role=Role.ASSISTANT, content="Which <em>one</em>?"),)
            ),
            expectation=factories.an_expectation("debugger", acceptable=["test-engineer"]),
            provenance=Provenance(author="<b>Ana</b>", date="2026-01-02", note="from a call"),
            source=SourceLocation(path="cases.jsonl", line=1),
        ),
        factories.a_case("judged", rubric=rubric, tags=frozenset({"</option>"})),
        factories.a_case("nobody's", preferred=None, text="Thanks, that is all."),
        factories.a_case("lost"),
    )
    trials = [*_trials("lexical", stolen=stolen), *_trials("<second>", stolen=False)]
    return factories.a_run(*trials, cases=cases, roster=roster, suite="suite <&> @all")


@pytest.fixture(scope="session")
def hostile() -> str:
    """Text that tries to leave every format."""
    return HOSTILE


@pytest.fixture(scope="session")
def report() -> Report:
    """A report of two subjects against a baseline."""
    baseline = observe(_run(stolen=False))
    return report_of(_run(stolen=True), GatePolicy(rules=(GateRule(metric="unaccepted_breaks"),)), baseline)


@pytest.fixture(scope="session")
def first_report() -> Report:
    """A report of a first run: there is no baseline."""
    return report_of(_run(stolen=False), GatePolicy(rules=()), None)


@pytest.fixture(scope="session")
def empty_report() -> Report:
    """A report of a run without cases."""
    return report_of(replace(factories.a_run(planned=0), cases=(), trials=()), GatePolicy(rules=()), None)


def _difference(subset: str, value: float, size: int, *, is_notable: bool = False) -> MetricChange:
    return MetricChange(
        subject=SubjectName("lexical"),
        metric="routing_accuracy",
        baseline=0.8,
        candidate=0.8 + value,
        difference=Estimate(
            value=value, lower=value - 0.05, upper=value + 0.05, confidence=0.95, sample_size=size, method="Tango"
        ),
        subset=subset,
        is_notable=is_notable,
    )


def _findings() -> tuple[GateFinding, ...]:
    lexical, drop = SubjectName("lexical"), GateRule(metric="routing_accuracy", maximum_drop=0.05)
    each = GateRule(metric="routing_accuracy", subset="agent=*", maximum_drop=0.15)
    return (
        GateFinding(
            rule=GateRule(metric="unaccepted_breaks"),
            subject=lexical,
            outcome=GateOutcome.PASSED,
            sentence="lexical: no case broke",
        ),
        GateFinding(
            rule=drop,
            subject=lexical,
            outcome=GateOutcome.FAILED,
            sentence="lexical: routing_accuracy fell by 10.0 points",
            estimate=_difference("all", -0.1, 300).difference,
        ),
        GateFinding(
            rule=GateRule(metric="routing_accuracy", subset="tag=<b>", minimum=0.9),
            subject=lexical,
            outcome=GateOutcome.INCONCLUSIVE,
            sentence="lexical: <i>nobody</i> can tell",
        ),
        GateFinding(
            rule=each,
            subject=lexical,
            outcome=GateOutcome.INCONCLUSIVE,
            sentence="lexical: it rests on 7 cases: shown and not gated",
            subset="agent=debugger",
            is_gated=False,
        ),
    )


def _apart(item: CaseReport) -> CaseReport:
    """Make of one case a critical one, of another a control, and leave one out of the run."""
    if item.case.identifier == "hostile":
        return replace(item, case=replace(item.case, is_critical=True), deciding_words=("<b>test</b>", "fail"))
    if item.case.identifier == "nobody's":
        return replace(item, case=replace(item.case, is_control=True))
    if (item.subject, item.case.identifier) != ("lexical", "lost"):
        return item
    change = CaseChange(
        subject=item.subject, case=item.case.identifier, aspect=Aspect.ROUTING, kind=ChangeKind.LEFT_OUT
    )
    return replace(item, trials=(), observation=replace(item.observation, failures=0, rounds=2), changes=(change,))


@pytest.fixture(scope="session")
def judged_report(report: Report) -> Report:
    """A report that shows every kind of finding, difference, roster edit and case at once."""
    assert report.comparison is not None
    findings = _findings()
    cases = tuple(map(_apart, report.cases))
    comparison = replace(
        report.comparison,
        roster=RosterChange(
            added=(AgentName("fresh"), AgentName("new-name")),
            removed=(AgentName("old-name"),),
            description_edited=(AgentName("code-reviewer"),),
            otherwise_edited=(AgentName("debugger"), AgentName("test-engineer")),
            renamed=((AgentName("old-name"), AgentName("new-name")),),
            instructions_edited=(AgentName("debugger"),),
            tools_edited=(AgentName("debugger"),),
            model_edited=(AgentName("debugger"),),
        ),
        cases=tuple(change for item in cases for change in item.changes),
        metrics=(
            _difference("all", -0.1, 300),
            _difference("stratum=implicit", -0.12, 200, is_notable=True),
            _difference("tag=<b>", 0.1, 60, is_notable=True),
            _difference("agent=debugger", 0.0, 7),
        ),
        incomparable=(
            Incomparable(
                subject=SubjectName("<second>"), aspect=Aspect.ROUTING, reason="subject '<second>' chooses otherwise"
            ),
        ),
    )
    return replace(
        report,
        verdict=GateVerdict(outcome=GateOutcome.FAILED, reasons=(findings[1].sentence,), findings=findings),
        comparison=comparison,
        trust=(*report.trust, "Subject '<second>' chooses otherwise."),
        cases=cases,
        quarantines=(
            Quarantine(case=CaseIdentifier("hostile"), owner="<b>Ana</b> @all", expires="2027-02-01", reason="a | b"),
            Quarantine(case=CaseIdentifier("gone"), owner="Ben", expires="2027-01-01"),
        ),
    )


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    """The page of the report against a baseline."""
    return render(report, draw(report, KEPT))


@pytest.fixture(scope="session")
def judged_page(judged_report: Report) -> str:
    """The page of the report with every kind of finding."""
    return render(judged_report, draw(judged_report, KEPT))


@pytest.fixture(scope="session", params=["page", "judged_page"])
def any_page(request: pytest.FixtureRequest) -> str:
    """Each page against a baseline."""
    page: str = request.getfixturevalue(request.param)
    return page
