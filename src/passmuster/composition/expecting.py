"""What trials of live backends will take, from the very requests that they would send; nobody is asked."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from math import ceil

from passmuster.analysis.expenses import ANYTHING, FREE, LONG_TOKEN, SHORT_TOKEN, Amount, Range
from passmuster.application.planning import Plans
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.probing import Probe, Wanted
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Asked, CompletionRequest
from passmuster.domain.values import CaseIdentifier, SubjectName, Usage
from passmuster.policies.bounds import everything_said
from passmuster.policies.pricing import Prices
from passmuster.ports import LiveBackend

Expected = Mapping[tuple[SubjectName, Asked], Mapping[CaseIdentifier, Amount]]
"""For each subject and part of an answer what one trial of each case takes; what cannot be foreseen is not in it."""


def expected_amounts(bench: Workbench, settings: Settings, plans: Plans) -> Expected:
    """Have every case of live subjects asked once, with somebody in the backends' place, and reckon what is asked.

    Args:
        bench: The suite's parts; none of them is asked.
        settings: What the environment says.
        plans: The trials to be made.
    """
    catalogue = Catalogue(folder=bench.folder)
    uses = {section.use for section in bench.configuration.backends.values()}
    first = {(plan.key.subject, plan.key.case): plan for plan in plans.sketches() if plan.key.repetition == 0}
    if all(catalogue.component("backends", use).is_free for use in uses) or not first:
        return {}
    double, probe = Workbench(bench.suite, settings), Probe(look=lambda _wanted: None)
    try:
        probe.take_over(double)
        asyncio.run(probe.probe(double, double.subjects({name for name, _ in first}), list(first.values())))
        return _amounts(probe.wanted, double.live.prices)
    finally:
        double.close()


def _amounts(wanted: list[Wanted], prices: Prices) -> Expected:
    found: dict[tuple[SubjectName, Asked], dict[CaseIdentifier, Amount]] = defaultdict(dict)
    for item in wanted:
        if isinstance(item.who, LiveBackend):
            own = found[item.plan.key.subject, item.stage]
            known = own.get(item.plan.case.identifier, FREE)
            own[item.plan.case.identifier] = known.plus(_amount(item.request, item.who, prices))
    return found


def _amount(request: CompletionRequest, backend: LiveBackend, prices: Prices) -> Amount:
    size = sum(map(len, everything_said(request)))
    fewest, most = ceil(size / LONG_TOKEN), ceil(size / SHORT_TOKEN)
    limit = backend.most_written(request)
    endpoint, models = backend.endpoint, [backend.model_of(request)]
    lower = prices.cost(endpoint, models, Usage(input_tokens=fewest))
    upper = None if limit is None else prices.most(endpoint, models, read=most, written=limit)
    return Amount(
        sent=Range(lower=fewest, upper=most),
        written=ANYTHING if limit is None else Range(upper=limit),
        money=Range(lower=float(lower or 0), upper=None if upper is None else float(upper)),
    )
