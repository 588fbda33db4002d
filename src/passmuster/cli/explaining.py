"""The command `explain`: where a request goes, why, and what would send it elsewhere."""

import asyncio
from dataclasses import dataclass

from passmuster.application.explaining import ExplainParts, Former, explain
from passmuster.application.planning import PlannedSubject
from passmuster.cli.console import progress_bar
from passmuster.cli.explanation_document import document_of
from passmuster.cli.explanation_views import show
from passmuster.cli.opening import opened, roster_at
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.prices import free_parts
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError, RoutingError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SubjectName

BUDGET = 1_000
"""Choices of a subject that costs nothing: seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        wanted: A request, or the identifier of a case.
        text: A request that is no identifier, whatever it looks like.
        subject: Whose choice; ``None`` means the first.
        versus: The agent of which it is asked why it was not chosen.
        against: The git revision whose agents are compared with.
        budget: How many choices may be tried; ``None`` leaves it to us.
        as_json: Whether a machine reads the result.
    """

    wanted: str | None
    text: str | None
    subject: str | None
    versus: str | None
    against: str | None
    budget: int | None
    as_json: bool


def run_explain(suite: str | None, wish: Wish) -> int:
    """Route one request and print why it goes where it goes."""
    wanted = _one_request(wish)
    with opened(suite) as bench:
        case = None if wish.text is not None else _case(bench, wanted)
        name = wish.subject or next(iter(bench.configuration.subjects))
        is_free = Asked.ROUTING in free_parts(bench).get(SubjectName(name), Asked(0))
        budget = wish.budget if wish.budget is not None else BUDGET if is_free else 0
        bench.refuse_missing_secrets([name])
        parts = _parts(bench, wish, name, (wanted, case, budget))
        try:
            with progress_bar(budget, 0, "trying changes") as tell:
                found = asyncio.run(explain(parts, tell))
        except RoutingError as error:
            raise EnvironmentFaultError(error.message, hint=error.hint) from error
        if wish.as_json:
            print_json(document_of(found, case))
        else:
            show(found, parts)
        return 0


def _one_request(wish: Wish) -> str:
    given = [one for one in (wish.wanted, wish.text) if one is not None]
    if len(given) == 1:
        return given[0]
    hint = 'write `passmuster explain CASE`, or `passmuster explain --text "what somebody says"`'
    if given:
        message = "a request was given twice: by itself, and with --text"
        raise InvalidConfigurationError(
            [Finding(rule="contradiction", severity=Severity.ERROR, message=message, hint=hint)]
        )
    message = "there is no request"
    raise InvalidConfigurationError([Finding(rule="no-request", severity=Severity.ERROR, message=message, hint=hint)])


def _case(bench: Workbench, wanted: str) -> Case | None:
    # Identifiers have no spaces, so a sentence needs no dataset, not even a sound one.
    cases = () if " " in wanted else bench.cases
    return next((case for case in cases if case.identifier == wanted), None)


def _parts(bench: Workbench, wish: Wish, name: str, asked: tuple[str, Case | None, int]) -> ExplainParts:
    wanted, case, budget = asked

    def build(roster: Roster) -> PlannedSubject:
        return bench.subjects([name], roster)[0]

    # What a change does to other cases is counted only where one is looked for.
    cases = bench.cases if budget and (case is not None or wish.versus is not None) else ()
    return ExplainParts(
        build=build,
        roster=bench.roster,
        request=Request(text=wanted) if case is None else case.request,
        case=case,
        others=tuple(other for other in cases if case is None or other.identifier != case.identifier),
        versus=None if wish.versus is None else AgentName(wish.versus),
        budget=budget,
        former=None if wish.against is None else Former(reference=wish.against, roster=roster_at(bench, wish.against)),
    )
