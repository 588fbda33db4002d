"""The shape of ``suite.yaml``: what a suite evaluates, how, and what its gate asks for."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from passmuster.analysis.gating import NARROWED_MARGINS, UNACCEPTED_BREAKS

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=100)]

LEVEL_METRICS = (
    "routing_accuracy",
    "top3_accuracy",
    "macro_f1",
    "forbidden_rate",
    "over_delegation_rate",
    "under_delegation_rate",
    "abstention_rate",
    "rubric_pass_rate",
    "rubric_score",
    "harness_failure_rate",
)
COMPARED_METRICS = ("routing_accuracy", "rubric_pass_rate")
"""Metrics that are compared with the baseline, and also given by subset."""

COUNTED_METRICS = (UNACCEPTED_BREAKS, NARROWED_MARGINS)
"""Numbers of cases that differ from the baseline."""


class Section(BaseModel):
    """A component by name, with its options beside the name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: str = Field(description="The component's name, or ./file.py:NAME for one of your own.", min_length=1)

    @property
    def options(self) -> dict[str, object]:
        """The options, to be checked by the component's own model."""
        return dict(self.model_extra or {})


class GateRuleSection(BaseModel):
    """One condition of the gate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str = Field(
        description="A metric's name, unaccepted_breaks or narrowed_margins.",
        json_schema_extra={"enum": [*COUNTED_METRICS, *LEVEL_METRICS]},
    )
    subject: str | None = Field(default=None, description="The subject that the rule is for; absent: each of them.")
    subset: str | None = Field(
        default=None,
        pattern=r"^(stratum|split|tag)=.+$",
        description="Only these cases: stratum=…, split=… or tag=….",
    )
    minimum: float | None = Field(default=None, ge=0, le=1, description="The metric must not be below this.")
    maximum: float | None = Field(default=None, ge=0, description="The metric must not be above this.")
    maximum_drop: float | None = Field(
        default=None, ge=0, le=1, description="How much lower than the baseline's the metric may be."
    )
    significance: float = Field(default=0.05, gt=0, lt=0.5, description="One-sided error rate of maximum_drop.")
    minimum_sample: int = Field(default=1, ge=1, description="With fewer cases the rule cannot tell.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.metric not in {*COUNTED_METRICS, *LEVEL_METRICS}:
            known = ", ".join((*COUNTED_METRICS, *LEVEL_METRICS))
            message = f"unknown metric {self.metric!r}; write one of {known}"
            raise ValueError(message)
        if self.metric in COUNTED_METRICS:
            if self.minimum is not None or self.maximum_drop is not None or self.subset is not None:
                message = f"{self.metric} takes only subject and maximum (0 if absent)"
                raise ValueError(message)
        elif self.minimum is None and self.maximum is None and self.maximum_drop is None:
            message = f"the rule on {self.metric!r} asks for nothing; add minimum, maximum or maximum_drop"
            raise ValueError(message)
        if self.subset is not None and self.metric not in COMPARED_METRICS:
            message = f"subset works for {' and '.join(COMPARED_METRICS)}"
            raise ValueError(message)
        if self.maximum_drop is not None and (self.metric not in COMPARED_METRICS or self.subset is not None):
            message = f"maximum_drop works for {' and '.join(COMPARED_METRICS)} over all cases"
            raise ValueError(message)
        return self


class SuiteConfiguration(BaseModel):
    """A suite: a roster, cases, the subjects that answer them, and the gate."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_address: str | None = Field(default=None, alias="$schema", description="For editors.")
    name: Name = Field(description="What the suite is called in stores and reports.")
    roster: Section = Field(description="The agents: {use: claude_code, location: ./agents}.")
    datasets: tuple[Section, ...] = Field(min_length=1, description="The cases: [{use: files, location: …}].")
    backends: dict[Name, Section] = Field(default_factory=dict, description="Who can write, by name.")
    subjects: dict[Name, Section] = Field(min_length=1, description="Who is tested, by name.")
    repetitions: int = Field(default=1, ge=1, le=1000, description="Trials for each case of a subject that varies.")
    seed: int = Field(default=0, ge=0, description="For everything that is drawn.")
    execution: Section = Field(default=Section(use="local"), description="How trials are made.")
    store: Section = Field(
        default=Section.model_validate({"use": "sqlite", "location": "../../.passmuster/runs.sqlite"}),
        description="Where runs are kept.",
    )
    baseline: str = Field(default="baseline.jsonl", description="The accepted baseline, relative to the suite.")
    gate: tuple[GateRuleSection, ...] = Field(
        default=(
            GateRuleSection(metric=UNACCEPTED_BREAKS, maximum=0),
            GateRuleSection(metric="harness_failure_rate", maximum=0.02),
        ),
        description="What must hold.",
    )
    reports: tuple[Section, ...] = Field(
        default=(Section(use="html"), Section(use="markdown"), Section(use="json")),
        description="How results are shown.",
    )
    reports_location: str = Field(default="../../reports", description="The folder for reports.")
