"""The command `router check`: whether a service keeps the promises of a router behind an address."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from passmuster.application.curating import refuse_unusable
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.catalogue import Catalogue
from passmuster.configuration.reading import validated
from passmuster.documents import Document
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.testing.http_router_check import Promise, Service, Standing, check_http_router

MARKS = {
    Standing.KEPT: ("✔", "green"),
    Standing.BROKEN: ("✘", "red"),
    Standing.ADVISED: ("!", "yellow"),
    Standing.NOT_TRIED: ("–", "dim"),
}
BROKEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a check.

    Attributes:
        suite: A suite whose cases are asked as well; ``None`` for none.
        token_variable: The environment variable that holds the token; ``None`` for none.
        timeout: Seconds for one answer.
        as_json: Whether a machine reads the result.
    """

    suite: str | None
    token_variable: str | None
    timeout: float
    as_json: bool


def check(url: str, wish: Wish) -> int:
    """Try every promise; the exit status is 1 where one that is required is broken."""
    service = _service(url, wish)
    roster, cases = _suite(wish.suite)
    with progress_bar(1, 0, "checking") as tell:
        promises = asyncio.run(check_http_router(service, roster=roster, cases=cases, progress=tell))
    if wish.as_json:
        print_json({"url": url, "kept": _is_kept(promises), "promises": [_plain(promise) for promise in promises]})
    else:
        _show(promises)
    return 0 if _is_kept(promises) else BROKEN


def _service(url: str, wish: Wish) -> Service:
    """Hold the arguments to what a suite may say of such a router."""
    component = Catalogue(folder=Path()).component("routers", "http")
    said = {"url": url, "token_variable": wish.token_variable, "timeout": wish.timeout}
    validated(component.options, said, Document(path="router check", data=said, positions={}), ())
    return Service(url=url, token=_token(wish.token_variable), timeout=wish.timeout)


def _token(name: str | None) -> str:
    if name is None:
        return ""
    token = os.environ.get(name, "")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        finding = Finding(
            rule="no-token",
            severity=Severity.ERROR,
            message=f"the environment variable {name!r} holds no token that a header can carry",
            hint="set it to the service's token, without spaces or line ends",
        )
        raise InvalidConfigurationError([finding])
    return token


def _suite(suite: str | None) -> tuple[Roster | None, Sequence[Case]]:
    if suite is None:
        return None, ()
    with opened(suite) as bench:
        refuse_unusable(bench.roster)
        return bench.roster, bench.cases


def _is_kept(promises: Sequence[Promise]) -> bool:
    return not any(promise.is_required and promise.standing is not Standing.KEPT for promise in promises)


def _show(promises: Sequence[Promise]) -> None:
    console = terminal()
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for promise in promises:
        if promise.standing is Standing.NOT_TRIED:
            continue
        mark, colour = MARKS[promise.standing]
        detail = f": {promise.detail}" if promise.detail else ""
        table.add_row(Text(mark, style=colour), safe(promise.name), safe(f"{promise.sentence}{detail}"))
    console.print(table)
    broken = sum(promise.standing is Standing.BROKEN for promise in promises)
    advised = sum(promise.standing is Standing.ADVISED for promise in promises)
    advice = f"; {advised} of the advice is not followed (!)" if advised else ""
    if _is_kept(promises):
        console.print(Text(f"the service keeps the contract{advice}", style="green"))
    else:
        untried = sum(promise.standing is Standing.NOT_TRIED for promise in promises)
        rest = f"; {untried} were not tried" if untried else ""
        console.print(Text(f"{broken} of {len(promises)} promises are broken (✘){rest}{advice}", style="red"))


def _plain(promise: Promise) -> dict[str, object]:
    return {
        "name": promise.name,
        "sentence": promise.sentence,
        "required": promise.is_required,
        "standing": promise.standing,
        "detail": promise.detail,
    }
