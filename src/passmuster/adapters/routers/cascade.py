"""Two routers as one: a cheap one answers, and a dear one is asked where the cheap one is unsure.

``passmuster cascade-curve`` shows from a stored run what a bound would cost and gain, and which one to take.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from passmuster.components import BuildContext, Component, repeated_choice
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.consumption import total
from passmuster.domain.errors import RoutingError
from passmuster.ports import Router


class CascadeOptions(BaseModel):
    """Options of the router ``cascade``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Mapping[str, object] = Field(description="Who is always asked: {use: <router>, …}.")
    second: Mapping[str, object] = Field(description="Who is asked where the first is unsure: {use: <router>, …}.")
    margin: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="The first is unsure where its margin is below this; and where it tells none.",
    )
    confidence: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="The first is unsure where its confidence is below this; and where it tells none.",
    )
    abstention: bool = Field(default=True, description="Whether the first is unsure wherever it chooses nobody.")
    failure: Literal["fail", "keep_first"] = Field(
        default="fail",
        description=(
            "What happens where the second fails: `fail` makes it a failure of the harness, `keep_first` takes the "
            "first's choice, so that one run may mix what two routers say."
        ),
    )

    @model_validator(mode="after")
    def _check_doubt(self) -> "CascadeOptions":
        if self.margin is None and self.confidence is None and not self.abstention:
            message = (
                "the second router would never be asked: give 'margin' or 'confidence', or leave 'abstention' true"
            )
            raise ValueError(message)
        return self


class CascadeRouter:
    """Asks the first router, and where that is unsure the second.

    The usage of both is counted. A margin is passed on only where the first one answered: those of two routers are in
    different units, and would look like a change where a request passes from one to the other.
    """

    def __init__(self, first: Router, second: Router, options: CascadeOptions) -> None:
        """Take the routers."""
        self._first = first
        self._second = second
        self._options = options

    async def route(self, request: Request) -> RoutingDecision:
        """Return the choice of whichever router answers; the reason says which.

        Raises:
            RoutingError: If the first router fails; or the second does, unless the first's choice is to be kept.
        """
        return await self.route_repetition(request, repetition=0)

    async def route_repetition(self, request: Request, *, repetition: int) -> RoutingDecision:
        """Choose as ``route`` does; the repetition reaches both routers."""
        first = await repeated_choice(self._first, request, repetition=repetition)
        doubt = self._doubt(first)
        if not doubt:
            return replace(first, rationale=_told("the first router answered", first.rationale))
        try:
            second = await repeated_choice(self._second, request, repetition=repetition)
        except RoutingError as error:
            if self._options.failure == "fail":
                raise
            reason = f"the first router answered, unsure as it was ({doubt}), since the second failed ({error.message})"
            return replace(first, rationale=_told(reason, first.rationale))
        return replace(
            second,
            margin=None,
            rationale=_told(f"the second router answered, since the first was unsure ({doubt})", second.rationale),
            usage=total(first.usage, second.usage),
            latency=first.latency + second.latency,
        )

    def _doubt(self, decision: RoutingDecision) -> str:
        """Return why the second router is to be asked; empty where it is not."""
        options = self._options
        if options.abstention and decision.chosen is None:
            return "it chose nobody"
        chosen = decision.chosen or "nobody"
        for bound, value, name in (
            (options.margin, decision.margin, "margin"),
            (options.confidence, decision.confidence, "confidence"),
        ):
            if bound is not None and value is None:
                return f"it chose {chosen} and tells no {name}"
            if bound is not None and value is not None and value < bound:
                return f"it chose {chosen} with a {name} of {value:.3g}, below {bound:.3g}"
        return ""


def _told(who: str, why: str) -> str:
    return f"{who}: {why}" if why else who


def build(options: CascadeOptions, context: BuildContext) -> Router:
    """Build both routers for the context's roster."""
    return CascadeRouter(context.router(options.first), context.router(options.second), options)


# Whether its answers are equal is for its routers to say, and they are asked as well.
COMPONENT = Component(options=CascadeOptions, build=build, is_deterministic=lambda _options: True)
"""``cascade``: a cheap router first, and a dear one where that is unsure."""
