"""Use case: train a router, keep what it learnt in a folder, and say how well it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from passmuster.analysis.model_cards import ModelCard
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation
from passmuster.ports import Clock

DOCUMENT = "model.json"
"""What every saved model has; a folder that holds other things is not written into."""


@runtime_checkable
class LearningRouter(Protocol):
    """A router whose model can be kept."""

    @property
    def card(self) -> ModelCard:
        """What the model is."""
        ...

    def save(self, folder: Path) -> Sequence[Path]:
        """Write the model into a folder, whole or not at all, and return its files.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that was made and kept.

    Attributes:
        card: What it is.
        files: Where it lies.
        seconds: How long learning took.
        size: Bytes of all files.
    """

    card: ModelCard
    files: Sequence[Path]
    seconds: float
    size: int


def train(build: Callable[[], object], destination: Path, clock: Clock) -> Trained:
    """Build a router, which makes it learn, and keep its model.

    Args:
        build: Builds the router.
        destination: The folder for the model: a new one, an empty one, or that of an earlier model.
        clock: Tells how long it took.

    Raises:
        InvalidConfigurationError: If the router learns nothing, or the folder holds other things.
        EnvironmentFaultError: If the place cannot be written.
    """
    _refuse_foreign(destination)
    began = clock.elapsed()
    router = build()
    seconds = clock.elapsed() - began
    if not isinstance(router, LearningRouter):
        message = f"{type(router).__name__!r} learns nothing that could be saved"
        raise _refusal(message, "train one of the routers trained, embedding and fused", rule="no-learner")
    files = router.save(destination)
    return Trained(card=router.card, files=files, seconds=seconds, size=sum(path.stat().st_size for path in files))


def _refuse_foreign(destination: Path) -> None:
    """Refuse to mix a model with other files, before any time is spent."""
    is_foreign = destination.exists() and (
        not destination.is_dir() or (any(destination.iterdir()) and not (destination / DOCUMENT).is_file())
    )
    if is_foreign:
        message = f"{str(destination)!r} holds other things than a model"
        raise _refusal(message, "name a new folder, such as ./model", rule="not-a-model", path=destination)


def _refusal(message: str, hint: str, *, rule: str, path: Path | None = None) -> InvalidConfigurationError:
    location = None if path is None else SourceLocation(path=str(path))
    finding = Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)
    return InvalidConfigurationError([finding])
