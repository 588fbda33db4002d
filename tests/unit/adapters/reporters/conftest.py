"""Reports to draw: one against a baseline and full of hostile text, one without a baseline, one without cases."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.charts import subject_charts
from passmuster.adapters.reporters.html import render
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer, Origin, RankedAgent, Stage, TermWeight
from passmuster.domain.cases import Message, Provenance, Role
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.testing import factories

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


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    """The page of the report against a baseline."""
    return render(report, [subject_charts(subject) for subject in report.subjects])
