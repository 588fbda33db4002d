"""Options that every product has."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from passmuster.adapters.products.throw_away import PLACES
from passmuster.domain.values import UNKNOWN, Fingerprint, fingerprint_of
from passmuster.programs.arguments import Argument, fingerprint_of_file


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        message = f"{name!r} is no name of a variable; write its name, and never its value"
        raise ValueError(message)
    if name in PLACES:
        message = f"{name} leads into the user's own set-up, which a run must not see"
        raise ValueError(message)
    return name


Variable = Annotated[str, AfterValidator(_variable)]
"""The name of an environment variable."""


class RunOptions(BaseModel):
    """What every run of a program can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workspace: str | None = Field(
        default=None,
        min_length=1,
        description="A folder whose content each run's workspace begins with; default: an empty one.",
    )
    time_limit: float = Field(
        default=300.0, gt=0, le=86_400, allow_inf_nan=False, description="Seconds that one run may take."
    )
    stop_at_choice: bool = Field(
        default=True,
        description="Whether a run that is asked for the choice alone is ended as soon as the choice is seen.",
    )
    # What follows does not change what is answered, so it is no part of a subject's fingerprint.
    concurrency: int = Field(
        default=4, ge=1, le=1_000, exclude=True, description="Runs of this part that are under way at the same time."
    )
    maximum_output: int = Field(
        default=64_000_000, ge=1_000, exclude=True, description="Bytes of output after which a run is ended."
    )
    transcripts: str | None = Field(
        default=None,
        min_length=1,
        exclude=True,
        description="A folder in which the output of every run is kept, for `replay`; default: none is kept.",
    )


class ProductOptions(RunOptions):
    """What every product can be told."""

    program: Argument | None = Field(
        default=None,
        min_length=1,
        description="The program: a name on the path, or a place that begins with ./ or /; default: the product's own.",
    )
    model: Argument | None = Field(default=None, min_length=1, description="The model; default: the product's own.")
    arguments: tuple[Argument, ...] = Field(default=(), description="Further arguments, put before all others.")
    environment: tuple[Variable, ...] | None = Field(
        default=None,
        description="Names of the environment variables that the program may see; default: those of its keys.",
    )


def content_of(options: RunOptions, folder: Path) -> Fingerprint:
    """Return the fingerprint of the workspace that runs begin with."""
    return UNKNOWN if options.workspace is None else fingerprint_of_folder(folder / options.workspace)


def fingerprint_of_folder(folder: Path) -> Fingerprint:
    """Return the fingerprint of all files below a folder: their places and what is in them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return fingerprint_of([[path.relative_to(folder).as_posix(), fingerprint_of_file(path)] for path in files])
