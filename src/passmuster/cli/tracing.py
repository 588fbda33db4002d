"""The option `--trace` of the command `run`: one case, and everything that happens on the way to its scores.

Nothing is stored and nothing judged: a run of one case must not pose as a run. Answers are kept in the cache, and taken
from it, as ever.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from passmuster.application.evaluating import SuiteParts
from passmuster.application.trials import RunTrial
from passmuster.cli.console import terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.observing import Observing, observed
from passmuster.cli.opening import accepted_baseline, former_agents, opened
from passmuster.cli.printing import print_json
from passmuster.cli.trace_views import TraceView
from passmuster.composition.recording import plans_of, refuse_unknown_cases
from passmuster.domain.budgets import Cap
from passmuster.domain.results import Trial, TrialPlan
from passmuster.domain.values import RunIdentifier
from passmuster.ports import TrialRunner
from passmuster.telemetry.describing import described
from passmuster.telemetry.watching import Told, Watched, Watcher

UNMEASURED = 4
"""The exit status if something could not be measured: what is traced says why."""

NO_RUN = RunIdentifier("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        cases: The identifiers of the cases.
        only: The subjects to ask; empty means all.
        repetitions: How often each is asked, if it varies.
        cap: What may be spent; what it does not bound is as the suite says.
        is_fresh: Whether answers that were kept before are asked for again.
        observing: Who watches besides.
        as_json: Whether a machine reads the result.
    """

    cases: Sequence[str]
    only: Collection[str]
    repetitions: int
    cap: Cap
    is_fresh: bool
    observing: Observing
    as_json: bool


class Recorder:
    """Notes what happens, for machines; conforms to :data:`~passmuster.telemetry.watching.Watcher`.

    Attributes:
        trials: What happened in each trial.
    """

    def __init__(self, redact: Callable[[object], object], clock: Callable[[], float]) -> None:
        """Begin with nothing.

        Args:
            redact: Takes secrets out of what JSON can say.
            clock: Tells seconds.
        """
        self._redact = redact
        self.trials: list[object] = []
        self._clock = clock
        self._began = 0.0
        self._events: list[object] = []

    def begin(self, plan: TrialPlan) -> None:
        """A trial is going to be made."""
        self._began, self._events, case = self._clock(), [], plan.case
        trial = {
            "case": case.identifier,
            "subject": plan.key.subject,
            "repetition": plan.key.repetition,
            "fingerprint": plan.key.fingerprint,
            "request": case.request.text,
            "expected": case.expectation.preferred,
            "writer": plan.assigned,
            "events": self._events,
        }
        self.trials.append(trial)

    def __call__(self, told: Told) -> None:
        """Note what happened."""
        line = described(told, has_texts=True)
        if line is not None:
            after = round(self._clock() - self._began, 6)
            self._events.append(self._redact({"after": after, "event": line.event, **line.fields}))


def run_trace(suite: str | None, wish: Wish) -> int:
    """Make the trials of some cases, tell all that happens in them, and return the exit status.

    Raises:
        InvalidConfigurationError: If the suite has no such case or subject.
    """
    with opened(suite, wish.cap, is_fresh=wish.is_fresh) as bench:
        clock = bench.clock.elapsed
        view = (
            Recorder(lambda value: bench.secrets.redaction().value(value), clock)
            if wish.as_json
            else TraceView(terminal(), lambda text: bench.secrets.redaction().text(text), clock)
        )
        refuse_unknown_cases(bench, wish.cases)
        with observed(bench, wish.observing, view) as watching:
            parts = bench.parts(former_agents(accepted_baseline(bench)), wish.only)
            plans = plans_of(bench, parts.subjects, wish.cases, wish.repetitions)
            trials = _made(plans, _runner(parts, watching.watchers), view.begin)
        if isinstance(view, Recorder):
            print_json({"suite": bench.configuration.name, "trials": view.trials})
        return 0 if all(trial.is_finished for trial in trials) else UNMEASURED


def _made(plans: Sequence[TrialPlan], runner: TrialRunner, begin: Callable[[TrialPlan], None]) -> list[Trial]:
    """Make trials one after another, so that what is told of one is not mixed with what is told of another."""
    made: list[Trial] = []

    async def make() -> None:
        for plan in plans:
            begin(plan)
            made.append(await runner.assess(await runner.respond(plan)))

    run_interruptibly(make)
    return made


def _runner(parts: SuiteParts, watchers: Sequence[Watcher]) -> TrialRunner:
    runner = RunTrial(subjects=parts.live_subjects, criteria=parts.criteria, clock=parts.clock)
    return Watched(runner, run=NO_RUN, watchers=watchers)
