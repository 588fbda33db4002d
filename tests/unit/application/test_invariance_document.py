"""What perturbations did, as a page."""

from dataclasses import replace

from passmuster.application.invariance import Invariance, Pair
from passmuster.application.invariance_document import markdown_of, plain
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.values import AgentName, SubjectName
from passmuster.testing.factories import a_case


def a_pair(case: Case, before: str | None, after: str | None, *, margins: tuple[float, float] = (0.5, 0.5)) -> Pair:
    was, now = (None if name is None else AgentName(name) for name in (before, after))
    return Pair(
        case=case,
        text="Reworded,\nit says | this.",
        before=RoutingDecision(chosen=was, margin=margins[0]),
        after=RoutingDecision(chosen=now, margin=margins[1]),
        after_name=now,
    )


def page(*pairs: Pair) -> str:
    row = Invariance(pack="casing", summary="in capitals", pairs=pairs, untouched=2, failed=1)
    return markdown_of("kitchen", 7, {SubjectName("cook"): [row]})


CASE = a_case("one", preferred="debugger")


def test_languages_have_a_table_of_their_own() -> None:
    """A case counts for each language that its tags say; without such tags there is no table."""
    german = replace(CASE, tags=frozenset({"language-de", "lang-de", "other"}))
    text = page(a_pair(german, "debugger", "debugger"), a_pair(CASE, "debugger", None))

    assert "| language | `casing` |" in text
    assert "| de | 100.0% [21%, 100%] |" in text
    assert "| debugger | 50% |" in text
    assert "| 2 (2 untouched, 1 failed) | 50.0%" in text
    assert "| language |" not in page(a_pair(CASE, "debugger", None))


def test_what_nobody_could_be_asked_is_left_open() -> None:
    """Without a pair there is neither a share, nor a difference, nor a table by agent; machines get nulls."""
    text = page()
    empty = Invariance(pack="casing", summary="in capitals", pairs=())
    rows = plain("kitchen", 7, {SubjectName("cook"): [empty]})["subjects"]

    assert "| – |" in text
    assert "by the agent" not in text
    assert isinstance(rows, dict)
    assert rows["cook"][0]["unchanged"] is None
    assert rows["cook"][0]["accuracy_before"] is None


def test_the_worst_come_with_what_became_of_them() -> None:
    """A right choice lost, one that became right, and one that nearly changed; words of others are escaped."""
    text = page(
        a_pair(CASE, "debugger", "debugger", margins=(0.5, 0.2)),
        a_pair(CASE, "reviewer", "debugger"),
        a_pair(CASE, "debugger", None),
    )

    lines = [line for line in text.splitlines() if line.startswith("* ")]
    assert r"went to debugger, now to \(nobody\), which was right" in lines[0]
    assert "went to reviewer, now to debugger, which is right" in lines[1]
    assert "stays with debugger, nearer to changing by 0.30" in lines[2]
    assert r"> Reworded, it says \| this." in text
