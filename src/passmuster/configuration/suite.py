"""The shape of ``suite.yaml``: what a suite evaluates, how, and what its gate asks for."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from passmuster.analysis.roster_checks.rules import RULES
from passmuster.configuration.days import Day
from passmuster.configuration.nightly import NightlySection
from passmuster.configuration.spending import BudgetSection, PriceSection
from passmuster.domain.metric_names import (
    COUNTED,
    CRITICAL_BREAKS,
    HARNESS_FAILURE_RATE,
    ROUTING_ACCURACY,
    ROUTING_COST,
    RUBRIC_PASS_RATE,
    SLICED,
    UNACCEPTED_BREAKS,
)
from passmuster.domain.verdicts import SubjectKind

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=100)]
LintLevel = Literal["off", "note", "warning", "error"]

LEVEL_METRICS = (
    ROUTING_ACCURACY,
    "top3_accuracy",
    "macro_f1",
    "forbidden_rate",
    "over_delegation_rate",
    "under_delegation_rate",
    "abstention_rate",
    RUBRIC_PASS_RATE,
    "rubric_score",
    HARNESS_FAILURE_RATE,
)
KNOWN_METRICS = (*COUNTED, *LEVEL_METRICS, ROUTING_COST)
EACH = "=*"

MARGIN = 0.05
"""What a subject that varies may lose by default: with 200 cases about the least that can be told from chance."""


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
        description="A metric's name, unaccepted_breaks, critical_breaks, narrowed_margins or routing_cost.",
        json_schema_extra={"enum": list(KNOWN_METRICS)},
    )
    subject: str | None = Field(default=None, description="The subject that the rule is for; absent: each of them.")
    applies_to: SubjectKind | None = Field(
        default=None, description="The kind of subjects that the rule is for; absent: both kinds."
    )
    subset: str | None = Field(
        default=None,
        pattern=r"^(stratum|split|tag|agent)=.+$",
        description="Only these cases: stratum=…, split=…, tag=… or agent=…; with =* each large one.",
    )
    minimum: float | None = Field(default=None, ge=0, le=1, description="The metric must not be below this.")
    maximum: float | None = Field(default=None, ge=0, description="The metric must not be above this.")
    maximum_drop: float | None = Field(
        default=None, ge=0, lt=1, description="How much lower than the baseline's the metric may be."
    )
    maximum_rise: float | None = Field(
        default=None, ge=0, description="How much higher than the baseline's routing_cost may be."
    )
    significance: float = Field(default=0.05, gt=0, lt=0.5, description="The one-sided error rate of what is said.")
    minimum_sample: int | None = Field(
        default=None,
        ge=1,
        description="With fewer cases the rule cannot tell. Default: 30 for a drop, 50 where there are many, else 1.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        message = next((message for is_wrong, message in self._complaints() if is_wrong), None)
        if message is not None:
            raise ValueError(message)
        return self

    def _complaints(self) -> Iterator[tuple[bool, str]]:
        """Yield what may be wrong with the rule as a whole, and whether it is."""
        limits = (self.minimum, self.maximum, self.maximum_drop, self.maximum_rise)
        is_counted, is_sliced = self.metric in COUNTED, self.metric in SLICED
        known = ", ".join(KNOWN_METRICS)
        yield self.metric not in KNOWN_METRICS, f"unknown metric {self.metric!r}; write one of {known}"
        others = (self.minimum, self.maximum_drop, self.maximum_rise, self.subset)
        takes = f"{self.metric} takes only subject, applies_to and maximum (0 if absent)"
        yield is_counted and any(item is not None for item in others), takes
        is_empty = not is_counted and all(limit is None for limit in limits)
        wanted = "maximum_rise" if self.metric == ROUTING_COST else "minimum, maximum or maximum_drop"
        yield is_empty, f"the rule on {self.metric!r} asks for nothing; add {wanted}"
        if self.metric == ROUTING_COST:
            yield any(limit is not None for limit in limits[:3]), f"{ROUTING_COST} takes maximum_rise alone"
            return
        yield self.maximum_rise is not None, f"maximum_rise works for {ROUTING_COST}; write maximum_drop"
        sliced = " and ".join(SLICED)
        yield self.subset is not None and not is_sliced, f"subset works for {sliced}"
        yield self.maximum_drop is not None and not is_sliced, f"maximum_drop works for {sliced}"
        is_level = self.minimum is not None or self.maximum is not None
        each = self.subset is not None and (self.subset.endswith(EACH) or self.subset.startswith("agent="))
        yield is_level and each, "minimum and maximum take one subset: stratum=…, split=… or tag=…"


class CostSection(BaseModel):
    """What a wrong choice costs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expected: str = Field(default="*", min_length=1, description="The preferred agent, (nobody), or * for any.")
    chosen: str = Field(default="*", min_length=1, description="The agent that was chosen, (nobody), or * for any.")
    cost: float = Field(ge=0, le=1_000_000, description="A wrong choice that nothing is said about costs 1.")


class QuarantineSection(BaseModel):
    """A case that runs and is shown, outside the gate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str = Field(min_length=1, description="The case's identifier.")
    owner: str = Field(min_length=1, description="Who is to mend it.")
    expires: Day = Field(description="The day from which the gate counts it again, as YYYY-MM-DD.")
    reason: str = Field(default="", description="Why.")
    subject: str | None = Field(default=None, description="Whose answers; absent: every subject's.")


class CacheSection(BaseModel):
    """How long answers are kept, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    maximum_age: float = Field(
        default=30, gt=0, le=36_500, description="Days after which an answer is asked for again; default 30."
    )
    location: str | None = Field(
        default=None,
        min_length=1,
        description="The folder, relative to the suite. Default: PASSMUSTER_CACHE, or the user's cache folder.",
    )


def _form_of_cache(written: object) -> str:
    """Return which form is meant, so that only complaints about that one are made."""
    return "[section]" if isinstance(written, Mapping | CacheSection) else "[switch]"


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
    budget: BudgetSection | None = Field(
        default=None, description="The most that a process may spend on live backends: {money, tokens, requests}."
    )
    prices: dict[str, PriceSection] = Field(
        default_factory=dict,
        description="What a million tokens cost in dollars, by model; names may have * and ?, and the last fit counts.",
    )
    cache: Annotated[
        Annotated[bool, Tag("[switch]")] | Annotated[CacheSection, Tag("[section]")], Discriminator(_form_of_cache)
    ] = Field(default=True, description="Whether answers of backends are kept and used again; or how long, and where.")
    uncalibrated_judges: Literal["shown", "may_gate"] = Field(
        default="shown",
        description="Whether criteria count that a model judges and nobody has calibrated: shown only, or may_gate.",
    )
    sandbox: Section | None = Field(
        default=None,
        description="Where the code of answers is run: {use: bubblewrap}, container, or none. Default: automatic, the "
        "first of the two that works here, else criteria that run code are left out.",
    )
    baseline: str = Field(default="baseline.jsonl", description="The accepted baseline, relative to the suite.")
    gate: tuple[GateRuleSection, ...] = Field(
        default=(
            GateRuleSection(metric=UNACCEPTED_BREAKS, applies_to=SubjectKind.DETERMINISTIC, maximum=0),
            GateRuleSection(metric=CRITICAL_BREAKS, applies_to=SubjectKind.VARYING, maximum=0),
            GateRuleSection(metric=ROUTING_ACCURACY, applies_to=SubjectKind.VARYING, maximum_drop=MARGIN),
            GateRuleSection(metric=RUBRIC_PASS_RATE, applies_to=SubjectKind.VARYING, maximum_drop=MARGIN),
            GateRuleSection(metric=HARNESS_FAILURE_RATE, maximum=0.02),
        ),
        description="What must hold.",
    )
    costs: tuple[CostSection, ...] = Field(
        default=(), description="What wrong choices cost; where two fit, the later one counts."
    )
    quarantine: tuple[QuarantineSection, ...] = Field(
        default=(), description="Cases that run and are shown, outside the gate."
    )
    lint: dict[str, LintLevel] = Field(
        default_factory=dict, description="How grave findings of rules of lint are: {rule: off, note, warning, error}."
    )
    nightly: NightlySection = Field(
        default=NightlySection(), description="What `passmuster nightly` asks beside the run: {frozen, control_tag}."
    )
    twins: Literal["wrong", "right"] = Field(
        default="wrong",
        description="Whether an agent is as right a choice as another one with the very same description.",
    )
    reports: tuple[Section, ...] = Field(
        default=(Section(use="html"), Section(use="markdown"), Section(use="json")),
        description="How results are shown.",
    )
    reports_location: str = Field(default="../../reports", description="The folder for reports.")

    @field_validator("lint")
    @classmethod
    def _names_rules(cls, lint: dict[str, LintLevel]) -> dict[str, LintLevel]:
        unknown = next((rule for rule in lint if rule not in RULES), None)
        if unknown is not None:
            near = get_close_matches(unknown, list(RULES), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "docs/lint.md lists the rules"
            message = f"lint has no rule {unknown!r} that a suite can set; {hint}"
            raise ValueError(message)
        return lint
