"""What a run had from services, in sums and in sentences."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Final

from passmuster.domain.budgets import counted, dollars
from passmuster.domain.endpoints import Endpoint, EndpointRecord, RunSegment, Spending
from passmuster.domain.results import Run

GO_ON: Final = "passmuster run --resume --budget …"
"""What to write when a budget did not suffice."""


def had(segments: Iterable[RunSegment]) -> tuple[EndpointRecord, ...]:
    """Return what was had from each endpoint by all processes together, in the order of addresses.

    How many requests could be under way is a matter of each process, and is left out.
    """
    found: dict[Endpoint, EndpointRecord] = {}
    for segment in segments:
        for record in segment.endpoints:
            known = found.get(record.endpoint)
            found[record.endpoint] = replace(record, limits=()) if known is None else _both(known, record)
    return tuple(sorted(found.values(), key=lambda record: (str(record.endpoint), record.endpoint.account)))


def total(records: Iterable[EndpointRecord]) -> Spending:
    """Return what was had from all endpoints together."""
    sums = Spending()
    for record in records:
        sums = _sum(sums, record.spending)
    return sums


def spending_line(records: Sequence[EndpointRecord]) -> str:
    """Return in one line what was had and what it costs; empty where nobody was asked."""
    if not records:
        return ""
    spent = total(records)
    again = f" ({spent.retries:,} of them again)" if spent.retries else ""
    parts = [
        f"{counted(spent.requests, 'request')}{again}",
        *([f"{counted(spent.kept, 'answer')} kept from before"] if spent.kept else []),
        f"{counted(spent.input_tokens, 'token')} read and {spent.output_tokens:,} written",
        _costs(spent),
    ]
    whom = str(records[0].endpoint) if len(records) == 1 else f"{len(records)} services"
    return f"Asked {whom}: {', '.join(part for part in parts if part)}."


def spending_sentences(records: Sequence[EndpointRecord]) -> Iterator[str]:
    """Yield what limits the sum of money, in sentences."""
    spent = total(records)
    if spent.unpriced:
        answers = "1 answer has" if spent.unpriced == 1 else f"{spent.unpriced:,} answers have"
        yield (
            f"{answers} no known price, so what was spent is more than is told; state what the model costs under "
            "'prices' in the suite."
        )
    if spent.unsettled:
        yield f"Attempts without an end may have cost up to {dollars(spent.unsettled)} besides."


def stopped_sentence(run: Run) -> str | None:
    """Say that the budget ended a run, how much is left, and how to go on; ``None`` if it did not."""
    if not run.is_stopped:
        return None
    # A round that follows what the first one showed is planned when it begins.
    made = len(run.trials)
    planned = f" of {run.manifest.planned:,} trials were made" if run.manifest.looks == 1 else " trials were made"
    return f"the budget did not suffice: {made:,}{planned}, which are kept; go on with `{GO_ON}`"


def plain_record(record: EndpointRecord) -> dict[str, object]:
    """Return what was had from one endpoint as plain data; dollars as text, so that no digit is lost."""
    spent, endpoint = record.spending, record.endpoint
    return {
        "provider": endpoint.provider,
        "address": endpoint.address,
        "account": endpoint.account,
        "requests": spent.requests,
        "retries": spent.retries,
        "kept": spent.kept,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost": f"{spent.cost:f}",
        "unpriced": spent.unpriced,
        "unsettled": f"{spent.unsettled:f}",
        "failures": dict(record.failures),
    }


def _costs(spent: Spending) -> str:
    if spent.cost or not spent.unpriced:
        at_least = "at least " if spent.unpriced else ""
        return f"{at_least}{dollars(spent.cost)}"
    return "at no known price"


def _both(one: EndpointRecord, other: EndpointRecord) -> EndpointRecord:
    failures = Counter(one.failures) + Counter(other.failures)
    return replace(one, spending=_sum(one.spending, other.spending), failures=dict(sorted(failures.items())))


def _sum(one: Spending, other: Spending) -> Spending:
    return Spending(**{item.name: getattr(one, item.name) + getattr(other, item.name) for item in fields(Spending)})
