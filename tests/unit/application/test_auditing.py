"""The audit of cases: leaks, doubtful labels, contradictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from passmuster.application.auditing import Audit, audit
from passmuster.application.doubting import Voter, doubts_by_pair
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import LEAKY, Case, Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.testing.factories import a_case, a_roster, an_agent, an_expectation

ROSTER = a_roster(an_agent("debugger", "Finds out why a program stops with an error at night."), "writer", "tester")
CLEAR = {f"clear-{number}": "debugger" for number in range(8)}


@dataclass
class Scripted:
    """A router that has its choices written down; margins fall in their order."""

    choices: Mapping[str, str | None]
    asked: list[str] = field(default_factory=list)

    async def route(self, request: Request) -> RoutingDecision:
        return self.decide(request)

    def decide(self, request: Request) -> RoutingDecision:
        self.asked.append(request.text)
        if request.text not in self.choices:
            message = "no choice"
            raise RoutingError(message)
        chosen = self.choices[request.text]
        margin = 10.0 - list(self.choices).index(request.text)
        names = [name for name in (chosen, "writer") if name is not None]
        ranking = tuple(RankedAgent(agent=AgentName(name), score=5.0 - place) for place, name in enumerate(names))
        return RoutingDecision(chosen=None if chosen is None else AgentName(chosen), ranking=ranking, margin=margin)


class ScriptedBatches(Scripted):
    """The same, many at once."""

    def route_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        return [self.decide(request) for request in requests]

    async def route(self, request: Request) -> RoutingDecision:
        raise AssertionError(request)


def case(name: str, preferred: str | None = "debugger", **more: object) -> Case:
    return a_case(name, text=name, preferred=preferred, source=SourceLocation(path="a.jsonl", line=3), **more)


async def audited(cases: Sequence[Case], *choices: Mapping[str, str | None]) -> Audit:
    voters = [Voter(name=f"r{number}", router=ScriptedBatches(own)) for number, own in enumerate(choices)]
    return await audit(cases, ROSTER, voters, 0.8)


async def test_routers_that_agree_against_a_label_raise_a_doubt() -> None:
    """It says how often such agreement is right, and how far behind the label is."""
    choices = {"odd": "debugger", **CLEAR}
    cases = [case("odd", "writer"), *(case(name) for name in CLEAR)]

    found = await audited(cases, choices, choices)

    [doubt] = found.doubts
    assert (doubt.case.identifier, doubt.chosen, doubt.agreement, doubt.clearness) == ("odd", "debugger", 1.0, 1.0)
    assert (doubt.votes[0].score, doubt.votes[0].label_score, doubt.votes[0].label_rank) == (5.0, 4.0, 2)
    assert (doubt.alike, doubt.right, doubt.weight) == (0, 0, 0.5)
    assert found.weighty == ()


async def test_agreement_weighs_what_it_is_worth_elsewhere() -> None:
    """A doubt counts where clearer agreements are right nearly always; then it is a finding with its place."""
    choices = {**CLEAR, "odd": "debugger"}
    cases = [case("odd", "writer"), *(case(name) for name in CLEAR)]

    found = await audited(cases, choices, choices)

    assert [(item.alike, item.right) for item in found.weighty] == [(8, 8)]
    [finding] = found.findings
    assert finding.rule == "doubtful-label"
    assert str(finding).startswith("a.jsonl:3: case 'odd' is labelled 'writer', and 2 of 2 routers choose 'debugger'")
    assert "right in 8 of 8" in finding.message
    assert list(doubts_by_pair(found.doubts)) == [("writer", "debugger", 1)]


async def test_a_choice_that_the_label_forbids_has_been_thought_of() -> None:
    """Its author has answered the doubt already; it is counted, and no finding."""
    choices = {**CLEAR, "odd": "debugger"}
    odd = case("odd", expectation=an_expectation("writer", forbidden=["debugger"]))

    found = await audited([odd, *(case(name) for name in CLEAR)], choices, choices)

    assert [item.weight >= 0.8 for item in found.doubts] == [True]
    assert found.findings == ()


async def test_who_is_right_or_silent_raises_no_doubt() -> None:
    """Acceptable choices are right; abstaining is no vote; one router alone has nobody to agree with."""
    acceptable = case("odd", expectation=an_expectation("writer", acceptable=["debugger"]))
    wrong: Mapping[str, str | None] = {"odd": "debugger"}

    assert (await audited([acceptable], wrong, wrong)).doubts == ()
    assert (await audited([case("odd", "writer")], wrong)).doubts == ()
    assert (await audited([case("odd", "writer")], wrong, {"odd": None})).doubts == ()
    assert (await audited([case("odd", "writer")], wrong, wrong, {"odd": "writer"})).doubts == ()
    assert len((await audited([case("odd", "writer")], wrong, wrong, {"odd": None})).doubts) == 1
    assert len((await audited([case("odd", None)], wrong, wrong)).doubts) == 1


async def test_controls_and_learnt_requests_are_not_asked_about() -> None:
    """The former name their agents on purpose, and of the latter a router only remembers the label."""
    control, learnt = case("control", "writer", is_control=True), case("learnt", "writer")
    choices = {"learnt": "debugger"}
    seen = frozenset({learnt.request.fingerprint})
    voters = [Voter(name="r", router=Scripted(choices), seen=seen), Voter(name="s", router=Scripted(choices))]

    found = await audit([control, learnt], ROSTER, voters, 0.8)

    assert (found.cases, found.doubts, found.failures) == (2, (), 0)


async def test_a_choice_that_cannot_be_had_is_counted() -> None:
    """It is nobody's vote; progress goes on."""
    told: list[tuple[int, int]] = []
    voters = [Voter(name="r", router=Scripted({})), Voter(name="s", router=Scripted({"a": "writer"}))]

    found = await audit([case("a")], ROSTER, voters, 0.8, lambda done, total: told.append((done, total)))

    assert found.failures == 1
    assert told == [(1, 2), (2, 2)]


async def test_leaks_are_findings_until_they_are_tagged() -> None:
    """A tagged case is scored apart already."""
    text = "find out why a program stops with an error at night"
    cases = [case("a"), case("b", tags=frozenset({LEAKY}))]
    leaky = [a_case(each.identifier, text=text, tags=each.tags) for each in cases]

    found = await audit([*leaky, a_case("c", text=text, is_control=True)], ROSTER, [], 0.8)

    assert [(item.case.identifier, item.is_marked) for item in found.leaky] == [("a", False), ("b", True)]
    assert [finding.rule for finding in found.findings] == ["leaky-case"]
    assert "'debugger'" in found.findings[0].message


class Flat:
    """An embedder for which all texts with a word in common are alike."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[1.0, 0.0] if "stops" in text or "crashes" in text else [0.0, 1.0] for text in texts]


async def test_an_embedder_finds_leaks_in_other_words() -> None:
    """What runs of words have found already is not told twice."""
    texts = {"a": "why it crashes", "b": "find out why a program stops with an error at night"}
    cases = [a_case(name, text=text) for name, text in texts.items()]

    found = await audit(cases, ROSTER, [], 0.8, embedder=Flat())

    assert [(item.case.identifier, item.leak.is_reworded) for item in found.leaky] == [("b", False), ("a", True)]
    assert "says anew what the description of 'debugger' says (100% alike)" in found.findings[1].message


async def test_contradictions_are_findings() -> None:
    """Both places are named; the same agent with other alternatives is said to be that."""
    one, other = case("a"), case("b", "writer")
    third = case("c", expectation=an_expectation("debugger", acceptable=["tester"]))
    same = [
        a_case(each.identifier, text="same", expectation=each.expectation, source=each.source)
        for each in (one, other, third)
    ]

    found = await audit(same, ROSTER, [], 0.8)

    messages = [finding.message for finding in found.findings]
    assert {finding.rule for finding in found.findings} == {"contradictory-duplicates"}
    assert messages[0].endswith("make the same request, labelled 'writer' and 'debugger'")
    assert any(message.endswith("both labelled 'debugger', with other alternatives") for message in messages)
    assert "'a' at a.jsonl:3" in messages[0]
