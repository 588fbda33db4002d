"""Who watches a run: a panel or lines on the screen, a log, a collector of OpenTelemetry's.

Only what was asked for is imported, and what nobody watches costs nothing.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from passmuster.application.evaluating import SuiteParts
from passmuster.cli.leaving import say
from passmuster.cli.live_panel import REFRESH, Following, following
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.endpoints import Ending
from passmuster.domain.errors import MissingExtraError
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.ports import TrialRunner

if TYPE_CHECKING:
    from passmuster.telemetry.event_log import EventLog
    from passmuster.telemetry.watching import Watcher

Level = Literal["debug", "info", "warning", "error"]
STANDARD_ERROR = "-"
TELEMETRY_MODULES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observing:
    """What the command line asks for; ``None`` leaves it to the environment.

    Attributes:
        log: The file for a log; ``-`` is standard error.
        log_level: What is less grave is not logged.
        log_content: Whether requests and answers are logged as well.
        telemetry: Whether a collector hears of the run.
    """

    log: str | None = None
    log_level: Level | None = None
    log_content: bool | None = None
    telemetry: bool | None = None

    def completed(self, settings: Settings) -> "Observing":
        """Return it with what the environment says."""
        return Observing(
            log=settings.log if self.log is None else self.log,
            log_level=self.log_level or settings.log_level,
            log_content=settings.log_content if self.log_content is None else self.log_content,
            telemetry=settings.telemetry if self.telemetry is None else self.telemetry,
        )


@dataclass(slots=True, kw_only=True)
class Observed:
    """A run that is watched.

    Attributes:
        bench: The suite's parts.
        watchers: Told of everything that happens in trials.
        log: The log, if there is one.
        has_busy_screen: Whether the log goes to the screen, so that no panel can.
    """

    bench: Workbench
    watchers: "list[Watcher]" = field(default_factory=list)
    log: "EventLog | None" = None
    has_busy_screen: bool = False

    def watched(self, parts: SuiteParts) -> SuiteParts:
        """Return the parts of a suite whose trials are told to all who watch."""
        return replace(parts, around=self._around) if self.watchers else parts

    @contextmanager
    def following(self, label: str, *, is_quiet: bool) -> Iterator["Told"]:
        """Show on the screen how the trials of a run go.

        Args:
            label: What is being made.
            is_quiet: Whether a machine reads the result.

        Yields:
            What is to be told of the run.
        """
        with following(label, self.bench.live, is_quiet=is_quiet or self.has_busy_screen) as shown:
            told = Told(shown, self.log)
            if self.log is not None:
                self.log.write(logging.INFO, "run begun", {"suite": self.bench.configuration.name, "label": label})
            ending = Ending.ERROR
            try:
                yield told
                ending = Ending.FINISHED
            except KeyboardInterrupt:
                ending = Ending.INTERRUPTED
                raise
            finally:
                if self.log is not None:
                    self.log.write(
                        logging.INFO,
                        "run ended",
                        {"ending": ending, "trials": shown.done, "planned": shown.total, **self._spent()},
                    )

    def _spent(self) -> dict[str, object]:
        spent = [record.spending for record in self.bench.live.meter.records()]
        budget = self.bench.live.budget
        return {
            "requests": sum(one.requests for one in spent),
            "kept": sum(one.kept for one in spent),
            "input_tokens": sum(one.input_tokens for one in spent),
            "output_tokens": sum(one.output_tokens for one in spent),
            "cost": str(sum(one.cost for one in spent)),
            "unpriced": sum(one.unpriced for one in spent),
        } | ({} if budget is None else {"budget": str(budget.cap), "budget_left": str(budget)})

    def _around(self, run: RunIdentifier, runner: TrialRunner) -> TrialRunner:
        from passmuster.telemetry.watching import Watched  # noqa: PLC0415 - see the module's first lines

        return Watched(runner, run=run, watchers=self.watchers)


class Told:
    """Told of a run's trials, for the screen and for the log."""

    def __init__(self, shown: Following, log: "EventLog | None") -> None:
        """Take the screen, and the log if there is one."""
        self._shown = shown
        self._log = log
        self._stored = 0

    @property
    def done(self) -> int:
        """How many trials are stored."""
        return self._shown.done

    @property
    def total(self) -> int:
        """How many trials are planned."""
        return self._shown.total

    def begin(self) -> None:
        """Begin to look, within the event loop."""
        self._shown.begin(REFRESH)

    def expect(self, trials: int) -> None:
        """So many trials more are planned."""
        self._shown.expect(trials)

    def told(self, trial: Trial) -> None:
        """A trial is stored."""
        self._shown.told(trial)
        if self._log is None:
            return
        if not self._stored:
            # All trials of one commit are told of at once.
            asyncio.get_running_loop().call_soon(self._committed)
        self._stored += 1

    def _committed(self) -> None:
        stored, self._stored = self._stored, 0
        if self._log is not None:
            self._log.write(logging.DEBUG, "commit", {"trials": stored}, where=None)


@contextmanager
def observed(bench: Workbench, wish: Observing, *also: "Watcher") -> Iterator[Observed]:
    """Let a suite's runs be watched as the command line and the environment say.

    Args:
        bench: The suite's parts.
        wish: Who is to watch.
        also: Who watches besides.

    Raises:
        EnvironmentFaultError: If the log cannot be written.
        MissingExtraError: If telemetry is asked for and not installed.
    """
    wanted = wish.completed(Settings())
    watching = Observed(bench=bench, watchers=list(also))
    with ExitStack() as closing:
        if wanted.log is not None:
            closing.enter_context(_logged(watching, wanted, wanted.log))
        if wanted.telemetry:
            closing.enter_context(_exported(watching))
        listeners = bench.live.policies.listeners if watching.watchers else []
        listeners += watching.watchers
        try:
            yield watching
        finally:
            for watcher in watching.watchers:
                listeners.remove(watcher)


@contextmanager
def _logged(watching: Observed, wanted: Observing, place: str) -> Iterator[None]:
    from passmuster.telemetry.event_log import EventLog, logging_to  # noqa: PLC0415 - see the module's first lines

    bench, level = watching.bench, logging.getLevelNamesMapping()[(wanted.log_level or "info").upper()]
    with logging_to(place, level=level, redact=lambda text: bench.secrets.redaction().text(text)) as handler:
        watching.log = EventLog(has_texts=bool(wanted.log_content))
        watching.watchers.append(watching.log)
        watching.has_busy_screen = place == STANDARD_ERROR
        yield
    if handler.trouble:
        say(f"the log {place!r} is incomplete: {handler.trouble}")


@contextmanager
def _exported(watching: Observed) -> Iterator[None]:
    if any(_is_missing(module) for module in TELEMETRY_MODULES):
        message = "'telemetry' needs OpenTelemetry, which is not installed"
        raise MissingExtraError(message, hint="pip install 'passmuster[telemetry]'")
    from passmuster.telemetry.exporting import exporting  # noqa: PLC0415 - an extra

    bench = watching.bench
    redact = lambda text: bench.secrets.redaction().text(text)  # noqa: E731 - as it is at every use
    with exporting(bench.configuration.name, redact) as (spans, trouble):
        watching.watchers.append(spans)
        yield
    if trouble.first:
        say(f"telemetry is incomplete: {trouble.first}")


def _is_missing(module: str) -> bool:
    try:
        return find_spec(module) is None
    except ModuleNotFoundError:
        return True
