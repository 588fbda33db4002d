"""A team, its labelled requests and short cuts that the tests of the trained router share."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from passmuster.adapters.routers.trained import COMPONENT, TrainedOptions, TrainedRouter
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.testing.factories import a_case, a_roster, an_agent

TEAM = a_roster(
    an_agent("database", "Designs schemas, indexes and SQL migrations."),
    an_agent("frontend", "Builds pages, buttons and forms in React."),
    an_agent("writer", "Writes tutorials and reference pages."),
)
OBJECTS = {
    "database": ("the orders table", "this index", "the SQL query", "a migration", "the schema", "the foreign key"),
    "frontend": ("the button", "this React form", "the page layout", "a dropdown", "the CSS grid", "the modal"),
    "writer": ("the tutorial", "this guide", "the reference page", "a changelog", "the README", "the glossary"),
    None: ("the weather", "a joke", "the football score", "my holiday", "the moon", "a poem"),
}
VERBS = ("Please change", "Something is wrong with", "We need", "Have a look at")


def cases_for(verbs: Sequence[str], prefix: str, agents: Sequence[str | None] = tuple(OBJECTS)) -> list[Case]:
    return [
        a_case(f"{prefix}-{agent}-{verb}-{thing}".replace(" ", "_"), text=f"{verb} {thing}", preferred=agent)
        for agent in agents
        for verb in verbs
        for thing in OBJECTS[agent]
    ]


TRAINING = cases_for(VERBS[:2], "train", ["database", "frontend", "writer"])
VALIDATION = cases_for(VERBS[2:3], "validation")
HELD_OUT = cases_for(VERBS[3:], "test")


def a_context(
    training: Sequence[Case] = TRAINING,
    validation: Sequence[Case] = VALIDATION,
    *,
    roster: Roster = TEAM,
    folder: Path = Path(),
) -> BuildContext:
    splits = {"train": training, "validation": validation}

    def load(section: Mapping[str, object]) -> Dataset:
        return Dataset(name="team", cases=tuple(splits[str(section["split"])]))

    return BuildContext(folder=folder, roster=roster, dataset=load)


def a_trained_router(
    training: Sequence[Case] = TRAINING,
    validation: Sequence[Case] = VALIDATION,
    *,
    roster: Roster = TEAM,
    **options: object,
) -> TrainedRouter:
    given = {"training": {"split": "train"}, "validation": {"split": "validation"}, **options}
    context = a_context(training, validation, roster=roster)
    router = COMPONENT.build(TrainedOptions.model_validate(given), context)
    assert isinstance(router, TrainedRouter)
    return router
