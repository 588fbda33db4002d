"""Cases: what is asked and what is expected make up their identity; labels do not."""

from dataclasses import replace

import pytest

from passmuster.domain.cases import Case, Message, Provenance, Role, Stratum
from passmuster.domain.values import UNKNOWN, AgentName, SourceLocation
from passmuster.testing.factories import a_case, a_criterion_reference, a_dataset, a_request, a_rubric, an_expectation

CASE = a_case(rubric=a_rubric())


@pytest.mark.parametrize(
    "edited",
    [
        replace(CASE, request=a_request("Why does that test fail?")),
        replace(CASE, request=a_request(history=(Message(role=Role.USER, content="Hello"),))),
        replace(CASE, expectation=an_expectation(None)),
        replace(CASE, expectation=an_expectation(acceptable=["test-engineer"])),
        replace(CASE, expectation=an_expectation(forbidden=["test-engineer"])),
    ],
)
def test_a_case_with_another_question_or_expectation_is_another_case(edited: Case) -> None:
    """An edited case must not be compared with its former self."""
    assert edited.fingerprint != CASE.fingerprint
    assert edited.rubric_fingerprint == CASE.rubric_fingerprint


@pytest.mark.parametrize(
    "edited",
    [
        replace(CASE, rubric=None),
        replace(CASE, rubric=a_rubric(passing_score=0.5)),
        replace(CASE, rubric=a_rubric(a_criterion_reference(weight=2.0))),
        replace(CASE, rubric=a_rubric(a_criterion_reference(is_required=True))),
        replace(CASE, rubric=a_rubric(a_criterion_reference(options={"text": "off by one"}))),
    ],
)
def test_another_rubric_leaves_the_choice_comparable(edited: Case) -> None:
    """What a good answer must show has nothing to do with who should give it; the dataset is another one."""
    assert edited.fingerprint == CASE.fingerprint
    assert edited.rubric_fingerprint != CASE.rubric_fingerprint
    assert a_dataset(edited).fingerprint != a_dataset(CASE).fingerprint


def test_a_case_keeps_its_fingerprint_from_version_to_version() -> None:
    """A baseline of the first version still knows its cases; written out, so that nobody changes it unawares."""
    case = a_case("failing-test", text="Why does this test fail?", preferred="debugger")

    assert case.fingerprint == "fe35fa638e1b7f501b729a4e392a7720"


def test_a_case_without_a_rubric_has_no_fingerprint_of_one() -> None:
    """Nothing to take it of is told apart from every rubric."""
    assert a_case().rubric_fingerprint == UNKNOWN
    assert a_rubric().fingerprint != UNKNOWN


@pytest.mark.parametrize(
    "labelled",
    [
        replace(CASE, tags=frozenset({"python"})),
        replace(CASE, stratum=Stratum.EXPLICIT),
        replace(CASE, split="train"),
        replace(CASE, weight=2.0),
        replace(CASE, group="ticket-1"),
        replace(CASE, is_critical=True),
        replace(CASE, is_control=True),
        replace(CASE, source=SourceLocation(path="cases.jsonl", line=1)),
        replace(CASE, provenance=Provenance(author="A. Nonymous", date="2026-01-02")),
    ],
)
def test_labels_for_slicing_do_not_count(labelled: Case) -> None:
    """A case keeps its history when somebody tags it, or finds it critical."""
    assert labelled.fingerprint == CASE.fingerprint
    assert a_dataset(labelled).fingerprint == a_dataset(CASE).fingerprint


def test_the_order_of_agents_in_an_expectation_does_not_matter() -> None:
    """Acceptable and forbidden agents are sets."""
    one = replace(CASE, expectation=an_expectation(acceptable=["a", "b", "c"], forbidden=["d", "e"]))
    other = replace(CASE, expectation=an_expectation(acceptable=["c", "b", "a"], forbidden=["e", "d"]))

    assert one.fingerprint == other.fingerprint


def test_a_weight_is_one_number_however_it_is_written() -> None:
    """A weight of 2 in one file and of 2.0 in another is no edit."""
    one, other = a_criterion_reference(weight=2), a_criterion_reference(weight=2.0)

    assert one.fingerprint == other.fingerprint


def test_an_expectation_names_every_agent_in_it() -> None:
    """Preferred, acceptable and forbidden agents are all looked up in the roster."""
    expectation = an_expectation("a", acceptable=["b"], forbidden=["c"])

    assert expectation.named == {AgentName("a"), AgentName("b"), AgentName("c")}
    assert an_expectation(None).named == frozenset()


def test_the_order_of_cases_is_no_part_of_a_dataset() -> None:
    """Sorting a file of cases changes nothing; renaming a case does."""
    one, two = a_case("one"), a_case("two", text="What now?")

    assert a_dataset(one, two).fingerprint == a_dataset(two, one).fingerprint
    assert a_dataset(one, two).fingerprint != a_dataset(one, replace(two, identifier=one.identifier)).fingerprint
