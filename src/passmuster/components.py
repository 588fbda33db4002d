"""The one kind of plug-in: what an entry point names, and what a part may build upon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from pydantic import BaseModel

from passmuster.domain.agents import Roster
from passmuster.domain.cases import Dataset
from passmuster.domain.errors import UnknownComponentError
from passmuster.domain.values import UNKNOWN, Fingerprint
from passmuster.ports import Backend, Embedder, Router


def _unavailable(wanted: object) -> NoReturn:
    message = f"{wanted!r} cannot be built here"
    raise UnknownComponentError(message, hint="build it through a suite")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """What a component may build upon.

    Attributes:
        folder: The suite's folder; relative paths in options start there.
        roster: The roster, for parts that are built for one.
        backend: Returns the backend that the suite knows by a name, for routers and subjects that use one.
        router: Builds the router that a configuration section such as ``{use: lexical}`` names.
        embedder: Builds the embedder that a section such as ``{use: onnx, location: …}`` names.
        dataset: Loads the dataset that a section such as ``{use: files, location: …}`` names.
        resolve: Loads the object that ``module:name`` or ``./file.py:NAME`` names.
    """

    folder: Path
    roster: Roster = field(default_factory=lambda: Roster(name="empty", agents=()))
    backend: Callable[[str], Backend] = _unavailable
    router: Callable[[Mapping[str, object]], Router] = _unavailable
    embedder: Callable[[Mapping[str, object]], Embedder] = _unavailable
    dataset: Callable[[Mapping[str, object]], Dataset] = _unavailable
    resolve: Callable[[str], object] = _unavailable


OptionsT = TypeVar("OptionsT", bound=BaseModel)
ProductT_co = TypeVar("ProductT_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Component(Generic[OptionsT, ProductT_co]):
    """The one kind of plug-in; an entry point names an instance.

    Attributes:
        options: A pydantic model with ``extra="forbid"``: validation, help and JSON Schema for free.
        build: Makes the part from its options.
        version: Raised whenever equal options begin to give other results; part of every fingerprint.
        is_deterministic: Whether equal requests get equal answers, given the options.
        caveat: What readers of its results must know, in one sentence; may be empty.
        is_free: Whether it asks nobody outside this machine, so that nothing is ever paid for it.
        content: The fingerprint of what lies in files that the options name and that its answers depend on, such as a
            trained model; gets the options and the suite's folder. Part of every fingerprint.
    """

    options: type[OptionsT]
    build: Callable[[OptionsT, BuildContext], ProductT_co]
    version: str = "1"
    is_deterministic: Callable[[OptionsT], bool] = lambda _options: False
    caveat: str = ""
    is_free: bool = False
    content: Callable[[OptionsT, Path], Fingerprint] = lambda _options, _folder: UNKNOWN
