"""What reviewers propose: what of it becomes what cases expect, and why the rest does not."""

from typing import Any

import pytest

from passmuster.application.adopting import Review, adopt, expected_words, right_words, wrong_words
from passmuster.domain.cases import Case, Provenance
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.reviews import Decision, DecisionKind, Proposal
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, Fingerprint, RunIdentifier, SubjectName
from passmuster.testing.factories import a_case, a_roster, an_agent, an_expectation

WRITER, REVIEWER = AgentName("writer"), AgentName("reviewer")
CASE = CaseIdentifier("c")
ROSTER = a_roster(an_agent("writer"), an_agent("reviewer"))


def the_case(**changes: Any) -> Case:  # noqa: ANN401 - any field of a case
    return a_case(**{"identifier": CASE, "expectation": an_expectation("writer"), **changes})


def a_decision(after: str, by: str = "ann", before: str = expected_words(WRITER)) -> Decision:
    return Decision(
        at="2026-01-02T03:04:05+00:00",
        by=by,
        kind=DecisionKind.CHOICE,
        suite="team",
        run=RunIdentifier("run"),
        case=CASE,
        subject=SubjectName("lexical"),
        before=before,
        after=after,
        note="It asks for a review.",
    )


def a_proposal(agent: AgentName | None = REVIEWER, request: Fingerprint = UNKNOWN) -> Proposal:
    return Proposal(case=CASE, agent=agent, run=RunIdentifier("run"), by="ann", request=request, line=1)


def review(*decisions: Decision, proposal: Proposal | None = None) -> Review:
    return Review(proposals=[proposal or a_proposal()], decisions=decisions, path="proposal.jsonl")


RIGHT = a_decision(right_words("reviewer"))


def test_case_expects_whom_the_reviewer_named_and_says_who_and_when() -> None:
    """The preferred agent is no longer merely acceptable, and the author stays who it was."""
    case = the_case(
        expectation=an_expectation("writer", acceptable=("reviewer",)),
        provenance=Provenance(author="eve", date="2025-01-01", note="From a ticket."),
    )

    [change] = adopt(review(RIGHT), [case], ROSTER).changes

    assert change.after.expectation == an_expectation("reviewer")
    assert change.after.provenance == Provenance(
        author="eve",
        date="2025-01-01",
        reviewed_by="ann",
        note="From a ticket.\n2026-01-02: ann says reviewer and not writer (run run): It asks for a review.",
    )


def test_nobody_may_be_proposed() -> None:
    """A request that no agent should take becomes one."""
    told = review(a_decision(wrong_words("writer", "(nobody)")), proposal=a_proposal(None))

    [change] = adopt(told, [the_case()], ROSTER).changes

    assert change.after.expectation.preferred is None


def test_what_the_dataset_says_already_is_settled() -> None:
    """So that the command can be run again and again."""
    found = adopt(review(RIGHT), [the_case(expectation=an_expectation("reviewer"))], ROSTER)

    assert (found.changes, found.settled, found.left_out) == ((), 1, ())


@pytest.mark.parametrize(
    ("told", "case", "why"),
    [
        (review(RIGHT, a_decision(right_words("writer"), by="bob")), the_case(), "'bob' said otherwise"),
        (review(RIGHT), the_case(expectation=an_expectation("third")), "the case was changed since"),
        (
            review(RIGHT, proposal=a_proposal(request=Fingerprint("another"))),
            the_case(),
            "its request was changed since",
        ),
        (review(RIGHT), the_case(identifier=CaseIdentifier("other")), "no such case any more"),
    ],
    ids=["overruled", "changed", "reworded", "gone"],
)
def test_what_no_longer_holds_is_left_out_and_told(told: Review, case: Case, why: str) -> None:
    """A proposal is about the case that the reviewer saw."""
    found = adopt(told, [case], ROSTER)

    assert found.changes == ()
    [finding] = found.left_out
    assert finding.rule == "outdated-proposal"
    assert why in finding.message


def test_doubt_overrules_nobody() -> None:
    """Who says that a choice is wrong, and not who should be chosen, says nothing about the proposal."""
    found = adopt(review(RIGHT, a_decision(wrong_words("third", ""), by="bob")), [the_case()], ROSTER)

    assert len(found.changes) == 1


def test_every_complaint_comes_at_once() -> None:
    """A proposal out of nowhere, one that the case forbids, an unknown agent and an unknown case."""
    forbidding = the_case(expectation=an_expectation("writer", forbidden=("reviewer",)))
    unknown = a_proposal(AgentName("stranger"))
    wrong = (
        (review(), the_case(), "unexplained-proposal"),
        (review(a_decision(right_words("writer"))), the_case(), "unexplained-proposal"),
        (review(RIGHT), forbidding, "contradictory-expectation"),
        (review(a_decision(right_words("stranger")), proposal=unknown), the_case(), "unknown-agent"),
    )

    for told, case, rule in wrong:
        with pytest.raises(InvalidDatasetError) as caught:
            adopt(told, [case], ROSTER, only=[CASE, CaseIdentifier("never")])
        assert [item.rule for item in caught.value.findings] == [rule, "unknown-case"]
