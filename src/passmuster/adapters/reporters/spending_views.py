"""What was had from services, laid out for pages."""

from dataclasses import dataclass
from typing import Final

from passmuster.domain.budgets import dollars
from passmuster.domain.endpoints import EndpointRecord
from passmuster.domain.reports import Report
from passmuster.texts.numbers import count
from passmuster.texts.visible import visible

HEADINGS: Final = ("Requests", "Again", "Kept", "Tokens read", "Tokens written", "Cost", "Without a price", "Unsettled")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingRow:
    """One service: its address, its figures in the order of the headings, and how attempts at it failed."""

    endpoint: str
    figures: tuple[str, ...]
    failures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingView:
    """What was had from all of them; the line is empty where nobody was asked."""

    line: str
    headings: tuple[str, ...]
    rows: tuple[SpendingRow, ...]


def spending_view(report: Report) -> SpendingView:
    """Lay out what was had."""
    rows = tuple(_row(record) for record in report.spending)
    return SpendingView(line=visible(report.spent), headings=HEADINGS, rows=rows)


def _row(record: EndpointRecord) -> SpendingRow:
    spent, endpoint = record.spending, record.endpoint
    numbers = (spent.requests, spent.retries, spent.kept, spent.input_tokens, spent.output_tokens)
    is_unknown = bool(spent.unpriced) and not spent.cost
    return SpendingRow(
        endpoint=visible(f"{endpoint.address} ({endpoint.account})" if endpoint.account else endpoint.address),
        figures=(
            *map(count, numbers),
            "unknown" if is_unknown else dollars(spent.cost),
            count(spent.unpriced),
            dollars(spent.unsettled),
        ),
        failures=", ".join(f"{visible(kind)} {count(number)}" for kind, number in record.failures.items()),
    )
