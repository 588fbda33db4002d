"""What people see while trials are made: how far it is, how hard each service is asked, what fails, what it costs.

Nothing here listens to requests. Twice a second it looks at what is counted anyway, so that a trial costs no more
for being watched.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live as Screen
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from passmuster.cli.console import has_viewer, safe
from passmuster.cli.leaving import say
from passmuster.composition.live import Live
from passmuster.domain.budgets import UNBOUNDED, Cap, counted, dollars
from passmuster.domain.endpoints import Endpoint, EndpointRecord
from passmuster.domain.results import Trial

REFRESH: Final = 0.5
"""Seconds between two looks, where there is a terminal."""

FIRST_LINE: Final = 5.0
"""Seconds before which nothing is said where there is none: most runs have ended by then."""

SHORTEST_SILENCE: Final = 10.0
"""Seconds between two lines, at the least."""

SILENCE: Final = 0.1
"""Share of the time gone by for which there is silence: a long run says less and less often."""

RECENT: Final = 10.0
"""Seconds that the rate is taken over."""

SHOWN_ENDPOINTS: Final = 6
SHORTEST_ADDRESS: Final = 10
FIGURES: Final = 46
"""Characters that the figures of a service take beside its address."""

_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One endpoint at one moment.

    Attributes:
        record: What was had from it so far.
        under_way: How many requests it has.
        limit: How many it may have.
    """

    record: EndpointRecord
    under_way: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything that is shown, at one moment.

    Attributes:
        label: What is being made.
        done: Trials that are stored.
        total: Trials that are planned.
        rate: Trials in a second, of late; ``None`` where nothing was made yet.
        endpoints: Whom is asked, in the order of their addresses.
        cap: What the run may cost.
    """

    label: str
    done: int
    total: int
    rate: float | None
    endpoints: Sequence[Asked] = ()
    cap: Cap = UNBOUNDED

    @property
    def time_left(self) -> str:
        """How long it will take from now on; empty where nobody can tell."""
        return _span((self.total - self.done) / self.rate) if self.rate else ""

    @property
    def failures(self) -> Counter[str]:
        """How many attempts failed, by kind, everywhere."""
        return sum((Counter(asked.record.failures) for asked in self.endpoints), Counter())


class Following:
    """Follows a run and shows it; to be told of trials, and to be begun within the event loop.

    Attributes:
        done: Trials that are stored.
        total: Trials that are planned.
    """

    def __init__(self, label: str, live: Live, show: Callable[[Moment], float], *, clock: Callable[[], float]) -> None:
        """Begin with nothing made.

        Args:
            label: What is being made.
            live: What knows of services.
            show: Shows a moment, and returns the seconds until the next.
            clock: Tells time.
        """
        self.done = self.total = 0
        self._label = label
        self._live = live
        self._show = show
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])
        self._next: asyncio.TimerHandle | None = None

    def expect(self, trials: int) -> None:
        """So many trials more are planned."""
        self.total += trials

    def told(self, _trial: Trial) -> None:
        """A trial is stored."""
        self.done += 1

    def begin(self, first: float) -> None:
        """Look after so many seconds for the first time, and from then on now and again."""
        self._next = asyncio.get_running_loop().call_later(first, self._look)

    def end(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()

    def moment(self) -> Moment:
        """Return what there is to see now."""
        now = self._clock()
        self._seen.append((now, self.done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= RECENT:  # noqa: PLR2004 - a span has two ends
            self._seen.popleft()
        began, before = self._seen[0]
        made = self.done - before
        gates = {gate.endpoint: gate for gate in self._live.policies.gates}
        return Moment(
            label=self._label,
            done=self.done,
            total=self.total,
            rate=made / (now - began) if made and now > began else None,
            endpoints=[
                Asked(record=record, under_way=gates[record.endpoint].under_way, limit=gates[record.endpoint].limit)
                for record in self._live.meter.records()
                if record.endpoint in gates
            ],
            cap=UNBOUNDED if self._live.budget is None else self._live.budget.cap,
        )

    def _look(self) -> None:
        self.begin(self._show(self.moment()))


@contextmanager
def following(
    label: str,
    live: Live,
    *,
    is_quiet: bool,
    console: Console | None = None,
    clock: Callable[[], float] = monotonic,
) -> Iterator[Following]:
    """Show how a run goes, on standard error: a panel in a terminal, and else a line now and then.

    Args:
        label: What is being made.
        live: What knows of services.
        is_quiet: Whether nothing is to be shown, since a machine reads the result.
        console: Where to show it; standard error by itself.
        clock: Tells seconds.

    Yields:
        What is to be told of the run.
    """
    is_watched = has_viewer(Console(stderr=True)) if console is None else console.is_terminal
    console = console or Console(stderr=True)
    if is_quiet:
        yield from _ended(Following(label, live, lambda _moment: _HOUR, clock=clock))
    elif is_watched and not console.is_dumb_terminal:
        yield from _on_screen(label, live, console, clock)
    else:
        yield from _ended(Following(label, live, _Lines(clock), clock=clock))


def _on_screen(label: str, live: Live, console: Console, clock: Callable[[], float]) -> Iterator[Following]:
    screen = Screen(console=console, auto_refresh=False, transient=True)

    def show(moment: Moment) -> float:
        screen.update(panel(moment, width=console.width))
        # Nothing is begun for what has ended before anybody could read it.
        screen.start(refresh=False)
        screen.refresh()
        return REFRESH

    try:
        yield from _ended(Following(label, live, show, clock=clock))
    finally:
        screen.stop()


def _ended(made: Following) -> Iterator[Following]:
    try:
        yield made
    finally:
        made.end()


class _Lines:
    """Prints a line, and says when the next is due."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()

    def __call__(self, moment: Moment) -> float:
        gone = self._clock() - self._began
        if gone < FIRST_LINE:
            return FIRST_LINE - gone
        say(line(moment))
        return max(SHORTEST_SILENCE, SILENCE * gone)


def panel(moment: Moment, *, width: int) -> RenderableType:
    """Return what a terminal shows."""
    first = Table.grid(padding=(0, 1), expand=True)
    first.add_column(no_wrap=True, overflow="ellipsis")
    first.add_column(ratio=1)
    for _ in range(3):
        first.add_column(no_wrap=True, justify="right")
    rate = "" if moment.rate is None else f"{_rate(moment.rate)}/s"
    left = moment.time_left
    first.add_row(
        safe(moment.label),
        ProgressBar(total=max(moment.total, 1), completed=moment.done),
        f"{moment.done:,}/{moment.total:,}",
        rate,
        f"{left} left" if left else "",
    )
    if not moment.endpoints:
        return first
    parts: list[RenderableType] = [first, _endpoints(moment.endpoints, width)]
    more = len(moment.endpoints) - SHOWN_ENDPOINTS
    if more > 0:
        parts.append(Text(f"  … and {more} more", style="dim"))
    if moment.failures:
        parts.append(Text("  failed: ") + Text(_kinds(moment.failures), style="red"))
    parts.append(Text("  ") + safe(_consumed(moment)))
    return Group(*parts)


def line(moment: Moment) -> str:
    """Return the same in one line, for logs of continuous integration."""
    parts = [f"{moment.label}: {moment.done:,} of {moment.total:,} trials"]
    parts += [] if moment.rate is None else [f"{_rate(moment.rate)}/s, {moment.time_left} left"]
    if moment.endpoints:
        under_way = sum(asked.under_way for asked in moment.endpoints)
        parts.append(f"{under_way:,} of {sum(asked.limit for asked in moment.endpoints):,} under way")
        parts += [f"failed: {_kinds(moment.failures)}"] if moment.failures else []
        parts.append(_consumed(moment))
    return "; ".join(parts)


def _endpoints(endpoints: Sequence[Asked], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("  service", no_wrap=True, overflow="ellipsis", max_width=max(width - FIGURES, SHORTEST_ADDRESS))
    for heading in ("under way", "sent", "again", "kept", "failed"):
        table.add_column(heading, no_wrap=True, justify="right")
    for asked in endpoints[:SHOWN_ENDPOINTS]:
        spending, failed = asked.record.spending, sum(asked.record.failures.values())
        table.add_row(
            Text("  ") + safe(_short(asked.record.endpoint)),
            f"{asked.under_way:,}/{asked.limit:,}",
            f"{spending.requests:,}",
            f"{spending.retries:,}" if spending.retries else "–",
            f"{spending.kept:,}" if spending.kept else "–",
            Text(f"{failed:,}", style="red") if failed else "–",
        )
    return table


def _consumed(moment: Moment) -> str:
    """Return requests, tokens and money, each with its bound where there is one."""
    spent, cap = [asked.record.spending for asked in moment.endpoints], moment.cap
    read, written = sum(one.input_tokens for one in spent), sum(one.output_tokens for one in spent)
    money, unpriced = sum((one.cost for one in spent), Decimal()), sum(one.unpriced for one in spent)
    parts = [f"{_many(read)} tokens read, {_many(written)} written"]
    parts += [] if cap.tokens is None else [f"of {counted(cap.tokens, 'token')}"]
    if cap.requests is not None:
        parts.append(f"{sum(one.requests for one in spent):,} of {counted(cap.requests, 'request')}")
    if money or not unpriced or cap.money is not None:
        parts.append(dollars(money) + ("" if cap.money is None else f" of {dollars(cap.money)}"))
    parts += [f"{unpriced:,} at no known price"] if unpriced else []
    return " · ".join(parts)


def _kinds(failures: Counter[str]) -> str:
    return ", ".join(f"{words(kind)} {count:,}" for kind, count in failures.most_common())


def words(kind: str) -> str:
    """Return the name of an error as people say it: ``rate limited``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.removesuffix("Error").removeprefix("Backend")).lower()


def _short(endpoint: Endpoint) -> str:
    return endpoint.address.partition("://")[2] or endpoint.address


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"  # noqa: PLR2004 - two digits tell enough


def _many(number: int) -> str:
    for size, name in ((1_000_000, "M"), (1_000, "k")):
        if number >= 10 * size:
            return f"{number / size:,.0f}{name}"
        if number >= size:
            return f"{number / size:.1f}{name}"
    return str(number)


def _span(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(seconds, 1):.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"
