"""A router that learns from vectors of whole texts and from words and characters side by side.

One linear support vector machine, one agent against the rest, over the vector times two beside what the router
``trained`` reads. It needs training requests; with few of them the router ``embedding`` is as good.
"""

from pydantic import Field

from passmuster.adapters.routers.embedded import EmbeddedOptions, Manner, built, learnt_router
from passmuster.adapters.routers.trained import content
from passmuster.adapters.routers.vectors import Vectors
from passmuster.components import BuildContext, Component
from passmuster.ports import Router

NAME = "fused"


class FusedOptions(EmbeddedOptions):
    """Options of the router ``fused``."""

    vector_weight: float = Field(
        default=2.0,
        gt=0,
        le=1_000,
        allow_inf_nan=False,
        description="How much the vector counts beside words and characters, whose blocks have length 1.",
    )
    strength: float = Field(
        default=0.5, gt=0, le=1e6, allow_inf_nan=False, description="How closely it follows training requests: C."
    )


def build(options: FusedOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster: load the model, or learn it.

    Raises:
        InvalidConfigurationError: If the embedder or the model cannot be used.
        InvalidDatasetError: If there is too little to learn from.
        EnvironmentFaultError: If the embedder gives no vectors.
    """
    vectors = Vectors(context.embedder(options.embedder))
    manner = Manner(
        router=NAME,
        method="support_vectors",
        strength=options.strength,
        weight=options.vector_weight,
        reads_words=True,
    )
    return built(lambda: learnt_router(vectors, options, context, manner))


COMPONENT = Component(
    options=FusedOptions,
    build=build,
    is_deterministic=lambda _options: True,
    caveat=(
        "The fused router repeats what its training requests taught it; it does not foretell what a language model "
        "will choose, and it cannot tell when no agent fits a request that sounds like the roster's work."
    ),
    is_free=True,
    content=content,
)
"""``fused``: learns from vectors and words. How steady it is and what it costs are its embedder's to say."""
