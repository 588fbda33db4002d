"""The whole of lint: levels, comments, order, and the requests that agents have of their own."""

from dataclasses import replace

import pytest

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.analysis.roster_checks.rules import RULES
from passmuster.application.linting import MAXIMUM_CASES, LintPolicy, lint_roster, route_own_requests
from passmuster.domain.agents import AgentExample, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.testing.factories import a_case, a_decision, a_roster, an_agent, an_expectation

TEXT = "---\nname: one\ndescription: Bakes bread\n# passmuster: ignore short-description – it says it all\n---\nBake.\n"
PLACE = SourceLocation(path="one.md", line=2)
LOADED = FileVerdict(
    location=PLACE, name=AgentName("one"), strict=StrictVerdict.VALID, host=HostVerdict.LOADED, reason=""
)


class Scripted:
    """A router that knows its answers by the request's text."""

    def __init__(self, **answers: str | None) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def route(self, request: Request) -> RoutingDecision:
        self.asked.append(request.text)
        if request.text not in self.answers:
            message = "no answer"
            raise RoutingError(message)
        return a_decision(self.answers[request.text])


class Batching(Scripted):
    """The same, many at once."""

    def route_all(self, requests: list[Request]) -> list[RoutingDecision]:
        return [a_decision(self.answers[request.text]) for request in requests]


def example(user: str, agent: str | None = None) -> AgentExample:
    return AgentExample(
        context="", user=user, assistant="", commentary="", agent=AgentName(agent) if agent else None, line=7
    )


def a_material(text: str = TEXT) -> Material:
    agent = an_agent("one", "Bakes bread", source=PLACE)
    roster = a_roster(agent, files=(LOADED,))
    return Material(roster=roster, texts={"one.md": AgentText(path="one.md", text=text)})


def test_comment_takes_a_finding_out() -> None:
    """It is kept apart with its reason."""
    report = lint_roster(a_material(), LintPolicy())

    assert report.findings == ()
    assert [(item.finding.rule, item.reason) for item in report.suppressed] == [("short-description", "it says it all")]


@pytest.mark.parametrize(
    ("level", "found", "has_errors"),
    [("error", [Severity.ERROR], True), ("note", [Severity.NOTE], False), ("off", [], False)],
)
def test_suite_sets_the_level_of_a_rule(level: str, found: list[Severity], has_errors: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Also to nothing."""
    report = lint_roster(a_material(TEXT.replace("# pass", "# sur")), LintPolicy(levels={"short-description": level}))

    assert [finding.severity for finding in report.findings] == found
    assert report.has_errors is has_errors


def test_rules_can_be_picked() -> None:
    """Comments about other rules are then not idle."""
    text = TEXT.replace("short-description", "unknown-color")

    picked = lint_roster(a_material(text), LintPolicy(only=("unused-suppression", "short-description")))
    whole = lint_roster(a_material(text), LintPolicy())

    assert [finding.rule for finding in picked.findings] == ["short-description"]
    assert sorted(finding.rule for finding in whole.findings) == ["short-description", "unused-suppression"]


def test_gravest_findings_come_first_then_by_place() -> None:
    """Whatever the order in which they were found; what was said twice is said once."""
    note = Finding(rule="x", severity=Severity.NOTE, message="a", location=SourceLocation(path="a.md"))
    late = Finding(rule="x", severity=Severity.ERROR, message="b", location=SourceLocation(path="b.md", line=9))
    early = Finding(rule="x", severity=Severity.ERROR, message="c", location=SourceLocation(path="b.md", line=2))

    report = lint_roster(a_material(), LintPolicy(), further=[note, late, early, late])

    assert report.findings == (early, late, note)


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [
        (HostVerdict.REFUSED, "not-loaded"),
        (HostVerdict.PLACEHOLDER, "placeholder"),
        (HostVerdict.LENIENT, "not-strict-yaml"),
        (HostVerdict.SHADOWED, "shadowed-agent"),
        (HostVerdict.NOT_AN_AGENT, None),
        (HostVerdict.LOADED, None),
    ],
)
def test_each_troubled_file_is_found(verdict: HostVerdict, rule: str | None) -> None:
    """What the host makes of it decides how bad that is; a README is no trouble."""
    file = replace(LOADED, host=verdict, strict=StrictVerdict.INVALID, reason="a colon")

    report = lint_roster(Material(roster=a_roster(files=(file,))), LintPolicy())

    assert [(finding.rule, finding.location) for finding in report.findings] == ([(rule, PLACE)] if rule else [])
    assert all(finding.severity is RULES[finding.rule].severity and finding.hint for finding in report.findings)


def test_duplicate_is_named_once() -> None:
    """By the loader, as an error; that it is shadowed goes without saying."""
    duplicate = Finding(rule="duplicate-agent", severity=Severity.ERROR, message="twice", location=PLACE)
    roster = a_roster(files=(replace(LOADED, host=HostVerdict.SHADOWED),), findings=(duplicate,))

    assert lint_roster(Material(roster=roster), LintPolicy()).findings == (duplicate,)


async def test_own_requests_are_routed() -> None:
    """Examples and cases with an owner; not controls, not what nobody should take, not others' examples."""
    roster = a_roster(
        an_agent("one", examples=(example("mine"), example("theirs", "two"), example(" ")), source=PLACE),
        an_agent("two"),
    )
    cases = [
        a_case("a", text="case", preferred="two"),
        a_case("b", text="nobody", preferred=None),
        a_case("c", text="control", preferred="two", is_control=True),
        a_case("d", text="gone", preferred="three"),
    ]
    router = Scripted(mine="two", case="two")
    told: list[tuple[int, int]] = []

    found = await route_own_requests(router, roster, cases, lambda done, total: told.append((done, total)))

    assert [(item.owner, item.chosen, item.is_example) for item in found] == [
        ("one", "two", True),
        ("two", "two", False),
    ]
    assert found[0].source == SourceLocation(path="one.md", line=7)
    assert router.asked == ["mine", "case"]
    assert told == [(2, 2)]


async def test_router_that_fails_is_no_evidence() -> None:
    """A request without a decision is left out."""
    roster = a_roster(an_agent("one", examples=(example("mine"), example("other"))))

    found = await route_own_requests(Scripted(other="one"), roster)

    assert [item.text for item in found] == ["other"]


async def test_batches_are_as_good() -> None:
    """Where the router takes many at once, it gets many at once."""
    roster = a_roster(an_agent("one", examples=(example("mine"),)), an_agent("two"))
    batching = Batching(mine="two")

    assert await route_own_requests(batching, roster) == await route_own_requests(Scripted(mine="two"), roster)
    assert batching.asked == []


async def test_twin_may_have_the_request() -> None:
    """No chooser can do better; and acceptable agents are right in cases."""
    roster = a_roster(
        an_agent("one", "Same words.", examples=(example("mine"),)), an_agent("two", "Same words."), an_agent("three")
    )
    cases = [a_case(text="case", expectation=an_expectation("one", acceptable=["three"]))]

    found = await route_own_requests(Scripted(mine="two", case="three"), roster, cases)

    assert all(item.chosen in item.right for item in found)


async def test_of_a_million_cases_some_do() -> None:
    """At equal distances, so that no corner of the dataset is left out."""
    cases = [a_case(str(number), text="x", preferred="one") for number in range(3 * MAXIMUM_CASES)]

    assert len(await route_own_requests(Scripted(x="one"), a_roster(an_agent("one")), cases)) == MAXIMUM_CASES


async def test_lost_example_is_shown_with_scores() -> None:
    """Where it went; nobody is somewhere, too."""
    roster = a_roster(an_agent("one", examples=(example("mine"), example("lost")), source=PLACE), an_agent("two"))
    routed = await route_own_requests(Scripted(mine="two", lost=None), roster)

    report = lint_roster(Material(roster=roster), LintPolicy(only=("example-goes-elsewhere",)), routed)

    assert [finding.message.partition(" of 'one' ")[2] for finding in report.findings] == [
        "goes to 'two': 'mine'",
        "goes to nobody: 'lost'",
    ]
