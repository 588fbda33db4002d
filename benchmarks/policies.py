"""What the policies make of services with limits, moods and outages; and what they cost.

A simulated service answers after 100 ms, in virtual time: an hour passes in a moment, and always in the same way. It
has a limit that nobody is told: so many requests at once, or so many a minute. Best is what anybody could reach who
knew it.

The second table is in real time: processor time of each request through all policies, to a backend that answers at
once.

Run it from the repository::

    python benchmarks/policies.py
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from passmuster.adapters.clocks.system import SystemClock
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import BackendError
from passmuster.domain.values import Fingerprint
from passmuster.policies.metering import Meter
from passmuster.policies.pricing import Prices
from passmuster.policies.stack import Policies
from passmuster.ports import Backend
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import (
    Behaviour,
    SimulatedBackend,
    SimulatedService,
    a_completion_request,
    asked_all,
)
from passmuster.testing.virtual_time import VirtualClock

LATENCY = 0.1
BEGUN = 5.0
"""Seconds that a busy backend is ahead of a quiet one."""

ENDPOINT = Endpoint(provider="simulated", address="http://simulated.invalid/v1")
IDENTITY = Fingerprint("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A service, and how it is asked.

    Attributes:
        name: What the table calls it.
        behaviour: How the service behaves at first.
        best: Seconds that nobody could be quicker than; 0 where there is no such figure.
        number: How many requests are to be answered.
        limits: What the suite says.
        changes: What the service does later: the second, the attribute and its new value.
    """

    name: str
    behaviour: Behaviour
    best: float = 0.0
    number: int = 2_000
    limits: Limits = field(default_factory=Limits)
    changes: Sequence[tuple[float, str, float]] = ()


def scenarios() -> Iterator[Scenario]:
    """Yield every scenario, the undisturbed ones first."""
    at_once = Limits().concurrency
    yield Scenario(name="undisturbed", behaviour=Behaviour(), best=2_000 / at_once * LATENCY)
    wide = Limits(concurrency=256)
    yield Scenario(name="undisturbed, concurrency 256", behaviour=Behaviour(), best=0.8, limits=wide)
    for capacity in (5, 20, 50):
        best = 2_000 / capacity * LATENCY
        yield Scenario(name=f"takes {capacity} at once", behaviour=Behaviour(capacity=capacity), best=best)
    yield Scenario(
        name="takes 100 at once, concurrency 256",
        behaviour=Behaviour(capacity=100),
        best=10.0,
        number=10_000,
        limits=wide,
    )
    changes = ((3.0, "capacity", 40), (8.0, "capacity", 10))
    changing = Scenario(name="takes 20, from 3 s on 40, from 8 s on 10", behaviour=Behaviour(capacity=20), number=3_000)
    yield replace(changing, changes=changes, best=8.0 + (3_000 - 600 - 2_000) / 100)
    minute = Behaviour(per_minute=600)
    yield Scenario(name="600 a minute, silently", behaviour=minute, best=240.0, number=3_000)
    asking = replace(minute, retry_after=10.0)
    yield Scenario(name="600 a minute, Retry-After: 10", behaviour=asking, best=240.0, number=3_000)
    telling = replace(minute, tells_allowance=True)
    yield Scenario(name="600 a minute, says what is left", behaviour=telling, best=240.0, number=3_000)
    known = Limits(requests_per_minute=600)
    yield Scenario(name="600 a minute, stated in the suite", behaviour=minute, best=240.0, number=3_000, limits=known)
    usual = 2_000 / at_once * LATENCY
    yield Scenario(name="5 % of 500s", behaviour=Behaviour(faults=0.05), best=usual)
    yield Scenario(name="5 % of 429s", behaviour=Behaviour(refusals=0.05), best=usual)
    yield Scenario(name="5 % of each", behaviour=Behaviour(faults=0.05, refusals=0.05), best=usual)
    yield Scenario(
        name="5 % of each, Retry-After: 1", behaviour=Behaviour(faults=0.05, refusals=0.05, retry_after=1.0), best=usual
    )
    yield Scenario(name="20 % of 429s", behaviour=Behaviour(refusals=0.2), best=usual)
    outage = ((2.0, "is_down", 1), (22.0, "is_down", 0))
    yield Scenario(name="away from 2 s to 22 s", behaviour=Behaviour(), changes=outage, number=3_000, best=24.7)
    yield Scenario(name="away from 2 s on", behaviour=Behaviour(), changes=outage[:1], number=3_000)
    yield Scenario(name="never there", behaviour=Behaviour(is_down=True), number=3_000)
    yield Scenario(name="refuses everything", behaviour=Behaviour(refusals=1.0), number=3_000)


def simulated(scenario: Scenario) -> str:
    """Play a scenario, and return its row."""
    clock = VirtualClock()
    behaviour = replace(scenario.behaviour)
    service = SimulatedService(clock, behaviour)
    policies = Policies(clock, listeners=[Meter(clock)])
    backend = SimulatedBackend(service, clock)
    guarded = policies.around(backend, limits=scenario.limits, identity=IDENTITY)

    async def change() -> None:
        for at, name, value in scenario.changes:
            await asyncio.sleep(at - clock.elapsed())
            setattr(behaviour, name, value)

    async def play() -> Sequence[Completion | BackendError]:
        changing = asyncio.create_task(change())
        results = await asked_all(guarded, scenario.number)
        changing.cancel()
        return results

    results = clock.run(play())
    failed = sum(isinstance(result, BackendError) for result in results)
    # The last hundredth is the tail of what was asked again several times.
    most = sorted(backend.answers)[scenario.number * 99 // 100 - 1] if not failed else 0.0
    used = f"{scenario.best * 0.99 / most:.0%}" if most and scenario.best else "–"
    ratio = f"{clock.elapsed() / scenario.best:.2f}" if scenario.best else "–"
    again = f"{service.asked / scenario.number:.3f}"
    cells = (f"{clock.elapsed():.1f}", ratio, used, f"{service.refused:,}", again, f"{failed:,}")
    return f"| {scenario.name} | {' | '.join(cells)} |"


def fairness() -> str:
    """Have two backends share an endpoint, one of them busy, and return how long the other one waited."""
    clock = VirtualClock()
    service = SimulatedService(clock, Behaviour(capacity=20))
    policies = Policies(clock)
    first, second = (SimulatedBackend(service, clock) for _ in range(2))
    busy, quiet = (policies.around(item, limits=Limits(), identity=IDENTITY) for item in (first, second))

    async def play() -> None:
        asking = asyncio.create_task(asked_all(busy, 5_000))
        await asyncio.sleep(BEGUN)
        await asked_all(quiet, 500)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    clock.run(play())
    until = max(second.answers)
    other = sum(BEGUN <= moment <= until for moment in first.answers)
    return f"500 requests beside 5,000 of a busy backend: {until - BEGUN:.1f} s, in which the busy one had {other}"


class Instant:
    """Answers at once; conforms to :class:`passmuster.ports.LiveBackend`."""

    endpoint = ENDPOINT

    def model_of(self, _request: CompletionRequest) -> str:
        """Return a name."""
        return "instant"

    def most_written(self, _request: CompletionRequest) -> int | None:
        """Return a bound."""
        return 100

    async def ask(self, _request: CompletionRequest) -> Reply:
        """Let others work for a moment, and answer."""
        await asyncio.sleep(0)
        return Reply(completion=Completion(text="yes", model="instant"))

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer."""
        return (await self.ask(request)).completion


def processor_time(backend: Backend, *, at_once: int, number: int = 20_000) -> float:
    """Return the microseconds of processor time for each of so many requests; the best of five."""

    async def ask() -> float:
        requests = iter([a_completion_request(str(index)) for index in range(number)])

        async def work() -> None:
            for request in requests:
                await backend.complete(request)

        begun = time.process_time()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return (time.process_time() - begun) / number * 1e6

    return min(asyncio.run(ask()) for _ in range(5))


def costs() -> Iterator[str]:
    """Yield a row for each way of asking."""
    clock = SystemClock()
    stated = Limits(requests_per_minute=10**8, tokens_per_minute=10**11)
    for name, limits in (("defaults", Limits()), ("with requests and tokens a minute", stated)):
        for at_once in (1, 64, 256):
            prices = Prices(clock=clock)
            prices.add_free(ENDPOINT)
            policies = Policies(clock, listeners=[Meter(clock)], prices=prices)
            guarded = policies.around(Instant(), limits=limits, identity=IDENTITY)
            bare, whole = (processor_time(backend, at_once=at_once) for backend in (Instant(), guarded))
            yield f"| {name} | {at_once} | {bare:.1f} | {whole:.1f} |"


def main() -> None:
    """Print the tables."""
    print("| service | seconds | ÷ best | throughput of the best | 429s | sent for each | failed |")
    print("|---|---|---|---|---|---|---|")
    for scenario in scenarios():
        print(simulated(scenario))
    print(f"\n{fairness()}\n")
    print("| policies | asked at once | µs a request, bare | through all policies |")
    print("|---|---|---|---|")
    for row in costs():
        print(row)


if __name__ == "__main__":
    main()
