"""How cases that repeat the agents fare beside the others; a level over both together flatters the agents."""

from collections import defaultdict
from typing import TYPE_CHECKING

from passmuster.domain.cases import LEAKY
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Run

if TYPE_CHECKING:
    from passmuster.domain.values import SubjectName

SHOWN_SUBJECTS = 3


def leaky_sentence(run: Run, snapshot: Snapshot) -> str | None:
    """Return how many cases are leaky, and how often they and the others are routed rightly; ``None`` without any.

    Controls, which are in no metric, do not count. A case that was drawn to stand for others counts as so many.

    Args:
        run: The run.
        snapshot: The run as observed.
    """
    leaky = {case.identifier for case in run.cases if LEAKY in case.tags}
    if not leaky:
        return None
    told = (
        f"{len(leaky)} of {len(run.cases)} cases repeat an agent's own example: "
        "they show that the agent can be reached, no more"
    )
    controls = {case.identifier for case in run.cases if case.is_control}
    sums: dict[tuple[SubjectName, bool], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for item in snapshot.observations:
        if item.routing_rate is not None and item.case not in controls:
            weight = 1.0 / item.inclusions[0] if item.inclusions else 1.0
            own = sums[item.subject, item.case in leaky]
            own[0] += weight * item.routing_rate
            own[1] += weight
    rates = {key: right / count for key, (right, count) in sums.items()}
    names = [record.name for record in run.manifest.subjects]
    both = [name for name in names if (name, True) in rates and (name, False) in rates][:SHOWN_SUBJECTS]
    parts = [
        f"{name} is right in {rates[name, True]:.0%} of them and {rates[name, False]:.0%} of the others"
        for name in both
    ]
    return f"{'; '.join([told, *parts])}."
