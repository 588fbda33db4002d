"""Which words moved a request."""

from passmuster.analysis.deciding_words import deciding_words, shifting_words, words_of_change
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer, RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing.factories import a_case, a_run, a_trial

BEFORE = {"owner": {"query": 2.0, "slow": 1.0}, "taker": {"slow": 0.5}}
AFTER = {"taker": {"query": 2.5, "slow": 0.5, "plan": 0.25}, "owner": {"query": 1.5, "slow": 1.0}}


def decision(ranking: dict[str, dict[str, float]], chosen: str | None = "", margin: float = 0.0) -> RoutingDecision:
    """Make a decision in which the terms add up to the scores; the first agent is chosen unless another is named."""
    ranked = tuple(
        RankedAgent(
            agent=AgentName(name),
            score=sum(terms.values()),
            terms=tuple(TermWeight(term=term, weight=weight) for term, weight in terms.items()),
        )
        for name, terms in ranking.items()
    )
    name = next(iter(ranking)) if chosen == "" else chosen
    return RoutingDecision(chosen=None if name is None else AgentName(name), ranking=ranked, margin=margin)


def test_the_words_by_which_the_taker_is_ahead_are_named() -> None:
    """Without the surplus of `query` alone it would not be ahead, so nothing else is named."""
    assert deciding_words(decision(AFTER), "owner", "taker") == ("query",)


def test_as_many_words_as_the_lead_takes_are_named() -> None:
    """The weightiest first, and of equal ones the first in the alphabet."""
    ranking = {"taker": {"b": 1.0, "a": 1.0, "c": 2.0, "d": 0.1}, "owner": {"d": 0.5}}

    assert deciding_words(decision(ranking), "owner", "taker") == ("c", "a", "b")


def test_no_more_than_five_words_are_named() -> None:
    """A sentence, and no index."""
    ranking = {"taker": dict.fromkeys("abcdefgh", 1.0)}

    assert deciding_words(decision(ranking), "gone", "taker") == ("a", "b", "c", "d", "e")


def test_a_router_without_terms_names_no_words() -> None:
    """Scores alone say nothing about words."""
    assert deciding_words(decision({"taker": {}, "owner": {}}), "owner", "taker") == ()
    assert shifting_words(decision({"owner": {}}), decision({"taker": {}}), "owner", "taker") == ()


def test_nobody_takes_a_request_by_no_word() -> None:
    """With one decision, what the former owner has lost is not known."""
    assert deciding_words(decision(AFTER, chosen=None), "owner", NOBODY) == ()


def test_what_the_taker_gained_and_the_owner_lost_counts() -> None:
    """`query` shifted by three, of which the taker's lead is but a part; `slow` did not shift."""
    assert shifting_words(decision(BEFORE), decision(AFTER), "owner", "taker") == ("query",)


def test_words_that_a_request_was_lost_by_are_named() -> None:
    """Nobody gained them: their owner lost them."""
    before = decision({"owner": {"query": 2.0, "slow": 1.0}}, margin=2.0)
    after = decision({"owner": {"slow": 0.9}}, chosen=None, margin=0.1)

    assert shifting_words(before, after, "owner", NOBODY) == ("query",)


def test_words_by_which_an_agent_took_what_was_nobodys_are_named() -> None:
    """As many as it needs to stay above the threshold."""
    before = decision({"taker": {"slow": 0.5}}, chosen=None, margin=0.5)
    after = decision({"taker": {"slow": 0.5, "plan": 0.75, "query": 0.75}}, margin=1.0)

    assert shifting_words(before, after, NOBODY, "taker") == ("plan", "query")


def change(kind: ChangeKind, *, was: str = "owner", now: str = "taker", aspect: Aspect = Aspect.ROUTING) -> CaseChange:
    return CaseChange(
        subject=SubjectName("lexical"), case=CaseIdentifier("one"), aspect=aspect, kind=kind, was=was, now=now
    )


def test_a_broken_or_moved_case_is_explained_by_a_trial_that_went_to_the_taker() -> None:
    """Other repetitions, and failures, explain nothing."""
    trials = [
        a_trial("one", answer=Answer(routing=decision({"third": {"x": 1.0}}))),
        a_trial("one", repetition=1, answer=Answer(routing=decision(AFTER))),
    ]

    for kind in (ChangeKind.BROKEN, ChangeKind.MOVED):
        assert words_of_change([change(kind)], trials) == ("query",)


def test_other_changes_are_not_explained() -> None:
    """Neither what stayed, nor what is fixed, nor what broke in an output or by its rate alone."""
    trials = [a_trial("one", answer=Answer(routing=decision(AFTER)))]

    assert words_of_change([change(ChangeKind.FIXED)], trials) == ()
    assert words_of_change([change(ChangeKind.BROKEN, aspect=Aspect.OUTPUT)], trials) == ()
    assert words_of_change([change(ChangeKind.BROKEN, was="taker")], trials) == ()
    assert words_of_change([change(ChangeKind.BROKEN)], []) == ()
    assert words_of_change([], trials) == ()


def test_a_report_knows_the_words_of_a_case_that_moved() -> None:
    """And has none for one that stayed."""
    cases = [a_case("one", preferred="owner"), a_case("two", preferred="owner")]
    stays = a_trial("two", answer=Answer(routing=decision(BEFORE)))
    before = a_run(a_trial("one", answer=Answer(routing=decision(BEFORE))), stays, cases=cases)
    after = a_run(a_trial("one", answer=Answer(routing=decision(AFTER))), stays, cases=cases)

    report = report_of(after, GatePolicy(rules=()), observe(before))

    assert [item.deciding_words for item in report.cases] == [("query",), ()]
