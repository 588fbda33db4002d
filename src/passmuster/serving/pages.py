"""The pages: what a request asks for, who reads it, and the text that goes back."""

import html
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from passmuster.analysis.causes_in_words import between, cause_sentence, revision_words
from passmuster.application.history import METRICS, History, Selection
from passmuster.application.queueing import Why, accepted_words, judgeable, observed_words
from passmuster.composition.building import Workbench
from passmuster.composition.review_files import ReviewFiles
from passmuster.domain.answers import Completion
from passmuster.domain.errors import PassmusterError, RunNotFoundError, UnacceptableRunError
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import RunManifest
from passmuster.domain.reviews import Decision
from passmuster.serving.deciding import UnusableError
from passmuster.serving.desk import BusyError, Desk, Shelf
from passmuster.serving.door import Door
from passmuster.serving.guarding import session_of
from passmuster.serving.reading import Completing, Drawing, Reviewed, history, report_page, reviewed, runs_of

ROWS: Final = 50
"""Of one page."""

LONGEST_WORD: Final = 300
"""Characters of a name in an address."""

LONGEST_TEXT: Final = 20_000
"""Characters of a request or an answer that are shown."""

FRESH: Final = 1.0
"""Seconds for which the list of runs is not read again."""

HISTORY_RUNS: Final = 200

NOTHING: Final = "There is nothing of that name."

_SEE_TERMINAL: Final = "This cannot be done with these files, or these names; the server's terminal says why."

_POLICY_IN_PAGE: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', re.IGNORECASE)

RowT = TypeVar("RowT")

Stamp = tuple[object, ...]

Endpoint = Callable[[Request], Awaitable[Response]]


class NotThereError(Exception):
    """There is nothing of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What pages are made with.

    Attributes:
        suite: The suite's name.
        file: The suite's file.
        reader: Reads what is quick to read.
        worker: Makes what takes seconds, one after the other.
        door: Knows the sessions.
        complete: Adds earlier runs to a report.
        draw: Draws a history.
        has_reviews: Whether anything may be decided.
        tell: Tells whoever runs the server of a trouble.
    """

    suite: str
    file: Path
    reader: Desk
    worker: Desk
    door: Door
    complete: Completing
    draw: Drawing
    has_reviews: bool
    tell: Callable[[str], None]


@dataclass
class Pages:
    """Makes every page that shows something."""

    means: Means
    _baseline: tuple[Stamp, Path] | None = None
    _listed: tuple[float, tuple[RunManifest, ...]] = (0.0, ())
    _reports: Shelf[str] = field(default_factory=lambda: Shelf(6))
    _reviewed: Shelf[Reviewed] = field(default_factory=lambda: Shelf(3))
    _histories: Shelf[tuple[History, str]] = field(default_factory=lambda: Shelf(12))

    @cached_property
    def _templates(self) -> Environment:
        return Environment(
            loader=PackageLoader("passmuster.serving"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def runs(self, request: Request) -> Response:
        """List the suite's runs."""
        wanted = word(request.query_params, "q").casefold()
        every = [run for run in await self._manifests() if wanted in _searched(run)]
        page, shown = _page(request, every)
        return self.render(request, "runs", runs=[_row(run) for run in shown], q=wanted, count=len(every), page=page)

    async def report(self, request: Request) -> Response:
        """Show a run beside the baseline, or beside another run, as its report does."""
        run, against = await self._named(request, "run"), word(request.query_params, "against")
        complete = self.means.complete
        text = await self._reports.made(
            self.means.worker,
            (run, against, await self._stamp()),
            lambda bench: report_page(bench, run, against or None, complete),
        )
        own = _POLICY_IN_PAGE.search(text)
        policy = "sandbox; default-src 'none'" if own is None else html.unescape(own[1])
        headers = {"content-security-policy": f"{policy}; frame-ancestors 'none'", "referrer-policy": "no-referrer"}
        return HTMLResponse(text, headers=headers)

    async def history(self, request: Request) -> Response:
        """Show what runs tell over time."""
        subject, metric, agent = (word(request.query_params, name) or None for name in ("subject", "metric", "agent"))
        if metric not in {None, *METRICS}:
            raise NotThereError
        selection, latest = Selection(subject=subject, metric=metric, agent=agent), await self._manifests()
        key = (selection, tuple(run.identifier for run in latest[:HISTORY_RUNS]))

        def make(bench: Workbench) -> tuple[tuple[History, str], bool]:
            read = history(bench, selection, HISTORY_RUNS)
            chart = self.means.draw(read, bench.configuration.name) if read.series else b""
            # A run that is under way is in the list already, and will be complete later.
            return (read, b64encode(chart).decode("ascii")), not read.incomplete

        found, chart = await self._histories.made(self.means.worker, key, make)
        return self.render(
            request, "history", found=found, chart=chart, changes=[_change(found, place) for place in _places(found)]
        )

    async def review(self, request: Request) -> Response:
        """List the cases of a run that want a person's eyes."""
        run, why = await self._named(request, "run"), word(request.query_params, "why")
        if why and why not in set(Why):
            raise NotThereError
        found, decisions = await self._review(request, run), await self.decisions()
        told = {(item.run, item.case) for item in decisions}
        every = [item for item in found.queue if not why or why in item.reasons]
        page, shown = _page(request, every)
        return self.render(
            request,
            "review",
            run=run,
            against=word(request.query_params, "against"),
            rows=[(item, (run, item.report.case.identifier) in told) for item in shown],
            reasons=[(reason, sum(reason in item.reasons for item in found.queue)) for reason in Why],
            why=why,
            page=page,
            count=len(every),
            observed=observed_words,
        )

    async def case(self, request: Request) -> Response:
        """Show one case of one subject, with what can be decided about it."""
        run = await self._named(request, "run")
        found, decisions = await self._review(request, run), await self.decisions()
        subject, case = word(request.query_params, "subject"), word(request.query_params, "case")
        item = found.case(subject, case)
        if item is None:
            raise NotThereError
        return self.render(
            request,
            "case",
            run=run,
            item=item,
            observed=observed_words(item.observation),
            before=accepted_words(found.report.before, item.case.identifier),
            agents=[*(agent.name for agent in found.report.roster.agents), NOBODY],
            expected=item.case.expectation.preferred or NOBODY,
            answers=[_answer(trial.answer.completion) for trial in item.trials],
            judged=[list(judgeable(trial)) for trial in item.trials],
            decisions=[one for one in reversed(decisions) if (one.run, one.case) == (run, case)],
        )

    async def trail(self, request: Request) -> Response:
        """Show every decision, the latest first."""
        read = await self.means.reader.do(lambda bench: ReviewFiles(bench.folder).read())
        every = list(reversed(read.decisions))
        page, shown = _page(request, every)
        return self.render(request, "trail", decisions=shown, count=len(every), page=page, findings=read.findings)

    async def decisions(self) -> tuple[Decision, ...]:
        """Return the audit trail."""
        return await self.means.reader.do(lambda bench: ReviewFiles(bench.folder).decisions())

    def render(
        self, request: Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object
    ) -> HTMLResponse:
        """Return a page."""
        session = session_of(request.scope)
        known = {
            "suite": self.means.suite,
            "has_reviews": self.means.has_reviews,
            "proof": self.means.door.proof(session),
            "is_known": self.means.door.knows(session),
        }
        text = self._templates.get_template(f"{name}.html.jinja").render(**known, **values)
        return HTMLResponse(text.encode("utf-8", "replace"), status_code=status)

    def trouble(self, request: Request, status: HTTPStatus, words: str) -> HTMLResponse:
        """Return a page that says why there is nothing else to see."""
        return self.render(request, "trouble", status=status, words=words)

    def safe(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint from which nothing gets out but a page: no traceback and no path of this machine."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Exception as error:  # noqa: BLE001 - the last door: whoever asks must not see inside
                status, words = _told(error)
                if status is HTTPStatus.INTERNAL_SERVER_ERROR:
                    self.means.tell(f"a bug: {type(error).__name__} at {request.url.path!r}: {error}")
                elif words == _SEE_TERMINAL:
                    self.means.tell(str(error))
                return self.trouble(request, status, words)

        return answer

    async def _review(self, request: Request, run: str) -> Reviewed:
        against = word(request.query_params, "against")
        return await self._reviewed.made(
            self.means.worker,
            (run, against, await self._stamp()),
            lambda bench: reviewed(bench, run, against or None),
        )

    async def _stamp(self) -> Stamp:
        """Return what differs whenever the suite's file, the baseline or the day does."""
        own = _file_stamp(self.means.file)
        if self._baseline is None or self._baseline[0] != own:
            self._baseline = (own, await self.means.worker.do(lambda bench: bench.baseline_location))
        return datetime.now(UTC).date(), own, _file_stamp(self._baseline[1])

    async def _named(self, request: Request, name: str) -> str:
        """Return a run's name, if there is one of that name; without any name, the latest run's."""
        run, manifests = word(request.query_params, name), await self._manifests()
        if not run and manifests:
            return manifests[0].identifier
        if run not in {manifest.identifier for manifest in manifests}:
            raise NotThereError
        return run

    async def _manifests(self) -> tuple[RunManifest, ...]:
        read_at, runs = self._listed
        if monotonic() - read_at > FRESH or not runs:
            runs = await self.means.reader.do(runs_of)
            self._listed = (monotonic(), runs)
        return runs


def _told(error: Exception) -> tuple[HTTPStatus, str]:
    """Return what whoever asks is told of a trouble."""
    if isinstance(error, NotThereError | RunNotFoundError):
        return HTTPStatus.NOT_FOUND, NOTHING
    if isinstance(error, UnusableError):
        return HTTPStatus.BAD_REQUEST, f"This cannot be done: {error}."
    if isinstance(error, UnacceptableRunError):
        # It tells of runs and cases alone.
        return HTTPStatus.CONFLICT, f"This cannot be done: {error}."
    if isinstance(error, BusyError):
        return HTTPStatus.SERVICE_UNAVAILABLE, "Too much is asked for at once; come again soon."
    if isinstance(error, PassmusterError):
        return HTTPStatus.CONFLICT, _SEE_TERMINAL
    return HTTPStatus.INTERNAL_SERVER_ERROR, "Something is wrong with the server; its terminal says what."


def word(values: Mapping[str, str], name: str) -> str:
    """Return a word of an address or a form; empty if there is none.

    Raises:
        NotThereError: If it is none that anything could be called by.
    """
    found = values.get(name, "")
    if len(found) > LONGEST_WORD or not found.isprintable():
        raise NotThereError
    return found


def back_to(address: str) -> RedirectResponse:
    """Send a browser to a page of this server, by way of GET."""
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def _page(request: Request, every: Sequence[RowT]) -> tuple[int, Sequence[RowT]]:
    written = word(request.query_params, "page") or "1"
    if not written.isascii() or not written.isdigit():
        raise NotThereError
    page = min(max(int(written[:9]), 1), max(1, -(-len(every) // ROWS)))
    return page, every[(page - 1) * ROWS : page * ROWS]


def _searched(run: RunManifest) -> str:
    words = (run.identifier, revision_words(run.revision), run.selection, *(item.name for item in run.subjects))
    return " ".join(words).casefold()


def _row(run: RunManifest) -> Mapping[str, object]:
    return {
        "name": run.identifier,
        "at": f"{run.started_at:%Y-%m-%d %H:%M}",
        "revision": revision_words(run.revision),
        "subjects": ", ".join(item.name for item in run.subjects),
        "planned": run.planned,
        "notes": "; ".join(filter(None, (run.selection, run.shard and f"shard {run.shard}"))),
    }


def _places(found: History) -> range:
    return range(len(found.changes))


def _change(found: History, place: int) -> Mapping[str, object]:
    explained = found.changes[place]
    change = explained.change
    return {
        "series": " ".join(filter(None, (change.series.subject, change.series.metric, change.series.agent))),
        "before": f"{change.point.before:.3f}",
        "after": f"{change.point.after:.3f}",
        "where": between(found.runs, change.before, change.after),
        "cause": cause_sentence(found.runs, explained.cause),
        "commits": [f"{commit.identifier[:8]} {commit.title}" for commit in explained.commits[-5:]],
    }


def _answer(completion: object) -> str:
    return completion.text[:LONGEST_TEXT] if isinstance(completion, Completion) else ""


def _file_stamp(file: Path) -> Stamp:
    """Return what differs whenever a file was written."""
    try:
        status = file.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino
