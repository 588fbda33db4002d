"""The section ``nightly`` of ``suite.yaml``."""

from pydantic import BaseModel, ConfigDict, Field


class NightlySection(BaseModel):
    """What `passmuster nightly` asks beside the run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    frozen: str | None = Field(
        default=None,
        pattern=r"^[^-\s][^\s]*$",
        max_length=200,
        description="The git revision whose agents are asked as well, so that drift is told from edits; best a tag.",
    )
    control_tag: str | None = Field(
        default=None,
        min_length=1,
        description="Ask the frozen agents only the cases with this tag. Default: all cases.",
    )
