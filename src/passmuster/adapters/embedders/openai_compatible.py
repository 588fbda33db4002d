"""Vectors from any service that has the route ``/embeddings`` of the OpenAI interface: most vendors, and most servers.

The answer's ``data`` says with ``index`` which text each vector is of, in whatever order.
"""

from collections.abc import Mapping, Sequence

from pydantic import Field

from passmuster.adapters.embedders.transport import ServiceEmbedder, ServiceOptions
from passmuster.components import BuildContext, Component
from passmuster.ports import Embedder
from passmuster.services.reading import listed, member


class OpenAICompatibleOptions(ServiceOptions):
    """Options of the embedder ``openai_compatible``."""

    dimensions: int | None = Field(
        default=None, ge=1, description="How long vectors are to be, for models that can shorten them."
    )


def _vectors_in(answer: object) -> Sequence[object]:
    """Return the vectors in order of their indices."""
    data = listed(answer, "data")
    found = {_index(item): member(item, "embedding") for item in data}
    if sorted(found) != list(range(len(data))):
        message = "gave vectors whose indices do not count from 0"
        raise ValueError(message)
    return [found[index] for index in range(len(data))]


def _index(item: object) -> int:
    index = member(item, "index")
    if not isinstance(index, int) or isinstance(index, bool):
        message = f"gave a vector with the index {index!r}"
        raise ValueError(message)  # noqa: TRY004 - every complaint about an answer takes one way
    return index


def build(options: OpenAICompatibleOptions, context: BuildContext) -> Embedder:
    """Build the embedder."""
    asked = {"model": options.model} | ({} if options.dimensions is None else {"dimensions": options.dimensions})

    def payload(texts: Sequence[str]) -> Mapping[str, object]:
        return {**asked, "input": list(texts)}

    return ServiceEmbedder(
        options, path="/embeddings", payload=payload, vectors_in=_vectors_in, secret_of=context.secret
    )


COMPONENT = Component(
    options=OpenAICompatibleOptions, build=build, is_deterministic=lambda options: options.deterministic
)
"""``openai_compatible``: asks a service."""
