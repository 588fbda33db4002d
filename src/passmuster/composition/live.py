"""What all live backends of one process share: policies, and the meter that listens to them.

Policies are imported when there is something to share: most commands ask no live backend.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from passmuster.composition.answers import introduction_of
from passmuster.composition.parts import Part
from passmuster.composition.spending import budget_of
from passmuster.domain.budgets import Cap
from passmuster.ports import Backend, Clock, LiveBackend
from passmuster.services.options import Limits

if TYPE_CHECKING:
    from passmuster.policies.afterwards import Afterwards
    from passmuster.policies.budgeting import Budget
    from passmuster.policies.kept_answers import KeptAnswers
    from passmuster.policies.metering import Meter
    from passmuster.policies.pricing import Prices
    from passmuster.policies.stack import Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Policies, and what is known of them from outside.

    Attributes:
        policies: Around every live backend, whichever suite of this process it belongs to.
        meter: What was had from each endpoint.
        prices: What that costs.
        budget: What may be spent; ``None`` if nothing bounds it.
        afterwards: Has work done that tells its price only afterwards.
        answers: What was answered before; ``None`` if nothing is kept.
        workers: How many processes share the limits of backends, this one included.
        wrap: Puts something around every backend of the suite, whether it is live or not; ``None`` leaves them.
    """

    policies: "Policies"
    meter: "Meter"
    prices: "Prices"
    budget: "Budget | None"
    afterwards: "Afterwards"
    answers: "KeptAnswers | None" = None
    workers: int = 1
    wrap: Callable[[str, Part, Backend], Backend] | None = None

    def around(self, name: str, backend: Backend, part: Part) -> Backend:
        """Put the policies around a backend that asks a service, and whatever else is wanted around any."""
        guarded = self._guarded(name, backend, part)
        return guarded if self.wrap is None else self.wrap(name, part, guarded)

    def _guarded(self, name: str, backend: Backend, part: Part) -> Backend:
        if not isinstance(backend, LiveBackend):
            return backend
        # Some components ask a machine of the user's own, or an account that is paid for, as their options say.
        if part.component.is_free or getattr(part.options, "costs_nothing", False):
            self.prices.add_free(backend.endpoint)
        if self.answers is not None:
            self.answers.introduce(part.fingerprint, introduction_of(name, part))
        limits = getattr(part.options, "limits", None)
        whole = limits if isinstance(limits, Limits) else Limits()
        return self.policies.around(backend, limits=whole.shared(self.workers), identity=part.fingerprint)

    def close(self) -> None:
        """Let go of what is open; a second call does nothing."""
        if self.answers is not None:
            self.answers.close()


def live_parts(clock: Clock, *, seed: int, prices: "Prices", cap: Cap, answers: "KeptAnswers | None" = None) -> Live:
    """Begin with nothing asked and nothing spent.

    Args:
        clock: Tells time, and waits.
        seed: Draws what is drawn at random: how long retries wait.
        prices: What is known of prices.
        cap: What may be spent.
        answers: What was answered before; ``None`` keeps nothing.
    """
    from passmuster.policies.afterwards import Afterwards  # noqa: PLC0415 - see the module's first lines
    from passmuster.policies.metering import Meter  # noqa: PLC0415 - likewise
    from passmuster.policies.stack import Policies  # noqa: PLC0415 - likewise

    meter, budget = Meter(clock), budget_of(cap, prices)
    policies = Policies(clock, listeners=[meter], budget=budget, prices=prices, cache=answers, seed=seed)
    return Live(
        policies=policies,
        meter=meter,
        prices=prices,
        budget=budget,
        afterwards=Afterwards(budget, prices),
        answers=answers,
    )
