"""The one kind of plug-in: what an entry point names, and what a part may build upon."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Generic, NoReturn, Protocol, TypeGuard, TypeVar

from pydantic import BaseModel

from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Dataset, Request
from passmuster.domain.errors import CriterionUnavailableError, UnknownComponentError
from passmuster.domain.values import UNKNOWN, Fingerprint, Usage
from passmuster.examining import Examiner
from passmuster.ports import Backend, Embedder, ForeseeingBackend, RepeatingRouter, Router, Sandbox


def _unavailable(wanted: object) -> NoReturn:
    message = f"{wanted!r} cannot be built here"
    raise UnknownComponentError(message, hint="build it through a suite")


def _no_sandbox() -> NoReturn:
    message = "no sandbox can be had here"
    raise CriterionUnavailableError(message, hint="build the criterion through a suite")


def _from_environment(name: str) -> str | None:
    # The method of the environment would show all of it wherever it is printed.
    return os.environ.get(name)


ResultT = TypeVar("ResultT")


class Spend(Protocol):
    """Has work done that tells its price only afterwards, within the budget of the run."""

    async def __call__(
        self, work: Callable[[], Awaitable[ResultT]], told: Callable[[ResultT], tuple[str, Usage]]
    ) -> ResultT:
        """Begin the work and return its result; ``told`` returns the model and the usage that the result tells.

        Raises:
            BudgetExhaustedError: If the budget might not suffice.
        """
        ...


async def _freely(work: Callable[[], Awaitable[ResultT]], told: Callable[[ResultT], tuple[str, Usage]]) -> ResultT:
    del told
    return await work()


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
        secret: Returns the value of a secret by its name, or ``None`` where there is none; asked at every use, so that
            no value is kept.
        sandbox: Returns the sandbox of the suite; raises CriterionUnavailableError, with the remedy, where none is.
        examiner: Returns what has programs of ours examine the files of an answer; raises likewise.
        spend: Has work done that tells its price only afterwards, so that it counts for the budget.
        cache: The user's folder for what can be made anew at any moment; ``None`` where nothing is to be kept.
    """

    folder: Path
    roster: Roster = field(default_factory=lambda: Roster(name="empty", agents=()))
    backend: Callable[[str], Backend] = _unavailable
    router: Callable[[Mapping[str, object]], Router] = _unavailable
    embedder: Callable[[Mapping[str, object]], Embedder] = _unavailable
    dataset: Callable[[Mapping[str, object]], Dataset] = _unavailable
    resolve: Callable[[str], object] = _unavailable
    secret: Callable[[str], str | None] = _from_environment
    sandbox: Callable[[], Sandbox] = _no_sandbox
    examiner: Callable[[], Examiner] = _no_sandbox
    spend: Spend = _freely
    cache: Path | None = None


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
        judges: Whether a model decides what it says, which counts only once people have measured how often it errs.
        needs_sandbox: Whether it has the answer's code examined in a sandbox, so that one is prepared before it is
            used, and what stands in there is part of what its scores mean.
    """

    options: type[OptionsT]
    build: Callable[[OptionsT, BuildContext], ProductT_co]
    version: str = "1"
    is_deterministic: Callable[[OptionsT], bool] = lambda _options: False
    caveat: str = ""
    is_free: bool = False
    content: Callable[[OptionsT, Path], Fingerprint] = lambda _options, _folder: UNKNOWN
    needs_sandbox: bool = False
    judges: bool = False


async def repeated_choice(router: Router, request: Request, *, repetition: int) -> RoutingDecision:
    """Have a router choose; the repetition reaches it where it tells repetitions apart.

    Raises:
        RoutingError: If no decision could be had.
    """
    if _tells_repetitions_apart(router):
        return await router.route_repetition(request, repetition=repetition)
    return await router.route(request)


def can_foresee(backend: Backend | None) -> TypeGuard[ForeseeingBackend]:
    """Whether a backend knows beforehand what it cannot answer."""
    kind: type = type(backend)
    return _has_methods_of(kind, ForeseeingBackend)


def _tells_repetitions_apart(router: Router) -> TypeGuard[RepeatingRouter]:
    kind: type = type(router)
    return _has_methods_of(kind, RepeatingRouter)


@lru_cache(maxsize=1_024)
def _has_methods_of(kind: type, protocol: type) -> bool:
    # Asked for every trial, and Python looks through all names of a class each time.
    return issubclass(kind, protocol)
