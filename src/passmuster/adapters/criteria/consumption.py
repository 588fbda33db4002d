"""Criteria on what an answer took: money, time, and tokens."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from passmuster.adapters.criteria.options import CriterionOptions
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, Origin
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.results import Exhibit, Score
from passmuster.ports import Criterion


class CostOptions(CriterionOptions):
    """Options of ``cost``."""

    maximum: Decimal = Field(ge=0, allow_inf_nan=False, description="United States dollars, at most.")


class LatencyOptions(CriterionOptions):
    """Options of ``latency``."""

    maximum: float = Field(gt=0, allow_inf_nan=False, description="Seconds, at most.")
    to: Literal["end", "first_token"] = Field(
        default="end", description="Whether the whole answer is waited for, or its first piece."
    )


class TokensOptions(CriterionOptions):
    """Options of ``tokens``."""

    maximum: int = Field(ge=0, description="Tokens, at most.")
    of: Literal["input", "output", "total"] = Field(default="total", description="Which tokens are counted.")


class CostCriterion:
    """Whether the answer cost no more than it may. A price that nobody knows is not free."""

    def __init__(self, options: CostOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look at the cost.

        Raises:
            CriterionUnavailableError: If no price is known.
        """
        cost = exhibit.completion.usage.cost
        if cost is None:
            message = "nobody knows what this answer cost"
            raise CriterionUnavailableError(message, hint="give the model a price under prices")
        maximum = self._options.maximum
        evidence: dict[str, object] = {"cost": str(cost)}
        return _score(self._options.name, f"cost ${cost.normalize():f}", f"${maximum:f}", cost <= maximum, evidence)


class LatencyCriterion:
    """Whether the answer came in time."""

    def __init__(self, options: LatencyOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look at the time.

        Raises:
            CriterionUnavailableError: If nobody took it.
        """
        options = self._options
        seconds = _seconds(exhibit.completion, to_first_token=options.to == "first_token")
        if seconds is None:
            message = "nobody took the time of this answer"
            raise CriterionUnavailableError(message, hint="have it made anew; answers that were kept tell no time")
        until = "the first piece took" if options.to == "first_token" else "the answer took"
        wanted = f"{options.maximum:g} seconds"
        said = f"{until} {seconds:.3g} seconds"
        return _score(options.name, said, wanted, seconds <= options.maximum, {"seconds": seconds})


class TokensCriterion:
    """Whether the answer took no more tokens than it may."""

    def __init__(self, options: TokensOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Count.

        Raises:
            CriterionUnavailableError: If nobody counted.
        """
        options = self._options
        usage = exhibit.completion.usage
        if not usage.input_tokens and not usage.output_tokens:
            message = "nobody counted the tokens of this answer"
            raise CriterionUnavailableError(message, hint="use a backend that tells what it consumed")
        counts = {"input": usage.input_tokens, "output": usage.output_tokens}
        count = sum(counts.values()) if options.of == "total" else counts[options.of]
        kind = "tokens" if options.of == "total" else f"tokens of {options.of}"
        return _score(options.name, f"{count} {kind}", f"{options.maximum}", count <= options.maximum, {**counts})


def _seconds(completion: Completion, *, to_first_token: bool) -> float | None:
    """Return the seconds that were waited; ``None`` where they are not known."""
    if to_first_token:
        return completion.first_token
    is_kept = completion.origin is not Origin.FRESH
    return None if is_kept and not completion.latency else completion.latency


def _score(criterion: str, said: str, maximum: str, passed: bool, evidence: dict[str, object]) -> Score:  # noqa: FBT001 - a verdict, between its words and its evidence
    """Return the score of an amount that may not be over a maximum."""
    reason = f"{said}; at most {maximum} wanted"
    return Score(criterion=criterion, value=float(passed), passed=passed, reason=reason, evidence=evidence)


def _build_cost(options: CostOptions, _context: BuildContext) -> Criterion:
    return CostCriterion(options)


def _build_latency(options: LatencyOptions, _context: BuildContext) -> Criterion:
    return LatencyCriterion(options)


def _build_tokens(options: TokensOptions, _context: BuildContext) -> Criterion:
    return TokensCriterion(options)


COST = Component(options=CostOptions, build=_build_cost, is_deterministic=lambda _options: True)
"""``cost``: the answer cost no more than it may."""

LATENCY = Component(options=LatencyOptions, build=_build_latency, is_deterministic=lambda _options: True)
"""``latency``: the answer came in time."""

TOKENS = Component(options=TokensOptions, build=_build_tokens, is_deterministic=lambda _options: True)
"""``tokens``: the answer took no more tokens than it may."""
