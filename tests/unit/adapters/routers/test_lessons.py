"""What there is to learn from."""

from dataclasses import replace

import pytest

from passmuster.adapters.routers.lessons import lessons_of
from passmuster.domain.agents import AgentExample
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.values import SourceLocation
from passmuster.testing.factories import a_case, a_roster, an_agent, an_expectation

TEAM = a_roster("coder", "tester")
CODING = [a_case(f"coder-{number}", text=f"write function {number}", preferred="coder") for number in range(3)]
TESTING = [a_case(f"tester-{number}", text=f"write test {number}", preferred="tester") for number in range(3)]


def rules_of(error: InvalidDatasetError) -> list[str]:
    return [finding.rule for finding in error.findings]


def test_requests_and_descriptions_are_gathered() -> None:
    """Every agent's description is a lesson, whatever requests there are, and each example's user line is one."""
    example = AgentExample(context="", user="is this tested?", assistant="", commentary="", agent=None, line=None)
    roster = a_roster(an_agent("coder", "Codes."), an_agent("tester", "Tests.", examples=(example,)))

    lessons = lessons_of(roster, [*CODING, *TESTING], [], minimum=3)

    assert [lesson.text for lesson in lessons.descriptions] == ["coder Codes.", "tester Tests.", "is this tested?"]
    assert lessons.counts == {"coder": 3, "tester": 3}


def test_what_an_example_says_word_for_word_measures_nothing() -> None:
    """The lexical part has read it; case and spaces do not make it another request."""
    example = AgentExample(context="", user="Write  FUNCTION 1", assistant="", commentary="", agent=None, line=None)
    roster = a_roster(an_agent("coder", examples=(example,)), "tester")

    lessons = lessons_of(roster, [*CODING, *TESTING], [], minimum=3)

    assert "write function 1" not in {lesson.text for lesson in lessons.unheard(lessons.requests)}
    assert len(lessons.unheard(lessons.requests)) == 5


def test_the_order_in_which_cases_are_written_does_not_matter() -> None:
    """Equal cases make equal lessons, and one that stands twice counts once."""
    cases = [*CODING, *TESTING]

    assert lessons_of(TEAM, cases, [], minimum=3) == lessons_of(TEAM, [*reversed(cases), cases[0]], [], minimum=3)


def test_requests_for_nobody_are_lessons_against_everybody() -> None:
    """They are kept apart, and have been seen."""
    nobody = a_case("nobody", text="hello", preferred=None)

    lessons = lessons_of(TEAM, [*CODING, *TESTING, nobody], [], minimum=3)

    assert [lesson.text for lesson in lessons.negatives] == ["hello"]
    assert nobody.request.fingerprint in lessons.seen


def test_fenced_code_is_no_part_of_a_lesson() -> None:
    """A stack trace teaches nothing about who should take a request."""
    case = a_case("fenced", text="mend this\n```\nTraceback\n```\n", preferred="coder")

    lessons = lessons_of(TEAM, [*CODING, *TESTING, case], [], minimum=3)

    assert not any("Traceback" in lesson.text for lesson in lessons.requests)


def test_requests_for_agents_that_are_gone_are_left_out_and_counted() -> None:
    """A roster that lost an agent can still be trained."""
    gone = [a_case(f"gone-{number}", text=f"paint {number}", preferred="painter") for number in range(2)]

    lessons = lessons_of(TEAM, [*CODING, *TESTING, *gone], [], minimum=3)

    assert lessons.left_out == {"painter": 2}
    assert not any(lesson.preferred == "painter" for lesson in lessons.requests)


def test_acceptable_agents_are_right_as_far_as_the_roster_has_them() -> None:
    """Who is gone cannot be right."""
    case = a_case("both", text="write both")
    both = replace(case, expectation=an_expectation("coder", acceptable=["tester", "painter"]))

    [lesson] = lessons_of(TEAM, [*CODING, *TESTING], [both], minimum=3).validation

    assert lesson.right == {"coder", "tester"}


def test_every_agent_with_too_few_requests_is_named() -> None:
    """All at once, each at its file, with the number that it has."""
    place = SourceLocation(path="painter.md")
    roster = a_roster("coder", "tester", an_agent("painter", source=place))

    with pytest.raises(InvalidDatasetError) as refused:
        lessons_of(roster, [*CODING, TESTING[0]], [], minimum=3)

    assert rules_of(refused.value) == ["few-requests", "few-requests"]
    assert refused.value.findings[0].location == place
    assert "'painter' has no requests" in refused.value.findings[0].message
    assert "'tester' has 1 request to" in refused.value.findings[1].message


def test_agents_may_be_learnt_by_their_description_alone() -> None:
    """Where a team asks for it, no requests are needed."""
    assert lessons_of(TEAM, CODING, [], minimum=0).counts == {"coder": 3, "tester": 0}


def test_a_request_in_both_splits_is_refused() -> None:
    """What was learnt cannot tell how well it was learnt."""
    again = a_case("again", text=CODING[0].request.text, preferred="coder")

    with pytest.raises(InvalidDatasetError, match="'again' is that of the training case 'coder-0'"):
        lessons_of(TEAM, [*CODING, *TESTING], [again], minimum=3)


def test_one_agent_leaves_nothing_to_learn() -> None:
    """A choice needs two."""
    with pytest.raises(InvalidDatasetError) as refused:
        lessons_of(a_roster("coder"), CODING, [], minimum=3)

    assert rules_of(refused.value) == ["few-agents"]


def test_cases_for_nobody_alone_teach_nothing() -> None:
    """Somebody has to be asked for."""
    with pytest.raises(InvalidDatasetError) as refused:
        lessons_of(TEAM, [a_case("hello", text="hello", preferred=None)], [], minimum=0)

    assert rules_of(refused.value) == ["no-case"]
