"""What the environment may say: where things lie on this machine."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings from environment variables that begin with ``PASSMUSTER_``; a flag beats them.

    Attributes:
        suite: The suite to use where the command line names none.
        store: Overrides the place of a suite's store.
        reports: Overrides the folder for reports.
    """

    model_config = SettingsConfigDict(env_prefix="PASSMUSTER_", env_ignore_empty=True, frozen=True)

    suite: str | None = Field(default=None)
    store: str | None = Field(default=None)
    reports: Path | None = Field(default=None)
