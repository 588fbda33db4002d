"""What trials will consume, as ranges: from what earlier trials consumed, or else from the size of what is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, sqrt
from typing import Self

from passmuster.analysis.quantiles import CONFIDENCE, student_quantile
from passmuster.domain.answers import Completion, Origin, RoutingDecision
from passmuster.domain.results import Run, Score, Trial
from passmuster.domain.values import SubjectName, Usage

FEWEST = 2
"""From one trial no spread can be told."""

LONG_TOKEN = 5
SHORT_TOKEN = 3
"""Characters of a token: of English prose about four, of code and other languages fewer."""

ASKED = frozenset({Origin.FRESH, Origin.CACHED})
"""Origins of what somebody was asked for, now or before, and would be asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number that is not known yet.

    Attributes:
        lower: It will probably not be less.
        upper: It will probably not be more; ``None`` where nobody knows.
    """

    lower: float = 0.0
    upper: float | None = 0.0

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known."""
        return self.upper is None and self.lower <= 0

    def plus(self, other: Self) -> "Range":
        """Return the range of a sum; what is unknown of one part is unknown of the whole."""
        upper = None if self.upper is None or other.upper is None else self.upper + other.upper
        return Range(lower=self.lower + other.lower, upper=upper)

    def shared(self, workers: int) -> "Range":
        """Return the range of an equal share."""
        return Range(lower=self.lower / workers, upper=None if self.upper is None else self.upper / workers)


NOTHING = Range()
ANYTHING = Range(upper=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What some calls consume.

    Attributes:
        sent: Tokens of what they are sent.
        written: Tokens of what they write.
        money: United States dollars; an unknown price is unknown, and never nothing.
    """

    sent: Range = NOTHING
    written: Range = NOTHING
    money: Range = NOTHING

    def plus(self, other: Self) -> "Amount":
        """Return both together."""
        return Amount(
            sent=self.sent.plus(other.sent),
            written=self.written.plus(other.written),
            money=self.money.plus(other.money),
        )


FREE = Amount()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """What the trials of one subject consumed in one stored run; trials that failed are left out.

    Attributes:
        choices: The usage of each choice.
        outputs: The usage of each output and of judging it; an answer that was replayed used nothing.
        replayed: How many of the outputs were replayed.
        seconds_of_choices: The duration of each trial that was asked for a choice alone.
        seconds_of_outputs: The duration of each trial that came to an output.
    """

    choices: tuple[Usage, ...] = ()
    outputs: tuple[Usage, ...] = ()
    replayed: int = 0
    seconds_of_choices: tuple[float, ...] = ()
    seconds_of_outputs: tuple[float, ...] = ()


def consumed(run: Run, subject: SubjectName) -> Consumed:
    """Gather what a stored run says about one subject."""
    trials = [trial for trial in run.trials if trial.key.subject == subject and trial.is_finished]
    choices = [trial.answer.routing for trial in trials]
    written = [(trial, trial.answer.completion) for trial in trials]
    outputs = [(trial, completion) for trial, completion in written if isinstance(completion, Completion)]
    return Consumed(
        choices=tuple(choice.usage for choice in choices if isinstance(choice, RoutingDecision)),
        outputs=tuple(_output_usage(trial, completion) for trial, completion in outputs),
        replayed=sum(completion.origin not in ASKED for _trial, completion in outputs),
        seconds_of_choices=tuple(trial.duration for trial, completion in written if completion is None),
        seconds_of_outputs=tuple(trial.duration for trial, _completion in outputs),
    )


def expected(runs: Sequence[Sequence[Usage]], count: int) -> Amount | None:
    """Return what that many calls will consume, from what such calls consumed in each of some runs.

    Returns:
        ``None`` if no call said what it used. A price is known only if every call named its own.
    """
    usages = [usage for run in runs for usage in run]
    if not any(usage.input_tokens or usage.output_tokens or usage.cost is not None for usage in usages):
        return None
    sent = predicted([[float(usage.input_tokens) for usage in run] for run in runs], count)
    written = predicted([[float(usage.output_tokens) for usage in run] for run in runs], count)
    if sent is None or written is None:
        return None
    prices = [[float(usage.cost) for usage in run if usage.cost is not None] for run in runs]
    is_priced = all(usage.cost is not None for usage in usages)
    return Amount(sent=sent, written=written, money=(predicted(prices, count) if is_priced else None) or ANYTHING)


def predicted(runs: Sequence[Sequence[float]], count: int) -> Range | None:
    """Return the range in which the sum over new trials will lie, from what earlier trials consumed each.

    For each run this is the 95 % prediction interval of the sum, which allows for the chance of the earlier trials and
    for that of the new ones. The range reaches from the lowest bound to the highest over the runs, since prices, models
    and servers differ from day to day.

    Source: G. J. Hahn and W. Q. Meeker, "Statistical intervals: a guide for practitioners" (1991), on intervals for the
    mean of a future sample.

    Args:
        runs: For each run one number for each trial; runs with fewer than two trials tell nothing.
        count: How many new trials.

    Returns:
        ``None`` if no run has two trials.
    """
    bounds = [_bounds(run, count) for run in runs if len(run) >= FEWEST]
    if not bounds:
        return None
    return Range(lower=min(lower for lower, _ in bounds), upper=max(upper for _, upper in bounds))


def by_size(fewest: int, most: int, *, most_written: int | None) -> Amount:
    """Return what calls will consume of which only the size is known.

    Args:
        fewest: Characters that are sent at least, in all.
        most: Characters that are sent at most.
        most_written: The most tokens that may be written, in all; ``None`` where nothing limits them.
    """
    sent = Range(lower=ceil(fewest / LONG_TOKEN), upper=ceil(most / SHORT_TOKEN))
    written = ANYTHING if most_written is None else Range(upper=most_written)
    return Amount(sent=sent, written=written, money=ANYTHING)


def _bounds(run: Sequence[float], count: int) -> tuple[float, float]:
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, which many runs can do without

    numbers = np.asarray(run, dtype=float)
    mean, spread = float(numbers.mean()), float(numbers.std(ddof=1))
    if not count or not spread:
        return mean * count, mean * count
    half = student_quantile(CONFIDENCE, len(numbers) - 1) * spread * sqrt(1 / len(numbers) + 1 / count)
    # Nothing can be consumed less than not at all.
    return max(0.0, mean - half) * count, (mean + half) * count


def _output_usage(trial: Trial, completion: Completion) -> Usage:
    """Add what judging used to what writing used."""
    used = [completion.usage] if completion.origin in ASKED else []
    judged = [outcome.usage for outcome in trial.outcomes if isinstance(outcome, Score)]
    # A criterion that asked nobody says nothing of a price, and has none.
    used += [usage for usage in judged if usage.input_tokens or usage.output_tokens or usage.cost is not None]
    costs = [usage.cost for usage in used if usage.cost is not None]
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in used),
        output_tokens=sum(usage.output_tokens for usage in used),
        cost=sum(costs, Decimal()) if len(costs) == len(used) else None,
    )
