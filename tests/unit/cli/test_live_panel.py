"""What people see while trials are made, at any width, and on any kind of standard error."""

import asyncio
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from rich.console import Console

from passmuster.cli.live_panel import (
    FIRST_LINE,
    SHORTEST_SILENCE,
    Asked,
    Following,
    Moment,
    following,
    line,
    panel,
    words,
)
from passmuster.composition.live import Live, live_parts
from passmuster.domain.budgets import Cap
from passmuster.domain.endpoints import Endpoint, EndpointRecord, Spending
from passmuster.domain.values import fingerprint_of
from passmuster.policies.pricing import Prices
from passmuster.services.options import Limits
from passmuster.testing import factories
from passmuster.testing.fakes import FakeClock
from passmuster.testing.simulated_service import SimulatedBackend, SimulatedService, a_completion_request
from passmuster.testing.virtual_time import VirtualClock


def asked(address: str, *, failures: dict[str, int] | None = None, **spending: object) -> Asked:
    made = Spending(**spending)  # type: ignore[arg-type]  # the keywords are fields of several types
    record = EndpointRecord(
        endpoint=Endpoint(provider="openai", address=address), spending=made, failures=failures or {}
    )
    return Asked(record=record, under_way=7, limit=16)


BUSY = Moment(
    label="software_team",
    done=1234,
    total=5000,
    rate=312.4,
    endpoints=[
        asked(
            "https://models.example.invalid/v1/with/a/very/long/path",
            requests=1400,
            retries=21,
            kept=120,
            input_tokens=1_234_567,
            output_tokens=45_678,
            cost=Decimal("0.4213"),
            failures={"RateLimitedError": 14, "BackendUnavailableError": 5, "TimeLimitError": 2},
        ),
        asked("http://127.0.0.1:11434/v1", requests=210, unpriced=210),
    ],
    cap=Cap(money=Decimal(5), requests=2000),
)


def seen(moment: Moment, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(panel(moment, width=width))
    assert isinstance(console.file, io.StringIO)
    return [text.rstrip() for text in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 120])
def test_everything_is_on_the_screen(width: int) -> None:
    """How far, how quick, how long; and for each service how hard it is asked, what fails, and what it costs."""
    lines = seen(BUSY, width)

    screen = "\n".join(lines)
    assert max(map(len, lines)) <= width
    assert len(lines) <= 7
    assert "1,234/5,000 312/s 12 s left" in lines[0]
    assert lines[1].split() == ["service", "under", "way", "sent", "again", "kept", "failed"]
    assert lines[2].split()[-5:] == ["7/16", "1,400", "21", "120", "21"]
    assert lines[3].split() == ["127.0.0.1:11434/v1", "7/16", "210", "–", "–", "–"]
    assert "failed: rate limited 14, unavailable 5, time limit 2" in screen
    assert (
        "1.2M tokens read, 46k written · 1,610 of 2,000 requests · $0.4213 of $5.00 · 210 at no known price"
        in " ".join(screen.split())
    )


def test_a_run_that_asks_nobody_is_one_line() -> None:
    """A bar, and no rate before anything is made."""
    [only] = seen(Moment(label="team", done=0, total=10, rate=None), 80)

    assert only.startswith("team ")
    assert only.endswith("0/10")


def test_many_services_are_cut_off() -> None:
    """The panel must fit the screen; a name from a suite cannot drive the terminal."""
    many = [asked(f"http://127.0.0.1:{8000 + number}/v1") for number in range(9)]

    lines = seen(Moment(label="evil\x1b[2J", done=1, total=10, rate=0.5, endpoints=many), 80)

    assert "… and 3 more" in "\n".join(lines)
    assert "\x1b[2J" not in "\n".join(lines)
    assert "18 s left" in lines[0]


def test_the_same_in_one_line() -> None:
    """For logs of continuous integration."""
    assert line(BUSY) == (
        "software_team: 1,234 of 5,000 trials; 312/s, 12 s left; 14 of 32 under way; failed: rate limited 14, "
        "unavailable 5, time limit 2; 1.2M tokens read, 46k written · 1,610 of 2,000 requests · $0.4213 of $5.00 · "
        "210 at no known price"
    )


@pytest.mark.parametrize(("rate", "left"), [(40.0, "1 s"), (0.5, "1 min 20 s"), (0.005, "2 h 13 min"), (None, "")])
def test_time_left_is_told_as_people_tell_time(rate: float | None, left: str) -> None:
    """In the units that matter."""
    assert Moment(label="team", done=0, total=40, rate=rate).time_left == left


def test_names_of_errors_become_words() -> None:
    """Whatever the error."""
    assert words("UnreadableAnswerError") == "unreadable answer"


def live(clock: VirtualClock | FakeClock, cap: Cap | None = None) -> Live:
    return live_parts(clock, seed=0, prices=Prices(clock=clock), cap=cap or Cap())


def test_a_moment_knows_what_the_policies_know() -> None:
    """How many requests are under way, and how many may be; what was had; the rate of late."""
    clock = VirtualClock()
    shared = live(clock, Cap(requests=100))
    backend = SimulatedBackend(SimulatedService(clock), clock)
    # Otherwise a list of prices would be loaded, in a thread, for which virtual time does not wait.
    shared.prices.add_free(backend.endpoint)
    guarded = shared.policies.around(backend, limits=Limits(concurrency=4), identity=fingerprint_of(["one"]))
    shown = Following("team", shared, lambda _moment: 1.0, clock=clock.elapsed)

    async def work() -> Moment:
        shown.expect(3)
        asking = [asyncio.create_task(guarded.complete(a_completion_request(str(at)))) for at in range(3)]
        await asyncio.sleep(0.05)
        moment = shown.moment()
        await asyncio.gather(*asking)
        for _ in asking:
            shown.told(factories.a_trial())
        return moment

    during, after = clock.run(work()), shown.moment()

    assert (during.done, during.total, during.rate) == (0, 3, None)
    [service] = during.endpoints
    assert (service.under_way, service.limit) == (3, 4)
    assert (after.done, after.endpoints[0].under_way) == (3, 0)
    assert after.rate == pytest.approx(30.0)
    assert after.endpoints[0].record.spending.input_tokens == 300
    assert after.cap == Cap(requests=100)


def followed(console: Console, *, is_quiet: bool, seconds: float) -> None:
    """Follow a run that takes so long, in virtual time."""
    clock = VirtualClock()

    async def work(shown: Following) -> None:
        shown.begin(0.25)
        shown.expect(10)
        await asyncio.sleep(seconds)

    with following("team", live(clock), is_quiet=is_quiet, console=console, clock=clock.elapsed) as shown:
        clock.run(work(shown))


@pytest.fixture
def screen() -> Callable[..., Console]:
    """Make a console, of a terminal or of none."""

    def made(**options: bool) -> Console:
        return Console(file=io.StringIO(), width=80, color_system=None, **options)  # type: ignore[arg-type]  # flags

    return made


@pytest.mark.parametrize(
    ("seconds", "count"),
    [(FIRST_LINE - 1, 0), (FIRST_LINE + 1, 1), (FIRST_LINE + SHORTEST_SILENCE + 1, 2), (3600.0, 46)],
)
def test_lines_become_rarer(
    screen: Callable[..., Console], capsys: pytest.CaptureFixture[str], seconds: float, count: int
) -> None:
    """Where there is no terminal: none for a short run, and few for a long one."""
    followed(screen(force_terminal=False), is_quiet=False, seconds=seconds)

    said = capsys.readouterr().err.splitlines()
    assert len(said) == pytest.approx(count, abs=2 if count > 2 else 0)
    assert set(said) <= {"team: 0 of 10 trials"}


def test_nothing_is_shown_to_machines(screen: Callable[..., Console], capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a panel nor lines."""
    console = screen(force_terminal=True)

    followed(console, is_quiet=True, seconds=100)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == capsys.readouterr().err == ""


def test_a_terminal_gets_a_panel_that_goes_away(screen: Callable[..., Console]) -> None:
    """And what has ended at once gets none."""
    console, quick = screen(force_terminal=True), screen(force_terminal=True)

    followed(console, is_quiet=False, seconds=1)
    followed(quick, is_quiet=False, seconds=0.1)

    assert isinstance(console.file, io.StringIO)
    assert isinstance(quick.file, io.StringIO)
    assert "0/10" in console.file.getvalue()
    assert console.file.getvalue().endswith("\x1b[2K")
    assert quick.file.getvalue() == ""
