"""From what was seen of a run to a decision: rules that hold for every product.

In this order:

1. The product did not load an agent of the roster: :class:`SetupError`. Whatever it chose says nothing.
2. A call of the main thread that the product refused, or whose agent it does not have, is no choice; it is kept.
3. The first call that is left is the choice, and those after it are further choices. One for an agent of the product's
   own, which the roster has not, is a choice of nobody here.
4. No such call: if the run came to its end, nobody was chosen. If it did not, that is an :class:`InfrastructureError`.
"""

import re
from collections.abc import Collection, Sequence

from passmuster.adapters.products.names import KnownNames
from passmuster.adapters.products.observation import Call, CallState, Observation, Terminal
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.errors import InfrastructureError, RoutingError, SetupError
from passmuster.domain.values import AgentName
from passmuster.programs.endings import CANNOT_RUN, NOT_FOUND, Ending, Stop

SKILLS_HOST = "skills"
"""The host of a roster whose members are skills."""

NAMED_AT_MOST = 5

SHOWN_END = 200
"""Characters of the beginning and of the end of long words that a message shows."""

_ACCESS = re.compile(r"api.?key|log.?in|auth|credential|unauthori[sz]ed|\b401\b", re.IGNORECASE)
_TRANSIENT = re.compile(
    r"\b(?:429|5\d\d)\b|overload|rate.?limit|quota|time(?:d.?)?.?out|temporar|unavailable|try again"
    r"|ECONN|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket|network|connection",
    re.IGNORECASE,
)


def missing_agents(observation: Observation, roster: Roster) -> tuple[AgentName, ...]:
    """Return the agents of a roster that a product has not loaded, as far as it says; its own are not asked for."""
    loaded = _loaded(observation, roster)
    if loaded is None:
        return ()
    known = KnownNames(loaded)
    expected = (agent.name for agent in roster.agents if not agent.is_built_in)
    return tuple(name for name in expected if known.find_with_plugin(name) is None)


def surviving_calls(observation: Observation, roster: Roster) -> tuple[Call, ...]:
    """Return the calls of the main thread that the product went along with, or will."""
    calls = _main_calls(observation, roster)
    if not calls:
        return ()
    loaded = _loaded(observation, roster)
    names = KnownNames(roster.names if loaded is None else loaded)
    find = names.find_with_plugin if loaded is None else names.find
    return tuple(
        call
        for call in calls
        if call.state is CallState.ACCEPTED or (call.state is CallState.PENDING and find(call.name) is not None)
    )


def refuse_wrong_roster(observation: Observation, roster: Roster) -> None:
    """Refuse to judge a run of a product that has not loaded what it was to choose from.

    Raises:
        SetupError: Naming the agents that it has not.
    """
    missing = missing_agents(observation, roster)
    if not missing:
        return
    shown = ", ".join(repr(str(name)) for name in missing[:NAMED_AT_MOST])
    more = f" and {len(missing) - NAMED_AT_MOST} more" if len(missing) > NAMED_AT_MOST else ""
    version = f" {observation.version}" if observation.version else ""
    message = f"the product{version} has not loaded {shown}{more}"
    raise SetupError(message, hint="`passmuster lint` says which agent files a host passes over, and why")


def refuse_unfinished(observation: Observation, ending: Ending, *, allowed: Collection[Terminal]) -> None:
    """Refuse to take a run for whole that did not come to its end.

    Args:
        observation: What its output shows.
        ending: How it ended.
        allowed: Ends besides the usual one that are taken for one.

    Raises:
        InfrastructureError: Saying why it did not, and whether it may the next time.
    """
    reason = _reason(observation, ending, allowed)
    if reason is None:
        return
    said = _shortened(observation.problem or ending.errors or " / ".join(observation.noise))
    error = InfrastructureError(f"{reason}: {said}" if said else reason, hint=_hint(ending, said))
    error.is_transient = ending.stop is Stop.TIME or bool(_TRANSIENT.search(said))
    raise error


def decision_of(observation: Observation, ending: Ending, roster: Roster) -> RoutingDecision:
    """Return what a run means for a roster.

    Args:
        observation: What its output shows.
        ending: How it ended.
        roster: The agents that were to be chosen from.

    Raises:
        SetupError: If the product has not loaded the roster, or its choice fits several agents.
        InfrastructureError: If it did not run to its end, and no choice was seen before.
        RoutingError: If it was to write its choice down, and did not.
    """
    refuse_wrong_roster(observation, roster)
    surviving = surviving_calls(observation, roster)
    if observation.asks_for_answer:
        refuse_unfinished(observation, ending, allowed=())
        return _answered(observation, ending, roster)
    if not surviving:
        refuse_unfinished(observation, ending, allowed=(Terminal.TURN_LIMIT,))
    return _called(observation, ending, roster, surviving)


def _called(observation: Observation, ending: Ending, roster: Roster, surviving: Sequence[Call]) -> RoutingDecision:
    known = KnownNames(roster.names)
    named = [known.find_with_plugin(call.name) for call in surviving]
    # An agent called twice is one further choice.
    later = dict.fromkeys(name for name in named[1:] if name is not None and name != named[0])
    all_calls = _main_calls(observation, roster)
    refused = tuple(dict.fromkeys(call.name for call in all_calls if call not in surviving))
    return RoutingDecision(
        chosen=named[0] if named else None,
        rationale=_rationale(observation, surviving, chosen=named[0] if named else None),
        further=tuple(later),
        refused=refused,
        model=observation.model,
        version=observation.version,
        usage=observation.usage,
        latency=ending.seconds,
    )


def _answered(observation: Observation, ending: Ending, roster: Roster) -> RoutingDecision:
    answer = observation.answer
    if answer is None:
        message = f"the answer holds no choice: {_shortened(observation.text)!r}"
        raise RoutingError(message, hint='it must be JSON such as {"agent": "debugger"}, or {"agent": null} for nobody')
    chosen = None if answer.agent is None else KnownNames(roster.names).find_with_plugin(answer.agent)
    is_invented = answer.agent is not None and chosen is None
    return RoutingDecision(
        chosen=chosen,
        rationale="it named an agent that the roster has not" if is_invented else "",
        confidence=answer.confidence,
        refused=(answer.agent,) if answer.agent is not None and is_invented else (),
        model=observation.model,
        version=observation.version,
        usage=observation.usage,
        latency=ending.seconds,
    )


def _rationale(observation: Observation, surviving: Sequence[Call], *, chosen: AgentName | None) -> str:
    if surviving and chosen is None:
        return f"it chose {surviving[0].name!r}, an agent that the roster has not"
    if not surviving and observation.terminal is Terminal.TURN_LIMIT:
        return "no agent was called before the limit of turns"
    return ""


def _main_calls(observation: Observation, roster: Roster) -> tuple[Call, ...]:
    calls = observation.skills if roster.host == SKILLS_HOST else observation.calls
    return tuple(call for call in calls if not call.parent)


def _loaded(observation: Observation, roster: Roster) -> tuple[str, ...] | None:
    return observation.skill_names if roster.host == SKILLS_HOST else observation.agents


def _reason(observation: Observation, ending: Ending, allowed: Collection[Terminal]) -> str | None:
    if _could_not_start(ending):
        return "the program could not be started"
    # A product that has told its result may linger; one that is to print an answer may have printed half of it.
    has_result = observation.terminal is not Terminal.MISSING and not observation.asks_for_answer
    if ending.stop in {Stop.TIME, Stop.FLOOD} and not has_result:
        return f"the run was ended ({ending.stop.value})"
    if observation.terminal in allowed:
        return None
    if observation.terminal in {Terminal.TURN_LIMIT, Terminal.COST_LIMIT}:
        return f"the product ended the run ({observation.terminal.value})"
    if observation.terminal is Terminal.FAILED:
        return "the run failed"
    if ending.exit_status:
        return f"the program ended with status {ending.exit_status}"
    return "the output ends without a result" if observation.terminal is Terminal.MISSING else None


def _hint(ending: Ending, said: str) -> str:
    if _could_not_start(ending):
        return "install it, or name it with the option program"
    if ending.stop is Stop.TIME:
        return "raise time_limit, or ask for less"
    if ending.stop is Stop.FLOOD:
        return "raise maximum_output"
    return "name the variable that holds its key with the option environment" if _ACCESS.search(said) else ""


def _could_not_start(ending: Ending) -> bool:
    return ending.stop is Stop.NOT_STARTED or ending.exit_status in {CANNOT_RUN, NOT_FOUND}


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 2 * SHOWN_END else f"{words[:SHOWN_END]} … {words[-SHOWN_END:]}"
