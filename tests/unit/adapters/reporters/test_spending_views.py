"""What was had from services, in every report."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from passmuster.adapters.reporters import html, json_document, markdown
from passmuster.adapters.reporters.spending_views import spending_view
from passmuster.charting.kept import KeptCharts
from passmuster.domain.endpoints import Endpoint, EndpointRecord, Spending
from passmuster.domain.reports import Report

RECORD = EndpointRecord(
    endpoint=Endpoint(provider="openai", address="https://one.invalid/<b>", account="ONE_KEY"),
    spending=Spending(
        requests=1_200,
        retries=12,
        kept=30,
        input_tokens=45_000,
        output_tokens=900,
        cost=Decimal("3.41"),
        unpriced=2,
        unsettled=Decimal("0.05"),
    ),
    failures={"RateLimitedError": 12},
)


@pytest.fixture
def spent(report: Report) -> Report:
    """A report of a run that asked one service."""
    return replace(report, spending=(RECORD,), spent="Asked https://one.invalid/<b>: 1,200 requests, $3.41.")


def test_figures_stand_under_their_headings(spent: Report) -> None:
    """Two thousand of one thing are never taken for another."""
    view = spending_view(spent)

    (row,) = view.rows
    assert dict(zip(view.headings, row.figures, strict=True)) == {
        "Requests": "1,200",
        "Again": "12",
        "Kept": "30",
        "Tokens read": "45,000",
        "Tokens written": "900",
        "Cost": "$3.41",
        "Without a price": "2",
        "Unsettled": "$0.05",
    }
    assert (row.endpoint, row.failures) == ("https://one.invalid/<b> (ONE_KEY)", "RateLimitedError 12")


def test_a_cost_that_nobody_knows_is_called_unknown(spent: Report) -> None:
    """It is not nothing."""
    record = replace(RECORD, spending=replace(RECORD.spending, cost=Decimal()))

    (row,) = spending_view(replace(spent, spending=(record,))).rows

    assert row.figures[5] == "unknown"


def test_every_report_tells_it(spent: Report) -> None:
    """As a table, as a line, and as data; addresses are no markup."""
    page, comment, document = (
        html.render(spent, html.draw(spent, KeptCharts())),
        markdown.render(spent),
        json.loads(json_document.render(spent)),
    )

    assert "What was had from services" in page
    assert "https://one.invalid/&lt;b&gt; (ONE_KEY)" in page
    # What has no width keeps a code host from taking it for a reference.
    assert "1,200 requests, \\$\u200b3.41." in comment
    assert document["spending"][0]["cost"] == "3.41"


def test_where_nobody_was_asked_nothing_is_told(report: Report) -> None:
    """Most suites ask nobody."""
    assert "What was had from services" not in html.render(report, html.draw(report, KeptCharts()))
    assert json.loads(json_document.render(report))["spending"] == []
