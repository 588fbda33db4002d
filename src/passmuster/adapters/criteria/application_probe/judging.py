"""What the criteria on applications have in common: one look at the application, and a list of violations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from passmuster.adapters.criteria.application_probe.asking import MOST_PLACES, Probe, ProbeOptions, where
from passmuster.adapters.criteria.application_probe.observations import Exchange, Seen
from passmuster.components import BuildContext
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import JsonObject

_NAMED: Final = 2

PUBLIC: Final = (
    "/",
    "*/health*",
    "*/healthz",
    "*/livez",
    "*/live",
    "*/readyz",
    "*/ready",
    "*/ping",
    "*/metrics",
    "*/version",
    "*/status",
    "/docs*",
    "/redoc*",
    "*/openapi.json",
    "*/schema*",
    "*/login*",
    "*/token*",
    "*/register*",
    "*/signup*",
)
"""Addresses that need neither credentials nor a version."""


class Violations(list[tuple[str, JsonObject]]):
    """What is not as it should be: an operation, and a place with a message."""

    def note(self, seen: Seen, operation: str, message: str, error: JsonObject | None = None) -> None:
        """Add one, where the operation is written, or where it raised."""
        self.append((operation, seen.place(operation, message, error)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule makes of what was seen.

    Attributes:
        asked: What was looked at, a name each.
        violations: Which of them are not as they should be, and how; several may bear one name.
        good: What is said where there is none.
        counts: What else there is to know.
    """

    asked: Sequence[str]
    violations: Sequence[tuple[str, JsonObject]]
    good: str
    counts: JsonObject = field(default_factory=dict)


OptionsT = TypeVar("OptionsT", bound=ProbeOptions)
OptionsT_contra = TypeVar("OptionsT_contra", bound=ProbeOptions, contravariant=True)


class Rule(Protocol[OptionsT_contra]):
    """Judges what was seen of an application."""

    async def __call__(self, seen: Seen, options: OptionsT_contra) -> Judgement:
        """Return the judgement.

        Raises:
            CriterionError: If what was seen proves nothing.
        """
        ...


class ApplicationCriterion(Generic[OptionsT]):
    """Asks an answer's application, and judges by one rule."""

    def __init__(
        self, options: OptionsT, context: BuildContext, rule: Rule[OptionsT], more: JsonObject | None = None
    ) -> None:
        self._options = options
        self._probe = Probe(options, context)
        self._rule = rule
        self._more = dict(more or {})

    async def assess(self, exhibit: Exhibit) -> Score:
        """Ask and judge.

        Raises:
            CriterionError: If it cannot be judged and the answer is not to blame.
        """
        seen = await self._probe.seen(exhibit, **self._more)
        if isinstance(seen, Score):
            return seen
        return score(self._options.name, await self._rule(seen, self._options), len(seen.exchanges))


def score(criterion: str, judgement: Judgement, requests: int) -> Score:
    """Return a judgement as a score; its value is the share of what was looked at that is as it should be."""
    bad = {name for name, _place in judgement.violations}
    places = [place for _name, place in judgement.violations]
    asked = max(1, len(set(judgement.asked) | bad))
    told = "; ".join(f"{place['message']}{where(place)}" for place in places[:_NAMED])
    rest = len(places) - _NAMED
    return Score(
        criterion=criterion,
        value=1 - len(bad) / asked,
        passed=not bad,
        reason=" ".join((f"{told}; and {rest} more" if rest > 0 else told or judgement.good).split()),
        evidence={
            "places": places[:MOST_PLACES],
            "asked": len(set(judgement.asked)),
            "requests": requests,
            "violations": len(places),
            **judgement.counts,
        },
    )


def refuse_unless_let_in(exchanges: Sequence[Exchange]) -> None:
    """Complain if the guard let no request in, so that nothing was seen.

    Raises:
        CriterionError: If so.
    """
    if exchanges and not any(item.is_let_in for item in exchanges):
        message = "the application let no request in: all were answered with 401 or 403"
        raise CriterionError(message, hint="name headers that let requests in, in the option 'headers'")
