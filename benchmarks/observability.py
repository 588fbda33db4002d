"""What being watched costs: microseconds of processor time for each trial of one request, with nobody, each, and all.

A service that answers at once is asked through every policy; the log goes to a file, and spans go to a collector in a
process of its own. Run: `python benchmarks/observability.py [trials]`.
"""

import asyncio
import io
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from passmuster.adapters.clocks.system import SystemClock
from passmuster.cli.live_panel import following
from passmuster.composition.live import Live, live_parts
from passmuster.domain.answers import Answer, Asked, Stage
from passmuster.domain.attempts import attempt
from passmuster.domain.budgets import Cap
from passmuster.domain.results import Response, Trial, TrialPlan
from passmuster.domain.values import RunIdentifier, fingerprint_of
from passmuster.policies.pricing import Prices
from passmuster.policies.stack import Guarded
from passmuster.services.options import Limits
from passmuster.services.redaction import Redaction
from passmuster.telemetry.event_log import EventLog, logging_to
from passmuster.telemetry.exporting import exporting
from passmuster.telemetry.watching import Watched, Watcher
from passmuster.testing import factories
from passmuster.testing.simulated_service import Behaviour, SimulatedBackend, SimulatedService

AT_ONCE = 64
REDACTION = Redaction(["sk-planted-0123456789abcdef"])
COLLECTOR = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
    def log_message(self, *_): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Runner:
    """Asks once for each trial."""

    def __init__(self, backend: Guarded) -> None:
        self.backend = backend

    async def respond(self, plan: TrialPlan) -> Response:
        """Ask."""
        request = factories.a_completion_request(plan.key.case)
        completion = await attempt(Stage.COMPLETION, self.backend.complete(request))
        return factories.a_response(plan, answer=Answer(completion=completion))

    async def assess(self, response: Response) -> Trial:
        """Judge nothing."""
        return factories.a_trial(key=response.plan.key, answer=response.answer)


async def make(live: Live, trials: int, watchers: Sequence[Watcher], told: Callable[[Trial], None]) -> None:
    """Make trials, and note what they took."""
    clock = SystemClock()
    backend = SimulatedBackend(SimulatedService(clock, Behaviour(latency=0.0)), clock)
    live.prices.add_free(backend.endpoint)
    guarded = live.policies.around(backend, limits=Limits(concurrency=AT_ONCE), identity=fingerprint_of(["one"]))
    live.policies.listeners += watchers
    runner = Runner(guarded)
    made = Watched(runner, run=RunIdentifier("run-1"), watchers=watchers) if watchers else runner
    plans = iter([factories.a_plan(factories.a_case(f"case-{at}"), asked=Asked.COMPLETION) for at in range(trials)])

    async def work() -> None:
        for plan in plans:
            told(await made.assess(await made.respond(plan)))

    began = time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    SPENT.append(time.process_time() - began)


SPENT: list[float] = []


@contextmanager
def logged(level: int, folder: Path) -> Iterator[Watcher]:
    """Log into a file."""
    with logging_to(str(folder / f"{level}.jsonl"), level=level, redact=REDACTION.text):
        yield EventLog()


@contextmanager
def exported(_folder: Path) -> Iterator[Watcher]:
    """Tell a collector."""
    process = subprocess.Popen([sys.executable, "-c", COLLECTOR], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        with exporting("benchmark", REDACTION.text) as (spans, trouble):
            yield spans
        if trouble.first:
            print(trouble.first)
    finally:
        process.kill()
        process.wait()


def measure(trials: int, watchers: Sequence[Callable[[Path], object]], *, has_panel: bool) -> float:
    """Return the microseconds of processor time that a trial takes."""
    clock = SystemClock()
    live = live_parts(clock, seed=0, prices=Prices(clock=clock), cap=Cap())
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with tempfile.TemporaryDirectory() as name, ExitStack() as closing:
        watching = [closing.enter_context(watcher(Path(name))) for watcher in watchers]  # type: ignore[arg-type]  # contexts
        with following("benchmark", live, is_quiet=not has_panel, console=console) as shown:

            async def work() -> None:
                if has_panel:
                    shown.begin(0.25)
                shown.expect(trials)
                await make(live, trials, watching, shown.told)

            asyncio.run(work())
    return SPENT[-1] / trials * 1e6


def main() -> None:
    """Print the table."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    info, debug = (lambda folder: logged(logging.INFO, folder)), (lambda folder: logged(logging.DEBUG, folder))
    rows: list[tuple[str, list[Callable[[Path], object]], bool]] = [
        ("nobody watches", [], False),
        ("panel", [], True),
        ("log, info", [info], False),
        ("log, debug", [debug], False),
        ("telemetry", [exported], False),
        ("all", [info, exported], True),
    ]
    best = {name: min(measure(trials, watchers, has_panel=panel) for _ in range(3)) for name, watchers, panel in rows}
    print(f"| {trials:,} trials of one request | µs of processor a trial | more than with nobody |\n|---|---|---|")
    for name, cost in best.items():
        print(f"| {name} | {cost:.0f} | {cost - best['nobody watches']:+.0f} |")


if __name__ == "__main__":
    main()
