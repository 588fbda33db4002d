"""What the environment may say: where things lie on this machine."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _user_cache() -> Path:
    """Return the folder that the user's caches have by convention (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "passmuster"


class Settings(BaseSettings):
    """Settings from environment variables that begin with ``PASSMUSTER_``; a flag beats them.

    Attributes:
        suite: The suite to use where the command line names none.
        store: Overrides the place of a suite's store.
        reports: Overrides the folder for reports.
        formats: Reports that are written beside those that the suite names, by name, parted by commas.
        cache: The folder for what can be made anew at any moment, such as vectors of texts.
        sandbox_environment: The folder in which the environment for the code of answers is prepared.
        environment_file: A file of variables in which secrets are looked up that the environment has not; by itself
            none is read.
        log: The file for a log of the run; ``-`` is standard error.
        log_level: What is less grave is not logged.
        log_content: Whether requests and answers are logged as well.
        telemetry: Whether runs are told to a collector by OpenTelemetry.
    """

    model_config = SettingsConfigDict(env_prefix="PASSMUSTER_", env_ignore_empty=True, frozen=True)

    suite: str | None = Field(default=None)
    store: str | None = Field(default=None)
    reports: Path | None = Field(default=None)
    formats: str = Field(default="")
    cache: Path = Field(default_factory=_user_cache)
    sandbox_environment: Path | None = Field(default=None)
    environment_file: Path | None = Field(default=None, validation_alias="PASSMUSTER_ENV_FILE")
    log: str | None = Field(default=None)
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info")
    log_content: bool = Field(default=False)
    telemetry: bool = Field(default=False)
