"""Events → what a process had from each endpoint."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Final

from passmuster.domain.endpoints import Endpoint, EndpointRecord, LimitChange, Spending
from passmuster.policies.events import Answered, Event, Failed, Kept, LimitChanged, Sent, Unsettled
from passmuster.ports import Clock

MOST_CHANGES: Final = 200
"""Changes of a limit that are kept of one endpoint; with more, every second one is dropped."""


class _Account:
    """What one endpoint has been asked for so far."""

    def __init__(self) -> None:
        self.requests = 0
        self.retries = 0
        self.kept = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost = Decimal()
        self.unpriced = 0
        self.unsettled = Decimal()
        self.failures: Counter[str] = Counter()
        self.changes: list[LimitChange] = []

    def take(self, event: Event) -> None:
        match event:
            case Sent():
                self.requests += 1
                self.retries += event.attempt > 1
            case Answered():
                self.input_tokens += event.usage.input_tokens
                self.output_tokens += event.usage.output_tokens
                self.cost += event.usage.cost or 0
                self.unpriced += event.usage.cost is None
            case Unsettled():
                self.unsettled += event.cost or 0
                self.unpriced += event.cost is None
            case Failed():
                self.failures[type(event.error).__name__] += 1
            case Kept():
                self.kept += 1

    def add(self, record: EndpointRecord) -> None:
        for item in fields(Spending):
            setattr(self, item.name, getattr(self, item.name) + getattr(record.spending, item.name))
        self.failures.update(record.failures)

    def record(self, endpoint: Endpoint) -> EndpointRecord:
        spending = Spending(
            requests=self.requests,
            retries=self.retries,
            kept=self.kept,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost=self.cost,
            unpriced=self.unpriced,
            unsettled=self.unsettled,
        )
        failures = dict(sorted(self.failures.items()))
        return EndpointRecord(endpoint=endpoint, spending=spending, failures=failures, limits=tuple(self.changes))


class Meter:
    """Adds up what it is told; a :data:`~passmuster.policies.events.Listener`."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing, now."""
        self._clock = clock
        self._begun = clock.elapsed()
        self._accounts: dict[Endpoint, _Account] = {}

    def __call__(self, event: Event | LimitChanged) -> None:
        """Take an event."""
        account = self._account(event.endpoint)
        if isinstance(event, LimitChanged):
            self._note(account.changes, event)
        else:
            account.take(event)

    def add(self, records: Iterable[EndpointRecord]) -> None:
        """Take what other processes had; how their limits changed says nothing of this one's."""
        for record in records:
            self._account(record.endpoint).add(record)

    def records(self) -> tuple[EndpointRecord, ...]:
        """Return what each endpoint was asked for, in the order of their addresses."""
        found = sorted(self._accounts.items(), key=lambda item: (item[0].address, item[0].provider, item[0].account))
        return tuple(account.record(endpoint) for endpoint, account in found)

    def _account(self, endpoint: Endpoint) -> _Account:
        account = self._accounts.get(endpoint)
        if account is None:
            account = self._accounts[endpoint] = _Account()
        return account

    def _note(self, changes: list[LimitChange], event: LimitChanged) -> None:
        after = round(self._clock.elapsed() - self._begun, 3)
        changes.append(LimitChange(after=after, limit=event.limit, reason=event.reason))
        if len(changes) > MOST_CHANGES:
            # The first and the latest stay.
            del changes[1:-1:2]
