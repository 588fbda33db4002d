"""The command `explain`: where a request goes, and which words decide."""

import asyncio

from rich.table import Table
from rich.text import Text

from passmuster.application.planning import PlannedSubject
from passmuster.cli.console import safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.domain.answers import Asked, Failure, RankedAgent, RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.observations import NOBODY

SHOWN_AGENTS = 5
SHOWN_TERMS = 8


def explain(wanted: str, suite: str | None, subject: str | None, *, as_json: bool) -> int:
    """Route one request and print why it goes where it goes."""
    with opened(suite) as bench:
        # Identifiers have no spaces, so a sentence needs no dataset, not even a sound one.
        cases = () if " " in wanted else bench.cases
        case = next((case for case in cases if case.identifier == wanted), None)
        request = Request(text=wanted) if case is None else case.request
        [planned] = bench.subjects([subject or next(iter(bench.configuration.subjects))])
        decision = asyncio.run(_route(planned, request))
        if as_json:
            print_json(_plain(decision, case))
        else:
            _show(decision, request, case)
        return 0


async def _route(planned: PlannedSubject, request: Request) -> RoutingDecision:
    answer = await planned.subject.respond(request, repetition=0, assigned=None, asked=Asked.ROUTING)
    if isinstance(answer.routing, RoutingDecision):
        return answer.routing
    reason = answer.routing.message if isinstance(answer.routing, Failure) else "the subject does not route"
    raise EnvironmentFaultError(reason)


def _show(decision: RoutingDecision, request: Request, case: Case | None) -> None:
    console = terminal()
    console.print(safe(request.text), style="italic")
    chosen = Text(decision.chosen or NOBODY, style="bold")
    reason = f" – {decision.rationale}" if decision.rationale else ""
    console.print(Text("goes to ") + chosen + safe(reason))
    if case is not None:
        console.print(safe(f"expected: {case.expectation.preferred or NOBODY}"))
    if not decision.ranking:
        console.print("this router gives no scores, so there is nothing to break down")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("agent", "score", "words that decide"):
        table.add_column(heading, overflow="fold")
    for ranked in decision.ranking[:SHOWN_AGENTS]:
        table.add_row(safe(ranked.agent), f"{ranked.score:.3f}", safe(_terms(ranked)))
    console.print(table)


def _terms(ranked: RankedAgent) -> str:
    terms = sorted(ranked.terms, key=lambda item: (-item.weight, item.term))
    shown = ", ".join(f"{item.term} {item.weight:+.2f}" for item in terms[:SHOWN_TERMS])
    more = len(terms) - SHOWN_TERMS
    return f"{shown}, and {more} more" if more > 0 else shown


def _plain(decision: RoutingDecision, case: Case | None) -> dict[str, object]:
    return {
        "case": None if case is None else case.identifier,
        "expected": None if case is None else case.expectation.preferred,
        "chosen": decision.chosen,
        "margin": decision.margin,
        "rationale": decision.rationale,
        "ranking": [
            {
                "agent": ranked.agent,
                "score": ranked.score,
                "terms": [{"term": item.term, "weight": item.weight} for item in ranked.terms],
            }
            for ranked in decision.ranking
        ],
    }
