"""A simulated service behind the policies of a run, in virtual time."""

from collections.abc import Sequence

from passmuster.domain.answers import Completion
from passmuster.domain.endpoints import Endpoint, EndpointRecord
from passmuster.domain.errors import BackendError
from passmuster.domain.values import Fingerprint
from passmuster.policies.events import Event, LimitChanged
from passmuster.policies.metering import Meter
from passmuster.policies.stack import Guarded, Policies
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import Behaviour, SimulatedBackend, SimulatedService, asked_all
from passmuster.testing.virtual_time import VirtualClock

ENDPOINT = Endpoint(provider="simulated", address="http://simulated.invalid/v1")


class World:
    """One service, one backend of it, and everything that was told."""

    def __init__(self, behaviour: Behaviour | None = None, *, limits: Limits | None = None, seed: int = 0) -> None:
        self.clock = VirtualClock()
        self.service = SimulatedService(self.clock, behaviour, seed=seed)
        self.events = list[Event | LimitChanged]()
        self.meter = Meter(self.clock)
        self.policies = Policies(self.clock, listeners=[self.meter, self.events.append], seed=seed)
        self.backend = SimulatedBackend(self.service, self.clock, endpoint=ENDPOINT)
        self.guarded = self.around(self.backend, limits)

    def around(self, backend: SimulatedBackend, limits: Limits | None = None) -> Guarded:
        return self.policies.around(backend, limits=limits or Limits(), identity=Fingerprint("0"))

    def ask(self, number: int, *, at_once: int = 512) -> Sequence[Completion | BackendError]:
        return self.clock.run(asked_all(self.guarded, number, at_once=at_once))

    @property
    def record(self) -> EndpointRecord:
        [record] = self.meter.records()
        return record


def errors_of(results: Sequence[Completion | BackendError]) -> list[BackendError]:
    return [result for result in results if isinstance(result, BackendError)]
