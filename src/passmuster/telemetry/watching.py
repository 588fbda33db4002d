"""Trials told as they happen: which is under way, what stage it is in, and what became of it.

Policies tell of requests (``policies/events.py``), and know nothing of trials. Which trial a request belongs to is
known by where it is told: everything that a trial does happens in its context.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from passmuster.domain.answers import Stage
from passmuster.domain.attempts import WATCH
from passmuster.domain.results import Response, Trial, TrialKey, TrialPlan
from passmuster.domain.values import RunIdentifier
from passmuster.policies.events import Event, LimitChanged
from passmuster.ports import TrialRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The trial that is under way.

    Attributes:
        run: Of which run; empty for one that belongs to none.
        key: Which trial.
    """

    run: RunIdentifier
    key: TrialKey


WHERE: Final[ContextVar[Whereabouts | None]] = ContextVar("WHERE", default=None)
"""The trial under way, wherever something is told; ``None`` outside of trials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBegun:
    """A trial is begun."""

    plan: TrialPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBegun:
    """A stage of the trial under way is begun."""

    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded:
    """A stage has ended.

    Attributes:
        stage: Which.
        result: What it brought: a decision, a completion, a score, or a failure.
    """

    stage: Stage
    result: object


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded:
    """A trial has been answered and judged; it is not yet stored."""

    trial: Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBroken:
    """A trial was cancelled, or met with a bug; it leaves nothing."""


Told = Event | LimitChanged | TrialBegun | StageBegun | StageEnded | TrialEnded | TrialBroken

Watcher = Callable[[Told], None]
"""Told of everything that happens in trials, in order; must return at once and never raise."""


class Watched:
    """Makes trials and tells of them; conforms to :class:`passmuster.ports.TrialRunner`."""

    def __init__(self, runner: TrialRunner, *, run: RunIdentifier, watchers: Iterable[Watcher]) -> None:
        """Wrap.

        Args:
            runner: Makes the trials.
            run: The run that they belong to; empty for none.
            watchers: Told of them.
        """
        self._runner = runner
        self._run = run
        self._watchers = tuple(watchers)

    async def respond(self, plan: TrialPlan) -> Response:
        """Have the subject answer."""
        with self._within(plan.key):
            self._tell(TrialBegun(plan=plan))
            return await self._runner.respond(plan)

    async def assess(self, response: Response) -> Trial:
        """Have the criteria judge the answer."""
        with self._within(response.plan.key):
            trial = await self._runner.assess(response)
            self._tell(TrialEnded(trial=trial))
            return trial

    @contextmanager
    def _within(self, key: TrialKey) -> Iterator[None]:
        where = WHERE.set(Whereabouts(run=self._run, key=key))
        watch = WATCH.set(self._watch)
        try:
            yield
        except BaseException:
            self._tell(TrialBroken())
            raise
        finally:
            WATCH.reset(watch)
            WHERE.reset(where)

    def _watch(self, stage: Stage, result: object) -> None:
        self._tell(StageBegun(stage=stage) if result is None else StageEnded(stage=stage, result=result))

    def _tell(self, told: Told) -> None:
        for watcher in self._watchers:
            watcher(told)
