"""No blocking: nothing holds up the event loop while requests are answered, however deep it is called."""

from passmuster.adapters.criteria.application_probe.asking import ProbeOptions
from passmuster.adapters.criteria.application_probe.judging import (
    ApplicationCriterion,
    Judgement,
    Violations,
    refuse_unless_let_in,
)
from passmuster.adapters.criteria.application_probe.observations import Seen, number
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

_GUARDS = ("anonymous", "wrong credentials")


class NoBlockingOptions(ProbeOptions):
    """Options of ``no_blocking_at_run_time``: none of its own."""


async def no_blocking_at_run_time(seen: Seen, options: NoBlockingOptions) -> Judgement:
    """Look at every call that held up the loop, each place once."""
    del options  # there are none that matter here
    ours = [item for item in seen.exchanges if item.kind not in _GUARDS]
    refuse_unless_let_in(ours)
    found = Violations()
    known = set()
    for item in seen.exchanges:
        for call in item.blocking:
            event, file, line = str(call.get("event")), str(call.get("file")), number(call.get("line"))
            message = f"{event} holds up the event loop in {call.get('function')}, asked by {item.operation}"
            place = {"file": file, "line": line, "message": message}
            if (event, file, line) not in known:
                known.add((event, file, line))
                found.append((item.operation, place))
    asked = list(dict.fromkeys(item.operation for item in ours))
    good = f"nothing held up the event loop in {counted(len(seen.exchanges), 'request')}"
    return Judgement(asked=asked, violations=found, good=good)


def _build(options: NoBlockingOptions, context: BuildContext) -> Criterion:
    return ApplicationCriterion(options, context, no_blocking_at_run_time)


NO_BLOCKING_AT_RUN_TIME = Component(
    options=NoBlockingOptions, build=_build, is_deterministic=lambda _options: True, is_free=True, needs_sandbox=True
)
"""``no_blocking_at_run_time``: nothing was seen to hold up the event loop."""
