"""From an observation to a decision; each rule of the module has its test."""

import pytest

from passmuster.adapters.products.choosing import decision_of, surviving_calls
from passmuster.adapters.products.claude_code_events import ClaudeCodeReading
from passmuster.adapters.products.observation import (
    Call,
    CallState,
    JsonAnswer,
    Observation,
    Terminal,
    observe,
)
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.errors import InfrastructureError, RoutingError, SetupError
from passmuster.programs.endings import Ending, Stop
from passmuster.testing.factories import a_roster, an_agent

from .stand_in_product import claude_call, claude_end, claude_init, claude_result_of

ROSTER = a_roster("code-reviewer", "debugger")
BEGIN = claude_init("code-reviewer", "debugger")


def decide(*lines: str, roster: Roster = ROSTER, ending: Ending = Ending()) -> RoutingDecision:  # noqa: B008 - it is frozen
    return decision_of(observe(ClaudeCodeReading, lines), ending, roster)


def test_a_missing_agent_is_an_error_of_the_set_up_and_no_wrong_choice() -> None:
    """Even where another agent was chosen."""
    with pytest.raises(SetupError, match=r"2\.1\.999 has not loaded 'debugger'"):
        decide(claude_init("code-reviewer"), claude_call("code-reviewer"), claude_end())


def test_many_missing_agents_are_named_in_part() -> None:
    """The first five, and how many more."""
    with pytest.raises(SetupError, match="'agent-4' and 15 more"):
        decide(claude_init(), roster=a_roster(*(f"agent-{number}" for number in "01234abcdefghijklmno")))


def test_agents_of_the_product_are_not_asked_for() -> None:
    """A version may bring other ones of its own."""
    roster = a_roster("debugger", an_agent("claude", metadata={"built_in": True}))

    assert decide(claude_init("debugger"), claude_end(), roster=roster).chosen is None


def test_a_product_that_does_not_say_what_it_loaded_is_believed() -> None:
    """Older versions do not list their agents."""
    assert decide(claude_init(agents=None), claude_call("debugger"), claude_end()).chosen == "debugger"


def test_the_first_call_that_survives_is_the_choice() -> None:
    """Refused and invented ones are kept apart; later ones are further choices, each named once."""
    decision = decide(
        BEGIN,
        claude_call("ghost", "1"),
        claude_result_of("1", "not found", is_error=True),
        claude_call("invented", "2"),
        claude_call("Debugger", "3"),
        claude_call("code_reviewer", "4"),
        claude_call("debugger", "5"),
        claude_call("code-reviewer", "6"),
        claude_end(),
    )

    assert decision.chosen == "debugger"
    assert decision.further == ("code-reviewer",)
    assert decision.refused == ("ghost", "invented")
    assert (decision.ranking, decision.margin, decision.confidence) == ((), None, None)


def test_what_agents_call_themselves_is_no_choice() -> None:
    """Only the main thread chooses."""
    decision = decide(BEGIN, claude_call("debugger", "1"), claude_call("code-reviewer", "2", parent="1"), claude_end())

    assert (decision.chosen, decision.further) == ("debugger", ())


def test_an_agent_that_the_roster_has_not_is_nobody_here() -> None:
    """The product's own agent was the choice, and is said so; a later one of the roster is a further choice."""
    decision = decide(BEGIN, claude_call("Explore", "1"), claude_call("debugger", "2"), claude_end())

    assert decision.chosen is None
    assert decision.further == ("debugger",)
    assert decision.refused == ()
    assert "'Explore'" in decision.rationale


def test_the_product_may_put_a_plugin_in_front() -> None:
    """The roster's name is what counts."""
    decision = decide(claude_init("dev:debugger", "code-reviewer"), claude_call("dev:debugger"), claude_end())

    assert decision.chosen == "debugger"


def test_no_call_and_an_end_is_a_choice_of_nobody() -> None:
    """So is the limit of turns, which is said."""
    assert decide(BEGIN, claude_end()).chosen is None
    ended = decide(BEGIN, claude_end(subtype="error_max_turns", is_error=True), ending=Ending(exit_status=1))
    assert "limit of turns" in ended.rationale


def test_a_limit_after_the_choice_does_not_matter() -> None:
    """Neither turns, nor money, nor time, nor a crash takes back what was seen."""
    for ending in (Ending(), Ending(exit_status=1), Ending(stop=Stop.TIME), Ending(stop=Stop.ENOUGH)):
        assert decide(BEGIN, claude_call("debugger"), ending=ending).chosen == "debugger"
    spent = decide(BEGIN, claude_call("debugger"), claude_end(subtype="error_max_budget_usd", is_error=True))
    assert spent.chosen == "debugger"


@pytest.mark.parametrize(
    ("lines", "ending", "words", "is_transient"),
    [
        ([], Ending(exit_status=127, errors="claude: not found"), "could not be started: claude: not found", False),
        ([], Ending(stop=Stop.NOT_STARTED), "could not be started", False),
        ([BEGIN], Ending(exit_status=0), "ends without a result", False),
        ([BEGIN], Ending(exit_status=-9), "ended with status -9", False),
        ([BEGIN], Ending(exit_status=1, errors="ECONNRESET"), "status 1: ECONNRESET", True),
        ([BEGIN], Ending(stop=Stop.TIME), "time limit", True),
        ([BEGIN], Ending(stop=Stop.FLOOD), "too much output", False),
        (
            [BEGIN, claude_end(is_error=True, result="Invalid API key")],
            Ending(),
            "the run failed: Invalid API key",
            False,
        ),
        ([BEGIN, claude_end(is_error=True, result="API Error: 529 overloaded")], Ending(), "529", True),
        ([BEGIN, claude_end(subtype="error_during_execution", result="")], Ending(), "the run failed", False),
        ([BEGIN, claude_end(subtype="error_max_budget_usd", result="")], Ending(), "cost limit", False),
        (["Segmentation fault"], Ending(exit_status=139), "status 139: Segmentation fault", False),
    ],
)
def test_a_run_without_an_end_is_no_choice(lines: list[str], ending: Ending, words: str, *, is_transient: bool) -> None:
    """What kept it from its end is said, and whether trying again may help."""
    with pytest.raises(InfrastructureError, match=words) as caught:
        decide(*lines, ending=ending)

    assert caught.value.is_transient is is_transient


def test_a_missing_key_has_a_hint() -> None:
    """The environment is an allow-list, and who forgets the key is told so."""
    with pytest.raises(InfrastructureError, match="option environment"):
        decide(BEGIN, claude_end(is_error=True, result="Invalid API key · Please run /login"))


def test_a_call_that_nobody_answered_counts_where_its_agent_is_there() -> None:
    """The run was stopped right after it."""
    pending = Observation(reader="x 1", calls=(Call(name="debugger", identifier="1"),))
    unknown = Observation(reader="x 1", calls=(Call(name="shell", identifier="1"),))
    accepted = Observation(reader="x 1", calls=(Call(name="shell", identifier="1", state=CallState.ACCEPTED),))

    assert [len(surviving_calls(seen, ROSTER)) for seen in (pending, unknown, accepted)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("agent", "chosen", "refused"),
    [("Debugger", "debugger", ()), (None, None, ()), ("ghost", None, ("ghost",))],
)
def test_a_choice_that_is_written_down(agent: str | None, chosen: str | None, refused: tuple[str, ...]) -> None:
    """A name that the roster has not was invented, and is nobody."""
    seen = Observation(
        reader="json 1",
        asks_for_answer=True,
        answer=JsonAnswer(agent=agent, confidence=0.5),
        terminal=Terminal.FINISHED,
    )

    decision = decision_of(seen, Ending(), ROSTER)

    assert (decision.chosen, decision.refused, decision.confidence) == (chosen, refused, 0.5)


def test_an_answer_without_a_choice_is_an_error() -> None:
    """It is no choice of nobody; and calls do not replace it."""
    seen = Observation(
        reader="json 1",
        asks_for_answer=True,
        calls=(Call(name="debugger", identifier="1"),),
        text="Take the debugger!",
        terminal=Terminal.FINISHED,
    )

    with pytest.raises(RoutingError, match="holds no choice: 'Take the debugger!'"):
        decision_of(seen, Ending(), ROSTER)


def test_a_program_that_fails_after_its_answer_has_failed() -> None:
    """Its answer may be half of one."""
    answer = JsonAnswer(agent="debugger")
    seen = Observation(reader="json 1", asks_for_answer=True, answer=answer, terminal=Terminal.FINISHED)

    with pytest.raises(InfrastructureError, match="status 3"):
        decision_of(seen, Ending(exit_status=3), ROSTER)


def test_of_a_roster_of_skills_the_skills_are_chosen() -> None:
    """What else is called does not matter then."""
    roster = a_roster("tidy-up", host="skills")
    lines = (BEGIN, claude_call("debugger", "1"), claude_call("tidy-up", "2", tool="Skill"), claude_end())

    assert decide(*lines, roster=roster).chosen == "tidy-up"
    with pytest.raises(SetupError, match="deploy"):
        decide(*lines, roster=a_roster("deploy", host="skills"))
