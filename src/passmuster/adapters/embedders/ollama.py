"""Vectors from an Ollama server, by its route ``/api/embed``; see its interface's documentation, "Generate Embeddings".

A text that is longer than the model reads is cut by the server.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field

from passmuster.adapters.embedders.transport import ServiceEmbedder, ServiceOptions
from passmuster.components import BuildContext, Component
from passmuster.ports import Embedder
from passmuster.services.reading import listed

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 11_434
"""Where a server on this machine listens unless it is told otherwise."""


class OllamaOptions(ServiceOptions):
    """Options of the embedder ``ollama``."""

    base_url: str = Field(
        default=f"http://{LOOPBACK}:{PORT}", description="Where the server is; by default on this machine."
    )


def build(options: OllamaOptions, context: BuildContext) -> Embedder:
    """Build the embedder."""

    def payload(texts: Sequence[str]) -> Mapping[str, object]:
        return {"model": options.model, "input": list(texts), "truncate": True}

    return ServiceEmbedder(
        options,
        path="/api/embed",
        payload=payload,
        vectors_in=lambda answer: listed(answer, "embeddings"),
        secret_of=context.secret,
    )


COMPONENT = Component(options=OllamaOptions, build=build, is_deterministic=lambda options: options.deterministic)
"""``ollama``: asks a server, most often one on this machine."""
