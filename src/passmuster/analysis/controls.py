"""Controls: cases that any working set-up gets right. A run in which one fails says nothing about the agents."""

from collections.abc import Collection, Iterator

from passmuster.analysis.judging import Evidence
from passmuster.analysis.observing import usual_choice
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName

HALF = 0.5


def failed_controls(evidence: Evidence, agents: Collection[AgentName]) -> Iterator[str]:
    """Yield a sentence for every control that failed.

    A positive control names its agent in the request; a negative one should go to nobody. A control is right when at
    least half of its repetitions are. One whose agent is gone from the roster, or that is in quarantine, does not
    count; neither does one that could not be measured.

    Args:
        evidence: What the gate judges.
        agents: The names in the candidate's roster; empty if not known.
    """
    for item in evidence.observed:
        case = evidence.cases.get(item.case)
        if case is None or not case.is_control or item.routing_rate is None or item.routing_rate >= HALF:
            continue
        expected = case.expectation.preferred
        is_gone = expected is not None and bool(agents) and expected not in agents
        if is_gone or any(one.covers(item.subject, item.case) for one in evidence.policy.quarantines):
            continue
        kind = "negative" if expected is None else "positive"
        pairs = zip(item.chosen, item.outcomes, strict=True)
        wrong = usual_choice([choice for choice, outcome in pairs if not outcome.is_right])
        yield (
            f"{item.subject}: the {kind} control {item.case} went to {wrong} and not to {expected or NOBODY}: "
            "the set-up is not in order, and the run says nothing about the agents"
        )
